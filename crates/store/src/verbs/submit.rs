//! `submit`: jobs with files, holds, first tasks and events, in one transaction.

use std::time::Duration;

use gristmill_model::credits::{Credits, Kind};
use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_model::queue::Queue;
use gristmill_model::{FileId, JobId, Timestamp};
use serde_json::json;

use crate::Result;
use crate::book::line::{AwaitedLine, EffectLine, EventLine, FileLine, JobLine, TaskLine, TransferLine};
use crate::book::{announced, first_tasks, payload, transfer};
use crate::row::{EffectBody, Idempotency, Money, NewFile, NewJob, Submitted};
use crate::sql::value::values;
use crate::sql::{Change, Tx};

/// The rows of jobs that are to be written.
#[derive(Default)]
struct Rows {
    jobs: Vec<JobLine>,
    files: Vec<FileLine>,
    tasks: Vec<TaskLine>,
    events: Vec<EventLine>,
    transfers: Vec<TransferLine>,
    effects: Vec<EffectLine>,
    awaited: Vec<AwaitedLine>,
}

pub(super) async fn submit(tx: &mut dyn Tx, jobs: Vec<NewJob>) -> Result<Vec<Submitted>> {
    let mut rows = Rows::default();
    let answers = admit(tx, &jobs).await?;
    let mut created: Vec<NewJob> =
        jobs.into_iter().zip(&answers).filter(|(_, answer)| **answer == Submitted::Created).map(|(job, _)| job).collect();
    super::endpoints::listen(tx, &mut created).await?;
    let (now, groups) = (tx.now().await?, super::groups::of(&created));
    created.into_iter().for_each(|job| rows.add(job, now));
    tx.apply(rows.changes()).await?;
    super::groups::add(tx, groups).await?;
    Ok(answers)
}

/// What becomes of each job. All keys come before all accounts, and each in an order of their own, so that two batches never wait for
/// each other.
async fn admit(tx: &mut dyn Tx, jobs: &[NewJob]) -> Result<Vec<Submitted>> {
    let mut answers = vec![Submitted::Created; jobs.len()];
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|at| (&jobs[*at].owner, jobs[*at].idempotency.as_ref().map(|i| &i.key), *at));
    for at in &order {
        if let Some(key) = &jobs[*at].idempotency
            && let Some(before) = remember(tx, &jobs[*at].owner, key, jobs[*at].id).await?
        {
            answers[*at] = before;
        }
    }
    for at in order {
        if answers[at] == Submitted::Created
            && let Some(short) = short(tx, &jobs[at]).await?
        {
            answers[at] = short;
        }
    }
    Ok(answers)
}

/// That the price of a job cannot be held; else it is held.
async fn short(tx: &mut dyn Tx, job: &NewJob) -> Result<Option<Submitted>> {
    let needed = Credits(job.files.iter().map(|f| f.price.0.max(0)).fold(0, i64::saturating_add));
    if needed == Credits::ZERO || super::ledger::hold(tx, &job.owner, needed).await? {
        return Ok(None);
    }
    if let Some(key) = &job.idempotency {
        tx.run("DELETE FROM idempotency WHERE owner = $1 AND key = $2", values![job.owner.as_str(), key.key.as_str()]).await?;
    }
    let available = super::ledger::account(tx, &job.owner).await?.available;
    Ok(Some(Submitted::Short { needed, available }))
}

/// Writes the key down for this job, or answers what it was used for before.
pub(super) async fn remember(tx: &mut dyn Tx, owner: &str, idempotency: &Idempotency, job: JobId) -> Result<Option<Submitted>> {
    let Idempotency { key, fingerprint } = idempotency;
    let sql = "INSERT INTO idempotency (owner, key, fingerprint, job_id, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner, key) DO NOTHING";
    let now = tx.now().await?;
    if tx.run(sql, values![owner, key.as_str(), fingerprint.as_str(), job, now]).await? == 1 {
        return Ok(None);
    }
    let sql = "SELECT fingerprint, job_id FROM idempotency WHERE owner = $1 AND key = $2";
    let found = tx.query(sql, values![owner, key.as_str()]).await?.pop();
    let Some(mut fields) = found.map(crate::sql::Row::fields) else { return Ok(None) };
    let same = fields.text()? == *fingerprint;
    Ok(Some(if same { Submitted::Before(fields.job()?) } else { Submitted::KeyTaken }))
}

