//! `webhooks`: list, create, remove, rotate, enable, deliveries, replay.

use serde_json::{Value, json};

use super::args::{WebhooksAction, WebhooksArgs};
use super::{cell, items, query};
use crate::client::{Client, escaped};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::misused;
use crate::print::{line, out, out_json};
use crate::progress::say;
use crate::table::table;

/// Does what was asked.
pub async fn webhooks(args: WebhooksArgs, config: &Config) -> anyhow::Result<Exit> {
    let client = Client::of(config)?;
    let of = |id: &str, what: &str| format!("/api/v1/webhooks/{}{what}", escaped(id));
    let (answer, told): (Value, fn(&Value)) = match args.action {
        WebhooksAction::List => (client.get("/api/v1/webhooks").await?, listed),
        WebhooksAction::Create { url, events, ed25519 } => {
            (client.post("/api/v1/webhooks", &wanted(&url, &events, ed25519)).await?, with_secret)
        }
        WebhooksAction::Remove { id } => {
            let request = client.request(reqwest::Method::DELETE, &of(&id, ""));
            (client.send(request).await?.json().await?, |a| line(&format!("{} is removed", cell(&a["id"]))))
        }
        WebhooksAction::Rotate { id, overlap } => {
            (client.post(&of(&id, "/rotate"), &json!({"overlap_seconds": overlap})).await?, with_secret)
        }
        WebhooksAction::Enable { id } => {
            (client.post(&of(&id, "/enable"), &json!({})).await?, |a| line(&format!("{} is told again", cell(&a["id"]))))
        }
        WebhooksAction::Deliveries { id, limit } => {
            (client.get(&of(&id, &format!("/deliveries?{}", query(&[("limit", Some(limit.to_string()))])))).await?, delivered)
        }
        WebhooksAction::Replay { message, endpoint, since } => {
            let body = chosen(message, endpoint, since)?;
            (client.post("/api/v1/webhooks/replay", &body).await?, |a| line(&format!("{} sent again", cell(&a["count"]))))
        }
    };
    if args.json {
        out_json(&answer)
    } else {
        told(&answer)
    }
    Ok(Exit::Done)
}

fn wanted(url: &str, events: &[String], ed25519: bool) -> Value {
    let mut body = json!({"url": url, "signing": if ed25519 { "ed25519" } else { "hmac" }});
    if !events.is_empty() {
        body["events"] = json!(events);
    }
    body
}

fn chosen(message: Option<String>, endpoint: Option<String>, since: Option<u64>) -> anyhow::Result<Value> {
    match (message, endpoint) {
        (Some(message), None) => Ok(json!({"message": message})),
        (None, Some(endpoint)) => Ok(json!({"endpoint": endpoint, "since_seconds": since})),
        _ => Err(misused("it does not say what is sent again", "name one message (effect_…), or --endpoint endpoint_…")),
    }
}

fn listed(answer: &Value) {
    let row = |e: &Value| {
        let events = e["events"].as_array().into_iter().flatten().map(cell).collect::<Vec<_>>().join(",");
        [cell(&e["id"]), cell(&e["url"]), events, cell(&e["signing"]), cell(&e["disabled_because"])]
    };
    out(&table(["ID", "URL", "EVENTS", "SIGNING", "DISABLED"], &items(answer).map(row).collect::<Vec<_>>()));
}

/// The secret alone on standard output, so that a script can take it.
fn with_secret(answer: &Value) {
    let id = cell(&answer["id"]);
    match answer["secret"].as_str() {
        Some(secret) => {
            say(&format!("{id} is told of jobs from now on; this is the only time its secret is shown:"));
            line(secret);
        }
        None => {
            say(&format!("{id} is told of jobs from now on; its receiver checks messages with this public key:"));
            line(answer["public_key"].as_str().unwrap_or_default());
        }
    }
}

fn delivered(answer: &Value) {
    let row = |d: &Value| ["at", "event", "message_id", "number", "state", "took_ms", "error"].map(|name| cell(&d[name]));
    out(&table(["AT", "EVENT", "MESSAGE", "TRY", "STATE", "MS", "ERROR"], &items(answer).map(row).collect::<Vec<_>>()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_or_one_endpoint_is_sent_again() {
        assert_eq!(chosen(Some("effect_1".into()), None, None).unwrap(), json!({"message": "effect_1"}));
        assert_eq!(chosen(None, Some("endpoint_1".into()), Some(60)).unwrap(), json!({"endpoint": "endpoint_1", "since_seconds": 60}));
        assert!(chosen(None, None, None).is_err() && chosen(Some("a".into()), Some("b".into()), None).is_err());
    }
}
