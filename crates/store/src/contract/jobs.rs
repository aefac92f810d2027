//! Promises about jobs as a whole: submit, list, delete, events, counts.

use gristmill_model::Timestamp;
use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_model::task::State;

use super::make::{claim_one, new_job, submit, submit_as, submit_one, succeed};
use crate::row::{Idempotency, JobFilter, NewJob};
use crate::{Store, Submitted};

/// All of a job is there, or none of it.
pub async fn a_submitted_job_is_there_with_its_files_and_tasks(store: &dyn Store) {
    let job = submit(store, new_job(2)).await;
    let row = store.job(job).await.expect("read").expect("there");
    assert_eq!((row.status, row.counts.files, row.progress), (JobStatus::Pending, 2, 0.0));
    let files = store.files(job).await.expect("files");
    assert_eq!(files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["file-0.png", "file-1.png"]);
    assert!(files.iter().all(|f| f.status == FileStatus::Pending));
    let tasks = store.tasks(job, Some(files[1].id)).await.expect("tasks");
    assert_eq!(tasks.iter().map(|t| t.state).collect::<Vec<_>>(), [State::Ready, State::Waiting]);
}

/// A request may be sent again under its key.
pub async fn the_same_key_and_request_make_one_job_and_another_request_is_refused(store: &dyn Store) {
    let keyed =
        |fingerprint: &str| NewJob { idempotency: Some(Idempotency { key: "k".into(), fingerprint: fingerprint.into() }), ..new_job(1) };
    let first = keyed("one");
    let id = first.id;
    assert_eq!(submit_as(store, first).await, Submitted::Created);
    assert_eq!(submit_as(store, keyed("one")).await, Submitted::Before(id));
    assert_eq!(submit_as(store, keyed("two")).await, Submitted::KeyTaken);
    assert_eq!(store.jobs(JobFilter { limit: 10, ..JobFilter::default() }).await.expect("listed").len(), 1);
    let other = NewJob { owner: "another".into(), ..keyed("two") };
    assert_eq!(submit_as(store, other).await, Submitted::Created, "keys are per owner");
}

/// Deleting forgets everything, but never what still runs.
pub async fn an_ended_job_can_be_deleted_and_a_running_one_cannot(store: &dyn Store) {
    let job = submit_one(store).await;
    assert!(!store.delete(job, format!("jobs/{job}/")).await.expect("answered"));
    for _ in 0..2 {
        succeed(store, &claim_one(store).await).await;
    }
    assert!(store.delete(job, format!("jobs/{job}/")).await.expect("deleted"));
    assert!(store.job(job).await.expect("read").is_none());
    assert!(store.tasks(job, None).await.expect("read").is_empty());
    assert!(store.events(job, 0, 10).await.expect("read").is_empty());
}

/// Events tell the whole life in order, and can be resumed from any of them.
pub async fn events_come_in_order_and_end_with_the_job(store: &dyn Store) {
    let job = submit_one(store).await;
    for _ in 0..2 {
        succeed(store, &claim_one(store).await).await;
    }
    let events = store.events(job, 0, 100).await.expect("events");
    let kinds: Vec<&str> = events.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["job.created", "job.started", "task.started", "task.ended", "task.started", "task.ended", "file.ended", "job.ended"]
    );
    assert!(events.is_sorted_by(|a, b| a.seq < b.seq));
    let rest = store.events(job, events[3].seq, 2).await.expect("events");
    assert_eq!(rest.iter().map(|e| e.seq).collect::<Vec<_>>(), [events[4].seq, events[5].seq]);
}

/// Newest first, filtered, and paged by the last id of a page.
pub async fn jobs_are_listed_newest_first_and_filtered(store: &dyn Store) {
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(submit(store, NewJob { group: Some(format!("group-{}", n % 2)), ..new_job(1) }).await);
    }
    ids.reverse();
    let list = |filter: JobFilter| async move {
        let jobs = store.jobs(JobFilter { limit: if filter.limit == 0 { 100 } else { filter.limit }, ..filter }).await.expect("listed");
        jobs.into_iter().map(|j| j.id).collect::<Vec<_>>()
    };
    assert_eq!(list(JobFilter::default()).await, ids);
    assert_eq!(list(JobFilter { limit: 2, before: Some(ids[1]), ..JobFilter::default() }).await, ids[2..4]);
    assert_eq!(list(JobFilter { group: Some("group-1".into()), ..JobFilter::default() }).await, [ids[1], ids[3]]);
    assert_eq!(list(JobFilter { text: Some("FILE-0".into()), ..JobFilter::default() }).await, ids);
    assert!(list(JobFilter { status: Some(JobStatus::Failed), ..JobFilter::default() }).await.is_empty());
    assert!(list(JobFilter { owner: Some("another".into()), ..JobFilter::default() }).await.is_empty());
}

/// Counts agree with what was done.
pub async fn totals_count_what_is_there(store: &dyn Store) {
    let job = submit(store, new_job(1)).await;
    submit_one(store).await;
    for _ in 0..2 {
        let task = claim_one(store).await;
        assert_eq!(task.task.job(), job);
        succeed(store, &task).await;
    }
    let totals = store.totals(None, Timestamp(0)).await.expect("totals");
    let of = |status| totals.jobs.iter().find(|(s, _)| *s == status).map_or(0, |(_, n)| *n);
    assert_eq!((of(JobStatus::Completed), of(JobStatus::Pending)), (1, 1));
    assert_eq!(totals.ended_since, (1, 0));
    assert_eq!(store.unswept(10).await.expect("unswept"), [job]);
    store.swept(job).await.expect("swept");
    assert!(store.unswept(10).await.expect("unswept").is_empty());
}