impl Rows {
    fn add(&mut self, new: NewJob, now: Timestamp) {
        let mut job = job_line(&new, now);
        let due = (!new.delay.is_zero()).then(|| now + new.delay);
        job.awaits = new.files.iter().filter(|f| f.awaited).count().try_into().unwrap_or(u32::MAX);
        if job.awaits > 0 {
            job.released = 0;
        }
        for (no, file) in (0u32..).zip(new.files) {
            let awaited = file.awaited;
            let line = file_line(FileId::new(job.id, no), file);
            if line.money == Money::Held {
                self.transfers.push(transfer(&job, &line, Kind::Hold, now));
            }
            if no < job.released {
                self.tasks.extend(first_tasks(&job, &line, now, due));
            }
            if awaited {
                let look_at = now + new.pace.first;
                self.awaited.push(AwaitedLine { id: line.id, owner: job.owner.clone(), source: line.source.clone(), look_at, looks: 0 });
            } else {
                job.work_ms += line.estimates.iter().sum::<u64>();
            }
            self.files.push(line);
        }
        let created = json!({"pipeline": job.pipeline, "files": job.files});
        if announced(&job) {
            let payload = payload(&job, job.events, &created);
            let body = EffectBody::Announce { queue: Queue::Events, kind: "job.created".into(), payload };
            self.effects.push(EffectLine::open(Some(job.id), &job.owner, body, now));
        }
        self.events.push(EventLine { job: job.id, last: job.events, at: now, items: vec![json!(["job.created", created])] });
        self.jobs.push(job);
    }

    fn changes(self) -> Vec<Change> {
        [
            Change::insert(&self.jobs),
            Change::insert(&self.files),
            Change::insert(&self.tasks),
            Change::insert(&self.events),
            Change::insert(&self.transfers),
            Change::insert(&self.effects),
            Change::insert(&self.awaited),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn job_line(new: &NewJob, now: Timestamp) -> JobLine {
    let files = u32::try_from(new.files.len()).unwrap_or(u32::MAX);
    let expires = new.expires.unwrap_or_else(|| Queue::of(new.priority, "", true).expires());
    JobLine {
        id: new.id,
        owner: new.owner.clone(),
        pipeline: new.plan.name.clone(),
        pipeline_version: new.plan.version,
        plan: new.plan.clone(),
        options: new.options.clone(),
        metadata: new.metadata.clone(),
        notify: new.notify.clone(),
        priority: new.priority,
        group: new.group.clone(),
        status: JobStatus::Pending,
        files,
        open_files: new.open_files,
        released: if new.open_files == 0 { files } else { files.min(new.open_files) },
        succeeded: 0,
        skipped: 0,
        failed: 0,
        cancelled: 0,
        events: 1,
        work_ms: 0,
        done_ms: 0,
        requeued: false,
        keep_files: new.keep_files,
        warned: false,
        swept: false,
        timeout: new.timeout,
        created_at: now,
        expires_at: now + new.delay + expires,
        started_at: None,
        deadline_at: None,
        ended_at: None,
        awaits: 0,
        anew: new.anew,
    }
}

fn file_line(id: FileId, new: NewFile) -> FileLine {
    let ms = |d: &Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX).max(1);
    let held = new.price > Credits::ZERO;
    FileLine {
        id,
        name: new.name,
        source: new.source,
        tag: new.tag,
        bytes: new.bytes,
        sha256: new.sha256,
        estimates: new.estimates.iter().map(ms).collect(),
        price: new.price,
        status: FileStatus::Pending,
        money: if held { Money::Held } else { Money::None },
        round: u32::from(held),
        error: None,
        ended_at: None,
        password: new.password,
    }
}
