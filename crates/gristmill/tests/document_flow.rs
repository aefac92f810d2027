//! Documents through everything that a service has around it: keys, rows in PostgreSQL, rings by Redis, blobs in a bucket, and a mail server
//! that tells their owner how each of them ended.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use gristmill_harness::{Served, until};
use gristmill_servers::s3::{ACCESS_KEY, SECRET_KEY};
use gristmill_servers::smtp::Encryption;
use gristmill_servers::{Postgres, Redis, SeaweedFs, Smtp};
use gristmill_specimen::{Origin, Wear, invoice, receipt};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(240);

/// A server over servers, with keys for its people. What is under it ends with it.
struct World {
    served: Served,
    mail: Smtp,
    anna: String,
    ben: String,
    folder: tempfile::TempDir,
    _redis: Redis,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let (redis, bucket, mail) = (Redis::start(), SeaweedFs::shared(), Smtp::start(Encryption::None));
        let (rows, rings) = (Postgres::shared().database(), redis.url());
        let (blobs, endpoint) = (format!("s3://{}/mill", bucket.bucket()), bucket.endpoint());
        let post = format!("smtp://{}", mail.address());
        let environment = [
            ("GRISTMILL_STORE__URL", rows.as_str()),
            ("GRISTMILL_DOORBELL__URL", rings.as_str()),
            ("GRISTMILL_BLOBS__URL", blobs.as_str()),
            ("GRISTMILL_BLOBS__ENDPOINT", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("GRISTMILL_MAIL__URL", post.as_str()),
            ("GRISTMILL_PUBLIC__URL", "https://mill.example"),
            ("GRISTMILL_AUTH__REQUIRED", "true"),
        ];
        let [anna, ben] = ["anna", "ben"].map(|owner| key(&data, owner, &environment));
        let served = Served::start_with(Path::new(BINARY), &data, &environment).await.unwrap();
        Self { served, mail, anna, ben, folder, _redis: redis }
    }

    /// Whoever asks from now on.
    fn is(&mut self, key: &str) {
        self.served.key = Some(key.to_owned());
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// A job of the group whose owner is told by mail.
    async fn submit(&self, file: PathBuf, schema: &str) -> String {
        let notify = json!({"email": {"to": "anna@example.org"}});
        let options = json!({"extract": {"schema": schema}});
        let request = json!({"pipeline": "document", "group": "march", "notify": notify, "options": options});
        self.served.submit(request, &[file]).await.unwrap()
    }

    async fn status(&self, path: &str) -> u16 {
        self.served.request(Method::GET, path).send().await.unwrap().status().as_u16()
    }

    /// The `searchable.pdf` of a job's only file: the text of its first page.
    async fn searchable(&self, job: &Value) -> String {
        let path = format!("/api/v1/jobs/{}/artifacts/{}/searchable.pdf", id(job), id(&job["files"][0]));
        let answer = self.served.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path} of {job}");
        let bytes = answer.bytes().await.unwrap().to_vec();
        let mut pdf = gristmill_pdf::Pdf::open(bytes, None, &gristmill_pdf::Limits::default()).unwrap();
        pdf.text(1).unwrap().lines.iter().map(|l| l.text() + "\n").collect()
    }
}

