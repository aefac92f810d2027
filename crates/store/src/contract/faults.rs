//! A fault at every statement of every verb: what did not succeed has left nothing, and succeeds when it is tried again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::credits::Credits;
use gristmill_model::queue::Queue;
use gristmill_model::report::Artifact;
use gristmill_model::task::Input;
use gristmill_model::{Fault, JobId, KeyId, Timestamp, WorkerId};
use serde_json::json;
use uuid::Uuid;

use super::make::{LEASE, asking, assert_sound, beat, claim_when_due, failed, new_job, problem, short_job, worker};
use super::records::{review, the_record, total};
use crate::row::{
    ApiKey, Checkpoint, Claimed, Cron, DeadFilter, Effect, EffectBody, EffectEnd, Moment, NewJob, NewRecord, NewWorker, Part, Role,
    Settlement, Stop,
};
use crate::sql::backend::work;
use crate::sql::{Ask, Backend, Change, Look, Row, Survey, Tx, Value, Work};
use crate::{Result, RetryFrom, Reviewed, Store, StoreError};

/// A store of which the n-th statement from now fails.
struct Faulty<B> {
    store: B,
    left: Arc<AtomicI64>,
}

impl<B> Faulty<B> {
    /// So many statements still work.
    fn arm(&self, statements: i64) {
        self.left.store(statements, Ordering::SeqCst);
    }

    /// Whether the fault is still to come.
    fn spared(&self) -> bool {
        self.left.load(Ordering::SeqCst) >= 0
    }
}

fn step(left: &AtomicI64) -> Result<()> {
    let now = left.fetch_sub(1, Ordering::SeqCst);
    if now == 0 { Err(StoreError::Corrupt { what: "fault of a test" }) } else { Ok(()) }
}

#[async_trait]
impl<B: Backend> Backend for Faulty<B> {
    async fn write<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        let left = self.left.clone();
        self.store.write(Box::new(move |tx| Box::pin(in_faulty(FaultyTx { tx, left }, work)))).await
    }

    async fn clock(&self) -> Result<Timestamp> {
        self.store.clock().await
    }

    async fn read<T: Send + 'static>(&self, work: Work<T>) -> Result<T> {
        let left = self.left.clone();
        self.store.read(Box::new(move |tx| Box::pin(in_faulty(FaultyTx { tx, left }, work)))).await
    }
}

async fn in_faulty<T>(mut tx: FaultyTx<'_>, work: Work<T>) -> Result<T> {
    let answer = work(&mut tx).await?;
    // The commit.
    step(&tx.left)?;
    Ok(answer)
}

struct FaultyTx<'t> {
    tx: &'t mut dyn Tx,
    left: Arc<AtomicI64>,
}

#[async_trait]
impl Tx for FaultyTx<'_> {
    async fn now(&mut self) -> Result<Timestamp> {
        self.tx.now().await
    }

    async fn query(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        step(&self.left)?;
        self.tx.query(sql, values).await
    }

    async fn run(&mut self, sql: &str, values: Vec<Value>) -> Result<u64> {
        step(&self.left)?;
        self.tx.run(sql, values).await
    }

    async fn find(&mut self, asks: Vec<Ask>) -> Result<Vec<Vec<Row>>> {
        step(&self.left)?;
        self.tx.find(asks).await
    }

    async fn apply(&mut self, changes: Vec<Change>) -> Result<()> {
        for change in changes {
            step(&self.left)?;
            self.tx.apply(vec![change]).await?;
        }
        Ok(())
    }

    async fn survey(&mut self, looks: &[Look], turn: &str) -> Result<Survey> {
        step(&self.left)?;
        self.tx.survey(looks, turn).await
    }

    async fn wake(&mut self, limit: u32) -> Result<u64> {
        step(&self.left)?;
        self.tx.wake(limit).await
    }

    async fn running(&mut self, class: i16, jobs: Vec<JobId>) -> Result<BTreeMap<JobId, u32>> {
        step(&self.left)?;
        self.tx.running(class, jobs).await
    }
}

/// Every row of every table, in an order of its own.
async fn dump<B: Backend>(store: &B) -> Vec<String> {
    const TABLES: [&str; 19] = [
        "job",
        "file",
        "task",
        "lease",
        "worker",
        "ended",
        "attempt",
        "artifact",
        "record",
        "correction",
        "checkpoint",
        "event",
        "account",
        "transfer",
        "effect",
        "api_key",
        "paused",
        "cron",
        "idempotency",
    ];
    let mut all = Vec::new();
    for table in TABLES {
        let sql = format!("SELECT * FROM {table}");
        let found = store.read(work!(tx => query(tx, sql))).await.expect("read");
        all.extend(found.iter().map(|row| format!("{table}: {row:?}")));
    }
    all.sort();
    all
}

async fn query(tx: &mut dyn Tx, sql: String) -> Result<Vec<Row>> {
    tx.query(&sql, Vec::new()).await
}

/// The life of a job, each verb of it with a fault at each of its statements in turn.
struct Life<B> {
    faulty: Faulty<B>,
    me: WorkerId,
}

