//! The contract, run against a real server; and what only PostgreSQL can break.

use std::time::{Duration, Instant};

use gristmill_model::task::Input;
use gristmill_model::{JobId, WorkerId};
use gristmill_servers::postgres::sql as psql;
use tokio::sync::oneshot;
use tokio_postgres::error::SqlState;

use super::*;
use crate::row::{Claim, Claimed, DeadFilter, EffectEnd, Heartbeat, JobFilter, Settlement, Stop};
use crate::sql::backend::work;
use crate::sql::value::values;
use crate::sql::{Change, Tx};
use crate::{Jobs, Outbox, Queues, RetryFrom, Store, StoreError, Submitted, Upkeep, Work as _, contract};

async fn open() -> Postgres {
    let url = gristmill_servers::Postgres::shared().database();
    Postgres::open(&url).await.unwrap()
}

crate::contract::promises!(store: store = open().await => store);

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone_unless_it_says_that_we_may_write() {
    let url = gristmill_servers::Postgres::shared().database();
    let store = Postgres::open(&url).await.unwrap();
    let job = contract::submit_one(&store).await;
    psql(&url, "UPDATE schema SET version = 999, oldest = 998").unwrap();
    let refused = Postgres::open(&url).await;
    assert!(matches!(refused, Err(StoreError::Newer { found: 999, .. })), "{refused:?}");
    assert_eq!(psql(&url, "SELECT version, oldest FROM schema").unwrap(), "999|998");
    psql(&url, "UPDATE schema SET oldest = 2").unwrap();
    let beside = Postgres::open(&url).await.unwrap();
    assert!(beside.job(job).await.unwrap().is_some());
    contract::submit_one(&beside).await;
    assert_eq!(psql(&url, "SELECT version, oldest FROM schema").unwrap(), "999|2", "nothing was migrated");
}

#[tokio::test]
async fn a_database_from_before_the_first_schema_is_refused() {
    let url = gristmill_servers::Postgres::shared().database();
    psql(&url, "CREATE TABLE schema (version bigint NOT NULL, oldest bigint NOT NULL)").unwrap();
    psql(&url, "INSERT INTO schema VALUES (1, 1)").unwrap();
    assert!(matches!(Postgres::open(&url).await, Err(StoreError::Older { found: 1 })));
}

#[tokio::test]
async fn an_empty_database_is_opened_by_several_at_once() {
    let url = gristmill_servers::Postgres::shared().database();
    let all = futures::future::join_all((0..6).map(|_| Postgres::open(&url))).await;
    let stores: Vec<Postgres> = all.into_iter().collect::<Result<_>>().unwrap();
    let job = contract::submit_one(&stores[0]).await;
    assert!(stores[5].job(job).await.unwrap().is_some());
}

#[tokio::test]
async fn a_server_that_is_killed_and_comes_back_is_used_again() {
    let mut server = gristmill_servers::Postgres::start();
    let store = Postgres::open(&server.database()).await.unwrap();
    let before = contract::submit_one(&store).await;
    server.kill_9();
    let down = store.job(before).await;
    assert!(matches!(&down, Err(e) if e.retry()), "{down:?}");
    server.restart();
    let until = Instant::now() + Duration::from_secs(10);
    while let Err(error) = store.probe().await {
        assert!(error.retry() && Instant::now() < until, "{error:?}");
    }
    assert!(store.job(before).await.unwrap().is_some(), "what was committed is there");
    contract::submit_one(&store).await;
}

/// However early a caller goes away: its job is there as a whole or not at all, and its connection is not used half done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_dropped_midway_leaves_nothing_half_done() {
    let url = gristmill_servers::Postgres::shared().database();
    let store = Postgres::open(&url).await.unwrap();
    contract::grant(&store, "ann", 1_000_000).await;
    let (mut dropped, mut done) = (0, 0);
    for micros in (0..4_000).step_by(40) {
        let short = Duration::from_micros(micros);
        let new = contract::new_job(3).of("ann").priced(10);
        match tokio::time::timeout(short, store.submit(vec![new.clone()])).await {
            Ok(submitted) => done += usize::from(submitted.unwrap() == [Submitted::Created]),
            Err(_) => dropped += 1,
        }
        let claimed = tokio::time::timeout(short, store.claim(contract::asking(contract::worker(), 2))).await;
        for task in claimed.map(std::result::Result::unwrap).unwrap_or_default() {
            let end = || vec![Settlement::bare(task.task, task.fence, Input::Succeeded)];
            let _ = tokio::time::timeout(short, store.settle(end())).await;
            let settled = store.settle(end()).await.unwrap();
            assert_eq!(settled.len(), 1);
        }
    }
    assert!(dropped > 5, "{dropped} dropped, {done} done");
    wait_for_idle(&url).await;
    contract::assert_sound(&store).await;
    let whole = "SELECT count(*) FROM job WHERE files <> (SELECT count(*) FROM file WHERE job_id = job.id)
                 OR events <> (SELECT max(last) FROM event WHERE job_id = job.id)";
    assert_eq!(psql(&url, whole).unwrap(), "0");
    let lost = "SELECT count(*) FROM job JOIN file ON job_id = id WHERE job.ended_at IS NULL AND file.ended_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM task WHERE task.job_id = job.id AND file_no = no)
                AND NOT EXISTS (SELECT 1 FROM lease WHERE lease.job_id = job.id AND file_no = no)";
    assert_eq!(psql(&url, lost).unwrap(), "0", "every open file has a task or a lease");
}

