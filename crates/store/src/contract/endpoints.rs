//! Promises about endpoints, groups and announcements: who is told, once, and what is kept of it.

use std::time::Duration;

use gristmill_model::id::Uuid;
use gristmill_model::{EndpointId, Fault};

use super::make::{
    claim, claim_one, claim_when_due, effect_names, effects, failed, grant, new_job, run_all, settle, short_job, submit, until,
};
use crate::row::{
    Delivery, DeliveryFilter, Effect, EffectBody, EffectEnd, EffectState, Endpoint, EndpointChange, Moment, NewJob, Notify, Replay, Secret,
    Settlement, Stop, Way,
};
use crate::{RetryFrom, Store};

const HOUR: Duration = Duration::from_secs(3600);

async fn endpoint(store: &dyn Store, owner: &str, on: &[Moment]) -> EndpointId {
    let id = EndpointId::from_uuid(Uuid::now_v7());
    let secrets = vec![Secret { text: "whsec_1".into(), until: None }];
    let (url, on, now) = ("https://example.org/hook?key=hush".into(), on.to_vec(), store.now().await.expect("now"));
    let made = Endpoint { id, owner: owner.into(), url, on, secrets, created_at: now, disabled: None };
    store.add_endpoint(made).await.expect("added");
    id
}

async fn deliveries(store: &dyn Store, id: EndpointId) -> Vec<Delivery> {
    let filter = DeliveryFilter { endpoint: Some(id), limit: 100, ..DeliveryFilter::default() };
    store.deliveries(filter).await.expect("listed")
}

async fn take_one(store: &dyn Store) -> Effect {
    until(async || store.take_effects(1, HOUR).await.expect("taken").pop()).await
}

async fn end(store: &dyn Store, effect: &Effect, end: EffectEnd) {
    store.end_delivery(effect.id, end, Duration::from_millis(7)).await.expect("ended");
}

fn grouped(job: NewJob, group: &str, notify: Option<Notify>) -> NewJob {
    NewJob { group: Some(group.into()), notify, ..job }
}

/// Everybody's effects that tell of a group, until there are none left to take.
async fn group_effects(store: &dyn Store) -> Vec<EffectBody> {
    let taken = store.take_effects(1000, HOUR).await.expect("taken");
    taken.into_iter().map(|e| e.body).filter(|b| matches!(b, EffectBody::Group { .. })).collect()
}

/// An endpoint hears of its owner's jobs, of what it asked for, from the first that is submitted after it was made.
pub async fn an_endpoint_hears_of_its_owners_jobs_only(store: &dyn Store) {
    let before = submit(store, short_job(1)).await;
    let mine = endpoint(store, "owner", &[Moment::Finished]).await;
    endpoint(store, "ben", &[Moment::Finished]).await;
    let after = submit(store, short_job(1)).await;
    run_all(store).await;
    assert!(effects(store, before).await.is_empty());
    let told = effects(store, after).await;
    assert_eq!(told.iter().map(|e| e.body.clone()).collect::<Vec<_>>(), [EffectBody::Endpoint { endpoint: mine, about: Moment::Finished }]);
    let bad = submit(store, short_job(1)).await;
    settle(store, &claim_one(store).await, failed(Fault::Input)).await;
    assert!(effects(store, bad).await.is_empty(), "it did not ask for failures");
    store.change_endpoint(mine, EndpointChange::Remove).await.expect("removed");
    let later = submit(store, short_job(1)).await;
    run_all(store).await;
    assert!(effects(store, later).await.is_empty());
}

