//! Promises about workers, keys and work that comes again.

use std::time::Duration;

use gristmill_model::task::Input;
use gristmill_model::{KeyId, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::make::{
    LEASE, asking, beat, claim_as, claim_one, enlisted, new_job, settle, short_job, submit, submit_as, submit_one, succeed, until,
    with_slots, worker,
};
use crate::row::{ApiKey, Claim, Cron, Heartbeat, JobFilter, Role, Settled, Settlement, Worker};
use crate::{Store, Submitted};

async fn found(store: &dyn Store, id: gristmill_model::WorkerId) -> Worker {
    store.workers().await.expect("workers").into_iter().find(|w| w.id == id).expect("it is known")
}

/// A worker is known from its first word, and counted with what it runs.
pub async fn workers_are_told_with_what_they_run_and_whether_they_live(store: &dyn Store) {
    let me = enlisted(store, 4).await;
    submit(store, new_job(3)).await;
    let tasks = claim_as(store, me, 2).await;
    let it = found(store, me).await;
    assert!((it.alive, it.draining, it.running, it.name.as_str(), it.slots.len()) == (true, false, 2, "w", 1));
    let mut held = store.leases(me).await.expect("leases");
    held.sort();
    assert_eq!(held, tasks.iter().map(|t| (t.task, t.fence)).collect::<Vec<_>>());
    assert_eq!(store.orphans(worker()).await.expect("orphans").len(), 2);
    assert!(store.orphans(me).await.expect("orphans").is_empty());
    store.heartbeat(Heartbeat { draining: true, lease: Duration::ZERO, ..beat(me, &[], 0.0) }).await.expect("beat");
    let gone = until(async || Some(found(store, me).await).filter(|w| !w.alive)).await;
    assert!(gone.draining && gone.seen_at >= it.seen_at);
}

/// Slots of a worker that claims nothing more are no part of the fleet that a job may have half of.
pub async fn a_draining_worker_is_no_part_of_the_fleet(store: &dyn Store) {
    let (me, leaving) = (enlisted(store, 4).await, enlisted(store, 100).await);
    store.heartbeat(Heartbeat { draining: true, ..beat(leaving, &[], 0.0) }).await.expect("beat");
    let (one, two) = (submit(store, short_job(9)).await, submit(store, short_job(9)).await);
    let tasks = store.claim(with_slots(me, 4, 4)).await.expect("claimed");
    let of = |job| tasks.iter().filter(|t| t.task.job() == job).count();
    assert_eq!((of(one), of(two)), (2, 2));
}

/// A worker that was silent too long loses its tasks; when it comes back it is told so and can write nothing.
pub async fn a_worker_that_comes_back_finds_its_task_with_another(store: &dyn Store) {
    submit_one(store).await;
    let silent = worker();
    let old = store.claim(Claim { lease: Duration::ZERO, ..asking(silent, 1) }).await.expect("claimed").remove(0);
    let lost = until(async || store.overdue(10).await.expect("overdue").pop()).await;
    assert_eq!((lost.task, lost.fence, lost.deadline), (old.task, old.fence, false));
    settle(store, &old, Input::WorkerLost).await;
    let new = claim_one(store).await;
    assert_eq!(store.heartbeat(beat(silent, &[&old], 0.9)).await.expect("beat"), [(old.task, old.fence)]);
    assert_eq!(succeed(store, &old).await, Settled::Stale);
    assert!(found(store, silent).await.alive, "and may claim again");
    assert!(matches!(succeed(store, &new).await, Settled::Written { .. }));
}

/// A heartbeat names only what it holds, and moves nobody else's lease.
pub async fn a_heartbeat_for_a_task_of_another_worker_is_told_as_lost(store: &dyn Store) {
    let job = submit_one(store).await;
    let task = claim_one(store).await;
    assert_eq!(store.heartbeat(beat(worker(), &[&task], 0.9)).await.expect("beat"), [(task.task, task.fence)]);
    assert_eq!(store.tasks(job, None).await.expect("tasks")[0].progress, 0.0);
}

/// Keys are found by their public half, revoked once, and kept.
pub async fn keys_are_found_and_revoked_once(store: &dyn Store) {
    let id = KeyId::from_uuid(Uuid::now_v7());
    let key = ApiKey {
        id,
        name: "ci".into(),
        owner: "ann".into(),
        role: Role::Operator,
        hash: "ab".into(),
        created_at: Timestamp(0),
        revoked_at: None,
        used_at: None,
    };
    store.add_key(key.clone()).await.expect("added");
    assert!(store.add_key(key).await.is_err(), "an id is given once");
    let found = store.key(id).await.expect("read").expect("there");
    assert!(found.role == Role::Operator && found.created_at > Timestamp(0), "it is the store's clock that counts");
    assert!(store.revoke_key(id).await.expect("revoked") && !store.revoke_key(id).await.expect("answered"));
    assert!(store.key(id).await.expect("read").expect("there").revoked_at.is_some());
    assert_eq!(store.keys().await.expect("keys").len(), 1);
    assert!(store.key(KeyId::from_uuid(Uuid::nil())).await.expect("read").is_none());
}

/// Each time of a rule comes once, however many look at it.
pub async fn a_time_of_a_rule_fires_once(store: &dyn Store) {
    let cron = Cron {
        owner: "ann".into(),
        name: "nightly".into(),
        rule: "0 2 * * *".into(),
        body: json!({"pipeline": "x"}),
        next_at: Timestamp(1000),
        last_at: None,
        paused: false,
    };
    store.put_cron(cron.clone()).await.expect("written");
    let fire = || store.fire(cron.clone(), Timestamp(2000), short_job(1).of("ann"));
    let fired =
        [tokio::join!(fire(), fire(), fire())].map(|(a, b, c)| [a, b, c].map(|r| u32::from(r.expect("answered"))).iter().sum::<u32>());
    assert_eq!(fired, [1]);
    assert_eq!(store.jobs(JobFilter { limit: 9, ..JobFilter::default() }).await.expect("jobs").len(), 1);
    let after = store.crons(Some("ann".into())).await.expect("crons").remove(0);
    assert!(after.next_at == Timestamp(2000) && after.last_at.is_some());
    store.put_cron(Cron { paused: true, ..after.clone() }).await.expect("replaced");
    assert!(!store.fire(after, Timestamp(3000), short_job(1)).await.expect("answered"), "it is paused");
    assert!(store.crons(Some("ben".into())).await.expect("crons").is_empty() && store.crons(None).await.expect("crons").len() == 1);
    assert!(store.delete_cron("ann".into(), "nightly".into()).await.expect("deleted"));
    assert!(!store.delete_cron("ann".into(), "nightly".into()).await.expect("answered"));
}

/// One request sent many times at once makes one job, and all of them hear which.
pub async fn racing_submits_of_one_key_make_one_job(store: &dyn Store) {
    let jobs: Vec<_> = (0..8).map(|_| short_job(1).keyed("k")).collect();
    let answers = futures::future::join_all(jobs.into_iter().map(|job| submit_as(store, job))).await;
    let only = store.jobs(JobFilter { limit: 9, ..JobFilter::default() }).await.expect("jobs");
    assert_eq!(only.len(), 1);
    assert_eq!(answers.iter().filter(|a| **a == Submitted::Created).count(), 1);
    assert_eq!(answers.iter().filter(|a| **a == Submitted::Before(only[0].id)).count(), 7);
}

/// Batches with the same keys and owners in another order do not wait for each other for ever.
pub async fn racing_batches_of_the_same_keys_in_another_order_all_end(store: &dyn Store) {
    let owners = ["ann", "ben", "cleo"];
    for owner in owners {
        super::make::grant(store, owner, 1000).await;
    }
    let batch = |round: usize| {
        let mut jobs: Vec<_> = owners.iter().map(|o| short_job(1).of(o).priced(1).keyed(&format!("{}", round / 2))).collect();
        if round % 2 == 1 {
            jobs.reverse();
        }
        store.submit(jobs)
    };
    for answer in futures::future::join_all((0..16).map(batch)).await {
        assert_eq!(answer.expect("no deadlock").len(), 3);
    }
    assert_eq!(store.jobs(JobFilter { limit: 99, ..JobFilter::default() }).await.expect("jobs").len(), 24);
    super::make::assert_sound(store).await;
}

/// Whoever lives longer than a lease is asked by heartbeats only.
pub async fn a_lease_holds_as_long_as_its_worker_is_heard_of(store: &dyn Store) {
    submit_one(store).await;
    let me = worker();
    let task = store.claim(Claim { lease: Duration::ZERO, ..asking(me, 1) }).await.expect("claimed").remove(0);
    until(async || store.overdue(10).await.expect("overdue").pop()).await;
    store.heartbeat(Heartbeat { lease: LEASE, ..beat(me, &[&task], 0.1) }).await.expect("beat");
    assert!(store.overdue(10).await.expect("overdue").is_empty(), "nobody rescued it in between");
}

/// A process that slept past its lease wakes up with a hundred results, and not one of them is written.
pub async fn a_hundred_writes_of_a_worker_that_slept_past_its_lease_are_refused(store: &dyn Store) {
    let job = submit(store, new_job(100)).await;
    let sleeper = worker();
    let held = store.claim(Claim { lease: Duration::from_millis(1), ..asking(sleeper, 100) }).await.expect("claimed");
    assert_eq!(held.len(), 100);
    while store.overdue(200).await.expect("overdue").len() < 100 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let rescued = store.overdue(200).await.expect("overdue").into_iter().map(|o| Settlement::bare(o.task, o.fence, Input::WorkerLost));
    store.settle(rescued.collect()).await.expect("rescued");
    let elsewhere = claim_as(store, worker(), 100).await;
    let written: Vec<Settlement> = held.iter().map(|t| Settlement::bare(t.task, t.fence, Input::Succeeded)).collect();
    assert!(store.settle(written).await.expect("answered").iter().all(|s| *s == Settled::Stale));
    assert_eq!(store.heartbeat(beat(sleeper, &held.iter().collect::<Vec<_>>(), 0.9)).await.expect("beat").len(), 100);
    assert_eq!(elsewhere.len(), 100);
    assert!(elsewhere.iter().zip(&held).all(|(new, old)| new.attempt == 2 && new.fence > old.fence));
    assert_eq!(store.job(job).await.expect("read").expect("there").counts.succeeded, 0);
}
