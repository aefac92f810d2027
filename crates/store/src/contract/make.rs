//! Jobs for the promises: one owner, steps `a → b`, and short ways to claim and settle.

use std::sync::Arc;
use std::time::Duration;

use gristmill_model::credits::Credits;
use gristmill_model::job::Priority;
use gristmill_model::operation::Class;
use gristmill_model::pipeline::{Concurrency, Pipeline, Span, Step};
use gristmill_model::retry::Retry;
use gristmill_model::task::{Input, State};
use gristmill_model::{Fault, JobId, Problem, Timestamp, WorkerId};
use serde_json::{Map, json};
use uuid::Uuid;

use crate::Store;
use crate::row::{
    Audit, Beat, Claim, Claimed, Effect, EffectBody, Event, File, Heartbeat, Idempotency, Job, Moment, NewFile, NewJob, NewWorker, Notify,
    Pace, Part, Plan, Room, Settled, Settlement, Submitted,
};

/// Longer than any test.
pub(super) const LEASE: Duration = Duration::from_secs(600);

pub(crate) fn worker() -> WorkerId {
    WorkerId::from_uuid(Uuid::now_v7())
}

/// A step for small work that is tried twice.
pub(super) fn step(id: &str, after: &[&str]) -> Step {
    Step {
        id: id.into(),
        op: "noop".into(),
        after: after.iter().map(|s| (*s).to_owned()).collect(),
        options: Map::new(),
        class: Some(Class::Io),
        retry: Retry { retries: 1, first_ms: 40, ..Retry::default() },
        timeout: Span(LEASE),
        optional: false,
        concurrency: None,
    }
}

/// A step of which at most so many run at once.
pub(super) fn limited(id: &str, key: &str, most: u32) -> Step {
    Step { concurrency: Some(Concurrency { key: key.into(), most }), ..step(id, &[]) }
}

/// A pipeline with steps `a` and then `b`.
pub fn pipeline() -> Pipeline {
    of_steps(vec![step("a", &[]), step("b", &["a"])])
}

/// A pipeline with these steps.
pub(super) fn of_steps(steps: Vec<Step>) -> Pipeline {
    Pipeline { name: "test".into(), version: 1, about: String::new(), accepts: Vec::new(), steps }
}

/// A job of `files` files with one step each.
pub(super) fn short_job(files: usize) -> NewJob {
    job_of(of_steps(vec![step("a", &[])]), files)
}

/// A job of `files` files, each with steps `a` and then `b`.
pub fn new_job(files: usize) -> NewJob {
    job_of(pipeline(), files)
}

/// A job of `files` files through a pipeline, all of them at once, for nothing.
pub fn job_of(pipeline: Pipeline, files: usize) -> NewJob {
    let estimates = vec![Duration::from_secs(1); pipeline.steps.len()];
    let file = |n: usize| NewFile {
        name: format!("file-{n}.png"),
        source: format!("source/{n}"),
        bytes: 7,
        sha256: "00".into(),
        tag: None,
        password: None,
        estimates: estimates.clone(),
        price: Credits::ZERO,
        awaited: false,
    };
    NewJob {
        id: JobId::from_uuid(Uuid::now_v7()),
        owner: "owner".into(),
        plan: Arc::new(Plan::new(pipeline)),
        options: Map::new(),
        priority: Priority::Normal,
        group: None,
        metadata: Map::new(),
        notify: None,
        files: (0..files).map(file).collect(),
        open_files: 0,
        delay: Duration::ZERO,
        expires: None,
        timeout: Duration::from_secs(3600),
        keep_files: false,
        anew: false,
        pace: Pace::default(),
        idempotency: None,
    }
}

/// The ways in which the jobs of promises differ, to be chained: `new_job(3).of("ann").priced(5)`.
impl NewJob {
    /// Whose it is.
    pub(crate) fn of(self, owner: &str) -> Self {
        Self { owner: owner.into(), ..self }
    }

    /// What each of its files costs.
    pub(crate) fn priced(mut self, price: i64) -> Self {
        self.files.iter_mut().for_each(|f| f.price = Credits(price));
        self
    }

