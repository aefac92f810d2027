//! What other programs see of jobs at a real RabbitMQ: their lives, what people were told, and the dead, which run again when an operator
//! moves them back.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use gristmill_harness::{Served, media, until};
use gristmill_servers::RabbitMq;
use gristmill_servers::s3::tool;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(90);

/// Encoding a clip takes longer than this pipeline allows.
const DOOMED: &str = include_str!("pipelines/doomed.toml");

/// Takes all that is in a queue: `[{type, id, dead, body}, …]`.
const TAKE: &str = "
import json, pika, sys
channel, found = pika.BlockingConnection(pika.URLParameters(sys.argv[1])).channel(), []
while (message := channel.basic_get(sys.argv[2], auto_ack=True))[0]:
    said = message[1]
    found.append({'type': said.type, 'id': said.message_id, 'dead': said.headers.get('x-gristmill-dead'), 'body': json.loads(message[2])})
print(json.dumps(found))";

/// What a shovel does: each message of a queue goes as it is to another.
const MOVE: &str = "
import pika, sys
channel, moved = pika.BlockingConnection(pika.URLParameters(sys.argv[1])).channel(), 0
while (message := channel.basic_get(sys.argv[2]))[0]:
    channel.basic_publish('', sys.argv[3], message[2], message[1])
    channel.basic_ack(message[0].delivery_tag)
    moved += 1
print(moved)";

struct World {
    served: Served,
    rabbit: RabbitMq,
    folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let (rabbit, folder) = (RabbitMq::start(), tempfile::tempdir().unwrap());
        let own = folder.path().join("data/pipelines");
        std::fs::create_dir_all(&own).unwrap();
        std::fs::write(own.join("doomed.toml"), DOOMED).unwrap();
        let url = rabbit.url();
        let environment =
            [("GRISTMILL_ANNOUNCE__URL", url.as_str()), ("GRISTMILL_INTAKE__URL", "same"), ("GRISTMILL_DOORBELL__URL", url.as_str())];
        let served = Served::start_with(Path::new(BINARY), &folder.path().join("data"), &environment).await.unwrap();
        Self { served, rabbit, folder }
    }

    fn python(&self, script: &str, queues: &[&str]) -> String {
        let ended = Command::new(tool("python")).args(["-c", script, &self.rabbit.url()]).args(queues).output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        String::from_utf8(ended.stdout).unwrap()
    }

    /// Takes from a queue until this holds of all that came.
    async fn taken(&self, queue: &str, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        until("the announcements", SOON, async || {
            let came: Vec<Value> = serde_json::from_str(&self.python(TAKE, &[queue])).unwrap();
            all.extend(came);
            enough(&all).then_some(())
        })
        .await;
        all
    }
}

fn kinds(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|m| m["type"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_life_of_a_job_is_seen_and_what_people_were_told() {
    let world = World::start().await;
    let picture = media::picture(world.folder.path(), "a.png");
    let request = json!({"pipeline": "image", "group": "g", "notify": {"email": {"to": "anna@example.org", "on": ["finished"]}}});
    let job = world.served.submit(request, &[picture]).await.unwrap();
    let events = world.taken("upload.events", |all| kinds(all).contains(&"job.ended")).await;
    let mut seen = kinds(&events);
    seen.sort_unstable();
    assert_eq!(seen, ["file.ended", "job.created", "job.ended", "job.started"]);
    assert!(events.iter().all(|e| e["body"]["job"] == job.as_str() && e["body"]["group"] == "g" && e["id"].is_string()), "{events:?}");
    let told = world.taken("notifications", |all| !all.is_empty()).await;
    assert_eq!(kinds(&told), ["mail.delivered"]);
    assert_eq!((&told[0]["body"]["receiver"], &told[0]["body"]["event"]), (&json!("anna@example.org"), &json!("job.finished")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_task_lies_in_the_queue_for_the_dead_and_runs_again_when_it_is_moved_back() {
    let world = World::start().await;
    let clip = media::clip(world.folder.path(), "clip.mp4", 60, "1280x720");
    let job = world.served.submit(json!({"pipeline": "doomed"}), &[clip]).await.unwrap();
    assert_eq!(world.served.ended(&job, SOON).await["status"], "failed");
    let queues = until("the letter to be there", SOON, async || {
        let queues = world.served.get("/api/v1/queues").await.ok()?["brokers"][0]["queues"].clone();
        let dead = queues.as_array()?.iter().find(|q| q["name"] == "upload.normal.dlq")?.clone();
        (dead["depth"] == 1).then_some(queues)
    })
    .await;
    assert_eq!(queues.as_array().unwrap().len(), 9, "{queues}");
    assert_eq!(world.python(MOVE, &["upload.normal.dlq", "upload.normal"]).trim(), "1");
    until("the task to run again", SOON, async || {
        let events = world.served.get(&format!("/api/v1/jobs/{job}/events?format=json")).await.ok()?;
        events["items"].as_array()?.iter().any(|e| e["kind"] == "job.retried").then_some(())
    })
    .await;
    let letters = world.taken("upload.normal.dlq", |all| !all.is_empty()).await;
    let (letter, task) = (&letters[0]["body"], letters[0]["dead"].as_str().unwrap());
    assert_eq!((&letter["task"], &letter["job"]), (&json!(task), &json!(job)), "{letter}");
    assert!(letter["data"]["error"]["code"].is_string() && letter["data"]["attempts"] == 1, "the cause: {letter}");
}