fn key(data: &Path, owner: &str, environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(BINARY);
    command.args(["keys", "create", "--owner", owner, "--data"]).arg(data);
    let made = command.envs(environment.iter().copied()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

/// What a mail says as plain text.
fn plain(mail: &[u8]) -> String {
    let mail = String::from_utf8_lossy(mail);
    let (_, text) = mail.split_once("Content-Type: text/plain").unwrap_or_else(|| panic!("no text in {mail}"));
    let text = text.split("\r\n--=_").next().unwrap_or_default();
    // Long lines and letters that are not ASCII are quoted.
    text.replace("=\r\n", "").replace("=3D", "=")
}

#[tokio::test]
async fn a_receipt_goes_through_redis_postgresql_and_a_bucket_and_its_owner_is_told_by_mail() {
    let mut world = World::start().await;
    let (anna, ben) = (world.anna.clone(), world.ben.clone());
    world.is(&anna);
    until("Redis to be heard", SOON, async || {
        let health = world.served.get("/health/health").await.ok()?;
        (health["parts"]["doorbell"]["detail"] == "Redis is heard").then_some(())
    })
    .await;
    assert!(!world.folder.path().join("data/gristmill.db").exists(), "rows are in PostgreSQL");

    let (shop, bill) = (receipt(1, Wear::Scan).unwrap(), invoice(0, Origin::Digital).unwrap());
    let shop_job = world.submit(world.file(&shop.name, &shop.bytes), "receipt").await;
    let bill_job = world.submit(world.file(&bill.name, &bill.bytes), "invoice").await;
    let broken_job = world.submit(world.file("broken.pdf", b"%PDF-1.4\nthis is not a document\n"), "invoice").await;
    let shop_job = world.served.ended(&shop_job, SOON).await;
    let bill_job = world.served.ended(&bill_job, SOON).await;
    let broken_job = world.served.ended(&broken_job, SOON).await;
    assert_eq!((&shop_job["status"], &bill_job["status"]), (&json!("completed"), &json!("completed")), "{shop_job} {bill_job}");
    let broken = &broken_job["files"][0];
    assert_eq!((&broken_job["status"], &broken["status"]), (&json!("failed"), &json!("skipped")), "{broken_job}");
    assert_eq!((&broken["error"]["code"], &broken["error"]["fault"]), (&json!("pdf_damaged"), &json!("input")), "{broken}");

    let listed = world.served.get("/api/v1/records?group=march").await.unwrap();
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "what was broken has no record: {listed}");
    let record = |schema: &str| items.iter().find(|r| r["schema"] == schema).unwrap_or_else(|| panic!("no {schema} in {listed}"));
    let (of_bill, of_shop) = (record("invoice"), record("receipt"));
    let truth = bill.record.unwrap().fields;
    assert_eq!((&of_bill["data"]["total"], &of_bill["data"]["date"]), (&truth["total"], &truth["date"]), "{of_bill}");
    assert_eq!((&of_bill["job_id"], &of_bill["name"]), (&bill_job["id"], &json!(bill.name)));
    assert_eq!((&of_shop["job_id"], &of_shop["name"]), (&shop_job["id"], &json!(shop.name)));
    assert!(of_shop["data"].as_object().unwrap().values().any(Value::is_string), "{of_shop}");
    assert!(of_shop["confidence"].as_f64().is_some_and(|c| (0.0..=1.0).contains(&c)), "{of_shop}");
    let batch = world.served.get("/api/batch_status?group=march").await.unwrap();
    assert_eq!((&batch["done"], &batch["review_url"]), (&json!(true), &json!("/review/march")), "{batch}");
    assert!(world.searchable(&bill_job).await.contains(truth["invoice_number"].as_str().unwrap()));
    assert!(!world.searchable(&shop_job).await.trim().is_empty(), "the words lie beneath the picture");

    world.is(&ben);
    assert_eq!(world.served.get("/api/v1/records?group=march").await.unwrap()["items"], json!([]));
    assert_eq!(world.status(&format!("/api/v1/records/{}", id(&bill_job["files"][0]))).await, 404);

    let mails = until("a mail for each job", SOON, async || Some(world.mail.mails()).filter(|mails| mails.len() >= 3)).await;
    let mails: Vec<String> = mails.iter().map(|mail| plain(mail)).collect();
    for job in [&shop_job, &bill_job, &broken_job] {
        let of_job: Vec<&String> = mails.iter().filter(|text| text.contains(id(job))).collect();
        let [text] = of_job[..] else { panic!("not one mail about {}: {mails:?}", id(job)) };
        assert!(text.contains(&format!("Status: {}", job["status"].as_str().unwrap())), "{text}");
        assert!(text.contains(&format!("https://mill.example/jobs/{}", id(job))), "no way to the job in {text}");
        assert!(text.contains(job["files"][0]["name"].as_str().unwrap()), "the file is not named in {text}");
    }
    let (text, cause) = (mails.iter().find(|text| text.contains(id(&broken_job))).unwrap(), broken["error"]["message"].as_str().unwrap());
    assert!(text.contains(cause), "no `{cause}` in {text}");
}
