//! Commands of those who run a service: dead letters, queues, workers, credits, keys, webhooks. Most ask the server; keys and grants can be made
//! in the store itself, because the first key must come from somewhere.

pub mod args;
mod credits;
mod dead;
mod keys;
mod place;
mod queues;
mod webhooks;
mod workers;

pub use credits::credits;
pub use dead::dead;
pub use keys::keys;
pub use queues::queues;
pub use webhooks::webhooks;
pub use workers::workers;

use serde_json::Value;

use crate::units::plain;

/// A text of an answer, fit for a table.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => plain(text, 60),
        // Whole amounts of credits come as `50.0`.
        Value::Number(n) if n.is_f64() => n.as_f64().unwrap_or_default().to_string(),
        other => plain(&other.to_string(), 60),
    }
}

/// The rows of a list.
fn items(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["items"].as_array().into_iter().flatten()
}

/// The parts of a query that were said.
fn query(said: &[(&str, Option<String>)]) -> String {
    let parts = said.iter().filter_map(|(name, value)| Some(format!("{name}={}", crate::client::escaped(value.as_ref()?))));
    parts.collect::<Vec<_>>().join("&")
}
