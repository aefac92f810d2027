//! Random operations on a few jobs, held against a ledger that the test keeps itself.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gristmill_model::critical::Step;
use gristmill_model::job::{FileStatus, JobStatus, Priority};
use gristmill_model::task::{Input, State};
use gristmill_model::{Fault, JobId, TaskId};
use serde_json::json;

use super::make::{
    asking, assert_sound, balance, beat, enlisted, events, expand, failed, files, grant, job, new_job, problem, settle, submit_as, until,
};
use crate::row::{
    Checkpoint, Claimed, DeadFilter, Effect, EffectBody, EffectEnd, EffectState, Event, Moment, Money, NewJob, Settled, Settlement, Stop,
    Submitted,
};
use crate::{Retried, RetryFrom, Store};

/// Small, seedable, good enough to choose with (the constants are Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }

    fn one_of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())]
    }
}

const OWNERS: [&str; 3] = ["ann", "ben", "cleo"];
const GRANT: i64 = 200;

/// What the test itself knows, kept outside the store.
struct Lives {
    dice: Dice,
    worker: gristmill_model::WorkerId,
    jobs: Vec<JobId>,
    held: Vec<Claimed>,
    stale: Vec<Claimed>,
    fences: BTreeMap<TaskId, i64>,
    succeeded: BTreeSet<TaskId>,
}

/// Whatever happens in whatever order: fences only grow, a step succeeds at most once a run, stale holders write nothing, credits are
/// where files say, jobs end once, and every job ends once its workers behave. The seed is printed; `GRISTMILL_SEED` repeats a run.
#[expect(clippy::print_stdout, reason = "a run that fails is repeated by its seed")]
pub async fn random_lives_of_jobs_keep_the_invariants(store: &dyn Store) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |d| d.as_nanos() as u64);
    let seed = std::env::var("GRISTMILL_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(now);
    println!("GRISTMILL_SEED={seed}");
    let mut lives = Lives::new(store, Dice(seed)).await;
    for round in 0..400 {
        lives.step(store).await;
        if round % 25 == 0 {
            lives.check(store).await;
        }
    }
    lives.finish(store).await;
    lives.check(store).await;
    for id in &lives.jobs {
        assert!(job(store, *id).await.status.ended(), "{id} is {}", job(store, *id).await.status);
    }
    assert_eq!(store.totals(None, gristmill_model::Timestamp(0)).await.expect("totals").tasks, [], "nothing waits or runs of ended jobs");
}

impl Lives {
    async fn new(store: &dyn Store, dice: Dice) -> Self {
        for owner in OWNERS {
            grant(store, owner, GRANT).await;
        }
        let worker = enlisted(store, 8).await;
        let (held, stale) = (Vec::new(), Vec::new());
        Self { dice, worker, jobs: Vec::new(), held, stale, fences: BTreeMap::new(), succeeded: BTreeSet::new() }
    }

    async fn step(&mut self, store: &dyn Store) {
        match self.dice.roll(30) {
            0..=2 => self.submit(store).await,
            3..=9 => self.claim(store).await,
            10..=19 => self.end_some(store).await,
            20..=21 => self.stale(store).await,
            22 => self.stop(store).await,
            23..=24 => self.again(store).await,
            25..=26 => self.beat(store).await,
            _ => self.world(store, 3).await,
        }
    }

    async fn submit(&mut self, store: &dyn Store) {
        let priority = self.dice.one_of(&[Priority::High, Priority::Normal, Priority::Low]);
        let (files, open_files) = (1 + self.dice.roll(4), self.dice.roll(3) as u32);
        let new = new_job(files).of(self.dice.one_of(&OWNERS)).priced(self.dice.roll(6) as i64).told(&[Moment::Finished, Moment::Failed]);
        let (id, new) = (new.id, NewJob { priority, open_files, ..new });
        if submit_as(store, new).await == Submitted::Created {
            self.jobs.push(id);
        }
    }

    async fn claim(&mut self, store: &dyn Store) {
        let most = self.dice.roll(5) as u32;
        for task in store.claim(asking(self.worker, most)).await.expect("claimed") {
            let before = self.fences.insert(task.task, task.fence);
            assert!(before.is_none_or(|b| b < task.fence), "a fence did not grow");
            assert!(!self.succeeded.contains(&task.task), "a finished step was handed out again");
            self.held.push(task);
        }
    }