/// Each try is logged; a receiver that wants nothing more is disabled until it is enabled again.
pub async fn tries_are_logged_and_an_endpoint_that_is_gone_is_disabled(store: &dyn Store) {
    let id = endpoint(store, "owner", &[Moment::Finished]).await;
    let job = submit(store, short_job(1)).await;
    run_all(store).await;
    let effect = take_one(store).await;
    end(store, &effect, EffectEnd::Again(Duration::ZERO, "503".into())).await;
    let effect = take_one(store).await;
    end(store, &effect, EffectEnd::Gone("410".into())).await;
    let log = deliveries(store, id).await;
    let told: Vec<_> = log.iter().map(|d| (d.number, d.state, d.error.as_deref(), d.receiver.as_str())).collect();
    assert_eq!(
        told,
        [(2, EffectState::Dead, Some("410"), "https://example.org"), (1, EffectState::Open, Some("503"), "https://example.org")]
    );
    assert!(log.iter().all(|d| d.job == Some(job) && d.effect == effect.id && d.event == "job.finished" && d.took.as_millis() == 7));
    let disabled = store.endpoint(id).await.expect("read").expect("there");
    assert_eq!(disabled.disabled.map(|(_, why)| why).as_deref(), Some("410"));
    let unheard = submit(store, short_job(1)).await;
    run_all(store).await;
    assert!(effects(store, unheard).await.is_empty());
    let enabled = store.change_endpoint(id, EndpointChange::Enable).await.expect("changed").expect("there");
    assert_eq!(enabled.disabled, None);
}

/// Messages that were given up are sent again under their ids, and nobody sends those of another.
pub async fn lost_webhooks_are_sent_again_under_their_ids(store: &dyn Store) {
    let id = endpoint(store, "owner", &[Moment::Finished]).await;
    let began = store.now().await.expect("now");
    for _ in 0..2 {
        submit(store, short_job(1)).await;
    }
    run_all(store).await;
    let (lost, arrived) = (take_one(store).await, take_one(store).await);
    end(store, &lost, EffectEnd::GaveUp("no".into())).await;
    end(store, &arrived, EffectEnd::Done).await;
    assert_eq!(store.replay("ben".into(), Replay::Lost(id, began)).await.expect("answered"), 0);
    assert_eq!(store.replay("ben".into(), Replay::One(lost.id)).await.expect("answered"), 0);
    assert_eq!(store.replay("owner".into(), Replay::Lost(id, began + HOUR)).await.expect("answered"), 0);
    assert_eq!(store.replay("owner".into(), Replay::Lost(id, began)).await.expect("answered"), 1);
    let again = take_one(store).await;
    assert_eq!((again.id, again.tries), (lost.id, 1));
    assert_eq!(store.replay("owner".into(), Replay::One(again.id)).await.expect("answered"), 0, "it is on its way");
    assert_eq!(store.replay("owner".into(), Replay::One(arrived.id)).await.expect("answered"), 1);
    assert_eq!(take_one(store).await.id, arrived.id);
}

/// Of messages to one receiver that are given up on one day, one tells the admin.
pub async fn an_admin_hears_once_of_a_receiver_that_is_not_there(store: &dyn Store) {
    endpoint(store, "owner", &[Moment::Finished]).await;
    for _ in 0..3 {
        submit(store, short_job(1)).await;
    }
    run_all(store).await;
    for effect in store.take_effects(3, HOUR).await.expect("taken") {
        end(store, &effect, EffectEnd::Undelivered("nobody took it".into())).await;
    }
    let told = store.take_effects(10, HOUR).await.expect("taken");
    let [Effect { body: EffectBody::Undelivered { receiver, event, why, .. }, .. }] = &told[..] else { panic!("{told:?}") };
    assert_eq!((receiver.as_str(), event.as_str(), why.as_str()), ("https://example.org", "job.finished", "nobody took it"));
}

/// When the last job of a group ends everybody who asked is told once, however many jobs named them.
pub async fn the_end_of_a_group_is_told_once(store: &dyn Store) {
    let endpoint = endpoint(store, "owner", &[Moment::Group]).await;
    let notify = || Notify {
        email: Some("ann@example.org".into()),
        on: vec![Moment::Group],
        webhooks: vec!["https://example.org/hook".into()],
        ..Notify::default()
    };
    for _ in 0..3 {
        submit(store, grouped(short_job(1), "g", Some(notify()))).await;
    }
    submit(store, grouped(short_job(1), "other", None).of("ben")).await;
    let tasks = claim(store, 2).await;
    for task in &tasks {
        settle(store, task, gristmill_model::task::Input::Succeeded).await;
    }
    assert!(group_effects(store).await.is_empty(), "one is open still");
    run_all(store).await;
    let told = group_effects(store).await;
    let of = |way: Way| EffectBody::Group { way, group: "g".into() };
    let wanted = [of(Way::Mail("ann@example.org".into())), of(Way::Url("https://example.org/hook".into())), of(Way::Endpoint(endpoint))];
    assert!(told.len() == 3 && wanted.iter().all(|w| told.contains(w)), "{told:?}");
}

