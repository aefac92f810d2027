//! Promises about leases: who may run what, and for how long.

use std::time::Duration;

use gristmill_model::job::{JobStatus, Priority};
use gristmill_model::operation::Class;
use gristmill_model::pipeline::Span;
use gristmill_model::task::{Input, State};

use super::make::{
    asking, beat, claim, claim_as, claim_one, claim_when_due, job_of, new_job, pipeline, settle, submit, submit_one, succeed, until, worker,
};
use crate::Store;
use crate::row::{Claim, Room, Settled, Stop};

/// Two workers never hold the same task, however they race.
pub async fn a_task_is_leased_to_one_worker_only(store: &dyn Store) {
    submit(store, new_job(20)).await;
    let (one, two) = tokio::join!(claim(store, 15), claim(store, 15));
    let mut all: Vec<_> = one.iter().chain(&two).map(|t| t.task).collect();
    assert_eq!(all.len(), 20);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 20);
    assert!(claim(store, 1).await.is_empty());
}

/// High goes before normal goes before low; inside one priority the order of submission.
pub async fn better_priority_is_claimed_first_and_then_the_older(store: &dyn Store) {
    let mut expected = Vec::new();
    for priority in [Priority::Low, Priority::Normal, Priority::High, Priority::High] {
        let job = new_job(1);
        let id = submit(store, crate::row::NewJob { priority, ..job }).await;
        expected.push((priority.rank(), id));
    }
    expected.sort();
    let mut found = Vec::new();
    for _ in 0..4 {
        found.push(claim_one(store).await.task.job());
    }
    assert_eq!(found, expected.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
}

/// Slots are per class.
pub async fn no_more_tasks_are_claimed_than_there_are_slots_of_their_class(store: &dyn Store) {
    submit(store, new_job(5)).await;
    let mut asked = asking(worker(), 2);
    asked.room.push(Room { class: Class::CpuLarge, free: 5, slots: 5, large: 0 });
    assert_eq!(store.claim(asked).await.expect("claimed").len(), 2);
}

/// An old fence settles nothing, after the task was claimed anew.
pub async fn a_stale_fence_can_write_nothing(store: &dyn Store) {
    let job = submit_one(store).await;
    let old = claim_one(store).await;
    assert!(matches!(settle(store, &old, Input::WorkerLost).await, Settled::Written { state: State::Ready, .. }));
    let new = claim_one(store).await;
    assert!(new.fence > old.fence && new.attempt == 2);
    assert_eq!(succeed(store, &old).await, Settled::Stale);
    assert_eq!(store.tasks(job, None).await.expect("tasks")[0].state, State::Running);
    assert!(matches!(succeed(store, &new).await, Settled::Written { .. }));
}

/// Heartbeats renew; a lease that is no longer held is answered, so that its worker stops.
pub async fn a_heartbeat_keeps_the_lease_and_a_lost_one_is_told(store: &dyn Store) {
    submit(store, new_job(2)).await;
    let me = worker();
    let tasks = claim_as(store, me, 2).await;
    assert!(matches!(settle(store, &tasks[1], Input::WorkerLost).await, Settled::Written { .. }));
    let lost = store.heartbeat(beat(me, &[&tasks[0], &tasks[1]], 0.5)).await.expect("beat");
    assert_eq!(lost, [(tasks[1].task, tasks[1].fence)]);
    assert!(store.overdue(10).await.expect("overdue").is_empty());
}

/// Without heartbeats a lease runs out; rescued, the task is claimable at once and its attempt counts.
pub async fn a_lease_without_heartbeat_becomes_overdue_and_is_claimed_again(store: &dyn Store) {
    submit_one(store).await;
    let task = store.claim(Claim { lease: Duration::ZERO, ..asking(worker(), 1) }).await.expect("claimed").remove(0);
    let overdue = until(async || store.overdue(10).await.expect("overdue").pop()).await;
    assert!(overdue.task == task.task && !overdue.deadline);
    settle(store, &task, Input::WorkerLost).await;
    assert_eq!(claim_when_due(store).await.attempt, 2);
}

/// A heartbeat does not move the deadline.
pub async fn a_passed_deadline_is_overdue_however_alive_the_worker(store: &dyn Store) {
    let mut pipeline = pipeline();
    pipeline.steps[0].timeout = Span(Duration::from_secs(1));
    submit(store, job_of(pipeline, 1)).await;
    let me = worker();
    let task = claim_as(store, me, 1).await.remove(0);
    let overdue = until(async || {
        assert!(store.heartbeat(beat(me, &[&task], 0.0)).await.expect("beat").is_empty());
        store.overdue(10).await.expect("overdue").pop()
    });
    assert!(overdue.await.deadline);
}

/// A drained task goes back without burning its patience.
pub async fn a_task_given_back_keeps_its_patience(store: &dyn Store) {
    let job = submit_one(store).await;
    for _ in 0..10 {
        let task = claim_one(store).await;
        assert!(matches!(settle(store, &task, Input::GivenBack).await, Settled::Written { state: State::Ready, .. }));
    }
    let tally = store.tasks(job, None).await.expect("tasks")[0].tally;
    assert_eq!((tally.failures, tally.losses), (0, 0));
}

/// Cancelling ends the job in one step, whatever its workers do.
pub async fn a_cancelled_job_ends_at_once_and_its_workers_can_write_nothing(store: &dyn Store) {
    let job = submit(store, new_job(3)).await;
    let me = worker();
    let running = claim_as(store, me, 1).await.remove(0);
    assert!(store.stop(job, Stop::Cancelled).await.expect("cancelled"));
    assert_eq!(store.job(job).await.expect("read").expect("there").status, JobStatus::Cancelled);
    assert_eq!(succeed(store, &running).await, Settled::Stale);
    assert_eq!(store.heartbeat(beat(me, &[&running], 0.9)).await.expect("beat"), [(running.task, running.fence)]);
    assert!(claim(store, 10).await.is_empty());
    assert!(!store.stop(job, Stop::Cancelled).await.expect("answered"), "a second cancel finds it ended");
}

/// A progress that would fall is not written.
pub async fn progress_never_falls(store: &dyn Store) {
    let job = submit_one(store).await;
    let me = worker();
    let task = claim_as(store, me, 1).await.remove(0);
    let mut seen = 0.0;
    for progress in [0.2, 0.6, 0.4, 0.8, 0.0] {
        store.heartbeat(beat(me, &[&task], progress)).await.expect("beat");
        let now = store.job(job).await.expect("read").expect("there").progress;
        assert!(now >= seen, "{now} after {seen}");
        seen = now;
    }
    assert!((seen - 0.4).abs() < 1e-6, "0.8 of one of two equal steps is {seen}");
}
