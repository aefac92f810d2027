//! Promises about credits: what is held, captured and given back, each once.

use gristmill_model::Fault;
use gristmill_model::credits::{Credits, Kind};
use gristmill_model::task::Input;

use super::make::{
    assert_sound, balance, claim, failed, files, grant, job, new_job, run_all, settle, short_job, submit, submit_as, succeed,
};
use crate::row::{Idempotency, JobFilter, Money, NewJob, Settlement, Stop};
use crate::{Retried, RetryFrom, Store, Submitted};

async fn kinds(store: &dyn Store) -> Vec<Kind> {
    let mut all = store.transfers("ann".into(), None, 1000).await.expect("transfers");
    all.reverse();
    all.iter().map(|t| t.kind).collect()
}

/// What a job costs is set aside with it; a job that cannot be paid leaves nothing, also not its key.
pub async fn the_price_is_held_with_the_job_or_nothing_of_it_is_written(store: &dyn Store) {
    grant(store, "ann", 25).await;
    submit(store, short_job(2).of("ann").priced(10)).await;
    assert_eq!(balance(store, "ann").await, (5, 20));
    let poor = || short_job(1).of("ann").priced(10).keyed("k");
    assert_eq!(submit_as(store, poor()).await, Submitted::Short { needed: Credits(10), available: Credits(5) });
    assert_eq!(store.jobs(JobFilter { limit: 9, ..JobFilter::default() }).await.expect("jobs").len(), 1);
    grant(store, "ann", 5).await;
    assert_eq!(submit_as(store, poor()).await, Submitted::Created, "the key is free");
    assert_eq!(balance(store, "ann").await, (0, 30));
    assert_sound(store).await;
}

/// In a batch each job is written or refused by itself.
pub async fn of_a_batch_each_job_is_paid_or_refused_by_itself(store: &dyn Store) {
    grant(store, "ann", 10).await;
    let batch = vec![short_job(1).of("ben").priced(1), short_job(1).of("ann").priced(6), short_job(1).of("ann").priced(6), short_job(1)];
    let answers = store.submit(batch).await.expect("submitted");
    assert!(
        matches!(answers[..], [Submitted::Short { .. }, Submitted::Created, Submitted::Short { .. }, Submitted::Created]),
        "{answers:?}"
    );
    assert_sound(store).await;
}

/// A file that succeeds is paid for; one that ends otherwise is not.
pub async fn each_file_is_captured_or_refunded_by_its_own_end(store: &dyn Store) {
    grant(store, "ann", 100).await;
    let id = submit(store, short_job(3).of("ann").priced(10)).await;
    let tasks = claim(store, 3).await;
    succeed(store, &tasks[0]).await;
    assert_eq!(balance(store, "ann").await, (70, 20));
    settle(store, &tasks[1], failed(Fault::Input)).await;
    assert_eq!(balance(store, "ann").await, (80, 10));
    assert_sound(store).await;
    assert!(store.stop(id, Stop::Cancelled).await.expect("stopped"));
    assert_eq!(balance(store, "ann").await, (90, 0));
    let money: Vec<Money> = files(store, id).await.iter().map(|f| f.money).collect();
    assert_eq!(money, [Money::Captured, Money::Refunded, Money::Refunded]);
    assert_sound(store).await;
}

/// Doubled and late settlements move nothing.
pub async fn credits_move_once_however_often_an_end_is_told(store: &dyn Store) {
    grant(store, "ann", 100).await;
    let id = submit(store, short_job(2).of("ann").priced(10)).await;
    let tasks = claim(store, 2).await;
    let end = |n: usize, input| Settlement::bare(tasks[n].task, tasks[n].fence, input);
    let batch = || vec![end(0, Input::Succeeded), end(1, failed(Fault::Input)), end(0, Input::Succeeded)];
    let (one, two) = tokio::join!(store.settle(batch()), store.settle(batch()));
    one.expect("settled");
    two.expect("settled");
    store.stop(id, Stop::Cancelled).await.expect("answered");
    assert_eq!(balance(store, "ann").await, (90, 0));
    assert_eq!(kinds(store).await.len(), 5, "a grant, two holds, a capture, a refund");
    assert_sound(store).await;
}

