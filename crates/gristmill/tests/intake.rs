//! Requests by message: the samples of the documentation, over real brokers, with the real binary.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use gristmill_blob::s3::Settings;
use gristmill_blob::{Blobs, S3};
use gristmill_harness::{Served, media, until};
use gristmill_servers::s3::{ACCESS_KEY, REGION, SECRET_KEY, tool};
use gristmill_servers::{Moto, RabbitMq, Redis, SeaweedFs};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/samples");
const SOON: Duration = Duration::from_secs(90);

/// What the dead letters are, as `[[request, reason], …]`.
const DEAD_OF_REDIS: &str = "
import json, redis, sys
entries = redis.Redis.from_url(sys.argv[1], decode_responses=True).xrange('gristmill:intake.dlq')
print(json.dumps([[fields['request'], fields['reason']] for _, fields in entries]))";
const DEAD_OF_RABBITMQ: &str = "
import json, pika, sys
channel, found = pika.BlockingConnection(pika.URLParameters(sys.argv[1])).channel(), []
while (letter := channel.basic_get('upload.normal.dlq'))[0]:
    found.append([letter[2].decode(), letter[1].headers['x-gristmill-reason']])
print(json.dumps(found))";
const DEAD_OF_SQS: &str = "
import boto3, json, sys
sqs = boto3.client('sqs')
try:
    asked = {'MessageAttributeNames': ['All'], 'VisibilityTimeout': 0, 'MaxNumberOfMessages': 10}
    letters = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName=sys.argv[1] + '-dlq')['QueueUrl'], **asked).get('Messages', [])
except sqs.exceptions.QueueDoesNotExist:
    letters = []
print(json.dumps([[letter['Body'], letter['MessageAttributes']['reason']['StringValue']] for letter in letters]))";