    /// How long each step of each file is predicted to take.
    pub(super) fn taking(mut self, time: Duration) -> Self {
        self.files.iter_mut().for_each(|f| f.estimates.iter_mut().for_each(|e| *e = time));
        self
    }

    /// Under an idempotency key, with itself as its fingerprint.
    pub(crate) fn keyed(self, key: &str) -> Self {
        Self { idempotency: Some(Idempotency { key: key.into(), fingerprint: key.into() }), ..self }
    }

    /// With a mail at each of these moments, and a webhook.
    pub(super) fn told(self, on: &[Moment]) -> Self {
        let notify = Notify {
            email: Some("ann@example.org".into()),
            on: on.to_vec(),
            webhooks: vec!["https://example.org/hook".into()],
            ..Notify::default()
        };
        Self { notify: Some(notify), ..self }
    }
}

/// Submits a job of one file.
pub async fn submit_one(store: &dyn Store) -> JobId {
    submit(store, new_job(1)).await
}

pub(super) async fn submit(store: &dyn Store, job: NewJob) -> JobId {
    let id = job.id;
    assert_eq!(submit_as(store, job).await, Submitted::Created);
    id
}

pub(super) async fn submit_as(store: &dyn Store, job: NewJob) -> Submitted {
    store.submit(vec![job]).await.expect("submitted").remove(0)
}

pub(super) async fn claim(store: &dyn Store, most: u32) -> Vec<Claimed> {
    claim_as(store, worker(), most).await
}

pub(super) async fn claim_as(store: &dyn Store, worker: WorkerId, most: u32) -> Vec<Claimed> {
    store.claim(asking(worker, most)).await.expect("claimed")
}

/// What a worker with that many free slots for small work asks for.
pub(crate) fn asking(worker: WorkerId, free: u32) -> Claim {
    let room = vec![Room { class: Class::Io, free, slots: free.max(1000), large: 0 }];
    Claim { worker, room, lease: LEASE, most_jobs: u32::MAX, jobs: Vec::new(), turn: String::new() }
}

/// A heartbeat for these tasks.
pub(crate) fn beat(worker: WorkerId, tasks: &[&Claimed], progress: f64) -> Heartbeat {
    let held = tasks.iter().map(|t| (t.task, t.fence)).collect();
    let beats = tasks.iter().map(|t| Beat { task: t.task, fence: t.fence, progress, phase: String::new() }).collect();
    Heartbeat { worker, lease: LEASE, held, beats, draining: false }
}

/// Claims the one task there must be.
pub(super) async fn claim_one(store: &dyn Store) -> Claimed {
    let mut claimed = claim(store, 1).await;
    assert_eq!(claimed.len(), 1, "one task was to be ready");
    claimed.remove(0)
}

pub(super) async fn settle(store: &dyn Store, task: &Claimed, input: Input) -> Settled {
    settle_as(store, Settlement { report: json!({"n": 1}), jitter: 0.0, ..Settlement::bare(task.task, task.fence, input) }).await
}

pub(super) async fn settle_as(store: &dyn Store, settlement: Settlement) -> Settled {
    store.settle(vec![settlement]).await.expect("settled").remove(0)
}

pub(super) async fn succeed(store: &dyn Store, task: &Claimed) -> Settled {
    settle(store, task, Input::Succeeded).await
}

pub(crate) fn failed(fault: Fault) -> Input {
    Input::Failed(Problem::new(fault, "went_wrong", "It went wrong."))
}

/// Claims again and again until a task is ready: for retries that come a little later.
pub(super) async fn claim_when_due(store: &dyn Store) -> Claimed {
    until(async || claim(store, 1).await.pop()).await
}

/// Asks until there is an answer.
pub(crate) async fn until<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..5_000 {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("what was waited for did not come");
}

