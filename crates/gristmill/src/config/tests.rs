//! What a user sees of configuration: order, refusals with their place, and the printed table.

use super::source::Given;
use super::{BlobsUrl, Config, StoreUrl, Synchronous, show};

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let home = [("HOME", "/home/miller")];
    home.iter().chain(pairs).map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

fn given(pairs: &[(&str, &str)], file: Option<&str>) -> (Given, Option<tempfile::TempDir>) {
    let mut given = Given { environment: environment(pairs), ..Given::default() };
    let folder = file.map(|text| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("g.toml"), text).unwrap();
        given.file = Some(folder.path().join("g.toml"));
        folder
    });
    (given, folder)
}

fn refusal(pairs: &[(&str, &str)], file: Option<&str>) -> String {
    let (given, folder) = given(pairs, file);
    let error = Config::load(&given).expect_err("this must be refused");
    let text = crate::failure::tell(&error).0;
    folder.map_or(text.clone(), |f| text.replace(&f.path().display().to_string(), "DIR"))
}

#[test]
fn no_configuration_at_all_is_a_sound_one() {
    let config = Config::load(&given(&[], None).0).unwrap();
    assert_eq!(config.store, StoreUrl::Sqlite("/home/miller/.local/share/gristmill/gristmill.db".into()));
    assert_eq!(config.synchronous, Synchronous::Full);
    insta::assert_snapshot!(show::text(&config));
}

#[test]
fn a_flag_beats_a_variable_beats_the_file_beats_the_default() {
    let (mut given, _folder) = given(
        &[("GRISTMILL_LISTEN", "127.0.0.1:2"), ("GRISTMILL_STORE__SYNCHRONOUS", "normal")],
        Some("listen = \"127.0.0.1:1\"\ndata = \"/d\"\n[worker]\nslots_io = 3\n"),
    );
    given.flags.push(("listen", "127.0.0.1:3".into(), "--listen"));
    let config = Config::load(&given).unwrap();
    assert_eq!((config.listen.as_str(), config.synchronous, config.slots.io), ("127.0.0.1:3", Synchronous::Normal, Some(3)));
    assert_eq!(config.blobs.to_string(), "/d/blobs");
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_and_its_place() {
    insta::assert_snapshot!(refusal(&[], Some("[store]\nulr = \"sqlite:x\"\n")), @r"
    error: unknown key `store.ulr` (file DIR/g.toml); did you mean `store.url`?
    next: `gristmill config` prints every key there is
    ");
    insta::assert_snapshot!(refusal(&[("GRISTMILL_WORKER__SLOT_IO", "1")], None), @r"
    error: unknown key `worker.slot_io` (variable GRISTMILL_WORKER__SLOT_IO); did you mean `worker.slots_io`?
    next: `gristmill config` prints every key there is
    ");
}

#[test]
fn a_bad_value_names_the_key_and_what_is_allowed() {
    insta::assert_snapshot!(refusal(&[("GRISTMILL_STORE__SYNCHRONOUS", "off")], None), @r"
    error: `store.synchronous` is `off` (variable GRISTMILL_STORE__SYNCHRONOUS); allowed is full or normal
    next: How often SQLite waits for the disk: `full` survives a power cut at any moment; `normal` may lose the last moments.
    ");
}

#[test]
fn a_backend_of_other_builds_is_refused_with_those_of_this_one() {
    insta::assert_snapshot!(refusal(&[("GRISTMILL_DOORBELL__URL", "amqps://r")], None), @r"
    error: `doorbell.url` is `amqps://r` (variable GRISTMILL_DOORBELL__URL); amqps: is not supported by this build, which supports auto:, memory:, postgres:, postgresql:, redis:, amqp:, sqs:, hostile:
    next: Who tells workers to look; auto is the store's own notifications when it is PostgreSQL, else memory:; hostile:SEED:URL is for tests.
    ");
}

#[test]
fn a_bucket_takes_its_keys_from_the_usual_variables_and_prints_none() {
    let set = [("GRISTMILL_BLOBS__URL", "s3://mill/a"), ("AWS_ACCESS_KEY_ID", "AK"), ("AWS_SECRET_ACCESS_KEY", "sesame")];
    let (given, _) = given(&[&set[..], &[("GRISTMILL_BLOBS__ENDPOINT", "http://s3.test:8333")]].concat(), None);
    let config = Config::load(&given).unwrap();
    assert_eq!(config.blobs.to_string(), "s3://mill/a at http://s3.test:8333");
    let BlobsUrl::Bucket(settings) = &config.blobs else { panic!("a bucket") };
    assert_eq!(settings.secret_key.as_deref(), Some("sesame"));
    assert!(!format!("{config:?}").contains("sesame"));
}

#[test]
fn a_bucket_that_cannot_be_is_refused_before_anything_runs() {
    insta::assert_snapshot!(refusal(&[("GRISTMILL_BLOBS__URL", "s3://mi ll")], None), @r"
    error: `blobs.url` is `s3://mi ll` (variable GRISTMILL_BLOBS__URL); the URL is not like s3://bucket/prefix
    next: look at `blobs.*` in `gristmill config`, and at the AWS_… variables
    ");
    insta::assert_snapshot!(refusal(&[("GRISTMILL_BLOBS__URL", "s3://mill"), ("AWS_ACCESS_KEY_ID", "AK")], None), @r"
    error: `blobs.url` is `s3://mill` (variable GRISTMILL_BLOBS__URL); an access key and its secret go together: give both or neither
    next: look at `blobs.*` in `gristmill config`, and at the AWS_… variables
    ");
}

#[test]
fn announcements_are_off_or_go_to_a_broker_and_an_address_that_cannot_be_is_refused_without_its_secret() {
    let of = |pairs: &[(&str, &str)]| Config::load(&given(pairs, None).0).unwrap();
    let (url, bell) = ("GRISTMILL_ANNOUNCE__URL", ("GRISTMILL_DOORBELL__URL", "amqp://127.0.0.1:5673"));
    let off = of(&[bell]);
    assert!(off.messages.announce.is_none() && !off.terms.announce);
    let same = of(&[bell, (url, "same")]);
    assert_eq!((same.messages.announce.as_deref(), same.terms.announce), (Some(bell.1), true));
    let within = same.within(std::path::Path::new("/tmp"));
    assert!(within.messages.announce.is_none() && !within.terms.announce, "a one-shot command tells nobody");
    for bad in ["same", "amqps://me:sesame@host", "redis://me:sesame@host"] {
        let refused = refusal(&[(url, bad)], None);
        assert!(refused.contains("announce.url") && !refused.contains("sesame"), "{refused}");
    }
}

#[test]
fn broken_toml_is_refused_with_its_line() {
    let text = refusal(&[], Some("listen = \"127.0.0.1:1\"\ndata = \n"));
    assert!(text.starts_with("error: DIR/g.toml:2: "), "{text}");
}