/// Ends of every kind count, and a job that runs again opens its group again.
pub async fn a_group_ends_with_its_last_job_whatever_its_end(store: &dyn Store) {
    let notify = || Some(Notify { webhooks: vec!["https://example.org/hook".into()], ..Notify::default() });
    let good = submit(store, grouped(short_job(1), "g", notify())).await;
    run_all(store).await;
    assert_eq!(group_effects(store).await.len(), 1, "it was the only one");
    let stopped = submit(store, grouped(short_job(1), "g", notify())).await;
    store.stop(stopped, Stop::Cancelled).await.expect("stopped");
    assert_eq!(group_effects(store).await.len(), 1);
    store.retry(good, RetryFrom::All).await.expect("retried");
    assert!(group_effects(store).await.is_empty());
    run_all(store).await;
    assert_eq!(group_effects(store).await.len(), 1);
}

/// Of many jobs of a group that end at the same moment one tells of its end.
pub async fn jobs_that_end_at_the_same_moment_tell_once_of_their_group(store: &dyn Store) {
    let notify = || Some(Notify { webhooks: vec!["https://example.org/hook".into()], ..Notify::default() });
    for _ in 0..16 {
        submit(store, grouped(short_job(1), "g", notify())).await;
    }
    let tasks = claim(store, 16).await;
    assert_eq!(tasks.len(), 16);
    let ends = tasks.iter().map(|t| store.settle(vec![Settlement::bare(t.task, t.fence, gristmill_model::task::Input::Succeeded)]));
    for settled in futures::future::join_all(ends).await {
        settled.expect("settled");
    }
    assert_eq!(group_effects(store).await.len(), 1);
}

/// A refund is told when a job has ended and credits may have been given back.
pub async fn a_refund_is_told_to_who_asked(store: &dyn Store) {
    grant(store, "owner", 10).await;
    let free = submit(store, short_job(1).told(&[Moment::Refunded])).await;
    let paid = submit(store, short_job(2).priced(5).told(&[Moment::Refunded])).await;
    for (task, input) in
        claim(store, 3).await.iter().zip([failed(Fault::Input), gristmill_model::task::Input::Succeeded, failed(Fault::Input)])
    {
        settle(store, task, input).await;
    }
    assert_eq!(effect_names(store, free).await, ["webhook:failed"]);
    assert_eq!(effect_names(store, paid).await, ["webhook:finished", "mail:refunded"]);
}

/// What happens to jobs that are announced is seen by other programs: their lives, not every step, and the deaths of tasks apart.
pub async fn what_happens_to_an_announced_job_is_announced(store: &dyn Store) {
    let announced = || Some(Notify { announce: true, ..Notify::default() });
    let good = submit(store, NewJob { notify: announced(), ..new_job(1) }).await;
    run_all(store).await;
    let names = effect_names(store, good).await;
    assert_eq!(names, ["announce:job.created", "announce:job.started", "announce:file.ended", "announce:job.ended"]);
    let bad = submit(store, NewJob { notify: announced(), ..short_job(1) }).await;
    settle(store, &claim_one(store).await, failed(Fault::Tool)).await;
    settle(store, &claim_when_due(store).await, failed(Fault::Tool)).await;
    let bodies: Vec<EffectBody> = effects(store, bad).await.into_iter().map(|e| e.body).collect();
    let dead = bodies.iter().find_map(|b| match b {
        EffectBody::Announce { queue, kind, payload } if kind == "task.dead" => Some((*queue, payload.clone())),
        _ => None,
    });
    let (queue, payload) = dead.expect("a letter for its queue");
    assert_eq!(queue, gristmill_model::queue::Queue::Normal);
    assert!(
        payload["task"].as_str().is_some_and(|t| t.starts_with("task_")) && payload["data"]["error"]["code"] == "went_wrong",
        "{payload}"
    );
    let silent = submit(store, new_job(1)).await;
    run_all(store).await;
    assert!(effects(store, silent).await.is_empty());
}
