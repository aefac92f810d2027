//! The audit: what the ledger outside says, against everything that the store, the blobs and the mail folder hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use gristmill_model::JobId;
use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_store::{Audit, EffectBody, EffectState, Job, JobFilter, Money, Store};

use super::load::Answered;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Files of all jobs.
    pub files: usize,
    /// Those that succeeded.
    pub succeeded: usize,
    /// Those that did not qualify.
    pub skipped: usize,
    /// Those that failed.
    pub failed: usize,
    /// Attempts that were lost with their workers.
    pub lost: usize,
    /// One line for each thing that is wrong.
    pub wrong: Vec<String>,
}

/// Looks at everything.
pub async fn audit(store: &dyn Store, ledger: &[Answered], folder: &Path) -> Result<Found> {
    let mut found = Found::default();
    let jobs = all_jobs(store).await?;
    let answered: BTreeMap<JobId, &Answered> = ledger.iter().map(|a| Ok((a.job.parse()?, a))).collect::<Result<_>>()?;
    if answered.len() != ledger.len() {
        found.wrong.push(format!("{} keys were answered with {} jobs", ledger.len(), answered.len()));
    }
    for id in answered.keys().filter(|id| jobs.iter().all(|j| j.id != **id)) {
        found.wrong.push(format!("{id} was answered and is lost"));
    }
    for job in &jobs {
        match answered.get(&job.id) {
            Some(answer) => one(store, job, answer, &mut found).await?,
            None => found.wrong.push(format!("{} is there and was never answered: doubled", job.id)),
        }
    }
    money(store, &mut found).await?;
    mails(store, &jobs, folder, &mut found).await?;
    blobs(store, &jobs, folder, &mut found).await?;
    Ok(found)
}

async fn all_jobs(store: &dyn Store) -> Result<Vec<Job>> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = store.jobs(JobFilter { before, limit: 500, ..JobFilter::default() }).await?;
        let Some(last) = page.last() else { return Ok(all) };
        before = Some(last.id);
        all.extend(page);
    }
}

async fn one(store: &dyn Store, job: &Job, answer: &Answered, found: &mut Found) -> Result<()> {
    let id = job.id;
    let mut wrong = |what: String| found.wrong.push(format!("{id}: {what}"));
    if job.status != JobStatus::Completed && job.counts.failed == 0 {
        wrong(format!("ended {}", job.status));
    }
    let files = store.files(id).await?;
    if files.len() as u32 != answer.good + answer.bad {
        wrong(format!("{} files instead of {}", files.len(), answer.good + answer.bad));
    }
    for file in &files {
        let paid = if file.status == FileStatus::Succeeded { Money::Captured } else { Money::Refunded };
        let expected = if file.name.starts_with("good") { FileStatus::Succeeded } else { FileStatus::Skipped };
        if file.money != paid {
            wrong(format!("{} is {} and its money is {:?}", file.id, file.status, file.money));
        }
        // A step that lost its worker too often may fail; nothing else may.
        if file.status != expected && file.error.as_ref().is_none_or(|e| e.code != "killed_its_workers") {
            wrong(format!("{} ({}) is {}: {:?}", file.id, file.name, file.status, file.error));
        }
        match file.status {
            FileStatus::Succeeded => found.succeeded += 1,
            FileStatus::Skipped => found.skipped += 1,
            _ => found.failed += 1,
        }
    }
    found.files += files.len();
    events(store, id, found).await
}

async fn events(store: &dyn Store, id: JobId, found: &mut Found) -> Result<()> {
    let events = store.events(id, 0, 100_000).await?;
    if events.iter().zip(1..).any(|(e, n)| e.seq != n) {
        found.wrong.push(format!("{id}: its events are not 1, 2, 3, …"));
    }
    let ends = events.iter().filter(|e| e.kind == "job.ended").count();
    if ends != 1 {
        found.wrong.push(format!("{id}: ended {ends} times"));
    }
    let mut succeeded = BTreeMap::<String, usize>::new();
    for event in events.iter().filter(|e| e.kind == "task.ended" && e.data.get("state").is_some_and(|s| s == "succeeded")) {
        *succeeded.entry(event.data.get("task_id").map(ToString::to_string).unwrap_or_default()).or_default() += 1;
    }
    for (task, times) in succeeded.into_iter().filter(|(_, n)| *n > 1) {
        found.wrong.push(format!("{id}: {task} succeeded {times} times"));
    }
    found.lost += events.iter().filter(|e| e.kind == "task.retried").count();
    Ok(())
}

async fn money(store: &dyn Store, found: &mut Found) -> Result<()> {
    let audit = store.audit().await?;
    if audit != Audit::default() {
        found.wrong.push(format!("the ledger does not add up: {audit:?}"));
    }
    let account = store.account("local".into()).await?;
    if account.held.0 != 0 {
        found.wrong.push(format!("{} credits of {} files are still held", account.held, found.files));
    }
    let spent = super::fleet::granted() - account.available.0;
    let captured = found.succeeded as i64 * 1000;
    if spent != captured {
        found.wrong.push(format!("{spent} thousandths of a credit are spent for captures of {captured}"));
    }
    Ok(())
}

/// One mail for each job, delivered under the id of its one effect.
async fn mails(store: &dyn Store, jobs: &[Job], folder: &Path, found: &mut Found) -> Result<()> {
    let mut expected = BTreeSet::new();
    for job in jobs {
        let effects = store.effects(job.id).await?;
        let mails: Vec<_> = effects.iter().filter(|e| matches!(e.body, EffectBody::Mail { .. })).collect();
        if mails.len() != 1 || mails.iter().any(|m| m.state != EffectState::Done) {
            found.wrong.push(format!("{}: its mails are {mails:?}", job.id));
        }
        expected.extend(mails.iter().map(|m| format!("{}.eml", m.id)));
    }
    let sent: BTreeSet<String> = std::fs::read_dir(folder.join("data/mail"))
        .context("the mail folder")?
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".eml"))
        .collect();
    if sent != expected {
        let (missing, more) = (expected.difference(&sent).count(), sent.difference(&expected).count());
        found.wrong.push(format!("{missing} mails are missing and {more} are of no effect"));
    }
    Ok(())
}

/// Every blob of a job is its source or named by a row.
async fn blobs(store: &dyn Store, jobs: &[Job], folder: &Path, found: &mut Found) -> Result<()> {
    let root = folder.join("data/blobs/published");
    for job in jobs {
        let mut named: BTreeSet<String> = store.files(job.id).await?.into_iter().map(|f| f.source).collect();
        named.extend(store.artifacts(job.id, None).await?.into_iter().map(|p| p.key));
        let there = below(&root, &format!("jobs/{}", job.id))?;
        for orphan in there.difference(&named) {
            found.wrong.push(format!("{orphan} is named by no row"));
        }
        for lost in named.difference(&there) {
            found.wrong.push(format!("{lost} is named by a row and is not there"));
        }
    }
    Ok(())
}

fn below(root: &Path, prefix: &str) -> Result<BTreeSet<String>> {
    let (mut found, mut open) = (BTreeSet::new(), vec![prefix.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).into_iter().flatten() {
            let entry = entry?;
            let key = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                open.push(key);
            } else {
                found.insert(key);
            }
        }
    }
    Ok(found)
}
