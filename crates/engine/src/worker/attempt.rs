//! The life of one attempt: gather the input, run the operation, publish what it made, settle. Nothing is written before the
//! settle but blobs under the attempt's own fence, which nobody sees until the settle names them.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use gristmill_model::report::{Artifact, is_artifact_name};
use gristmill_model::task::Input as Ended;
use gristmill_model::{Fault, Problem};
use gristmill_operate::{Context, Draft, Operation, OperationError, Outcome, Produced, Record};
use gristmill_store::{Claimed, NewRecord, Part, Settled, Settlement};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::Shared;
use super::gather::{Held, gather};
use super::keeper::Keeper;
use super::leases::Stop;
use super::reuse;
use super::scratch;
use super::settler::Answer;
use crate::artifact::{artifact_key, attempt_prefix};

/// How long to wait before a settle is tried again while the store is down. The lease is kept alive meanwhile.
const STORE_DOWN: Duration = Duration::from_secs(1);

/// With less free space than this, a failure of a tool is the disk's.
const NO_SPACE: u64 = 256 * 1024;

/// How an attempt ended, ready to be settled.
struct End {
    input: Ended,
    report: Value,
    artifacts: Vec<(Artifact, String)>,
    record: Option<NewRecord>,
    parts: Vec<Part>,
    /// By what its result is known again.
    key: Option<String>,
}

impl End {
    fn bare(input: Ended) -> Self {
        Self { input, report: Value::Null, artifacts: Vec::new(), record: None, parts: Vec::new(), key: None }
    }
}

/// Runs a claimed task to its settlement in the background, then frees its slot.
pub(super) fn start(shared: Arc<Shared>, task: Claimed, freed: Arc<Notify>) {
    tokio::spawn(async move {
        let end = AssertUnwindSafe(run(&shared, &task)).catch_unwind().await.unwrap_or_else(|_| panicked());
        settle(&shared, &task, end).await;
        shared.leases.release((task.task, task.fence));
        freed.notify_one();
    });
}

/// The slot must come free and the task must be settled, whatever an operation does; the runtime has logged the panic.
fn panicked() -> End {
    let problem = Problem::new(Fault::Bug, "step_panicked", "The step met a bug of ours and was stopped; it is tried again.");
    End::bare(Ended::Failed(problem))
}

async fn run(shared: &Shared, task: &Claimed) -> End {
    let Some((cancel, progress)) = shared.leases.handles((task.task, task.fence)) else { return End::bare(Ended::GivenBack) };
    let scratch = shared.engine.parts.blobs.spool().join(format!("{}-{}", task.task, task.fence));
    let keeper = Arc::new(Keeper::new(shared, task));
    let context = Context::new(scratch.clone(), cancel.clone(), shared.tools.clone(), progress).with_keeper(keeper);
    let work = attempt(shared, task, &context);
    let result = tokio::select! {
        result = tokio::time::timeout(task.step().timeout.0, work) => result,
        () = cancel.cancelled() => Ok(Err(OperationError::tool("cancelled", "The step was stopped."))),
        error = scratch::overrun(&scratch, shared.settings.most_scratch) => Ok(Err(error)),
    };
    let end = match result {
        Err(_) => End::bare(Ended::TimedOut),
        Ok(Ok(end)) => end,
        Ok(Err(error)) => End::bare(Ended::Failed(told(task, disk_full_or(error, &scratch)))),
    };
    if operation(shared, task).is_ok_and(|o| o.writes()) {
        // Leftovers are removed with the whole spool at the next start.
        let _ = tokio::fs::remove_dir_all(&scratch).await;
    }
    end
}

/// Tools seldom say that the disk was full; they find their own output short, or nothing at all wrong. So the disk is asked.
fn disk_full_or(error: OperationError, scratch: &Path) -> OperationError {
    let full = |disk: rustix::fs::StatVfs| disk.f_bavail.saturating_mul(disk.f_frsize) < NO_SPACE;
    if error.problem.fault.retryable() && rustix::fs::statvfs(scratch).is_ok_and(full) {
        return OperationError::from(std::io::Error::from(std::io::ErrorKind::StorageFull)).because(error);
    }
    error
}

/// Logs an error once, here where it is handled, and keeps what the owner may see.
fn told(task: &Claimed, error: OperationError) -> Problem {
    let error_chain = error.source.as_deref().map(ToString::to_string);
    tracing::info!(task = %task.task, step = task.step().id, code = error.problem.code, fault = ?error.problem.fault, source = error_chain, "attempt.failed");
    error.problem
}

async fn attempt(shared: &Shared, task: &Claimed, context: &Context) -> Result<End, OperationError> {
    let operation = operation(shared, task)?;
    let key = reuse::key(shared, task);
    if let Some((report, artifacts)) = reuse::reused(shared, task, key.as_deref()).await? {
        return Ok(End { report, artifacts, key, ..End::bare(Ended::Succeeded) });
    }
    if operation.writes() {
        tokio::fs::create_dir(&context.scratch).await?;
    }
    let mut held = Held::new();
    let (input, reading) = gather(shared, task, operation.passes(), &mut held).await?;
    let outcome = operation.run(context, &input, &task.step().options).await;
    // A tool takes a source that breaks off for a damaged file, or for one that ends there.
    if let Some(error) = reading.error() {
        return Err(error);
    }
    match outcome? {
        Outcome::NotApplicable(why) => Ok(End { report: json!({"not_applicable": why}), ..End::bare(Ended::NotApplicable) }),
        Outcome::Done(Produced { mut report, artifacts, record, makeshift }) => {
            if let (Some(told), Some(report)) = (reading.told(), report.as_object_mut()) {
                report.insert("reading".to_owned(), told);
            }
            let artifacts = publish(shared, task, context, artifacts).await?;
            let key = key.filter(|_| !makeshift);
            Ok(End { report, artifacts, record: record.map(new_record), key, ..End::bare(Ended::Succeeded) })
        }
        Outcome::Parts(plans) => {
            let parts = plans.into_iter().map(|p| Part { spec: p.spec, estimate: p.estimate }).collect();
            Ok(End { parts, ..End::bare(Ended::Expanded) })
        }
    }
}

