//! People are told: by a real mail server that asks for a login, by webhooks to a real receiver, of jobs and of groups, and the way they
//! ask for when they cannot be.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use gristmill_harness::{Receiver, Served, media, until};
use gristmill_servers::Smtp;
use gristmill_servers::smtp::{Encryption, SECRET, USER};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(60);

/// The base64 of 24 bytes, as a secret of webhooks.
const SIGNED_WITH: &str = "whsec_Z3Jpc3QgZm9yIHRoZSBtaWxsLCBzbG93";

/// Receivers of tests are on loopback.
const PRIVATE: (&str, &str) = ("GRISTMILL_WEBHOOKS__REACH", "private");

struct World {
    served: Served,
    folder: tempfile::TempDir,
}

impl World {
    async fn start(environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let served = Served::start_with(Path::new(BINARY), &data, environment).await.unwrap();
        Self { served, folder }
    }

    fn picture(&self) -> PathBuf {
        media::picture(self.folder.path(), "a.png")
    }

    async fn submit(&self, notify: Value) -> String {
        self.served.submit(json!({"pipeline": "image", "notify": notify}), &[self.picture()]).await.unwrap()
    }

    /// A job that tells nobody by itself, ended.
    async fn picture_job(&self) -> String {
        let job = self.served.submit(json!({"pipeline": "image"}), &[self.picture()]).await.unwrap();
        assert_eq!(self.served.ended(&job, SOON).await["status"], "completed");
        job
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.served.request(Method::POST, path).json(&body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// What a command prints that asks this server.
    fn command(&self, args: &[&str]) -> String {
        let ended = Command::new(BINARY).args(args).args(["--server", &self.served.url]).output().unwrap();
        assert!(ended.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ended.stderr));
        String::from_utf8(ended.stdout).unwrap()
    }

    /// The mails that were written into the folder.
    fn mails(&self) -> Vec<String> {
        let Ok(folder) = std::fs::read_dir(self.folder.path().join("data/mail")) else { return Vec::new() };
        let paths = folder.map(|entry| entry.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "eml"));
        paths.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    async fn nothing_left_to_tell(&self) {
        until("nothing to be left to tell", SOON, async || {
            let queues = self.served.get("/api/v1/queues").await.ok()?;
            let of = queues["items"].as_array()?.iter().find(|q| q["name"] == "notifications")?.clone();
            (of["ready"] == 0 && of["delayed"] == 0).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_comes_through_a_server_that_asks_for_a_login_and_is_tried_again_when_it_is_busy() {
    let server = Smtp::start(Encryption::StartTls);
    server.answer_next(&["451 later"]);
    let (user, secret) = (USER.replace('@', "%40"), SECRET.replace('/', "%2F").replace('@', "%40").replace('ä', "%C3%A4"));
    let (address, certificate) = (server.address(), server.certificate());
    let url = format!("smtp://{user}:{secret}@{address}?tls=required&ca={}", certificate.display());
    let world = World::start(&[("GRISTMILL_MAIL__URL", &url), ("GRISTMILL_PUBLIC__URL", "https://mill.example")]).await;
    let job = world.submit(json!({"email": {"to": "anna@example.org"}})).await;
    world.served.ended(&job, SOON).await;
    until("the mail to come", SOON, async || (!server.mails().is_empty()).then_some(())).await;
    let mails = server.mails();
    let mail = String::from_utf8_lossy(&mails[0]);
    assert_eq!(mails.len(), 1, "{mail}");
    assert!(mail.contains("anna@example.org") && mail.contains("text/plain") && mail.contains("text/html"), "{mail}");
    assert!(mail.contains("mill.example/jobs/"), "{mail}");
    let log = std::fs::read_to_string(world.folder.path().join("data/serve.log")).unwrap();
    assert!(!log.contains(SECRET) && !log.contains(&secret), "the secret is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_signed_and_comes_again_under_the_same_id_until_it_is_taken() {
    let receiver = Receiver::start().await;
    receiver.answer_next(&[503]);
    let environment = [PRIVATE, ("GRISTMILL_WEBHOOKS__SECRETS", SIGNED_WITH)];
    let world = World::start(&environment).await;
    let job = world.submit(json!({"webhooks": [receiver.url]})).await;
    world.served.ended(&job, SOON).await;
    until("the second call", SOON, async || (receiver.calls().len() == 2).then_some(())).await;
    let calls = receiver.calls();
    assert_eq!(calls[0].id, calls[1].id);
    assert!(calls.iter().all(|call| call.is_signed_with(&[SIGNED_WITH])));
    let payload = &calls[1].payload;
    assert_eq!((&payload["type"], &payload["data"]["job"]["id"]), (&json!("job.finished"), &json!(job)));
    assert!(payload["timestamp"].as_str().is_some_and(|t| t.ends_with('Z')), "{payload}");
    let messages = world.served.get(&format!("/api/v1/jobs/{job}/messages")).await.unwrap();
    let message = &messages["items"][0];
    assert_eq!((&message["id"], &message["kind"], &message["tries"]), (&json!(calls[0].id), &json!("webhook"), &json!(2)), "{messages}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_into_our_own_network_is_not_sent_holds_up_nothing_and_is_told() {
    let receiver = Receiver::start().await;
    let world = World::start(&[]).await;
    let job = world.submit(json!({"webhooks": [receiver.url], "email": {"to": "anna@example.org"}})).await;
    assert_eq!(world.served.ended(&job, SOON).await["status"], "completed");
    until("the mail to be written", SOON, async || world.mails().pop()).await;
    let given_up = until("the webhook to be given up", SOON, async || {
        let messages = world.served.get(&format!("/api/v1/jobs/{job}/messages")).await.ok()?;
        messages["items"].as_array()?.iter().find(|m| m["kind"] == "webhook" && m["state"] == "given_up").cloned()
    })
    .await;
    assert!(given_up["error"].as_str().is_some_and(|e| e.contains("nothing is sent there")), "{given_up}");
    assert!(receiver.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_hears_of_all_jobs_signed_with_its_own_secrets() {
    let receiver = Receiver::start().await;
    let world = World::start(&[PRIVATE, ("GRISTMILL_WEBHOOKS__SECRETS", SIGNED_WITH)]).await;
    let made = world.post("/api/v1/webhooks", json!({"url": receiver.url})).await;
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap().to_owned());
    world.picture_job().await;
    let first = until("a message", SOON, async || receiver.calls().pop()).await;
    assert!(first.is_signed_with(&[&secret]) && first.payload["type"] == "job.finished", "{first:?}");
    let rotated = world.post(&format!("/api/v1/webhooks/{id}/rotate"), json!({})).await;
    let newer = rotated["secret"].as_str().unwrap().to_owned();
    assert!(newer != secret && rotated["old_secret_until"].is_string(), "{rotated}");
    world.picture_job().await;
    let second = until("another message", SOON, async || receiver.calls().get(1).cloned()).await;
    assert!(second.is_signed_with(&[&newer, &secret]), "both sign for a while");
    world.post(&format!("/api/v1/webhooks/{id}/rotate"), json!({"overlap_seconds": 0})).await;
    let listed = world.served.get("/api/v1/webhooks").await.unwrap().to_string();
    assert!(listed.contains(id) && !listed.contains(&secret) && !listed.contains(&newer), "a secret is shown once: {listed}");
    let log = world.served.get(&format!("/api/v1/webhooks/{id}/deliveries?limit=1")).await.unwrap();
    assert_eq!((&log["items"][0]["message_id"], &log["items"][0]["state"]), (&json!(second.id), &json!("delivered")), "{log}");
    assert!(log["next_cursor"].is_string(), "{log}");
    let again = world.post("/api/v1/webhooks/replay", json!({"message": first.id})).await;
    assert_eq!(again["count"], 1);
    let third = until("the message again", SOON, async || receiver.calls().get(2).cloned()).await;
    assert!(third.id == first.id && !third.is_signed_with(&[&newer, &secret]), "{third:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_with_an_ed25519_key_shows_its_public_half() {
    let receiver = Receiver::start().await;
    let world = World::start(&[PRIVATE]).await;
    let made = world.command(&["webhooks", "create", &receiver.url, "--ed25519", "--events", "job.finished", "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    assert!(made["secret"].is_null() && made["public_key"].as_str().is_some_and(|k| k.starts_with("whpk_")), "{made}");
    world.picture_job().await;
    let call = until("a message", SOON, async || receiver.calls().pop()).await;
    assert!(call.signature.starts_with("v1a,"), "{call:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_answers_410_is_told_nothing_more_until_it_is_enabled_and_its_loss_replayed() {
    let receiver = Receiver::start().await;
    receiver.answer_next(&[410]);
    let world = World::start(&[PRIVATE]).await;
    let made = world.post("/api/v1/webhooks", json!({"url": receiver.url, "events": ["job.finished"]})).await;
    let id = made["id"].as_str().unwrap();
    let job = world.picture_job().await;
    until("it to be disabled", SOON, async || {
        let endpoint = world.served.get(&format!("/api/v1/webhooks/{id}")).await.ok()?;
        endpoint["disabled_because"].as_str().filter(|why| why.contains("410")).map(|_| ())
    })
    .await;
    let messages = world.served.get(&format!("/api/v1/jobs/{job}/messages")).await.unwrap();
    assert_eq!((&messages["items"][0]["state"], &messages["items"][0]["receiver"]), (&json!("given_up"), &json!(id)), "{messages}");
    world.picture_job().await;
    assert!(world.command(&["webhooks", "list"]).contains("410"));
    world.command(&["webhooks", "enable", id]);
    assert!(world.command(&["webhooks", "replay", "--endpoint", id]).contains("1 sent again"));
    until("the lost message", SOON, async || (receiver.calls().len() == 2).then_some(())).await;
    let calls = receiver.calls();
    assert_eq!(calls[0].id, calls[1].id);
    assert!(world.command(&["webhooks", "deliveries", id]).contains("delivered"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_told_of_once_by_a_digest_and_by_one_webhook_each() {
    let (asked, endpoint) = (Receiver::start().await, Receiver::start().await);
    let world = World::start(&[PRIVATE]).await;
    world.post("/api/v1/webhooks", json!({"url": endpoint.url, "events": ["group.ended"]})).await;
    let notify = json!({"email": {"to": "anna@example.org", "on": ["group"]}, "webhooks": [asked.url]});
    let request = json!({"pipeline": "image", "group": "wedding", "notify": notify, "delay_seconds": 2});
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(world.served.submit(request.clone(), &[world.picture()]).await.unwrap());
    }
    for job in &jobs {
        world.served.ended(job, SOON).await;
    }
    until("all to be told", SOON, async || {
        let told = asked.calls_of("group.ended").len() + endpoint.calls().len() + world.mails().len();
        (told >= 3 && asked.calls_of("job.finished").len() == 4).then_some(())
    })
    .await;
    world.nothing_left_to_tell().await;
    let (asked, endpoint, mails) = (asked.calls_of("group.ended"), endpoint.calls(), world.mails());
    assert_eq!((asked.len(), endpoint.len(), mails.len()), (1, 1, 1));
    let group = &endpoint[0].payload["data"]["group"];
    assert_eq!((&group["name"], &group["jobs"], &group["counts"]["completed"]), (&json!("wedding"), &json!(4), &json!(4)), "{group}");
    assert!(mails[0].contains("Subject: 4 jobs of wedding have ended"), "{}", mails[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_is_mailed_when_it_starts_and_when_credits_come_back() {
    let world = World::start(&[("GRISTMILL_CREDITS__PER_FILE", "5")]).await;
    world.post("/api/v1/credits/grant", json!({"owner": "local", "amount": 100})).await;
    let on = json!(["started", "finished", "failed", "refunded"]);
    let broken = world.folder.path().join("broken.png");
    std::fs::write(&broken, b"no picture").unwrap();
    let request = json!({"pipeline": "image", "notify": {"email": {"to": "anna@example.org", "on": on}}});
    let job = world.served.submit(request, &[world.picture(), broken]).await.unwrap();
    world.served.ended(&job, SOON).await;
    let mails = until("three mails", SOON, async || Some(world.mails()).filter(|m| m.len() == 3)).await;
    let subjects: Vec<&str> = mails.iter().filter_map(|m| m.lines().find(|l| l.starts_with("Subject:"))).collect();
    for wanted in ["started", "finished", "given back"] {
        assert!(subjects.iter().any(|s| s.contains(wanted)), "{wanted}: {subjects:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_hears_of_a_webhook_that_nobody_takes_and_the_job_shows_it_on_sqlite() {
    let receiver = Receiver::start().await;
    receiver.answer_next(&[503, 503, 503]);
    let environment = [PRIVATE, ("GRISTMILL_MAIL__ADMIN", "ada@example.org")];
    let mut world = World::start(&environment).await;
    let job = world.submit(json!({"webhooks": [receiver.url]})).await;
    world.served.ended(&job, SOON).await;
    until("the first call", SOON, async || (!receiver.calls().is_empty()).then_some(())).await;
    // Three days of tries pass at once: the row is told that the next is the last.
    world.served.kill_9();
    let database = world.folder.path().join("data/gristmill.db");
    let script = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); \
                  db.execute(\"UPDATE effect SET tries = 9, due = 0 WHERE kind = 'webhook'\"); db.commit()";
    assert!(Command::new("python3").args(["-c", script]).arg(&database).status().unwrap().success());
    world.served = Served::start_with(Path::new(BINARY), &world.folder.path().join("data"), &environment).await.unwrap();
    let mail = until("the admin's mail", SOON, async || world.mails().pop()).await;
    assert!(mail.contains("ada@example.org") && mail.contains("Could not be told: http://127.0.0.1"), "{mail}");
    let messages = world.served.get(&format!("/api/v1/jobs/{job}/messages")).await.unwrap();
    assert_eq!((&messages["items"][0]["state"], &messages["items"][0]["tries"]), (&json!("given_up"), &json!(10)), "{messages}");
}