/// Until no connection is in a transaction.
async fn wait_for_idle(url: &str) {
    let busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE '%in transaction%'";
    contract::until(async || (psql(url, busy).unwrap() == "0").then_some(())).await;
}

/// A write that does not even reach the server must take those before and after it along.
#[tokio::test]
async fn a_write_that_cannot_be_sent_leaves_nothing_of_its_transaction() {
    let url = gristmill_servers::Postgres::shared().database();
    let store = Postgres::open(&url).await.unwrap();
    let too_large = Change::Run("UPDATE cron SET paused = $1", values![i64::MAX]);
    let changes = vec![pause("batch"), too_large, pause("low")];
    let refused = store.write(work!(tx => tx.apply(changes))).await;
    assert!(matches!(&refused, Err(StoreError::Postgres(e)) if e.as_db_error().is_none()), "{refused:?}");
    wait_for_idle(&url).await;
    assert_eq!(psql(&url, "SELECT count(*) FROM paused").unwrap(), "0");
}

/// Of statements that are sent together the first to be refused says why; all after it are refused only because of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_error_of_many_writes_at_once_is_that_of_the_first() {
    let store = open().await;
    for _ in 0..20 {
        let changes: Vec<Change> = (0..40).map(|_| pause("batch")).collect();
        let refused = store.write(work!(tx => tx.apply(changes))).await;
        assert!(matches!(&refused, Err(StoreError::Postgres(e)) if e.code() == Some(&SqlState::UNIQUE_VIOLATION)), "{refused:?}");
    }
}

const PID: &str = "SELECT pg_backend_pid()";
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Asks the questions one after the other and answers the last.
async fn each(tx: &mut dyn Tx, questions: &[&str]) -> Result<i64> {
    let mut last = 0;
    for sql in questions {
        last = tx.query(sql, Vec::new()).await?.remove(0).fields().int()?;
    }
    Ok(last)
}

async fn ask(store: &Postgres, questions: &'static [&'static str]) -> Result<i64> {
    store.write(work!(tx => each(tx, questions))).await
}

/// One that was never begun, that cannot be prepared, or that fails at its first question is ended for certain: the next caller
/// gets its connection.
#[tokio::test]
async fn a_transaction_that_failed_or_never_began_gives_its_connection_back_whole() {
    let url = gristmill_servers::Postgres::shared().database();
    let store = Postgres::open(&url).await.unwrap();
    let before = ask(&store, &[PID]).await.unwrap();
    ask(&store, &[]).await.unwrap();
    store.read(work!(tx => each(tx, &[]))).await.unwrap();
    for (sql, code) in [("SELECT nothing", SqlState::UNDEFINED_COLUMN), ("SELECT 1 / (1 - 1)", SqlState::DIVISION_BY_ZERO)] {
        let refused = [store.write(work!(tx => each(tx, &[sql, PID]))).await, store.read(work!(tx => each(tx, &[PID, sql]))).await];
        for refused in refused {
            assert!(matches!(&refused, Err(StoreError::Postgres(e)) if e.code() == Some(&code)), "{refused:?}");
        }
    }
    assert_eq!(ask(&store, &[PID]).await.unwrap(), before);
    wait_for_idle(&url).await;
}

fn pause(queue: &str) -> Change {
    Change::Run("INSERT INTO paused (queue, at, who) VALUES ($1, 0, '')", values![queue])
}

/// Writes, with so many questions before and after the loss of the connection, and takes no notice of it.
async fn lose(tx: &mut dyn Tx, before: usize, after: usize) -> Result<()> {
    each(tx, &vec![PID; before]).await?;
    tx.apply(vec![pause("batch")]).await?;
    let lost = tx.query("SELECT pg_terminate_backend(pg_backend_pid())::int", Vec::new()).await;
    assert!(matches!(&lost, Err(e) if e.retry()), "{lost:?}");
    for _ in 0..after {
        assert!(each(tx, &[PID]).await.is_err());
    }
    tx.apply(vec![pause("low")]).await
}

