//! Requests that come as messages of a broker: the same as those that come by HTTP, once for each name of a message.

use std::fmt;

use gristmill_engine::{Engine, Noticed};
use gristmill_model::{JobId, TaskId};
use gristmill_store::{DeadFilter, Idempotency};
use serde_json::{Map, Value};

use crate::names::owner_name;
use crate::problem::Problem;
use crate::routes::{fingerprint, named, wish};
use crate::wire::{BucketEvents, CreateJob};

/// The largest request, the same as by HTTP.
const LARGEST: usize = crate::router::SMALL_BODY;
/// The longest name of a message, in bytes.
const LONGEST_ID: usize = 200;

/// A request as a message brings it.
#[derive(Debug, Clone, Copy)]
pub struct Submission<'a> {
    /// Whose job it becomes.
    pub owner: &'a str,
    /// What the message is known by: the same one again makes no second job. `None` makes a job each time.
    pub id: Option<&'a str>,
    /// The JSON of `POST /api/v1/jobs`.
    pub body: &'a [u8],
    /// Its priority, unless the request names one.
    pub priority: Option<&'a str>,
    /// Its pipeline, unless the request names one.
    pub pipeline: Option<&'a str>,
}

/// Why a message was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The stable code of the problem, and the cause with the next step.
    pub reason: String,
    /// Whether the same message may be done later: the fault is not its own.
    pub later: bool,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { reason: format!("{}: {}", problem.code, problem.detail), later: problem.status >= 500 }
    }
}

/// Submits what a message asks for. Once this returns, the job is durable. Whoever may write messages says whose they are.
///
/// # Errors
/// As `POST /api/v1/jobs`.
pub async fn by_message(engine: &Engine, message: Submission<'_>) -> Result<JobId, Refused> {
    let owner = owner_name(message.owner)?;
    let asked = read(&message)?;
    let mut wish = wish(&owner, &asked)?;
    wish.idempotency = message.id.map(|id| once(id, &asked)).transpose()?;
    let files = named(&asked.files)?;
    Ok(engine.submit(wish, files).await.map_err(Problem::from)?.job)
}

/// Looks for what an event notification of S3 tells of, and answers the jobs that were made of it, now or before. Of the files that are
/// waited for, those of all owners are looked for. The same news may be told again.
///
/// # Errors
/// As `POST /api/v1/events/s3`; news of other objects in the same notification are done nevertheless.
pub async fn object_news(engine: &Engine, owner: &str, body: &[u8]) -> Result<Vec<JobId>, Refused> {
    let owner = owner_name(owner)?;
    let events: BucketEvents = serde_json::from_slice(body).map_err(unreadable)?;
    let (mut jobs, mut refused) = (Vec::new(), None::<Refused>);
    for (bucket, key) in events.put() {
        match engine.object_put(&owner, None, &bucket, &key).await.map_err(Problem::from) {
            Ok(Noticed::Job(job)) => jobs.push(job),
            Ok(Noticed::Readied(_) | Noticed::Nothing) => {}
            // One that may be done later brings all of them again; so it is the one to tell.
            Err(problem) if refused.as_ref().is_some_and(|r| r.later || problem.status < 500) => {}
            Err(problem) => refused = Some(problem.into()),
        }
    }
    refused.map_or(Ok(jobs), Err)
}

/// Runs a dead task again. One that is not among the dead letters any more was run again or forgotten already, and is left.
///
/// # Errors
/// A name that is no task's; a task whose owner is short of credits, or whose file still runs.
pub async fn redrive_by_message(engine: &Engine, task: &str) -> Result<(), Refused> {
    let task: TaskId = task.parse().map_err(|_| Problem::invalid("task_invalid", "the header names no task; its form is `task_…`"))?;
    let this = || DeadFilter { tasks: vec![task], limit: 1, ..DeadFilter::default() };
    if engine.store().redrive(this()).await.map_err(Problem::from)? > 0 {
        engine.ring().await;
        return Ok(());
    }
    if engine.store().dead(this()).await.map_err(Problem::from)?.is_empty() {
        return Ok(());
    }
    Err(Problem::invalid("redrive_refused", "its owner is short of credits, or its file still runs; look at it with `gristmill dead show`")
        .into())
}