fn new_record(record: Record) -> NewRecord {
    let Record { schema, data, fields, confidence, doubts, accepted } = record;
    NewRecord { schema, data, fields, confidence, doubts, accepted }
}

fn operation(shared: &Shared, task: &Claimed) -> Result<Arc<dyn Operation>, OperationError> {
    let unknown = || OperationError::bug("operation_unknown", format!("This worker has no operation `{}`.", task.step().op));
    shared.engine.parts.operations.get(&task.step().op).cloned().ok_or_else(unknown)
}

/// Moves drafts from scratch into blob storage, under this attempt's own fence.
pub(super) async fn publish(
    shared: &Shared,
    task: &Claimed,
    context: &Context,
    drafts: Vec<Draft>,
) -> Result<Vec<(Artifact, String)>, OperationError> {
    let mut done = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let bad =
            || OperationError::bug("artifact_invalid", format!("The operation named a result `{}` that cannot be published.", draft.name));
        let key = artifact_key(task.task, task.fence, &draft.name)
            .filter(|_| is_artifact_name(&draft.name) && draft.path.starts_with(&context.scratch))
            .ok_or_else(bad)?;
        let stored = shared.engine.parts.blobs.put_file(&key, &draft.path).await.map_err(publish_failed)?;
        let artifact = Artifact { name: draft.name, media_type: draft.media_type, bytes: stored.bytes, sha256: stored.sha256 };
        done.push((artifact, key.to_string()));
    }
    Ok(done)
}

pub(super) fn publish_failed(error: gristmill_blob::BlobError) -> OperationError {
    match error {
        gristmill_blob::BlobError::Io(e) => e.into(),
        other => OperationError::tool("publish_failed", "A result could not be stored; the step is tried again.").because(other),
    }
}

/// Settles until the store answers. What was published for a task that is not ours any more is removed.
async fn settle(shared: &Shared, task: &Claimed, end: End) {
    let input = match shared.leases.stopped((task.task, task.fence)) {
        Some(Stop::Lost) => return withdraw(shared, task).await,
        Some(Stop::GiveBack) if end.input != Ended::Succeeded => Ended::GivenBack,
        _ => end.input,
    };
    let End { report, artifacts, record, parts, key, .. } = end;
    let settlement = Settlement { task: task.task, fence: task.fence, input, report, artifacts, record, parts, key, jitter: jitter(task) };
    let mut doubted = false;
    loop {
        match shared.settler.settle(settlement.clone()).await {
            // A try whose answer was lost may have been written, and its pointer may name these very bytes: they stay. What nobody
            // names is swept when the job ends.
            Ok(answer) if answer.settled == Settled::Stale && (doubted || answer.doubted) => return,
            Ok(Answer { settled: Settled::Stale, .. }) => return withdraw(shared, task).await,
            Ok(Answer { settled: Settled::Written { released, job_ended, .. }, .. }) => return ring(shared, released, job_ended).await,
            Err(error) if shared.leases.stopped((task.task, task.fence)) == Some(Stop::Lost) => {
                return tracing::error!(task = %task.task, error = &error as &dyn std::error::Error, "settle.failed");
            }
            Err(error) if !error.retry() => return cannot_go_on(shared, task, &error).await,
            Err(error) => tracing::warn!(task = %task.task, error = &error as &dyn std::error::Error, "settle.again"),
        }
        doubted = true;
        tokio::time::sleep(STORE_DOWN).await;
    }
}

/// A record that cannot be updated is nothing a retry mends: the job takes the critical-error path.
async fn cannot_go_on(shared: &Shared, task: &Claimed, error: &gristmill_store::StoreError) {
    tracing::error!(task = %task.task, error = error as &dyn std::error::Error, "settle.failed");
    let message = "The job's record could not be updated, so the job was stopped, its credits are returned, and an administrator is told.";
    let problem = Problem::new(Fault::Bug, "record_not_updated", message);
    if let Err(error) = shared.engine.stop_critically(task.task.job(), problem).await {
        tracing::error!(task = %task.task, error = &error as &dyn std::error::Error, "job.critical failed");
    }
}

/// Removes what this attempt published; nobody was ever told of it. If that fails the sweeper finds it when the job ends.
async fn withdraw(shared: &Shared, task: &Claimed) {
    tracing::info!(task = %task.task, fence = task.fence, "attempt.stale");
    let prefix = attempt_prefix(task.task, task.fence);
    if let Err(error) = shared.engine.parts.blobs.delete_prefix(&prefix).await {
        tracing::warn!(task = %task.task, error = &error as &dyn std::error::Error, "attempt.withdraw failed");
    }
}

async fn ring(shared: &Shared, released: bool, job_ended: bool) {
    use gristmill_doorbell::Bell;
    if released {
        shared.engine.parts.doorbell.ring(Bell::Tasks).await;
    }
    if job_ended {
        shared.engine.parts.wake.sweeper.notify_one();
        shared.engine.parts.wake.outbox.notify_one();
    }
    shared.engine.parts.doorbell.ring(Bell::Events).await;
}

/// Spread for retries, 0..=1: different for every task and attempt, the same when asked again.
fn jitter(task: &Claimed) -> f64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (task.task, task.fence).hash(&mut hasher);
    (hasher.finish() >> 11) as f64 / (1u64 << 53) as f64
}