/// Whatever had been sent when it was lost, and also when nobody minds: nothing is told as written, and the next call gets another.
#[tokio::test]
async fn a_connection_that_is_lost_midway_leaves_nothing_and_is_not_used_again() {
    let url = gristmill_servers::Postgres::shared().database();
    let store = Postgres::open(&url).await.unwrap();
    for (before, after) in [(0, 0), (1, 0), (0, 2), (2, 1)] {
        let lost = store.write(work!(tx => lose(tx, before, after))).await;
        assert!(matches!(&lost, Err(e) if e.retry()), "{lost:?}");
        assert!(ask(&store, &[PID]).await.is_ok());
        assert_eq!(psql(&url, "SELECT count(*) FROM paused").unwrap(), "0");
    }
}

/// A connection that went away while nobody used it is noticed at the latest by the next call, and by one only.
#[tokio::test]
async fn connections_that_are_lost_while_idle_are_replaced() {
    let url = gristmill_servers::Postgres::shared().database();
    let store = Postgres::open(&url).await.unwrap();
    let pids = || futures::future::join_all((0..4).map(|_| ask(&store, &[PID])));
    assert!(pids().await.iter().all(Result::is_ok));
    let all =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    psql(&url, all).unwrap();
    contract::until(async || ask(&store, &[PID]).await.ok()).await;
    contract::until(async || pids().await.iter().all(Result::is_ok).then_some(())).await;
}

/// Writes, waits for an answer that depends on them, and would write more.
async fn write_and_ask(tx: &mut dyn Tx) -> Result<()> {
    tx.apply(vec![pause("low"), pause("batch")]).await?;
    each(tx, &[PID]).await?;
    tx.apply(vec![pause("normal")]).await
}

/// Holds a row that others want until it is told to leave it.
async fn in_the_way(tx: &mut dyn Tx, there: oneshot::Sender<()>, leave: oneshot::Receiver<()>) -> Result<()> {
    tx.run("INSERT INTO paused (queue, at, who) VALUES ('batch', 0, '')", Vec::new()).await?;
    there.send(()).unwrap();
    let _ = leave.await;
    Err(StoreError::Closed)
}

/// What was sent is undone although nobody waits for its answer any more.
#[tokio::test]
async fn a_call_that_is_dropped_while_the_server_is_at_work_leaves_nothing() {
    let url = gristmill_servers::Postgres::shared().database();
    let store = Postgres::open(&url).await.unwrap();
    let (there, is_there) = oneshot::channel();
    let (leave, left) = oneshot::channel();
    let holder = store.write(work!(tx => in_the_way(tx, there, left)));
    let dropped = async {
        is_there.await.unwrap();
        let blocked = contract::until(async || (ask(&store, &[WAITING]).await.unwrap() == 1).then_some(()));
        tokio::select! {
            written = store.write(work!(tx => write_and_ask(tx))) => panic!("nothing was in the way: {written:?}"),
            () = blocked => leave.send(()).unwrap(),
        }
    };
    let (held, ()) = tokio::join!(holder, dropped);
    assert!(matches!(held, Err(StoreError::Closed)), "{held:?}");
    // As many as there were connections: one that was left half done would be ended by whoever got it.
    let asked = futures::future::join_all((0..4).map(|_| ask(&store, &[PID]))).await;
    assert!(asked.iter().all(Result::is_ok), "{asked:?}");
    wait_for_idle(&url).await;
    assert_eq!(psql(&url, "SELECT count(*) FROM paused").unwrap(), "0");
}

/// What one of many callers does over and over, on a few jobs that all of them share.
struct Hammer {
    store: std::sync::Arc<Postgres>,
    dice: u64,
    me: WorkerId,
    held: Vec<Claimed>,
}