    /// Ends a few attempts, in one batch or one by one.
    async fn end_some(&mut self, store: &dyn Store) {
        let some: Vec<Claimed> = (0..1 + self.dice.roll(3)).filter_map(|_| self.draw()).collect();
        if self.dice.roll(2) == 0 {
            let inputs: Vec<Input> = some.iter().map(|_| self.input()).collect();
            let ends = some.iter().zip(&inputs).map(|(t, i)| Settlement { jitter: 0.0, ..Settlement::bare(t.task, t.fence, i.clone()) });
            let settled = store.settle(ends.collect()).await.expect("settled");
            some.into_iter().zip(inputs).zip(settled).for_each(|((t, i), s)| self.ended(t, &i, &s));
            return;
        }
        for task in some {
            if task.task.part == 0 && task.parts == 0 && self.dice.roll(6) == 0 {
                let settled = expand(store, &task, 1 + self.dice.roll(4) as u32).await;
                self.ended(task, &Input::Expanded, &settled);
                continue;
            }
            let input = self.input();
            let settled = settle(store, &task, input.clone()).await;
            self.ended(task, &input, &settled);
        }
    }

    fn draw(&mut self) -> Option<Claimed> {
        let at = self.dice.roll(self.held.len());
        (!self.held.is_empty()).then(|| self.held.swap_remove(at))
    }

    fn input(&mut self) -> Input {
        match self.dice.roll(14) {
            0 => failed(Fault::Input),
            1 => failed(Fault::Tool),
            2 => failed(Fault::Limit),
            3 => Input::WorkerLost,
            4 => Input::GivenBack,
            5 => Input::NotApplicable,
            6 => Input::TimedOut,
            _ => Input::Succeeded,
        }
    }

    fn ended(&mut self, task: Claimed, input: &Input, settled: &Settled) {
        if let Settled::Written { state, .. } = settled {
            assert_eq!(*input == Input::Succeeded, *state == State::Succeeded);
            assert!(*state != State::Succeeded || self.succeeded.insert(task.task), "{} succeeded twice", task.task);
        }
        self.stale.push(task);
    }

    async fn stale(&mut self, store: &dyn Store) {
        if let Some(old) = self.stale.pop() {
            assert_eq!(settle(store, &old, Input::Succeeded).await, Settled::Stale, "a stale holder wrote");
            let late = Checkpoint { task: old.task, fence: old.fence, data: json!(0), blobs: Vec::new() };
            assert!(!store.keep(late).await.expect("answered"), "a stale holder kept a checkpoint");
        }
    }

    async fn stop(&mut self, store: &dyn Store) {
        if !self.jobs.is_empty() {
            let why = self.dice.one_of(&[0, 0, 1]);
            let why = if why == 0 { Stop::Cancelled } else { Stop::Critical(problem()) };
            store.stop(self.dice.one_of(&self.jobs), why).await.expect("answered");
        }
    }

    /// Runs ended jobs again, by their owner or out of dead letters.
    async fn again(&mut self, store: &dyn Store) {
        if self.jobs.is_empty() {
            return;
        }
        let id = self.dice.one_of(&self.jobs);
        let from = [RetryFrom::Failed, RetryFrom::All, RetryFrom::Step("b".into())][self.dice.roll(3)].clone();
        match self.dice.roll(3) {
            0 => {
                let redriven = store.redrive(DeadFilter { limit: 3, ..DeadFilter::default() }).await.expect("redriven");
                if redriven > 0 {
                    self.forget(|_| true);
                }
            }
            _ => {
                if matches!(store.retry(id, from).await.expect("answered"), Retried::Tasks(n) if n > 0) {
                    self.forget(|task| task.job() == id);
                }
            }
        }
    }

    /// These may succeed once more.
    fn forget(&mut self, of: impl Fn(TaskId) -> bool) {
        self.succeeded.retain(|task| !of(*task));
    }

    async fn beat(&mut self, store: &dyn Store) {
        let progress = self.dice.roll(100) as f64 / 100.0;
        let told: Vec<&Claimed> = self.held.iter().collect();
        let lost = store.heartbeat(beat(self.worker, &told, progress)).await.expect("beat");
        self.held.retain(|t| !lost.contains(&(t.task, t.fence)));
        for task in self.held.iter().take(2) {
            let kept = Checkpoint { task: task.task, fence: task.fence, data: json!(progress), blobs: Vec::new() };
            assert!(store.keep(kept).await.expect("kept"));
        }
    }

