//! Work that comes again and again: a rule of time, and what is submitted at each of its times. The bytes of its files are stored once,
//! and each job reads them from there.

use chrono::{DateTime, Utc};
use croner::Cron as Rule;
use gristmill_model::job::{Overrides, Priority};
use gristmill_model::{JobId, Timestamp};
use gristmill_store::{Cron, NewJob, Plan};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::submit::{File, Request, StoredFile};

/// What an owner asks for.
#[derive(Debug, Clone)]
pub struct NewCron {
    /// Its name; the same name replaces.
    pub name: String,
    /// Five fields as in crontab, in UTC: minute, hour, day, month, weekday.
    pub rule: String,
    /// What is submitted at each time.
    pub request: Request,
}

/// What a row says is to be submitted.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Body {
    pipeline: String,
    options: Overrides,
    priority: Option<Priority>,
    group: Option<String>,
    metadata: Map<String, Value>,
    files: Vec<StoredFile>,
}

/// The first time of a rule after `now`.
///
/// # Errors
/// [`EngineError::Invalid`] when it is no rule, or never comes.
pub fn next_time(rule: &str, now: Timestamp) -> Result<Timestamp, EngineError> {
    let bad = |why: String| EngineError::invalid("cron_invalid", format!("`{rule}` is no rule of time such as `30 4 * * *`: {why}"));
    let parsed: Rule = rule.parse().map_err(|e: croner::errors::CronError| bad(e.to_string()))?;
    let from: DateTime<Utc> = DateTime::from_timestamp_millis(now.0).ok_or_else(|| bad("the clock is out of range".into()))?;
    let next = parsed.find_next_occurrence(&from, false).map_err(|e| bad(e.to_string()))?;
    Ok(Timestamp(next.timestamp_millis()))
}

impl Engine {
    /// Stores files and writes down when they are submitted.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for the rule, the name or the request.
    pub async fn put_cron(&self, new: NewCron, files: Vec<File>) -> Result<Cron, EngineError> {
        self.check(&new.request)?;
        let next_at = next_time(&new.rule, self.parts.store.now().await?)?;
        let id = Uuid::now_v7();
        let files = self.store_files(&new.request.owner, &format!("cron/{}", id.simple()), files).await?;
        let Request { owner, pipeline, options, priority, group, metadata, .. } = new.request;
        let body = Body { pipeline, options, priority, group, metadata, files };
        let body = serde_json::to_value(body).unwrap_or_default();
        let cron = Cron { owner, name: new.name, rule: new.rule, body, next_at, last_at: None, paused: false };
        self.parts.store.put_cron(cron.clone()).await?;
        Ok(cron)
    }

    /// Submits what is due. Times that were missed while nobody looked come once, not once each.
    pub(crate) async fn fire_crons(&self) -> Result<(), EngineError> {
        let now = self.parts.store.now().await?;
        let due = self.parts.store.crons(None).await?.into_iter().filter(|c| !c.paused && c.next_at <= now);
        for cron in due {
            let next = next_time(&cron.rule, now)?;
            match self.cron_job(&cron) {
                Ok(job) => {
                    if self.parts.store.fire(cron, next, job).await? {
                        self.ring().await;
                    }
                }
                Err(error) => tracing::error!(cron = cron.name, error = &error as &dyn std::error::Error, "cron.failed"),
            }
        }
        Ok(())
    }

    fn cron_job(&self, cron: &Cron) -> Result<NewJob, EngineError> {
        let unreadable = |_| EngineError::invalid("cron_invalid", "the stored request is not readable; write it again");
        let body: Body = serde_json::from_value(cron.body.clone()).map_err(unreadable)?;
        let Body { pipeline, options, priority, group, metadata, files } = body;
        let request = Request { owner: cron.owner.clone(), pipeline, options, priority, group, metadata, ..Request::default() };
        let plan = Arc::new(Plan::new(self.check(&request)?));
        let files = files.into_iter().map(|f| self.new_file(&plan, f)).collect();
        Ok(self.new_job(JobId::from_uuid(Uuid::now_v7()), request, plan, files))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_time_of_a_rule_is_after_now() {
        let now = Timestamp(1_795_341_112_000);
        assert_eq!(next_time("30 4 * * *", now).unwrap().to_string(), "2026-11-23T04:30:00.000Z");
        assert_eq!(next_time("51 9 * * *", now).unwrap().to_string(), "2026-11-23T09:51:00.000Z");
    }

    #[test]
    fn what_is_no_rule_is_refused_with_an_example() {
        let error = next_time("sometimes", Timestamp(0)).unwrap_err().to_string();
        assert!(error.contains("30 4 * * *"), "{error}");
    }
}