/// A broker that samples talk to.
struct Broker {
    /// As the server is told of it.
    url: String,
    /// As the samples are told of it.
    place: String,
    /// The end of their names.
    samples: &'static str,
    dead: &'static str,
    environment: Vec<(&'static str, String)>,
}

fn redis(server: &Redis) -> Broker {
    Broker { url: server.url(), place: server.url(), samples: "redis", dead: DEAD_OF_REDIS, environment: Vec::new() }
}

fn rabbitmq(server: &RabbitMq) -> Broker {
    Broker { url: server.url(), place: server.url(), samples: "rabbitmq", dead: DEAD_OF_RABBITMQ, environment: Vec::new() }
}

fn sqs(server: &Moto) -> Broker {
    let aws =
        [("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY), ("AWS_REGION", REGION), ("AWS_DEFAULT_REGION", REGION)];
    let mut environment: Vec<(&str, String)> = aws.map(|(name, value)| (name, value.to_owned())).into();
    environment.push(("AWS_ENDPOINT_URL", server.endpoint()));
    let broker = Broker { url: server.queue("requests"), place: "requests".into(), samples: "sqs", dead: DEAD_OF_SQS, environment };
    broker.python("import boto3, sys; boto3.client('sqs').create_queue(QueueName=sys.argv[1])");
    broker
}

impl Broker {
    /// Sends a message as the documentation shows it.
    fn submit(&self, ending: &str, id: &str, request: &str) {
        let program = if ending == "mjs" { PathBuf::from("node") } else { tool("python") };
        let sample = format!("{SAMPLES}/submit_{}.{ending}", self.samples);
        self.said(Command::new(program).args([&sample, &self.place, id, request]));
    }

    fn python(&self, program: &str) -> String {
        self.said(Command::new(tool("python")).args(["-c", program, &self.place]))
    }

    fn said(&self, command: &mut Command) -> String {
        let output =
            command.envs(self.environment.iter().map(|(name, value)| (name, value))).output().expect("python and node are installed");
        assert!(output.status.success(), "run scripts/setup test? {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The dead letters, once there are so many.
    async fn dead(&self, count: usize) -> Vec<(String, String)> {
        until("dead letters", SOON, async || {
            let found: Vec<(String, String)> = serde_json::from_str(&self.python(self.dead)).unwrap();
            (found.len() >= count).then_some(found)
        })
        .await
    }
}

async fn served(folder: &Path, broker: &Broker, more: &[(&str, &str)]) -> Served {
    let url = [("GRISTMILL_INTAKE__URL", broker.url.as_str()), ("GRISTMILL_INTAKE__OWNER", "local")];
    Served::start_with(Path::new(BINARY), folder, &[&url[..], more].concat()).await.unwrap()
}

/// A request for a picture that was uploaded.
async fn request(served: &Served, folder: &Path, group: &str) -> String {
    let bytes = std::fs::read(media::picture(folder, "harvest.png")).unwrap();
    let upload = served.request(Method::POST, "/api/v1/uploads").header("Tus-Resumable", "1.0.0").header("Upload-Length", bytes.len());
    let upload = upload.header("Upload-Metadata", "filename aGFydmVzdC5wbmc=").header("Content-Type", "application/offset+octet-stream");
    let answer = upload.body(bytes).send().await.unwrap();
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    let place = answer.headers()["location"].to_str().unwrap();
    let id = place.rsplit('/').next().unwrap();
    json!({"pipeline": "image", "group": group, "files": [{"source": format!("upload:{id}")}]}).to_string()
}

/// The jobs of a group, once there is one.
async fn jobs(served: &Served, group: &str) -> Vec<String> {
    until("a job by message", SOON, async || {
        let page = served.get(&format!("/api/v1/jobs?group={group}")).await.ok()?;
        let ids: Vec<String> = page["items"].as_array()?.iter().filter_map(|job| Some(job["id"].as_str()?.to_owned())).collect();
        (!ids.is_empty()).then_some(ids)
    })
    .await
}

/// A message makes a job, the same again none, and a bad one lies among the dead with its reason; in each language of the samples.
async fn the_samples_submit(broker: Broker) {
    let folder = tempfile::tempdir().unwrap();
    let served = served(folder.path(), &broker, &[]).await;
    for (turn, ending) in ["py", "mjs"].into_iter().enumerate() {
        let good = request(&served, folder.path(), ending).await;
        broker.submit(ending, &format!("good-{ending}"), &good);
        let job = served.ended(&jobs(&served, ending).await[0], SOON).await;
        assert_eq!((&job["status"], &job["files"][0]["name"]), (&json!("completed"), &json!("harvest.png")), "{job}");
        let bad = format!(r#"{{"pipeline": "none-such", "group": "{ending}"}}"#);
        broker.submit(ending, &format!("good-{ending}"), &good);
        broker.submit(ending, &format!("bad-{ending}"), &bad);
        let dead = broker.dead(turn + 1).await;
        let (_, reason) = dead.iter().find(|(body, _)| *body == bad).unwrap_or_else(|| panic!("{dead:?}"));
        assert!(reason.starts_with("pipeline_") && reason.contains("none-such"), "{reason}");
        assert_eq!((dead.len(), jobs(&served, ending).await.len()), (turn + 1, 1), "{dead:?}");
    }
    assert_eq!(served.get("/health/health").await.unwrap()["parts"]["intake"]["status"], "ok");
}

#[tokio::test]
async fn the_samples_submit_over_redis() {
    the_samples_submit(redis(&Redis::start())).await;
}

#[tokio::test]
async fn the_samples_submit_over_rabbitmq() {
    the_samples_submit(rabbitmq(&RabbitMq::start())).await;
}

#[tokio::test]
async fn the_samples_submit_over_sqs() {
    the_samples_submit(sqs(&Moto::start())).await;
}

#[tokio::test]
async fn a_message_says_whose_it_is_and_the_same_id_with_another_body_is_refused() {
    let server = Redis::start();
    let (broker, folder) = (redis(&server), tempfile::tempdir().unwrap());
    let served = served(folder.path(), &broker, &[]).await;
    let good = request(&served, folder.path(), "same").await;
    broker.submit("py", "one", &good);
    jobs(&served, "same").await;
    broker.submit("py", "one", &good.replace("same", "other"));
    let reason = broker.dead(1).await.remove(0).1;
    assert!(reason.starts_with("idempotency_key_taken"), "the id belongs to another request: {reason}");
    let theirs = "import redis, sys; redis.Redis.from_url(sys.argv[1]).xadd('gristmill:intake', {'request': '{}', 'owner': 'a\\nb'})";
    broker.python(theirs);
    let reason = broker.dead(2).await.remove(1).1;
    assert!(reason.starts_with("owner_invalid"), "{reason}");
    assert_eq!(jobs(&served, "same").await.len(), 1);
}

#[tokio::test]
async fn a_lost_broker_degrades_the_service_and_a_killed_server_takes_up_what_waits() {
    let mut server = Redis::start();
    let (broker, folder) = (redis(&server), tempfile::tempdir().unwrap());
    let mut first = served(folder.path(), &broker, &[]).await;
    let good = request(&first, folder.path(), "waits").await;
    server.kill_9();
    let part = until("the loss to be told", SOON, async || {
        let part = first.get("/health/health").await.expect("it stays 200")["parts"]["intake"].clone();
        (part["status"] == "degraded").then_some(part)
    })
    .await;
    assert!(part["detail"].as_str().unwrap().contains("Redis is not reached"), "{part}");
    first.kill_9();
    server.restart();
    broker.submit("py", "one", &good);
    let again = served(folder.path(), &broker, &[]).await;
    let job = again.ended(&jobs(&again, "waits").await[0], SOON).await;
    assert_eq!(job["status"], "completed", "{job}");
}

#[tokio::test]
async fn news_of_a_bucket_on_sqs_make_a_job_by_themselves_and_wrapped_by_sns() {
    gristmill_blob::provide_tls();
    let (moto, bucket, endpoint) = (Moto::start(), SeaweedFs::shared().bucket(), SeaweedFs::shared().endpoint());
    let (broker, folder) = (sqs(&moto), tempfile::tempdir().unwrap());
    let settings = Settings {
        endpoint: Some(endpoint.clone()),
        access_key: Some(ACCESS_KEY.into()),
        secret_key: Some(SECRET_KEY.into()),
        ..Settings::from_url(&format!("s3://{bucket}")).unwrap()
    };
    let s3 = S3::open(&settings, &folder.path().join("theirs")).unwrap();
    let drops = format!("{bucket}/drop=image");
    let environment = [
        ("GRISTMILL_SOURCES__BUCKETS", bucket.as_str()),
        ("GRISTMILL_SOURCES__DROPS", drops.as_str()),
        ("GRISTMILL_BLOBS__ENDPOINT", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    ];
    let served = served(folder.path(), &broker, &environment).await;
    let record =
        |key: &str| json!({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}]});
    for key in ["drop/plain.png", "drop/wrapped.png"] {
        s3.put_file(&key.parse().unwrap(), &media::picture(folder.path(), "harvest.png")).await.unwrap();
    }
    broker.submit("py", "1", &json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": bucket}).to_string());
    broker.submit("py", "2", &record("drop/plain.png").to_string());
    let wrapped = json!({"Type": "Notification", "Message": record("drop/wrapped.png").to_string()});
    broker.submit("py", "3", &wrapped.to_string());
    let names = |page: &Value| page["items"].as_array().map_or(0, Vec::len);
    let page = until("both jobs", SOON, async || {
        let page = served.get("/api/v1/jobs").await.ok()?;
        (names(&page) == 2).then_some(page)
    })
    .await;
    for job in page["items"].as_array().unwrap() {
        let job = served.ended(job["id"].as_str().unwrap(), SOON).await;
        assert_eq!(job["status"], "completed", "{job}");
    }
    assert!(broker.dead(0).await.is_empty(), "a test message of S3 is no bad request");
}
