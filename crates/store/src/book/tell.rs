//! What a change makes known: events of the job, effects that tell people, and announcements that other programs see.

use gristmill_model::JobId;
use gristmill_model::queue::Queue;
use serde_json::{Value, json};

use super::Book;
use super::line::{EffectLine, JobLine};
use crate::row::{EffectBody, Moment};

impl Book {
    /// Notes an event of a job.
    pub(crate) fn tell(&mut self, job: JobId, kind: &str, data: Value) {
        self.announce(job, kind, &data);
        self.notes.events.entry(job).or_default().push(json!([kind, data]));
    }

    /// The number that the next event of a job gets.
    pub(crate) fn next_number(&self, job: JobId) -> i64 {
        let noted = self.notes.events.get(&job).map_or(0, Vec::len);
        self.jobs.get(&job).map_or(0, |j| j.events) + noted as i64 + 1
    }

    /// Writes everything that tells of a moment.
    pub(crate) fn call_all(&mut self, id: JobId, about: Moment) {
        self.mail(id, about);
        self.call(id, about);
    }

    /// Writes the mail that tells an owner of a moment, when it was asked for.
    pub(super) fn mail(&mut self, id: JobId, about: Moment) {
        let Some(notify) = self.jobs.get(&id).and_then(|j| j.notify.clone()) else { return };
        if let Some(to) = notify.email.filter(|_| notify.on.contains(&about)) {
            self.effect(id, EffectBody::Mail { to, about });
        }
    }

    /// Writes the webhooks that tell of a moment: to the job's own addresses of its end, to endpoints of what they are there for.
    pub(super) fn call(&mut self, id: JobId, about: Moment) {
        let Some(notify) = self.jobs.get(&id).and_then(|j| j.notify.clone()) else { return };
        for url in notify.webhooks.into_iter().filter(|_| about.ends_job()) {
            self.effect(id, EffectBody::Webhook { url, about });
        }
        for listener in notify.endpoints.into_iter().filter(|l| l.on.contains(&about)) {
            self.effect(id, EffectBody::Endpoint { endpoint: listener.id, about });
        }
    }

    /// Writes an effect of a job.
    pub(crate) fn effect(&mut self, id: JobId, body: EffectBody) {
        let Some(job) = self.jobs.get(&id) else { return };
        self.notes.effects.push(EffectLine::open(Some(job.id), &job.owner, body, self.now));
    }

    /// Events that other programs see, of jobs that are announced. What tasks do is too much, but for a death: that is also shown where
    /// operators look for the dead of its queue.
    fn announce(&mut self, id: JobId, kind: &str, data: &Value) {
        let Some(job) = self.jobs.get(&id).filter(|j| announced(j)) else { return };
        let dead = kind == "task.ended" && data["state"] == "dead";
        if kind.starts_with("task.") && !dead {
            return;
        }
        let payload = payload(job, self.next_number(id), data);
        let queue = data["queue"].as_str().and_then(Queue::parse).filter(|_| dead).unwrap_or(Queue::Events);
        if dead && queue != Queue::Events {
            let mut letter = payload.clone();
            letter["task"] = data["task_id"].clone();
            self.effect(id, EffectBody::Announce { queue, kind: "task.dead".into(), payload: letter });
        }
        self.effect(id, EffectBody::Announce { queue: Queue::Events, kind: kind.to_owned(), payload });
    }
}

/// Whether other programs see what happens to a job.
pub(crate) fn announced(job: &JobLine) -> bool {
    job.notify.as_ref().is_some_and(|n| n.announce)
}

/// What other programs are told of an event.
pub(crate) fn payload(job: &JobLine, number: i64, data: &Value) -> Value {
    json!({
        "job": job.id, "owner": job.owner, "pipeline": job.pipeline, "group": job.group, "status": job.status, "number": number, "data": data,
    })
}
