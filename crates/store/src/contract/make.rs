//! Jobs for the promises: one owner, steps `a → b`, and short ways to claim and settle.

use std::time::Duration;

use gristmill_model::job::Priority;
use gristmill_model::operation::Class;
use gristmill_model::retry::Retry;
use gristmill_model::task::Input;
use gristmill_model::{Fault, FileId, JobId, Problem, TaskId, WorkerId};
use serde_json::{Map, json};
use uuid::Uuid;

use crate::row::{Claimed, NewFile, NewJob, NewTask, Settled, Settlement};
use crate::{Store, Submitted};

/// Longer than any test.
pub(super) const LEASE: Duration = Duration::from_secs(600);

pub(super) fn worker() -> WorkerId {
    WorkerId::from_uuid(Uuid::now_v7())
}

fn new_task(step: &str, after: &[&str]) -> NewTask {
    NewTask {
        id: TaskId::from_uuid(Uuid::now_v7()),
        step: step.into(),
        op: "noop".into(),
        after: after.iter().map(|s| (*s).to_owned()).collect(),
        options: Map::new(),
        accepts: Vec::new(),
        class: Class::Io,
        retry: Retry { retries: 1, first_ms: 40, ..Retry::default() },
        timeout: LEASE,
        estimate: Duration::from_secs(1),
        optional: false,
    }
}

/// A job of `files` files, each with steps `a` and then `b`.
pub fn new_job(files: usize) -> NewJob {
    let file = |n: usize| NewFile {
        id: FileId::from_uuid(Uuid::now_v7()),
        name: format!("file-{n}.png"),
        source: format!("source/{n}"),
        bytes: 7,
        sha256: "00".into(),
        tasks: vec![new_task("a", &[]), new_task("b", &["a"])],
    };
    NewJob {
        id: JobId::from_uuid(Uuid::now_v7()),
        owner: "owner".into(),
        pipeline: "test".into(),
        pipeline_version: 1,
        options: Map::new(),
        priority: Priority::Normal,
        group: None,
        metadata: Map::new(),
        files: (0..files).map(file).collect(),
        idempotency: None,
    }
}

/// Submits a job of one file.
pub async fn submit_one(store: &dyn Store) -> JobId {
    submit(store, new_job(1)).await
}

pub(super) async fn submit(store: &dyn Store, job: NewJob) -> JobId {
    let id = job.id;
    assert_eq!(store.submit(job).await.expect("submitted"), Submitted::Created);
    id
}

pub(super) async fn claim(store: &dyn Store, most: u32) -> Vec<Claimed> {
    claim_as(store, worker(), most).await
}

pub(super) async fn claim_as(store: &dyn Store, worker: WorkerId, most: u32) -> Vec<Claimed> {
    store.claim(worker, &[(Class::Io, most)], LEASE).await.expect("claimed")
}

/// Claims the one task there must be.
pub(super) async fn claim_one(store: &dyn Store) -> Claimed {
    let mut claimed = claim(store, 1).await;
    assert_eq!(claimed.len(), 1, "one task was to be ready");
    claimed.remove(0)
}

pub(super) async fn settle(store: &dyn Store, task: &Claimed, input: Input) -> Settled {
    let settlement = Settlement { task: task.task, fence: task.fence, input, report: json!({"n": 1}), artifacts: Vec::new(), jitter: 0.0 };
    store.settle(settlement).await.expect("settled")
}

pub(super) async fn succeed(store: &dyn Store, task: &Claimed) -> Settled {
    settle(store, task, Input::Succeeded).await
}

pub(super) fn failed(fault: Fault) -> Input {
    Input::Failed(Problem::new(fault, "went_wrong", "It went wrong."))
}

/// Claims again and again until a task is ready: for retries that come a little later.
pub(super) async fn claim_when_due(store: &dyn Store) -> Claimed {
    for _ in 0..1_000 {
        if let Some(task) = claim(store, 1).await.pop() {
            return task;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no task became ready in time");
}