/// Splits a task into so many parts.
pub(super) async fn expand(store: &dyn Store, task: &Claimed, parts: u32) -> Settled {
    let part = |n| Part { spec: json!({"n": n}), estimate: Duration::from_millis(100) };
    let bare = Settlement::bare(task.task, task.fence, Input::Expanded);
    settle_as(store, Settlement { parts: (1..=parts).map(part).collect(), ..bare }).await
}

/// Claims and settles with success until nothing is ready any more. Answers how many.
pub(super) async fn run_all(store: &dyn Store) -> usize {
    let mut count = 0;
    loop {
        let tasks = claim(store, 100).await;
        if tasks.is_empty() {
            return count;
        }
        count += tasks.len();
        let ends = tasks.iter().map(|t| Settlement::bare(t.task, t.fence, Input::Succeeded)).collect();
        assert!(!store.settle(ends).await.expect("settled").contains(&Settled::Stale));
    }
}

/// Introduces a worker with that many slots for small work.
pub(super) async fn enlisted(store: &dyn Store, slots: u32) -> WorkerId {
    let new = NewWorker { id: worker(), name: "w".into(), version: "1".into(), slots: vec![(Class::Io, slots)] };
    let id = new.id;
    store.enlist(new, LEASE).await.expect("enlisted");
    id
}

/// What a worker with these slots for small work asks for.
pub(super) fn with_slots(worker: WorkerId, free: u32, slots: u32) -> Claim {
    let room = vec![Room { class: Class::Io, free, slots, large: 0 }];
    Claim { room, ..asking(worker, free) }
}

pub(super) async fn job(store: &dyn Store, id: JobId) -> Job {
    store.job(id).await.expect("read").expect("there")
}

pub(super) async fn files(store: &dyn Store, id: JobId) -> Vec<File> {
    store.files(id).await.expect("files")
}

pub(super) async fn states(store: &dyn Store, id: JobId) -> Vec<State> {
    store.tasks(id, None).await.expect("tasks").iter().map(|t| t.state).collect()
}

pub(super) async fn events(store: &dyn Store, id: JobId) -> Vec<Event> {
    store.events(id, 0, 100_000).await.expect("events")
}

/// How many events of a kind a job has.
pub(super) async fn told(store: &dyn Store, id: JobId, kind: &str) -> usize {
    events(store, id).await.iter().filter(|e| e.kind == kind).count()
}

pub(super) async fn effects(store: &dyn Store, id: JobId) -> Vec<Effect> {
    store.effects(id).await.expect("effects")
}

/// The names of a job's effects: kinds, or steps of the critical-error path.
pub(super) async fn effect_names(store: &dyn Store, id: JobId) -> Vec<String> {
    effects(store, id).await.iter().map(effect_name).collect()
}

pub(super) fn effect_name(effect: &Effect) -> String {
    match &effect.body {
        EffectBody::Mail { about, .. } | EffectBody::Webhook { about, .. } | EffectBody::Endpoint { about, .. } => {
            format!("{}:{about:?}", effect.body.kind()).to_lowercase()
        }
        EffectBody::Announce { kind, .. } => format!("announce:{kind}"),
        EffectBody::Critical { step, .. } => step.to_string(),
        other => other.kind().to_owned(),
    }
}

pub(crate) async fn grant(store: &dyn Store, owner: &str, amount: i64) {
    store.grant(owner.into(), Credits(amount), None).await.expect("granted");
}

/// What an owner has: available and held.
pub(super) async fn balance(store: &dyn Store, owner: &str) -> (i64, i64) {
    let account = store.account(owner.into()).await.expect("account");
    (account.available.0, account.held.0)
}

/// The ledger adds up.
pub(crate) async fn assert_sound(store: &dyn Store) {
    assert_eq!(store.audit().await.expect("audit"), Audit::default());
}

pub(crate) fn problem() -> Problem {
    Problem::new(Fault::Bug, "cannot_go_on", "It cannot go on.")
}

/// The store's time, at the next tick of its clock: what was to happen before has its time behind it.
pub(super) async fn tick(store: &dyn Store) -> Timestamp {
    let before = store.now().await.expect("now");
    until(async || Some(store.now().await.expect("now")).filter(|now| *now > before)).await
}
