//! Promises about time, kept by a store whose rows can be made older; and about rows that somebody has spoiled.

use std::time::Duration;

use gristmill_model::Fault;
use gristmill_model::job::{FileStatus, JobStatus};

use super::make::{
    assert_sound, balance, claim, claim_one, claim_when_due, effect_names, failed, files, grant, job, new_job, run_all, settle, short_job,
    submit, submit_as, succeed, tick, told, until,
};
use crate::row::{DeadFilter, EffectEnd, JobFilter, NewJob, Stop};
use crate::sql::backend::work;
use crate::sql::value::values;
use crate::sql::{Backend, Row, Tx, Value};
use crate::{Jobs, Outbox, Queues, RetryFrom, Store, StoreError, Submitted, Upkeep, Work};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Every time that a row has, by table.
const TIMES: [(&str, &[&str]); 11] = [
    ("job", &["created_at", "expires_at", "started_at", "deadline_at", "ended_at"]),
    ("file", &["ended_at"]),
    ("task", &["ready_at", "due"]),
    ("lease", &["ready_at", "started_at", "deadline_at"]),
    ("worker", &["started_at", "seen_at", "alive_until"]),
    ("ended", &["started_at", "ended_at", "dead_until"]),
    ("event", &["at"]),
    ("effect", &["created_at", "due", "ended_at"]),
    ("idempotency", &["created_at"]),
    ("paused", &["at"]),
    ("upload", &["created_at", "expires_at"]),
];

/// Makes everything in the store older.
async fn pass<B: Backend>(store: &B, time: Duration) {
    for (table, columns) in TIMES {
        let set: Vec<String> = columns.iter().zip(1..).map(|(c, n)| format!("{c} = {c} - ${n}")).collect();
        let sql = format!("UPDATE {table} SET {}", set.join(", "));
        run(store, sql, columns.iter().map(|_| Value::from(time)).collect()).await;
    }
}

async fn run<B: Backend>(store: &B, sql: String, values: Vec<Value>) {
    store.write(work!(tx => run_in(tx, sql, values))).await.expect("written");
}

async fn run_in(tx: &mut dyn Tx, sql: String, values: Vec<Value>) -> crate::Result<u64> {
    tx.run(&sql, values).await
}

async fn rows<B: Backend>(store: &B, sql: &'static str) -> Vec<Row> {
    store.read(work!(tx => tx.query(sql, Vec::new()))).await.expect("read")
}

/// A job that was never started in its time is told, and ends as expired with its credits given back.
pub async fn a_job_that_is_not_started_in_time_expires_and_is_refunded(store: &dyn Store) {
    grant(store, "ann", 20).await;
    let new = NewJob { expires: Some(Duration::from_millis(5)), ..short_job(2).of("ann").priced(10) };
    let id = submit(store, new).await;
    let late = until(async || store.too_long(10).await.expect("asked").pop()).await;
    assert_eq!(late, (id, Stop::Expired));
    assert!(store.stop(late.0, late.1).await.expect("stopped"));
    assert_eq!((job(store, id).await.status, balance(store, "ann").await), (JobStatus::Expired, (20, 0)));
    assert!(files(store, id).await.iter().all(|f| f.error.as_ref().is_some_and(|e| e.code == "job_expired")));
    assert!(claim(store, 9).await.is_empty() && store.too_long(10).await.expect("asked").is_empty());
    assert_sound(store).await;
}

/// What was seen to be late and has started since is let be.
pub async fn a_job_that_started_after_it_was_seen_late_goes_on(store: &dyn Store) {
    let id = submit(store, NewJob { expires: Some(Duration::from_millis(5)), ..short_job(1) }).await;
    let late = until(async || store.too_long(10).await.expect("asked").pop()).await;
    let task = claim_one(store).await;
    assert!(!store.stop(late.0, late.1).await.expect("answered"));
    assert!(!store.stop(id, Stop::TimedOut).await.expect("answered"), "it has an hour");
    succeed(store, &task).await;
    assert_eq!(job(store, id).await.status, JobStatus::Completed);
}

/// A job that runs for too long loses its open files and keeps those that have succeeded.
pub async fn a_job_that_runs_too_long_keeps_what_has_succeeded(store: &dyn Store) {
    grant(store, "ann", 30).await;
    let id = submit(store, NewJob { timeout: Duration::from_millis(40), ..short_job(3).of("ann").priced(10) }).await;
    let tasks = claim(store, 2).await;
    succeed(store, &tasks[0]).await;
    let late = until(async || store.too_long(10).await.expect("asked").pop()).await;
    assert_eq!(late, (id, Stop::TimedOut));
    assert!(store.stop(id, late.1).await.expect("stopped"));
    let statuses: Vec<FileStatus> = files(store, id).await.iter().map(|f| f.status).collect();
    assert_eq!(statuses, [FileStatus::Succeeded, FileStatus::Failed, FileStatus::Failed]);
    assert_eq!((job(store, id).await.status, balance(store, "ann").await), (JobStatus::Completed, (20, 0)));
    assert_eq!(succeed(store, &tasks[1]).await, crate::row::Settled::Stale);
    assert_sound(store).await;
}