/// A retry holds the price again, or says what is missing and changes nothing.
pub async fn a_retry_holds_what_was_given_back_or_is_refused(store: &dyn Store) {
    grant(store, "ann", 20).await;
    let id = submit(store, short_job(2).of("ann").priced(10)).await;
    let tasks = claim(store, 2).await;
    succeed(store, &tasks[0]).await;
    settle(store, &tasks[1], failed(Fault::Limit)).await;
    submit(store, short_job(1).of("ann").priced(5)).await;
    let before = job(store, id).await;
    let short = Retried::Short { needed: Credits(10), available: Credits(5) };
    assert_eq!(store.retry(id, RetryFrom::Failed).await.expect("answered"), short);
    assert_eq!((job(store, id).await.status, balance(store, "ann").await), (before.status, (5, 5)));
    grant(store, "ann", 5).await;
    assert_eq!(store.retry(id, RetryFrom::Failed).await.expect("retried"), Retried::Tasks(1));
    assert_eq!(balance(store, "ann").await, (0, 15));
    assert_sound(store).await;
    run_all(store).await;
    assert_eq!(balance(store, "ann").await, (0, 0));
    assert_sound(store).await;
}

/// A file that was paid for and is run again is not paid twice; when it then fails, its price comes back.
pub async fn a_paid_file_that_is_run_again_is_paid_once_and_given_back_when_it_fails(store: &dyn Store) {
    grant(store, "ann", 10).await;
    let id = submit(store, short_job(1).of("ann").priced(10)).await;
    for _ in 0..2 {
        run_all(store).await;
        assert_eq!((balance(store, "ann").await, files(store, id).await[0].money), ((0, 0), Money::Captured));
        store.retry(id, RetryFrom::All).await.expect("retried");
        assert_sound(store).await;
    }
    settle(store, &claim(store, 1).await[0], failed(Fault::Input)).await;
    assert_eq!((balance(store, "ann").await, files(store, id).await[0].money), ((10, 0), Money::Refunded));
    assert_eq!(kinds(store).await, [Kind::Grant, Kind::Hold, Kind::Capture, Kind::Reverse]);
    assert_sound(store).await;
}

/// A ledger outlives the jobs it tells of.
pub async fn transfers_stay_when_their_job_is_deleted(store: &dyn Store) {
    grant(store, "ann", 30).await;
    let id = submit(store, new_job(1).of("ann").priced(10)).await;
    run_all(store).await;
    assert!(store.delete(id, "p/".into()).await.expect("deleted"));
    assert_eq!(kinds(store).await, [Kind::Grant, Kind::Hold, Kind::Capture]);
    assert_eq!(balance(store, "ann").await, (20, 0));
    assert_sound(store).await;
}

/// However many submit at once, no more is held than there is.
pub async fn racing_submits_hold_no_more_than_there_is(store: &dyn Store) {
    grant(store, "ann", 35).await;
    let jobs = (0..8).map(|_| submit_as(store, NewJob { ..short_job(1).of("ann").priced(10) }));
    let answers = futures::future::join_all(jobs).await;
    assert_eq!(answers.iter().filter(|a| **a == Submitted::Created).count(), 3);
    assert_eq!(balance(store, "ann").await, (5, 30));
    assert_sound(store).await;
}

/// Grants add up whoever makes them at once.
pub async fn racing_grants_all_count(store: &dyn Store) {
    let grants = (0..8).map(|_| grant(store, "ann", 5));
    futures::future::join_all(grants).await;
    assert_eq!(balance(store, "ann").await, (40, 0));
    assert_sound(store).await;
}

/// A gift under a key is given once, also by callers that race, and told to each of them; the key belongs to that gift alone.
pub async fn a_grant_under_a_key_is_given_once(store: &dyn Store) {
    let key = |fingerprint: &str| Some(Idempotency { key: "k".into(), fingerprint: fingerprint.into() });
    let give = |fingerprint: &str| store.grant_once("admin".into(), key(fingerprint), "ann".into(), Credits(5), Some("gift".into()));
    let (one, two) = tokio::join!(give("a"), give("a"));
    let (one, two) = (one.expect("granted").expect("a transfer"), two.expect("granted").expect("a transfer"));
    assert_eq!((one.id, one.amount, balance(store, "ann").await), (two.id, Credits(5), (5, 0)));
    assert!(give("b").await.expect("answered").is_none(), "another request");
    let free = || store.grant_once("admin".into(), None, "ann".into(), Credits(1), None);
    assert!(free().await.expect("granted").is_some() && free().await.expect("granted").is_some());
    assert_eq!(balance(store, "ann").await, (7, 0));
    assert_sound(store).await;
}
