//! Promises about effects: written once, taken under one id until they are done.

use std::time::Duration;

use super::make::{claim_one, effect_names, effects, failed, new_job, run_all, settle, short_job, submit, submit_one, tick, until};
use crate::Store;
use crate::row::{Effect, EffectBody, EffectEnd, EffectState, Moment, Stop};

const ALL: &[Moment] = &[Moment::Started, Moment::Finished, Moment::Failed];

async fn take(store: &dyn Store, lease: Duration) -> Vec<Effect> {
    store.take_effects(100, lease).await.expect("taken")
}

/// What an owner asked to be told is an effect, written with what caused it, once.
pub async fn an_owner_is_told_of_what_they_asked_for_once(store: &dyn Store) {
    let good = submit(store, new_job(2).told(ALL)).await;
    run_all(store).await;
    assert_eq!(effect_names(store, good).await, ["mail:started", "mail:finished", "webhook:finished"]);
    let bad = submit(store, short_job(1).told(ALL)).await;
    settle(store, &claim_one(store).await, failed(gristmill_model::Fault::Input)).await;
    assert_eq!(effect_names(store, bad).await, ["mail:started", "mail:failed", "webhook:failed"]);
    let quiet = submit(store, short_job(1).told(&[Moment::Failed])).await;
    run_all(store).await;
    assert_eq!(effect_names(store, quiet).await, ["webhook:finished"]);
    let silent = submit_one(store).await;
    store.stop(silent, Stop::Cancelled).await.expect("stopped");
    assert!(effects(store, silent).await.is_empty());
}

/// Taken effects are nobody else's for a while, and come again under the same id until their end is written.
pub async fn an_effect_comes_again_under_its_id_until_its_end_is_written(store: &dyn Store) {
    let id = submit(store, short_job(1).told(&[])).await;
    run_all(store).await;
    let first = take(store, Duration::from_millis(1)).await.remove(0);
    let second = until(async || take(store, Duration::from_secs(60)).await.pop()).await;
    assert_eq!((second.id, first.tries, second.tries), (first.id, 1, 2));
    assert!(take(store, Duration::from_secs(60)).await.is_empty());
    store.end_effect(second.id, EffectEnd::Done).await.expect("ended");
    store.end_effect(second.id, EffectEnd::GaveUp("late".into())).await.expect("answered");
    tick(store).await;
    assert!(take(store, Duration::ZERO).await.is_empty());
    assert_eq!(effects(store, id).await[0].state, EffectState::Done, "a late end changes nothing");
}

/// Two takers never get the same effect at once.
pub async fn an_effect_is_taken_by_one_only(store: &dyn Store) {
    for _ in 0..10 {
        submit(store, short_job(1).told(&[])).await;
    }
    run_all(store).await;
    let (one, two) = tokio::join!(store.take_effects(7, Duration::from_secs(60)), store.take_effects(7, Duration::from_secs(60)));
    let mut all: Vec<_> =
        one.expect("taken").into_iter().chain(two.expect("taken")).chain(take(store, Duration::from_secs(60)).await).collect();
    all.sort_by_key(|e| e.id);
    all.dedup_by_key(|e| e.id);
    assert!(all.len() == 10 && all.iter().all(|e| e.tries == 1));
}

/// A try that failed comes later; one that was given up stays to be seen and comes no more.
pub async fn a_failed_try_waits_and_one_given_up_stays_dead(store: &dyn Store) {
    let id = submit(store, short_job(1).told(&[])).await;
    run_all(store).await;
    let effect = take(store, Duration::from_secs(60)).await.remove(0);
    store.end_effect(effect.id, EffectEnd::Again(Duration::from_millis(30), "down".into())).await.expect("ended");
    assert!(take(store, Duration::from_secs(60)).await.is_empty());
    let again = until(async || take(store, Duration::from_secs(60)).await.pop()).await;
    assert_eq!((again.id, again.error.as_deref()), (effect.id, Some("down")));
    store.end_effect(again.id, EffectEnd::GaveUp("gone".into())).await.expect("ended");
    let dead = effects(store, id).await.remove(0);
    assert_eq!((dead.state, dead.error.as_deref()), (EffectState::Dead, Some("gone")));
    tick(store).await;
    assert!(take(store, Duration::ZERO).await.is_empty());
}

/// The bytes of a job that was deleted are removed by an effect, which outlives the job.
pub async fn a_deleted_job_leaves_an_effect_that_removes_its_bytes(store: &dyn Store) {
    let id = submit_one(store).await;
    run_all(store).await;
    assert!(store.delete(id, "jobs/7/".into()).await.expect("deleted"));
    assert!(!store.delete(id, "jobs/7/".into()).await.expect("answered"), "it is gone");
    let taken = take(store, Duration::from_secs(60)).await;
    assert_eq!(taken.iter().map(|e| e.body.clone()).collect::<Vec<_>>(), [EffectBody::Delete { prefix: "jobs/7/".into() }]);
    store.end_effect(taken[0].id, EffectEnd::Done).await.expect("ended");
}
