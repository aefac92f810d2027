//! `dead`: list, show, redrive, purge.

use serde_json::{Map, Value, json};

use super::args::{DeadAction, DeadArgs, DeadChoice, DeadFilter};
use super::{cell, items, query};
use crate::client::{Client, escaped};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::misused;
use crate::print::{out, out_json};
use crate::table::table;
use crate::units::plain;

/// Does what was asked.
pub async fn dead(args: DeadArgs, config: &Config) -> anyhow::Result<Exit> {
    let client = Client::of(config)?;
    let (answer, told): (Value, fn(&Value) -> String) = match args.action {
        DeadAction::List { filter, limit } => (list(&client, filter, limit).await?, listed),
        DeadAction::Show { task } => (client.get(&format!("/api/v1/dead/{}", escaped(&task))).await?, described),
        DeadAction::Redrive(choice) => (client.post("/api/v1/dead/redrive", &body(choice)?).await?, |a| count(a, "run again")),
        DeadAction::Purge(choice) => (client.post("/api/v1/dead/purge", &body(choice)?).await?, |a| count(a, "forgotten")),
    };
    if args.json {
        out_json(&answer)
    } else {
        out(&told(&answer))
    }
    Ok(Exit::Done)
}

async fn list(client: &Client, filter: DeadFilter, limit: u32) -> anyhow::Result<Value> {
    let DeadFilter { code, queue, pipeline, owner } = filter;
    let said = [("code", code), ("queue", queue), ("pipeline", pipeline), ("owner", owner), ("limit", Some(limit.to_string()))];
    client.get(&format!("/api/v1/dead?{}", query(&said))).await
}

/// What the server is to choose; nothing said is refused here already.
fn body(choice: DeadChoice) -> anyhow::Result<Value> {
    let DeadFilter { code, queue, pipeline, owner } = choice.filter;
    let said = [("code", code), ("queue", queue), ("pipeline", pipeline), ("owner", owner)];
    let mut body: Map<String, Value> = said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect();
    if !choice.tasks.is_empty() {
        body.insert("tasks".into(), json!(choice.tasks));
    }
    if choice.all {
        body.insert("all".into(), json!(true));
    }
    if body.is_empty() {
        return Err(misused("it does not say which dead letters", "name tasks, or --code, --queue, --pipeline, --owner, or --all"));
    }
    Ok(Value::Object(body))
}

fn count(answer: &Value, what: &str) -> String {
    format!("{} {what}\n", cell(&answer["count"]))
}

fn listed(answer: &Value) -> String {
    let row = |d: &Value| {
        let [task, pipeline, step, file, ended] = ["task_id", "pipeline", "step", "file", "ended_at"].map(|name| cell(&d[name]));
        [task, pipeline, step, cell(&d["error"]["code"]), file, ended]
    };
    let mut text = table(["TASK", "PIPELINE", "STEP", "ERROR", "FILE", "DIED"], &items(answer).map(row).collect::<Vec<_>>());
    for group in answer["groups"].as_array().into_iter().flatten() {
        let [code, pipeline, step, count] = ["code", "pipeline", "step", "count"].map(|name| cell(&group[name]));
        let message = plain(group["message"].as_str().unwrap_or_default(), 200);
        text.push_str(&format!("\n{count} × {pipeline}/{step} {code}: {message}\n"));
    }
    text
}

fn described(letter: &Value) -> String {
    let names = ["task_id", "job_id", "owner", "pipeline", "step", "file", "queue", "attempts", "ended_at", "kept_until"];
    let lines: String = names.iter().map(|name| format!("{:<11} {}\n", name.trim_end_matches("_id"), cell(&letter[name]))).collect();
    let error = &letter["error"];
    format!("{lines}{:<11} {}: {}\n", "error", cell(&error["code"]), plain(error["message"].as_str().unwrap_or_default(), 400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_not_everything() {
        assert!(body(DeadChoice::default()).is_err());
        let filter = DeadFilter { code: Some("damaged".into()), ..DeadFilter::default() };
        assert_eq!(body(DeadChoice { filter, ..DeadChoice::default() }).unwrap(), json!({"code": "damaged"}));
        assert_eq!(body(DeadChoice { all: true, ..DeadChoice::default() }).unwrap(), json!({"all": true}));
    }

    #[test]
    fn letters_are_listed_with_what_they_died_of() {
        let answer = json!({"items": [{"task_id": "task_1_0_0", "pipeline": "image", "step": "check", "file": "a.png", "ended_at": "T", "error": {"code": "tool_failed"}}],
            "groups": [{"code": "tool_failed", "message": "The tool\nfailed.", "count": 1, "pipeline": "image", "step": "check", "example": "task_1_0_0"}]});
        insta::assert_snapshot!(listed(&answer), @r"
        TASK        PIPELINE  STEP   ERROR        FILE   DIED
        task_1_0_0  image     check  tool_failed  a.png  T

        1 × image/check tool_failed: The tool?failed.
        ");
    }
}
