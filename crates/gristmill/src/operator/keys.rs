//! `keys`: create, list, revoke.

use gristmill_model::KeyId;
use gristmill_store::{ApiKey, Role, Store};
use serde_json::{Value, json};

use super::args::{KeyRole, KeysAction, KeysArgs};
use super::place::Place;
use super::{cell, items};
use crate::client::escaped;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::{failed, misused};
use crate::print::{line, out, out_json};
use crate::progress::say;
use crate::table::table;

/// Does what was asked.
pub async fn keys(args: KeysArgs, config: &Config) -> anyhow::Result<Exit> {
    let place = Place::find(config).await?;
    match args.action {
        KeysAction::Create { owner, name, role } => {
            let name = name.unwrap_or_else(|| owner.clone());
            created(&create(&place, &owner, &name, role).await?, args.json);
        }
        KeysAction::List => listed(&list(&place).await?, args.json),
        KeysAction::Revoke { id } => {
            let revoked = revoke(&place, &id).await?;
            if args.json { out_json(&revoked) } else { line(&format!("{} is revoked", cell(&revoked["id"]))) }
        }
    }
    Ok(Exit::Done)
}

async fn create(place: &Place, owner: &str, name: &str, role: KeyRole) -> anyhow::Result<Value> {
    let role = role_of(role);
    match place {
        Place::Server(client) => client.post("/api/v1/keys", &json!({"owner": owner, "name": name, "role": role.as_str()})).await,
        Place::Store(store) => {
            if owner.trim().is_empty() || owner.chars().any(char::is_control) {
                return Err(misused("a key speaks for an owner with a name", "write for example --owner anna"));
            }
            let (row, text) = gristmill_api::new_key(None, name, owner, role)?;
            let id = row.id;
            store.add_key(row).await?;
            let mut told = told(&known(&**store, id).await?);
            told["key"] = json!(text);
            Ok(told)
        }
    }
}

fn role_of(role: KeyRole) -> Role {
    match role {
        KeyRole::Owner => Role::Owner,
        KeyRole::Operator => Role::Operator,
        KeyRole::Admin => Role::Admin,
    }
}

async fn known(store: &dyn Store, id: KeyId) -> anyhow::Result<ApiKey> {
    let next = "`gristmill keys list` shows the keys there are";
    store.key(id).await?.ok_or_else(|| failed(format!("there is no key `{id}`"), next))
}

/// A row as the server tells it.
fn told(key: &ApiKey) -> Value {
    let revoked_at = key.revoked_at.map(|t| t.to_string());
    json!({"id": key.id, "name": key.name, "owner": key.owner, "role": key.role, "created_at": key.created_at.to_string(), "revoked_at": revoked_at})
}

/// The key alone on standard output, so that a script can take it.
fn created(answer: &Value, as_json: bool) {
    if as_json {
        out_json(answer);
        return;
    }
    let [id, owner, role] = ["id", "owner", "role"].map(|name| cell(&answer[name]));
    say(&format!("{id} speaks for `{owner}` as {role}; this is the only time its secret is shown:"));
    line(answer["key"].as_str().unwrap_or_default());
}

async fn list(place: &Place) -> anyhow::Result<Value> {
    match place {
        Place::Server(client) => client.get("/api/v1/keys").await,
        Place::Store(store) => Ok(json!({"items": store.keys().await?.iter().map(told).collect::<Vec<_>>(), "next_cursor": null})),
    }
}

fn listed(answer: &Value, as_json: bool) {
    if as_json {
        out_json(answer);
        return;
    }
    let row = |k: &Value| ["id", "name", "owner", "role", "created_at", "revoked_at"].map(|name| cell(&k[name]));
    out(&table(["ID", "NAME", "OWNER", "ROLE", "CREATED", "REVOKED"], &items(answer).map(row).collect::<Vec<_>>()));
}

async fn revoke(place: &Place, id: &str) -> anyhow::Result<Value> {
    match place {
        Place::Server(client) => {
            let request = client.request(reqwest::Method::DELETE, &format!("/api/v1/keys/{}", escaped(id)));
            Ok(client.send(request).await?.json().await?)
        }
        Place::Store(store) => {
            let id: KeyId = id.parse().map_err(|e| misused(format!("{e}"), "`gristmill keys list` shows the keys there are"))?;
            store.revoke_key(id).await?;
            Ok(told(&known(&**store, id).await?))
        }
    }
}