/// Waiting for long is told once, and not of what waits for its own time.
pub async fn a_job_that_waits_for_long_is_warned_of_once(store: &dyn Store) {
    let id = submit(store, short_job(1)).await;
    let delayed = submit(store, NewJob { delay: HOUR, ..short_job(1) }).await;
    tick(store).await;
    assert_eq!(store.warn_waiting(HOUR, 10).await.expect("asked"), 0);
    assert_eq!(store.warn_waiting(Duration::ZERO, 10).await.expect("warned"), 1);
    assert_eq!(store.warn_waiting(Duration::ZERO, 10).await.expect("asked"), 0);
    assert_eq!((told(store, id, "job.waiting_long").await, told(store, delayed, "job.waiting_long").await), (1, 0));
}

/// All times in rows are the store's.
pub async fn every_time_is_of_the_stores_clock(store: &dyn Store) {
    let before = store.now().await.expect("now");
    let id = submit(store, short_job(1)).await;
    succeed(store, &claim_one(store).await).await;
    let after = store.now().await.expect("now");
    let row = job(store, id).await;
    let times = [Some(row.created_at), row.started_at, row.ended_at];
    assert!(times.iter().all(|t| t.is_some_and(|t| before <= t && t <= after)) && times.is_sorted());
    assert!(super::make::events(store, id).await.iter().all(|e| before <= e.at && e.at <= after));
}

/// A file whose next step waits for longer than its queue allows is given up, paid back, and lets the next file in.
pub async fn a_step_that_waits_too_long_ends_its_file_and_lets_the_next_one_in<B: Backend>(store: &B) {
    grant(store, "ann", 20).await;
    let id = submit(store, NewJob { open_files: 1, ..new_job(2).of("ann").priced(10) }).await;
    let never = submit(store, new_job(1)).await;
    succeed(store, &claim_one(store).await).await;
    pass(store, DAY / 2).await;
    assert_eq!(store.expire_tasks(10).await.expect("asked"), 0);
    pass(store, DAY).await;
    assert_eq!(store.expire_tasks(10).await.expect("expired"), 1, "a job that has not started expires as a whole");
    assert_eq!(files(store, id).await[0].error.as_ref().map(|e| e.code.as_str()), Some("queue_expired"));
    assert_eq!(balance(store, "ann").await, (10, 10));
    assert!(store.stop(never, Stop::Cancelled).await.expect("stopped"));
    assert_eq!(run_all(store).await, 2, "the second file");
    assert_eq!(job(store, id).await.status, JobStatus::Completed);
    assert_sound(store).await;
}

/// Dead letters, events, keys of requests, ends of effects and workers are kept as long as agreed, and not longer.
pub async fn what_is_past_its_time_is_cleared_away<B: Backend>(store: &B) {
    let id = submit(store, short_job(1).keyed("k").told(&[])).await;
    settle(store, &claim_one(store).await, failed(Fault::Tool)).await;
    settle(store, &claim_when_due(store).await, failed(Fault::Tool)).await;
    let effect = store.take_effects(9, HOUR).await.expect("taken").remove(0);
    store.end_effect(effect.id, EffectEnd::Done).await.expect("ended");
    assert_eq!(store.prune(100).await.expect("pruned"), 0);
    pass(store, DAY).await;
    assert!(store.prune(100).await.expect("pruned") > 1, "workers");
    pass(store, DAY * 7).await;
    assert_eq!(store.prune(100).await.expect("pruned"), 1, "the key");
    assert_eq!(submit_as(store, short_job(1).keyed("k")).await, Submitted::Created);
    assert_eq!(store.dead(DeadFilter { limit: 9, ..DeadFilter::default() }).await.expect("dead").len(), 1);
    pass(store, DAY * 24).await;
    assert!(store.prune(100).await.expect("pruned") > 2, "letter, events, effect");
    assert!(store.dead(DeadFilter { limit: 9, ..DeadFilter::default() }).await.expect("dead").is_empty());
    assert!(super::make::events(store, id).await.is_empty() && effect_names(store, id).await.is_empty());
    assert_eq!(job(store, id).await.status, JobStatus::Failed, "the job stays");
    assert!(matches!(store.retry(id, RetryFrom::All).await, Ok(crate::Retried::Tasks(1))), "and can be run again");
    assert!(claim_one(store).await.fence > 2, "with a fence that still grows");
}

/// However many there are, each call clears some more.
pub async fn old_events_are_cleared_a_few_jobs_at_a_time<B: Backend>(store: &B) {
    for _ in 0..5 {
        submit(store, short_job(1)).await;
    }
    run_all(store).await;
    pass(store, DAY * 31).await;
    for _ in 0..4 {
        assert!(store.prune(2).await.is_ok());
    }
    assert!(rows(store, "SELECT job_id FROM event").await.is_empty());
}

