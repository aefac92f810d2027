//! `migrate`: brings the store up to what this build knows, which every start does too; here it can be done before a roll-out.

use serde_json::json;

use crate::config::Config;
use crate::exit::Exit;
use crate::print::{line, out_json};
use crate::wiring;

/// Opens the store, which migrates it, and says where it stands.
pub async fn migrate(json: bool, config: &Config) -> anyhow::Result<Exit> {
    wiring::open_store(config).await?.probe().await?;
    let (store, schema) = (config.store.to_string(), gristmill_store::schema());
    if json {
        out_json(&json!({"store": store, "schema": schema}));
    } else {
        line(&format!("{store} has schema {schema}"));
    }
    Ok(Exit::Done)
}