impl<B: Backend> Life<B> {
    /// Does a verb. Each time that it fails, everything must be as before.
    async fn endure<T>(&self, what: &str, verb: impl AsyncFn(&dyn Store) -> Result<T>) -> T {
        for statements in 0.. {
            let before = dump(&self.faulty.store).await;
            self.faulty.arm(statements);
            let answer = verb(&self.faulty).await;
            assert!(answer.is_err() || self.faulty.spared(), "{what} hid a fault at its statement {statements}");
            self.faulty.arm(i64::MAX);
            if let Ok(answer) = answer {
                return answer;
            }
            let after = dump(&self.faulty.store).await;
            let changed: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
            assert!(before == after, "{what} failed at its statement {statements} and left {changed:#?}");
        }
        unreachable!("a verb has an end");
    }

    async fn submit(&self, new: NewJob) -> JobId {
        self.endure("submit", async |s| s.submit(vec![new.clone()]).await).await;
        new.id
    }

    async fn claim(&self, most: u32) -> Vec<Claimed> {
        self.endure("claim", async |s| s.claim(asking(self.me, most)).await).await
    }

    async fn settle(&self, task: &Claimed, input: Input) {
        let artifact = Artifact { name: task.task.to_string(), media_type: "x/y".into(), bytes: 3, sha256: "ab".into() };
        let parts = vec![Part { spec: json!(1), estimate: Duration::from_secs(1) }; 2];
        let good = input == Input::Succeeded;
        let bare = Settlement::bare(task.task, task.fence, input.clone());
        let artifacts = good.then(|| (artifact, "key".to_owned())).into_iter().collect();
        let end = Settlement { artifacts, parts, jitter: 0.0, report: json!({}), ..bare };
        self.endure("settle", async |s| s.settle(vec![end.clone()]).await).await;
    }

    /// Runs the one step of a job so that it leaves a record.
    async fn read(&self, record: &NewRecord) {
        let task = self.claim(1).await.remove(0);
        let bare = Settlement::bare(task.task, task.fence, Input::Succeeded);
        let end = Settlement { report: json!({}), record: Some(record.clone()), ..bare };
        self.endure("settle", async |s| s.settle(vec![end.clone()]).await).await;
    }

    async fn take(&self) -> Vec<Effect> {
        self.endure("take_effects", async |s| s.take_effects(100, Duration::ZERO).await).await
    }

    /// Fails a task until it is dead.
    async fn kill(&self, task: &Claimed) {
        self.settle(task, failed(Fault::Tool)).await;
        loop {
            let next = claim_when_due(&self.faulty).await;
            if next.task == task.task {
                return self.settle(&next, failed(Fault::Tool)).await;
            }
            self.settle(&next, Input::Succeeded).await;
        }
    }

    async fn run_all(&self) {
        while let Some(task) = self.claim(1).await.pop() {
            self.settle(&task, Input::Succeeded).await;
        }
    }

    async fn stop(&self, job: JobId, why: Stop) {
        assert!(self.endure("stop", async |s| s.stop(job, why.clone()).await).await);
    }
}

/// A store of one's own, as it is wrapped.
fn begun<B: Backend>(store: B) -> Life<B> {
    Life { faulty: Faulty { store, left: Arc::new(AtomicI64::new(i64::MAX)) }, me: worker() }
}

fn ann(new: NewJob) -> NewJob {
    new.of("ann").priced(5).told(&[Moment::Started, Moment::Finished, Moment::Failed])
}

/// From submit to the end, over retries, parts, checkpoints and dead letters.
pub async fn no_verb_of_a_jobs_life_leaves_anything_when_it_fails<B: Backend>(store: B) {
    let life = begun(store);
    let new = NewWorker { id: life.me, name: "w".into(), version: "1".into(), slots: Vec::new() };
    life.endure("enlist", async |s| s.enlist(new.clone(), LEASE).await).await;
    life.endure("grant", async |s| s.grant("ann".into(), Credits(1000), None).await).await;
    let job = life.submit(NewJob { open_files: 1, ..ann(new_job(2)).keyed("k") }).await;
    let task = life.claim(1).await.remove(0);
    life.endure("heartbeat", async |s| s.heartbeat(beat(life.me, &[&task], 0.5)).await).await;
    let kept = Checkpoint { task: task.task, fence: task.fence, data: json!(1), blobs: Vec::new() };
    life.endure("keep", async |s| s.keep(kept.clone()).await).await;
    life.settle(&task, Input::Expanded).await;
    life.run_all().await;
    assert_sound(&life.faulty).await;
    life.endure("retry", async |s| s.retry(job, RetryFrom::All).await).await;
    life.kill(&life.claim(1).await[0]).await;
    let all = || DeadFilter { limit: 9, ..DeadFilter::default() };
    assert_eq!(life.endure("redrive", async |s| s.redrive(all()).await).await, 1);
    life.run_all().await;
    life.submit(ann(short_job(1))).await;
    life.kill(&life.claim(1).await[0]).await;
    assert_eq!(life.endure("purge", async |s| s.purge(all()).await).await, 1);
    for effect in life.take().await {
        life.endure("end_effect", async |s| s.end_effect(effect.id, EffectEnd::Done).await).await;
    }
    life.endure("swept", async |s| s.swept(job).await).await;
    assert!(life.endure("delete", async |s| s.delete(job, "p/".into()).await).await);
    assert_sound(&life.faulty).await;
}

