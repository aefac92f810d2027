//! Random operations on a few jobs, with the invariants of the promise checked after each of them.

use std::collections::BTreeMap;
use std::time::Duration;

use gristmill_model::job::JobStatus;
use gristmill_model::operation::Class;
use gristmill_model::task::{Input, State};
use gristmill_model::{Fault, JobId, TaskId};

use super::make::{LEASE, failed, new_job, settle, submit, worker};
use crate::Store;
use crate::row::{Claimed, Settled};

/// Small, seedable, good enough to choose with (the constants are Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What the test itself knows, kept outside the store.
#[derive(Default)]
struct Ledger {
    held: Vec<Claimed>,
    stale: Vec<Claimed>,
    fences: BTreeMap<TaskId, i64>,
    succeeded: BTreeMap<TaskId, u32>,
}

/// Whatever happens in whatever order: fences only grow, a step succeeds at most once, stale holders write nothing, and every
/// job ends once its workers behave. The seed is printed when it fails.
#[expect(clippy::print_stdout, reason = "a run that fails is repeated by its seed")]
pub async fn random_lives_of_jobs_keep_the_invariants(store: &dyn Store) {
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |d| d.as_nanos() as u64);
    println!("seed {seed}");
    let (mut dice, mut ledger) = (Dice(seed), Ledger::default());
    let mut jobs = Vec::new();
    for _ in 0..6 {
        jobs.push(submit(store, new_job(3)).await);
    }
    for _ in 0..300 {
        step(store, &mut dice, &mut ledger, &jobs).await;
    }
    finish(store, &mut ledger).await;
    for job in jobs {
        let row = store.job(job).await.expect("read").expect("there");
        assert!(row.status.ended(), "{job} is {}", row.status);
        assert_eq!(row.counts.open(), 0);
        assert_eq!(ended_events(store, job).await, 1, "one end for {job}");
        if row.status == JobStatus::Completed {
            assert!(row.counts.succeeded > 0);
        }
    }
}

async fn step(store: &dyn Store, dice: &mut Dice, ledger: &mut Ledger, jobs: &[JobId]) {
    match dice.roll(20) {
        0 => drop(store.cancel(jobs[dice.roll(jobs.len() as u64) as usize]).await.expect("answered")),
        1..=3 => {
            if let Some(old) = ledger.stale.pop() {
                assert_eq!(settle(store, &old, Input::Succeeded).await, Settled::Stale, "a stale holder wrote");
            }
        }
        4..=10 => claim(store, dice.roll(4) as u32, ledger).await,
        roll => {
            if ledger.held.is_empty() {
                return;
            }
            let task = ledger.held.swap_remove(dice.roll(ledger.held.len() as u64) as usize);
            end(store, ledger, task, roll).await;
        }
    }
}

async fn claim(store: &dyn Store, most: u32, ledger: &mut Ledger) {
    for task in store.claim(worker(), &[(Class::Io, most)], LEASE).await.expect("claimed") {
        let before = ledger.fences.insert(task.task, task.fence);
        assert!(before.is_none_or(|b| b < task.fence), "a fence did not grow");
        assert!(!ledger.succeeded.contains_key(&task.task), "a finished step was handed out again");
        ledger.held.push(task);
    }
}

async fn end(store: &dyn Store, ledger: &mut Ledger, task: Claimed, roll: u64) {
    let input = match roll {
        11 => failed(Fault::Input),
        12 => failed(Fault::Tool),
        13 => Input::WorkerLost,
        14 => Input::GivenBack,
        15 => Input::NotApplicable,
        _ => Input::Succeeded,
    };
    let good = input == Input::Succeeded;
    if let Settled::Written { state, .. } = settle(store, &task, input).await {
        assert_eq!(good, state == State::Succeeded);
        *ledger.succeeded.entry(task.task).or_default() += u32::from(good);
        ledger.succeeded.retain(|_, n| *n > 0);
    }
    ledger.stale.push(task);
}

/// Every worker behaves from here on.
async fn finish(store: &dyn Store, ledger: &mut Ledger) {
    for _ in 0..5_000 {
        while let Some(task) = ledger.held.pop() {
            end(store, ledger, task, 19).await;
        }
        claim(store, 50, ledger).await;
        if ledger.held.is_empty() {
            if store.next_due(gristmill_model::Timestamp(0)).await.expect("due").is_none() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    panic!("jobs did not come to an end");
}

async fn ended_events(store: &dyn Store, job: JobId) -> usize {
    store.events(job, 0, 10_000).await.expect("events").iter().filter(|e| e.kind == "job.ended").count()
}