    /// Effects reach the world, or do not; what was taken and is not ended comes again.
    async fn world(&mut self, store: &dyn Store, most: u32) {
        for effect in store.take_effects(most, Duration::ZERO).await.expect("taken") {
            let luck = self.dice.roll(8);
            let critical = matches!(effect.body, EffectBody::Critical { step: Step::Refund | Step::Requeue | Step::SetFailed, .. });
            match luck {
                0 => {}
                1 => store.end_effect(effect.id, EffectEnd::GaveUp("no".into())).await.expect("ended"),
                2 => store.end_effect(effect.id, EffectEnd::Again(Duration::ZERO, "no".into())).await.expect("ended"),
                _ if critical => drop(store.do_critical(effect.id).await.expect("done")),
                _ => store.end_effect(effect.id, EffectEnd::Done).await.expect("ended"),
            }
        }
    }

    /// Every worker behaves from here on.
    async fn finish(&mut self, store: &dyn Store) {
        until(async || {
            for effect in store.take_effects(100, Duration::ZERO).await.expect("taken") {
                if !store.do_critical(effect.id).await.expect("done") {
                    store.end_effect(effect.id, EffectEnd::Done).await.expect("ended");
                }
            }
            for (task, fence) in store.leases(self.worker).await.expect("leases") {
                store.settle(vec![Settlement::bare(task, fence, Input::Succeeded)]).await.expect("settled");
            }
            let claimed = store.claim(asking(self.worker, 100)).await.expect("claimed");
            let waiting = store.next_due().await.expect("due").is_some();
            let open = store.take_effects(1, Duration::ZERO).await.expect("taken");
            (claimed.is_empty() && open.is_empty() && !waiting).then_some(())
        })
        .await;
        for id in &self.jobs {
            if !job(store, *id).await.status.ended() {
                self.left_to_people(store, *id).await;
            }
        }
    }

    /// A job that stays open is one of which every step of the critical-error path was given up; time or a person ends it.
    async fn left_to_people(&self, store: &dyn Store, id: JobId) {
        let all = store.effects(id).await.expect("effects");
        let gave_up = |e: &Effect| e.state == EffectState::Dead && matches!(e.body, EffectBody::Critical { step: Step::SetFailed, .. });
        assert!(all.iter().any(gave_up), "{id} was forgotten");
        assert!(store.stop(id, Stop::Cancelled).await.expect("stopped"));
    }

    async fn check(&self, store: &dyn Store) {
        assert_sound(store).await;
        let mut spent: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for id in &self.jobs {
            let row = job(store, *id).await;
            assert!((0.0..=1.0).contains(&row.progress));
            check_events(&events(store, *id).await, row.status);
            check_effects(store, *id).await;
            let of = spent.entry(row.owner.clone()).or_default();
            for file in files(store, *id).await {
                assert!(!row.status.ended() || file.status.ended(), "an open file of an ended job");
                assert!(file.money != Money::Captured || file.status == FileStatus::Succeeded || !file.status.ended(), "paid for nothing");
                let price = file.price.0;
                of.0 += price * i64::from(file.money == Money::Held);
                of.1 += price * i64::from(file.money == Money::Captured);
            }
        }
        for (owner, (held, captured)) in spent {
            assert_eq!(balance(store, &owner).await, (GRANT - held - captured, held), "{owner}");
        }
    }
}

/// 1, 2, 3 without gaps; one end a run, and none of an open job.
fn check_events(all: &[Event], status: JobStatus) {
    assert!(all.iter().zip(1..).all(|(e, n)| e.seq == n), "events have gaps");
    let mut ended = false;
    for event in all {
        match event.kind.as_str() {
            "job.ended" => assert!(!std::mem::replace(&mut ended, true), "it ended twice"),
            "job.retried" => ended = false,
            "task.started" | "task.ended" | "file.ended" => assert!(!ended, "{} after the end", event.kind),
            _ => {}
        }
    }
    assert_eq!(ended, status.ended());
}

/// One webhook for each end, and none that was neither done nor given up but lost.
async fn check_effects(store: &dyn Store, id: JobId) {
    let ends = super::make::told(store, id, "job.ended").await;
    let all = store.effects(id).await.expect("effects");
    let hooks = all.iter().filter(|e| matches!(e.body, EffectBody::Webhook { .. })).count();
    assert_eq!(hooks, ends, "a webhook for each end");
    assert!(all.iter().all(|e| e.state == EffectState::Open || e.tries > 0));
}
