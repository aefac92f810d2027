//! Work that comes again and again.

use gristmill_model::Timestamp;
use serde_json::Value;

/// Work that comes again and again: a rule of time and what to submit.
#[derive(Debug, Clone)]
pub struct Cron {
    /// Whose.
    pub owner: String,
    /// Its name, one per owner.
    pub name: String,
    /// The rule, five fields as in crontab.
    pub rule: String,
    /// What is submitted.
    pub body: Value,
    /// When it is next.
    pub next_at: Timestamp,
    /// When it was last.
    pub last_at: Option<Timestamp>,
    /// Whether it waits.
    pub paused: bool,
}
