//! `credits`: grant, balance, ledger, quote.

use gristmill_model::credits::Credits;
use serde_json::{Value, json};

use super::args::{CreditsAction, CreditsArgs};
use super::place::Place;
use super::{cell, items, query};
use crate::client::Client;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::misused;
use crate::print::{out, out_json};
use crate::table::table;

/// Does what was asked.
pub async fn credits(args: CreditsArgs, config: &Config) -> anyhow::Result<Exit> {
    let (answer, told): (Value, fn(&Value) -> String) = match args.action {
        CreditsAction::Grant { owner, amount, note } => (grant(config, &owner, &amount, note).await?, granted),
        CreditsAction::Balance { owner } => (get(config, "", &[("owner", owner)]).await?, balance),
        CreditsAction::Ledger { owner, limit } => {
            (get(config, "/ledger", &[("owner", owner), ("limit", Some(limit.to_string()))]).await?, ledger)
        }
        CreditsAction::Quote { pipeline, files, megapixels, seconds, pages } => {
            let file = json!({"megapixels": megapixels, "media_seconds": seconds, "pages": pages});
            let body = json!({"pipeline": pipeline, "files": vec![file; files]});
            (Client::of(config)?.post("/api/v1/credits/quote", &body).await?, quote)
        }
    };
    if args.json {
        out_json(&answer)
    } else {
        out(&told(&answer))
    }
    Ok(Exit::Done)
}

async fn get(config: &Config, below: &str, said: &[(&str, Option<String>)]) -> anyhow::Result<Value> {
    Client::of(config)?.get(&format!("/api/v1/credits{below}?{}", query(said))).await
}

async fn grant(config: &Config, owner: &str, amount: &str, note: Option<String>) -> anyhow::Result<Value> {
    let next = "write for example `gristmill credits grant anna 100`";
    let credits: Credits = amount.parse().map_err(|e| misused(format!("{e}"), next))?;
    if credits <= Credits::ZERO {
        return Err(misused("a grant is above zero", next));
    }
    match Place::find(config).await? {
        Place::Server(client) => {
            let body = json!({"owner": owner, "amount": credits.to_decimal(), "note": note});
            // One key for one call: should the answer be lost on its way, nothing is given twice.
            let request =
                client.request(reqwest::Method::POST, "/api/v1/credits/grant").header("idempotency-key", uuid::Uuid::now_v7().to_string());
            Ok(client.send(request.json(&body)).await?.json().await?)
        }
        Place::Store(store) => {
            store.grant(owner.to_owned(), credits, note).await?;
            Ok(json!({"owner": owner, "kind": "grant", "amount": credits.to_decimal()}))
        }
    }
}

fn granted(answer: &Value) -> String {
    format!("granted {} to {}\n", cell(&answer["amount"]), cell(&answer["owner"]))
}

fn balance(answer: &Value) -> String {
    format!("{}: {} available, {} held\n", cell(&answer["owner"]), cell(&answer["available"]), cell(&answer["held"]))
}

fn ledger(answer: &Value) -> String {
    let row = |t: &Value| ["at", "kind", "amount", "job_id", "note"].map(|name| cell(&t[name]));
    table(["AT", "KIND", "AMOUNT", "JOB", "NOTE"], &items(answer).map(row).collect::<Vec<_>>())
}

fn quote(answer: &Value) -> String {
    format!("{}\n", cell(&answer["total"]))
}
