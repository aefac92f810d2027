//! `jobs`: list, show, watch, cancel, retry, events, over HTTP. Tables for people, the server's own JSON for programs.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::{JobsAction, JobsArgs};
use crate::client::{Client, escaped, follow};
use crate::config::Config;
use crate::exit::Exit;
use crate::print::{line, out, out_json};
use crate::progress::{Display, Seen};
use crate::table::table;
use crate::units;

/// Does what was asked.
pub async fn jobs(args: JobsArgs, config: &Config) -> anyhow::Result<Exit> {
    let client = Client::of(config)?;
    let one = |id: &str| format!("/api/v1/jobs/{}", escaped(id));
    match args.action {
        JobsAction::List { status, pipeline, group, query, limit } => {
            let limit = Some(limit.to_string());
            let asked = [("status", status), ("pipeline", pipeline), ("group", group), ("q", query), ("limit", limit)];
            list(&client, &asked, args.json).await
        }
        JobsAction::Show { id } => show(client.get(&one(&id)).await?, args.json),
        JobsAction::Watch { id } => {
            let seen = follow::to_the_end(&client, &id, Display::new(args.json)).await?;
            show(client.get(&one(&id)).await?, args.json)?;
            Ok(exit_of(&seen))
        }
        JobsAction::Cancel { id } => show(client.post(&format!("{}/cancel", one(&id)), &json!({})).await?, args.json),
        JobsAction::Retry { id, from } => show(client.post(&format!("{}/retry", one(&id)), &json!({"from": from})).await?, args.json),
        JobsAction::Events { id, after } => events(&client, &id, after, args.json).await,
    }
}

async fn list(client: &Client, asked: &[(&str, Option<String>)], as_json: bool) -> anyhow::Result<Exit> {
    #[derive(Deserialize)]
    struct Page {
        items: Vec<Value>,
        next_cursor: Option<String>,
    }
    let query: Vec<String> = asked.iter().filter_map(|(k, v)| Some(format!("{k}={}", escaped(v.as_ref()?)))).collect();
    let page: Page = client.get(&format!("/api/v1/jobs?{}", query.join("&"))).await?;
    if as_json {
        out_json(&json!({"items": page.items, "next_cursor": page.next_cursor}));
        return Ok(Exit::Done);
    }
    let rows = page.items.into_iter().map(|item| Ok(row(&serde_json::from_value(item)?))).collect::<anyhow::Result<Vec<_>>>()?;
    out(&table(["ID", "PIPELINE", "STATUS", "DONE", "FILES", "CREATED"], &rows));
    Ok(Exit::Done)
}

fn row(job: &Seen) -> [String; 6] {
    [
        job.id.clone(),
        units::plain(&job.pipeline, 30),
        job.status.clone(),
        percent(job.progress),
        files(job),
        job.created_at.clone().unwrap_or_default(),
    ]
}

fn percent(fraction: f64) -> String {
    format!("{:.0}%", fraction * 100.0)
}

/// `5: 3 succeeded, 1 skipped`
fn files(job: &Seen) -> String {
    let c = job.counts;
    let named = [(c.succeeded, "succeeded"), (c.skipped, "skipped"), (c.failed, "failed"), (c.cancelled, "cancelled")];
    let said: Vec<String> = named.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    if said.is_empty() { c.files.to_string() } else { format!("{}: {}", c.files, said.join(", ")) }
}

fn show(job: Value, as_json: bool) -> anyhow::Result<Exit> {
    if as_json {
        out_json(&job);
    } else {
        out(&described(&serde_json::from_value(job)?));
    }
    Ok(Exit::Done)
}

/// A job with its files, steps and reasons.
pub fn described(job: &Seen) -> String {
    let mut text =
        format!("{}  {}  {}  {}  files {}\n\n", job.id, units::plain(&job.pipeline, 30), job.status, percent(job.progress), files(job));
    let rows: Vec<[String; 5]> = job
        .files
        .iter()
        .map(|f| {
            let steps: Vec<String> = f.steps.iter().map(|s| format!("{} {}", s.step, s.state)).collect();
            let produced: u64 = f.artifacts.iter().map(|a| a.bytes).sum();
            let results = format!("{} ({})", f.artifacts.len(), units::bytes(produced));
            [units::plain(&f.name, 48), f.status.clone(), percent(f.progress), results, units::plain(&steps.join(", "), 200)]
        })
        .collect();
    text.push_str(&table(["FILE", "STATUS", "DONE", "RESULTS", "STEPS"], &rows));
    for file in job.files.iter().filter(|f| f.error.is_some()) {
        let why = crate::progress::because(file.error.as_ref());
        text.push_str(&format!("\n{}{why}\n", units::plain(&file.name, 48)));
    }
    text
}

/// What the end of a job means for the shell.
pub fn exit_of(job: &Seen) -> Exit {
    Exit::of_files(job.files.iter().map(|f| f.status.as_str()))
}

/// One line an event: for people time, kind and the rest; for programs the event itself.
async fn events(client: &Client, id: &str, after: i64, as_json: bool) -> anyhow::Result<Exit> {
    follow::events(client, id, after, async |event| {
        if as_json {
            line(&event.data);
        } else {
            line(&event_line(&event.kind, &serde_json::from_str(&event.data).unwrap_or_default()));
        }
        Ok(())
    })
    .await?;
    Ok(Exit::Done)
}

fn event_line(kind: &str, data: &Value) -> String {
    let rest = ["step", "attempt", "state", "status", "progress", "phase", "file_id"].iter().filter_map(|name| match &data[*name] {
        Value::Null => None,
        Value::String(text) => Some(format!("{name}={}", units::plain(text, 80))),
        other => Some(format!("{name}={other}")),
    });
    let at = data["at"].as_str().unwrap_or("-");
    let error = data["error"]["message"].as_str().map(|m| units::plain(m, 400));
    format!("{at}  {kind:<14} {}", rest.chain(error).collect::<Vec<_>>().join(" ")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_described_with_its_reasons() {
        let job = json!({"id": "job_1", "pipeline": "image", "status": "completed", "progress": 1.0, "counts": {"files": 2, "succeeded": 1, "skipped": 1},
            "files": [{"name": "a.png", "status": "succeeded", "progress": 1, "steps": [{"step": "check", "state": "succeeded"}], "artifacts": [{"name": "x", "bytes": 2048}]},
                      {"name": "b.png", "status": "skipped", "progress": 1, "error": {"code": "too_large", "message": "It is too large.", "fault": "limit"}}]});
        insta::assert_snapshot!(described(&serde_json::from_value(job).unwrap()), @r"
        job_1  image  completed  100%  files 2: 1 succeeded, 1 skipped

        FILE   STATUS     DONE  RESULTS      STEPS
        a.png  succeeded  100%  1 (2.0 KiB)  check succeeded
        b.png  skipped    100%  0 (0 B)

        b.png (too_large): It is too large.
        ");
    }

    #[test]
    fn an_event_is_one_line() {
        let data = json!({"at": "2026-11-22T10:00:00.000Z", "step": "check", "state": "dead", "error": {"message": "a\nb"}});
        assert_eq!(event_line("task.ended", &data), "2026-11-22T10:00:00.000Z  task.ended     step=check state=dead a?b");
    }
}
