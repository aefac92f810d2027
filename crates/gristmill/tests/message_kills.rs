//! `kill -9` of the whole server at random moments while people are told of many jobs: each message arrives, under one id, rightly signed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gristmill_harness::{Receiver, Served, media, until};
use gristmill_servers::smtp::{Encryption, SECRET, USER};
use gristmill_servers::{Smtp, noise};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
/// A message that was on its way at a kill is taken again after a minute.
const SOON: Duration = Duration::from_secs(180);

/// Kills, unless [`KILLS`] says another number.
const FEW: usize = 20;
const KILLS: &str = "MESSAGE_KILLS";
/// Set to what an earlier run printed, it chooses the same moments again.
const SEED: &str = "MESSAGE_KILLS_SEED";
/// Jobs of each life of the server.
const JOBS: usize = 3;
/// The longest life of the server, in milliseconds: about as long as it takes to tell of its jobs.
const LIFE: u64 = 700;

const CHECK: &str = "name = \"check\"\naccepts = [\"image\"]\n[[step]]\nid = \"check\"\nop = \"file.check\"\n";
/// The base64 of 24 bytes, as a secret of webhooks.
const SIGNED_WITH: &str = "whsec_Z3Jpc3QgZm9yIHRoZSBtaWxsLCBzbG93";

struct World {
    served: Served,
    environment: Vec<(&'static str, String)>,
    data: PathBuf,
    picture: PathBuf,
    _folder: tempfile::TempDir,
}

impl World {
    async fn start(mails: &Smtp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir_all(data.join("pipelines")).unwrap();
        std::fs::write(data.join("pipelines/check.toml"), CHECK).unwrap();
        let (user, secret) = (USER.replace('@', "%40"), SECRET.replace('/', "%2F").replace('@', "%40").replace('ä', "%C3%A4"));
        let (address, certificate) = (mails.address(), mails.certificate());
        let environment = vec![
            ("GRISTMILL_MAIL__URL", format!("smtp://{user}:{secret}@{address}?tls=required&ca={}", certificate.display())),
            ("GRISTMILL_WEBHOOKS__REACH", "private".into()),
            ("GRISTMILL_WEBHOOKS__SECRETS", SIGNED_WITH.into()),
        ];
        let picture = media::picture(folder.path(), "a.png");
        let served = serve(&data, &environment).await;
        Self { served, environment, data, picture, _folder: folder }
    }

    async fn kill_and_restart(&mut self) {
        self.served.kill_9();
        self.served = serve(&self.data, &self.environment).await;
    }

    async fn endpoint(&self, url: &str) -> String {
        let answer = self.served.request(Method::POST, "/api/v1/webhooks").json(&json!({"url": url})).send().await.unwrap();
        let made: Value = answer.json().await.unwrap();
        made["secret"].as_str().unwrap().to_owned()
    }
}

async fn serve(data: &Path, environment: &[(&'static str, String)]) -> Served {
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Served::start_with(Path::new(BINARY), data, &environment).await.unwrap()
}

/// By job, the ids under which a receiver was told of its end.
fn ids_by_job(receiver: &Receiver) -> BTreeMap<String, BTreeSet<String>> {
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for call in receiver.calls() {
        assert_eq!(call.payload["type"], "job.finished", "{call:?}");
        ids.entry(call.payload["data"]["job"]["id"].as_str().unwrap().to_owned()).or_default().insert(call.id);
    }
    ids
}

/// By job, the ids of the mails about it.
fn mails_by_job(mails: &Smtp) -> BTreeMap<String, BTreeSet<String>> {
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for mail in mails.mails() {
        let mail = String::from_utf8_lossy(&mail).into_owned();
        let id = mail.lines().find(|l| l.to_ascii_lowercase().starts_with("message-id:")).unwrap().to_owned();
        let at = mail.find("job_").unwrap();
        ids.entry(mail[at..at + "job_".len() + 32].to_owned()).or_default().insert(id);
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_of_a_server_that_is_killed_again_and_again_arrives_under_one_id_and_rightly_signed() {
    let kills: usize = std::env::var(KILLS).map_or(FEW, |given| given.parse().unwrap());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    let seed: u64 = std::env::var(SEED).map_or_else(|_| now(), |given| given.parse().unwrap());
    println!("{SEED}={seed}");
    let (mails, asked, endpoint) = (Smtp::start(Encryption::StartTls), Receiver::start().await, Receiver::start().await);
    let mut world = World::start(&mails).await;
    let secret = world.endpoint(&endpoint.url).await;
    let request = json!({"pipeline": "check", "reuse": false, "notify": {"email": {"to": "anna@example.org"}, "webhooks": [asked.url]}});
    let mut jobs = BTreeSet::new();
    for kill in 0..kills {
        for _ in 0..JOBS {
            jobs.insert(world.served.submit(request.clone(), std::slice::from_ref(&world.picture)).await.unwrap());
        }
        // The moment of the kill is what is random here; nothing is waited for.
        let life = u64::from_le_bytes(noise(8, seed ^ kill as u64).try_into().unwrap()) % LIFE;
        tokio::time::sleep(Duration::from_millis(life)).await;
        world.kill_and_restart().await;
    }
    let ways = || [ids_by_job(&asked), ids_by_job(&endpoint), mails_by_job(&mails)];
    until("all messages of all jobs", SOON, async || ways().iter().all(|way| way.keys().eq(&jobs)).then_some(())).await;
    for way in ways() {
        let doubled: Vec<_> = way.iter().filter(|(_, ids)| ids.len() != 1).collect();
        assert!(doubled.is_empty(), "told under several ids: {doubled:?}");
    }
    assert!(asked.calls().iter().all(|call| call.is_signed_with(&[SIGNED_WITH])));
    assert!(endpoint.calls().iter().all(|call| call.is_signed_with(&[&secret])));
    let came = (asked.calls().len(), endpoint.calls().len(), mails.mails().len());
    println!("{kills} kills, {} jobs; webhooks, endpoint's and mails that came: {came:?}", jobs.len());
}