/// The request, with what its queue says where it says nothing itself.
fn read(message: &Submission<'_>) -> Result<CreateJob, Problem> {
    if message.body.len() > LARGEST {
        return Err(Problem::invalid("payload_too_large", format!("the message is larger than the {LARGEST} bytes that are allowed")));
    }
    if message.body.is_empty() {
        return Err(Problem::bad("body_invalid", "the message is empty; it is the JSON of POST /api/v1/jobs"));
    }
    let mut asked: Map<String, Value> = serde_json::from_slice(message.body).map_err(unreadable)?;
    for (name, usual) in [("priority", message.priority), ("pipeline", message.pipeline)] {
        if let Some(usual) = usual {
            asked.entry(name).or_insert_with(|| usual.into());
        }
    }
    serde_json::from_value(Value::Object(asked)).map_err(|e| Problem::invalid("request_invalid", e.to_string()))
}

fn unreadable(error: serde_json::Error) -> Problem {
    Problem::bad("body_invalid", format!("the message is not the JSON that belongs here: {error}"))
}

/// The same for the same message, however often it comes.
fn once(id: &str, asked: &CreateJob) -> Result<Idempotency, Problem> {
    if id.is_empty() || id.len() > LONGEST_ID || id.chars().any(char::is_control) {
        let detail = format!("the id of a message has 1 to {LONGEST_ID} bytes and no control characters");
        return Err(Problem::invalid("message_id_invalid", detail));
    }
    Ok(Idempotency { key: format!("message:{id}"), fingerprint: fingerprint(asked, &[]) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Priority;

    fn of(body: &[u8], priority: Option<&str>, pipeline: Option<&str>) -> Result<CreateJob, Problem> {
        read(&Submission { owner: "anna", id: None, body, priority, pipeline })
    }

    #[test]
    fn a_queue_says_what_the_request_does_not() {
        let asked = of(b"{}", Some("high"), Some("image")).unwrap();
        assert_eq!((asked.pipeline.as_str(), asked.priority), ("image", Some(Priority::High)));
        let asked = of(br#"{"pipeline":"video","priority":"low"}"#, Some("high"), Some("image")).unwrap();
        assert_eq!((asked.pipeline.as_str(), asked.priority), ("video", Some(Priority::Low)));
    }

    #[test]
    fn what_is_no_request_is_refused_for_good() {
        let large = vec![b' '; LARGEST + 1];
        for (body, code) in [
            (&b""[..], "body_invalid"),
            (b"{", "body_invalid"),
            (b"[]", "body_invalid"),
            (br#"{"pipeline":1}"#, "request_invalid"),
            (br#"{"pipeline":"image","colour":"red"}"#, "request_invalid"),
            (br#"{"files":[]}"#, "request_invalid"),
            (&large, "payload_too_large"),
        ] {
            let problem = of(body, None, None).unwrap_err();
            assert_eq!(problem.code, code);
            assert!(!Refused::from(problem).later);
        }
    }

    #[test]
    fn what_is_not_the_messages_fault_is_tried_later() {
        assert!(Refused::from(Problem::internal()).later);
        let refused = Refused::from(Problem::invalid("options_invalid", "no such option"));
        assert_eq!(refused, Refused { reason: "options_invalid: no such option".into(), later: false });
    }

    #[test]
    fn a_message_is_known_by_its_id_and_what_it_says() {
        let asked = |body: &[u8]| of(body, None, None).unwrap();
        let (image, video) = (asked(br#"{"pipeline":"image"}"#), asked(br#"{"pipeline":"video"}"#));
        assert_eq!(once("a", &image).unwrap(), once("a", &image).unwrap());
        assert_eq!(once("a", &image).unwrap().key, "message:a");
        assert_ne!(once("a", &image).unwrap().fingerprint, once("a", &video).unwrap().fingerprint);
        for id in ["", "a\nb", &"x".repeat(201)] {
            assert_eq!(once(id, &image).unwrap_err().code, "message_id_invalid");
        }
    }
}