/// The ends before the end, and the critical-error path.
pub async fn no_verb_that_ends_a_job_early_leaves_anything_when_it_fails<B: Backend>(store: B) {
    let life = begun(store);
    life.endure("grant", async |s| s.grant("ann".into(), Credits(1000), None).await).await;
    let job = life.submit(ann(new_job(2))).await;
    let task = life.claim(2).await.remove(0);
    life.settle(&task, Input::Succeeded).await;
    life.stop(job, Stop::Cancelled).await;
    life.endure("retry", async |s| s.retry(job, RetryFrom::Failed).await).await;
    life.stop(job, Stop::Critical(problem())).await;
    let mut gave_up = false;
    for _ in 0..2 {
        for effect in life.take().await {
            let critical = matches!(effect.body, EffectBody::Critical { .. });
            let end = || if critical && !gave_up { EffectEnd::GaveUp("no".into()) } else { EffectEnd::Done };
            life.endure("end_effect", async |s| s.end_effect(effect.id, end()).await).await;
            gave_up |= critical;
        }
    }
    life.stop(job, Stop::Critical(problem())).await;
    for _ in 0..2 {
        for effect in life.take().await {
            if !life.endure("do_critical", async |s| s.do_critical(effect.id).await).await {
                life.endure("end_effect", async |s| s.end_effect(effect.id, EffectEnd::Done).await).await;
            }
        }
    }
    assert!(super::make::job(&life.faulty, job).await.status.ended());
    assert_sound(&life.faulty).await;
}

/// From the step that reads a record over what people make of it to a second reading, and to the end of its job.
pub async fn no_verb_of_records_leaves_anything_when_it_fails<B: Backend>(store: B) {
    let life = begun(store);
    let job = life.submit(short_job(1)).await;
    life.read(&total("12.50", false)).await;
    let seen = the_record(&life.faulty, job).await;
    let mut typed = review(&seen, "13.50");
    typed.corrections.push(("/date".into(), None, Some(json!("2024-03-03"))));
    let done = life.endure("review", async |s| s.review(typed.clone()).await).await;
    assert!(matches!(&done, Reviewed::Written(now) if now.revision == 2), "{done:?}");
    let before = dump(&life.faulty.store).await;
    assert_eq!(life.endure("a late review", async |s| s.review(typed.clone()).await).await, Reviewed::Changed);
    assert!(before == dump(&life.faulty.store).await, "a review that came too late wrote something");
    life.endure("retry", async |s| s.retry(job, RetryFrom::All).await).await;
    life.read(&total("13.49", true)).await;
    let again = the_record(&life.faulty, job).await;
    assert_eq!((again.revision, &again.data["total"]), (3, &json!("13.49")));
    let store: &dyn Store = &life.faulty;
    assert_eq!(store.corrections(seen.file).await.expect("listed").len(), 2, "both of the one review, and each once");
    assert!(life.endure("delete", async |s| s.delete(job, "p/".into()).await).await);
    assert!(!dump(&life.faulty.store).await.iter().any(|row| row.starts_with("record:") || row.starts_with("correction:")));
    assert_sound(&life.faulty).await;
}

/// What operators and duties write.
pub async fn no_verb_of_operators_and_duties_leaves_anything_when_it_fails<B: Backend>(store: B) {
    let life = begun(store);
    let (id, at) = (KeyId::from_uuid(Uuid::now_v7()), Timestamp(0));
    let (name, owner, hash) = ("ci".to_owned(), "ann".to_owned(), "ab".to_owned());
    let key = ApiKey { id, name, owner: owner.clone(), role: Role::Owner, hash, created_at: at, revoked_at: None, used_at: None };
    life.endure("add_key", async |s| s.add_key(key.clone()).await).await;
    life.endure("revoke_key", async |s| s.revoke_key(id).await).await;
    life.endure("pause", async |s| s.pause(Queue::High, true, "ops".into()).await).await;
    life.endure("resume", async |s| s.pause(Queue::High, false, "ops".into()).await).await;
    let cron = Cron { owner, name: "n".into(), rule: "0 2 * * *".into(), body: json!({}), next_at: at, last_at: None, paused: false };
    life.endure("put_cron", async |s| s.put_cron(cron.clone()).await).await;
    let new = short_job(1);
    assert!(life.endure("fire", async |s| s.fire(cron.clone(), Timestamp(1), new.clone()).await).await);
    life.endure("delete_cron", async |s| s.delete_cron(cron.owner.clone(), cron.name.clone()).await).await;
    super::make::tick(&life.faulty).await;
    assert_eq!(life.endure("warn_waiting", async |s| s.warn_waiting(Duration::ZERO, 9).await).await, 1);
    life.endure("expire_tasks", async |s| s.expire_tasks(9).await).await;
    life.endure("prune", async |s| s.prune(9).await).await;
    life.endure("probe", async |s| s.probe().await).await;
}
