//! `queues`: list, pause, resume.

use serde_json::{Value, json};

use super::args::{QueuesAction, QueuesArgs};
use super::{cell, items};
use crate::client::{Client, escaped};
use crate::config::Config;
use crate::exit::Exit;
use crate::print::{out, out_json};
use crate::table::table;

/// Does what was asked.
pub async fn queues(args: QueuesArgs, config: &Config) -> anyhow::Result<Exit> {
    let client = Client::of(config)?;
    let set = async |name: &str, verb: &str| client.post(&format!("/api/v1/queues/{}/{verb}", escaped(name)), &json!({})).await;
    let answer = match &args.action {
        QueuesAction::List => client.get("/api/v1/queues").await?,
        QueuesAction::Pause { name } => set(name, "pause").await?,
        QueuesAction::Resume { name } => set(name, "resume").await?,
    };
    if args.json {
        out_json(&answer);
    } else if matches!(args.action, QueuesAction::List) {
        out(&(listed(items(&answer)) + &at_brokers(&answer["brokers"])));
    } else {
        out(&listed(std::iter::once(&answer)));
    }
    Ok(Exit::Done)
}

fn listed<'a>(queues: impl Iterator<Item = &'a Value>) -> String {
    let rows: Vec<[String; 7]> = queues.map(row).collect();
    table(["QUEUE", "STATE", "READY", "DELAYED", "RUNNING", "DEAD", "OLDEST"], &rows)
}

/// What lies at brokers, each in a table of its own; nothing where there is none.
fn at_brokers(brokers: &Value) -> String {
    let told = |broker: &Value| {
        let server = cell(&broker["server"]);
        if let Some(why) = broker["error"].as_str() {
            return format!("\n{server} could not be asked: {}\n", crate::units::plain(why, 200));
        }
        let row = |queue: &Value| [cell(&queue["name"]), cell(&queue["depth"]), cell(&queue["consumers"]), oldest(queue)];
        let rows: Vec<[String; 4]> = broker["queues"].as_array().into_iter().flatten().map(row).collect();
        format!("\n{}", table([&format!("AT {}", server.to_uppercase()), "MESSAGES", "READERS", "OLDEST"], &rows))
    };
    brokers.as_array().into_iter().flatten().map(told).collect()
}

fn oldest(queue: &Value) -> String {
    queue["oldest_seconds"].as_f64().map_or("-".to_owned(), |s| crate::units::span(std::time::Duration::from_secs_f64(s.max(0.0))))
}

fn row(queue: &Value) -> [String; 7] {
    let state = if queue["paused_at"].is_null() { "open" } else { "paused" };
    let [ready, delayed, running, dead] = ["ready", "delayed", "running", "dead"].map(|name| cell(&queue[name]));
    [cell(&queue["name"]), state.to_owned(), ready, delayed, running, dead, oldest(queue)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_are_listed_with_their_state_and_age() {
        let queue = json!({"name": "upload.batch", "paused_at": "2026-11-22T10:00:00.000Z", "ready": 3, "delayed": 0, "running": 1, "dead": 2, "oldest_seconds": 65.0});
        insta::assert_snapshot!(listed([queue].iter()), @r"
        QUEUE         STATE   READY  DELAYED  RUNNING  DEAD  OLDEST
        upload.batch  paused  3      0        1        2     1 min 05 s
        ");
    }

    #[test]
    fn brokers_stand_below_with_what_they_tell_or_why_they_do_not() {
        let queue = json!({"name": "upload.normal.dlq", "depth": 3, "consumers": 0, "oldest_seconds": null});
        let brokers = json!([{"server": "rabbitmq", "queues": [queue]}, {"server": "redis", "queues": [], "error": "it is away"}]);
        insta::assert_snapshot!(at_brokers(&brokers), @r"

        AT RABBITMQ        MESSAGES  READERS  OLDEST
        upload.normal.dlq  3         0        -

        redis could not be asked: it is away
        ");
        assert_eq!(at_brokers(&Value::Null), "", "a server of another version tells of none");
    }
}
