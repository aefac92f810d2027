//! What follows from a try to tell somebody: the log, an endpoint that is disabled, an admin who hears of what was given up, and other
//! programs that see it.

use std::time::Duration;

use gristmill_model::Timestamp;
use gristmill_model::id::Uuid;
use gristmill_model::queue::Queue;
use serde_json::json;

use super::endpoints;
use crate::Result;
use crate::book::line::{DeliveryLine, EffectLine};
use crate::book::{Book, announced};
use crate::row::{EffectBody, EffectEnd, EffectState, EndpointChange, without_secrets};
use crate::sql::value::{json, values};
use crate::sql::{Change, Hold, Tx};

/// An admin hears of one receiver once in this many milliseconds.
const DAY: i64 = 86_400_000;

/// What is written with the end of a try.
pub(super) async fn ended(
    tx: &mut dyn Tx,
    book: &mut Book,
    line: &EffectLine,
    event: &str,
    end: &EffectEnd,
    took: Duration,
) -> Result<Vec<Change>> {
    let (state, error) = told(end);
    let endpoint = line.body.endpoint();
    if let (Some(id), EffectEnd::Gone(why)) = (endpoint, end) {
        endpoints::change(tx, id, EndpointChange::Disable(why.clone())).await?;
    }
    let receiver = match endpoint {
        Some(id) => endpoints::one(tx, id, Hold::None).await?.map_or_else(String::new, |e| without_secrets(&e.url)),
        None => line.body.receiver(),
    };
    let delivery = DeliveryLine {
        id: Uuid::now_v7(),
        effect: line.id,
        owner: line.owner.clone(),
        endpoint,
        job: line.job,
        event: event.to_owned(),
        receiver: receiver.clone(),
        at: book.now,
        took,
        number: line.tries,
        state,
        error: error.map(str::to_owned),
    };
    announce(book, line, &delivery);
    let mut changes: Vec<Change> = Change::insert(&[delivery]).into_iter().collect();
    if let EffectEnd::Undelivered(why) = end {
        changes.push(undelivered(line, event, receiver, why, book.now));
    }
    Ok(changes)
}

fn told(end: &EffectEnd) -> (EffectState, Option<&str>) {
    match end {
        EffectEnd::Done => (EffectState::Done, None),
        EffectEnd::Again(_, why) => (EffectState::Open, Some(why)),
        EffectEnd::GaveUp(why) | EffectEnd::Undelivered(why) | EffectEnd::Gone(why) => (EffectState::Dead, Some(why)),
    }
}

/// A mail to the admin. Its id is made of the receiver and the day, so that of many messages that are given up one tells.
fn undelivered(line: &EffectLine, event: &str, receiver: String, why: &str, now: Timestamp) -> Change {
    let day = now.0.div_euclid(DAY);
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("gristmill:undelivered:{}:{receiver}:{day}", line.owner).as_bytes());
    let body = EffectBody::Undelivered { message: line.id, receiver, event: event.to_owned(), why: why.to_owned() };
    let sql = "INSERT INTO effect (id, job_id, owner, kind, body_json, state, tries, created_at, due)
               VALUES ($1, $2, $3, $4, $5, 'open', 0, $6, $7) ON CONFLICT (id) DO NOTHING";
    let job = line.job.map(|j| j.uuid());
    Change::Run(sql, values![id, job, line.owner.as_str(), body.kind(), json(&body), now, now])
}

/// Other programs see what people were told, and what not.
fn announce(book: &mut Book, line: &EffectLine, delivery: &DeliveryLine) {
    let Some(job) = line.job.filter(|id| book.jobs.get(id).is_some_and(announced)) else { return };
    let kind = format!("{}.{}", line.kind, if delivery.state == EffectState::Done { "delivered" } else { "failed" });
    let payload = json!({
        "message": line.id, "job": job, "owner": line.owner, "event": delivery.event, "receiver": delivery.receiver,
        "number": delivery.number, "final": delivery.state != EffectState::Open, "error": delivery.error,
    });
    book.effect(job, EffectBody::Announce { queue: Queue::Notifications, kind, payload });
}