impl Hammer {
    fn roll(&mut self, sides: u64) -> u64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) % sides
    }

    async fn some_job(&mut self) -> Option<JobId> {
        let jobs = self.store.jobs(JobFilter { limit: 6, ..JobFilter::default() }).await.unwrap();
        let at = self.roll(6) as usize;
        jobs.get(at).map(|j| j.id)
    }

    async fn strike(&mut self) -> Result<()> {
        let all = || DeadFilter { limit: 50, ..DeadFilter::default() };
        match self.roll(24) {
            0..=3 => self.submit().await?,
            4..=8 => {
                let room = Claim { lease: Duration::from_millis(200), ..contract::asking(self.me, 8) };
                self.held.extend(self.store.claim(room).await?);
            }
            9..=13 => self.settle().await?,
            14..=16 => {
                let held: Vec<&Claimed> = self.held.iter().rev().collect();
                self.store.heartbeat(Heartbeat { lease: Duration::from_millis(200), ..contract::beat(self.me, &held, 0.5) }).await?;
            }
            17 => self.rescue().await?,
            18 => drop(self.store.redrive(all()).await?),
            19 => drop(self.store.purge(all()).await?),
            20 => {
                for effect in self.store.take_effects(5, Duration::from_millis(5)).await? {
                    if !self.store.do_critical(effect.id).await? {
                        self.store.end_effect(effect.id, EffectEnd::Done).await?;
                    }
                }
            }
            21 => {
                self.store.prune(100).await?;
                self.store.expire_tasks(100).await?;
                self.store.warn_waiting(Duration::ZERO, 100).await?;
            }
            _ => self.end_job().await?,
        }
        Ok(())
    }

    async fn submit(&mut self) -> Result<()> {
        let key = self.roll(1_000_000).to_string();
        let owners = if self.roll(2) == 0 { ["ann", "ben"] } else { ["ben", "ann"] };
        let jobs = owners.map(|o| contract::new_job(6).of(o).priced(1).keyed(&key)).to_vec();
        self.store.submit(jobs).await.map(drop)
    }

    async fn settle(&mut self) -> Result<()> {
        let mut ends = Vec::new();
        for task in std::mem::take(&mut self.held) {
            let input = match self.roll(6) {
                0 => contract::failed(gristmill_model::Fault::Input),
                1 => contract::failed(gristmill_model::Fault::Tool),
                _ => Input::Succeeded,
            };
            ends.push(Settlement { jitter: 0.0, ..Settlement::bare(task.task, task.fence, input) });
        }
        self.store.settle(ends).await.map(drop)
    }

    async fn rescue(&mut self) -> Result<()> {
        let lost = self.store.overdue(20).await?;
        let ends = lost.iter().map(|l| Settlement::bare(l.task, l.fence, Input::WorkerLost)).collect();
        self.store.settle(ends).await.map(drop)
    }

    async fn end_job(&mut self) -> Result<()> {
        let Some(job) = self.some_job().await else { return Ok(()) };
        match self.roll(5) {
            0 => self.store.stop(job, Stop::Cancelled).await.map(drop),
            1 => self.store.stop(job, Stop::Critical(contract::problem())).await.map(drop),
            2 => self.store.delete(job, "p/".into()).await.map(drop),
            _ => self.store.retry(job, RetryFrom::All).await.map(drop),
        }
    }
}

/// Jobs are held first and in order, then everything else: so nobody waits for each other for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn verbs_that_race_on_the_same_jobs_never_deadlock() {
    let store = std::sync::Arc::new(open().await);
    for owner in ["ann", "ben"] {
        contract::grant(&*store, owner, 1_000_000_000).await;
    }
    let until = Instant::now() + Duration::from_secs(5);
    let strikes = (0..8).map(|n| {
        let mut hammer = Hammer { store: store.clone(), dice: n * 7919 + 1, me: contract::worker(), held: Vec::new() };
        tokio::spawn(async move {
            let mut count = 0;
            while Instant::now() < until {
                hammer.strike().await.unwrap_or_else(|e| panic!("after {count} strikes: {e:?}"));
                count += 1;
            }
            count
        })
    });
    for striker in futures::future::join_all(strikes.collect::<Vec<_>>()).await {
        assert!(striker.unwrap() > 10);
    }
    contract::assert_sound(&*store as &dyn Store).await;
}

/// A worker tells of its tasks while some of them end, in whatever order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_heartbeat_and_the_ends_of_the_same_tasks_never_deadlock() {
    let store = open().await;
    store.submit(vec![contract::new_job(40)]).await.unwrap();
    let me = contract::worker();
    let until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until {
        let tasks = store.claim(contract::asking(me, 40)).await.unwrap();
        let back = |t: &Claimed| Settlement::bare(t.task, t.fence, Input::GivenBack);
        let ends = tasks.iter().rev().map(back).collect();
        let held: Vec<&Claimed> = tasks.iter().collect();
        let beats = || store.heartbeat(contract::beat(me, &held, 0.5));
        let (settled, one, two) = tokio::join!(store.settle(ends), beats(), beats());
        assert_eq!(settled.unwrap().len(), 40);
        assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    }
}

/// What is forgotten is forgotten with all its rows, or runs again with all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_job_that_is_deleted_and_run_again_at_once_is_one_or_the_other() {
    let url = gristmill_servers::Postgres::shared().database();
    let store = Postgres::open(&url).await.unwrap();
    for _ in 0..60 {
        let job = contract::submit_one(&store).await;
        store.stop(job, Stop::Cancelled).await.unwrap();
        let (gone, again) = tokio::join!(store.delete(job, "p/".into()), store.retry(job, RetryFrom::All));
        assert_ne!(gone.unwrap(), again.unwrap() == crate::Retried::Tasks(2));
    }
    let orphans = "SELECT count(*) FROM task WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.id = job_id)";
    assert_eq!(psql(&url, orphans).unwrap(), "0");
}