/// What one attempt after the other came to is kept, also over a retry by the owner.
pub async fn every_attempt_is_remembered<B: Backend>(store: &B) {
    let id = submit(store, short_job(1)).await;
    for input in [gristmill_model::task::Input::GivenBack, gristmill_model::task::Input::WorkerLost, failed(Fault::Tool)] {
        settle(store, &claim_one(store).await, input).await;
    }
    settle(store, &claim_when_due(store).await, failed(Fault::Input)).await;
    store.retry(id, RetryFrom::Failed).await.expect("retried");
    claim_one(store).await;
    store.stop(id, Stop::Cancelled).await.expect("stopped");
    let found = rows(store, "SELECT outcome, number FROM attempt ORDER BY fence").await;
    let found: Vec<(String, i64)> = found.into_iter().map(|r| r.fields()).map(|mut f| (f.text().unwrap(), f.int().unwrap())).collect();
    let told: Vec<(&str, i64)> = found.iter().map(|(outcome, number)| (outcome.as_str(), *number)).collect();
    assert_eq!(told, [("givenback", 1), ("workerlost", 1), ("failed(tool)", 2), ("skipped", 3), ("cancelled", 1)]);
}

/// A plan that makes no sense any more puts its own job on the critical-error path, and holds up nobody.
pub async fn a_job_whose_plan_cannot_be_read_holds_up_nobody<B: Backend>(store: &B) {
    grant(store, "owner", 200).await;
    let bad = submit(store, new_job(200).priced(1)).await;
    let running = claim_one(store).await;
    let good = submit(store, short_job(1)).await;
    run(store, "UPDATE job SET plan_json = '{\"name\": \"from the future\"}' WHERE id = $1".into(), values![bad]).await;
    let task = until(async || claim(store, 4).await.pop()).await;
    assert_eq!(task.task.job(), good);
    assert_eq!(effect_names(store, bad).await, ["refund"]);
    assert_eq!(succeed(store, &running).await, crate::row::Settled::Stale);
    assert_eq!(store.jobs(JobFilter { limit: 9, ..JobFilter::default() }).await.expect("listed").len(), 2);
    assert!(store.tasks(bad, None).await.expect("tasks").is_empty());
    store.end_effect(super::make::effects(store, bad).await[0].id, EffectEnd::GaveUp("no".into())).await.expect("ended");
    for _ in 0..3 {
        for effect in store.take_effects(9, Duration::ZERO).await.expect("taken") {
            if !store.do_critical(effect.id).await.expect("done") {
                store.end_effect(effect.id, EffectEnd::Done).await.expect("ended");
            }
        }
    }
    assert_eq!(effect_names(store, bad).await, ["refund", "requeue", "set_failed", "mail_owner_help", "mail_admin"], "no second chance");
    assert_eq!((job(store, bad).await.status, balance(store, "owner").await), (JobStatus::Failed, (200, 0)));
    assert_sound(store).await;
}

/// The same, found only when an attempt ends.
pub async fn a_plan_that_cannot_be_read_at_a_settle_ends_the_job_and_not_the_process<B: Backend>(store: &B) {
    let bad = submit(store, short_job(1)).await;
    let good = submit(store, short_job(1)).await;
    let tasks = claim(store, 2).await;
    run(store, "UPDATE job SET plan_json = 'x' WHERE id = $1".into(), values![bad]).await;
    let ends = tasks.iter().map(|t| crate::row::Settlement::bare(t.task, t.fence, gristmill_model::task::Input::Succeeded)).collect();
    store.settle(ends).await.expect("settled");
    assert_eq!((job(store, good).await.status, effect_names(store, bad).await), (JobStatus::Completed, vec!["refund".to_owned()]));
}

/// An effect of a kind that only a newer gristmill knows waits for one, and holds nothing else up.
pub async fn an_effect_of_an_unknown_kind_is_left_and_the_others_are_taken<B: Backend>(store: &B) {
    let (later, known) = (submit(store, short_job(1).told(&[])).await, submit(store, short_job(1).told(&[])).await);
    run_all(store).await;
    let sql = r#"UPDATE effect SET kind = 'dream', body_json = '{"effect":"dream"}' WHERE job_id = $1"#;
    run(store, sql.to_owned(), values![later]).await;
    let taken = store.take_effects(10, HOUR).await.expect("taken");
    assert_eq!(taken.iter().map(|e| e.job).collect::<Vec<_>>(), [Some(known)]);
    let open = rows(store, "SELECT kind FROM effect WHERE state = 'open' AND tries = 0").await;
    assert_eq!(open, [Row(values!["dream"])]);
    assert!(matches!(store.effects(later).await, Err(StoreError::Corrupt { what: "effect" })));
}
