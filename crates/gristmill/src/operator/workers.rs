//! `workers`: list.

use serde_json::Value;

use super::args::{WorkersAction, WorkersArgs};
use super::{cell, items};
use crate::client::Client;
use crate::config::Config;
use crate::exit::Exit;
use crate::print::{out, out_json};
use crate::table::table;

/// Does what was asked.
pub async fn workers(args: WorkersArgs, config: &Config) -> anyhow::Result<Exit> {
    let WorkersAction::List = args.action;
    let answer: Value = Client::of(config)?.get("/api/v1/workers").await?;
    if args.json {
        out_json(&answer);
    } else {
        out(&table(["ID", "NAME", "VERSION", "STATE", "RUNNING", "SLOTS", "SEEN"], &items(&answer).map(row).collect::<Vec<_>>()));
    }
    Ok(Exit::Done)
}

fn row(worker: &Value) -> [String; 7] {
    let slots = worker["slots"].as_object().into_iter().flatten().map(|(class, n)| format!("{class} {n}"));
    let state = match (worker["alive"].as_bool(), worker["draining"].as_bool()) {
        (Some(true), Some(true)) => "draining",
        (Some(true), _) => "alive",
        _ => "gone",
    };
    let [id, name, version, running, seen] = ["id", "name", "version", "running", "seen_at"].map(|n| cell(&worker[n]));
    [id, name, version, state.to_owned(), running, slots.collect::<Vec<_>>().join(", "), seen]
}
