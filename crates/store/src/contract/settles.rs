//! Promises about the end of attempts, and what follows from it.

use gristmill_model::Fault;
use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_model::report::Artifact;
use gristmill_model::task::{Input, State};
use serde_json::json;

use gristmill_model::pipeline::Step;
use gristmill_model::retry::Retry;

use super::make::{
    claim, claim_one, claim_when_due, failed, job, job_of, new_job, of_steps, problem, settle, settle_as, short_job, states, step, submit,
    submit_one, succeed,
};
use crate::row::{Settled, Settlement, Stop};
use crate::{Retried, RetryFrom, Store};

/// Dependants become ready in the transaction that ends the step, with its report and artifacts.
pub async fn a_settled_step_releases_those_that_come_after_it(store: &dyn Store) {
    let job = submit_one(store).await;
    let a = claim_one(store).await;
    assert!(claim(store, 1).await.is_empty(), "b waits for a");
    let artifact = Artifact { name: "x/y.txt".into(), media_type: "text/plain".into(), bytes: 3, sha256: "ab".into() };
    let settlement = Settlement {
        report: json!({"seen": 7}),
        artifacts: vec![(artifact.clone(), "blob/key".into())],
        ..Settlement::bare(a.task, a.fence, Input::Succeeded)
    };
    assert!(matches!(settle_as(store, settlement).await, Settled::Written { released: true, job_ended: false, .. }));
    let published = store.artifacts(job, None).await.expect("artifacts");
    assert!(published.len() == 1 && published[0].artifact == artifact && published[0].key == "blob/key");
    assert_eq!(store.tasks(job, None).await.expect("tasks")[0].report, json!({"seen": 7}));
    assert_eq!(claim_one(store).await.step().id, "b");
}

/// The last settle ends file and job.
pub async fn a_job_completes_when_its_last_file_ends(store: &dyn Store) {
    let job = submit(store, new_job(2)).await;
    let mut last = Settled::Stale;
    for _ in 0..4 {
        last = succeed(store, &claim_one(store).await).await;
    }
    assert!(matches!(last, Settled::Written { job_ended: true, .. }));
    let job = store.job(job).await.expect("read").expect("there");
    assert_eq!((job.status, job.counts.succeeded), (JobStatus::Completed, 2));
    assert!(job.ended_at.is_some() && (job.progress - 1.0).abs() < f64::EPSILON);
}

/// A file that does not qualify is skipped with its reason; its neighbours succeed and so does the job.
pub async fn a_refused_file_is_skipped_and_the_others_go_on(store: &dyn Store) {
    let job = submit(store, new_job(2)).await;
    settle(store, &claim_one(store).await, failed(Fault::Input)).await;
    for _ in 0..2 {
        succeed(store, &claim_one(store).await).await;
    }
    let files = store.files(job).await.expect("files");
    assert_eq!((files[0].status, files[1].status), (FileStatus::Skipped, FileStatus::Succeeded));
    assert_eq!(files[0].error.as_ref().map(|e| e.code.as_str()), Some("went_wrong"));
    assert_eq!(states(store, job).await, [State::Skipped, State::Cancelled, State::Succeeded, State::Succeeded]);
    assert_eq!(store.job(job).await.expect("read").expect("there").status, JobStatus::Completed);
}

/// Retries come later and are counted; after the last the file fails.
pub async fn a_failed_tool_is_retried_later_and_then_dead(store: &dyn Store) {
    // Long enough that a slow machine does not see the wait over before it looks.
    let patient = Step { retry: Retry { retries: 1, first_ms: 1500, ..Retry::default() }, ..step("a", &[]) };
    let job = submit(store, job_of(of_steps(vec![patient]), 1)).await;
    let first = claim_one(store).await;
    assert!(matches!(settle(store, &first, failed(Fault::Tool)).await, Settled::Written { state: State::Ready, .. }));
    assert!(claim(store, 1).await.is_empty(), "the retry waits");
    assert!(store.next_due().await.expect("due").is_some());
    let second = claim_when_due(store).await;
    assert_eq!(second.attempt, 2);
    assert!(matches!(settle(store, &second, failed(Fault::Tool)).await, Settled::Written { state: State::Dead, job_ended: true, .. }));
    assert_eq!(store.files(job).await.expect("files")[0].status, FileStatus::Failed);
    assert_eq!(store.job(job).await.expect("read").expect("there").status, JobStatus::Failed);
}

/// One settlement counts, whoever repeats it.
pub async fn settling_twice_changes_nothing(store: &dyn Store) {
    let job = submit_one(store).await;
    let task = claim_one(store).await;
    assert!(matches!(succeed(store, &task).await, Settled::Written { .. }));
    assert_eq!(succeed(store, &task).await, Settled::Stale);
    assert_eq!(settle(store, &task, failed(Fault::Bug)).await, Settled::Stale);
    assert_eq!(states(store, job).await, [State::Succeeded, State::Ready]);
}

/// A retry of what failed leaves what succeeded alone.
pub async fn a_failed_job_can_be_retried_without_repeating_what_succeeded(store: &dyn Store) {
    let job = submit(store, new_job(2)).await;
    succeed(store, &claim_one(store).await).await;
    settle(store, &claim_one(store).await, failed(Fault::Input)).await;
    let second = claim(store, 5).await;
    for task in &second {
        settle(store, task, failed(Fault::Limit)).await;
    }
    assert_eq!(store.job(job).await.expect("read").expect("there").status, JobStatus::Failed);
    assert_eq!(store.retry(job, RetryFrom::Failed).await.expect("retried"), Retried::Tasks(3));
    let mut again = 0;
    while let Some(task) = claim(store, 1).await.pop() {
        again += 1;
        succeed(store, &task).await;
    }
    let done = store.job(job).await.expect("read").expect("there");
    assert_eq!((done.status, done.counts.succeeded, done.counts.skipped), (JobStatus::Completed, 2, 0));
    assert_eq!(again, 3, "the first file's first step ran once");
}

/// A retry from a step withdraws its results and those after it.
pub async fn a_step_can_be_run_again_with_all_that_come_after_it(store: &dyn Store) {
    let job = submit_one(store).await;
    for _ in 0..2 {
        succeed(store, &claim_one(store).await).await;
    }
    assert_eq!(store.retry(job, RetryFrom::Step("b".into())).await.expect("retried"), Retried::Tasks(1));
    assert_eq!(states(store, job).await, [State::Succeeded, State::Ready]);
    succeed(store, &claim_one(store).await).await;
    assert_eq!(store.retry(job, RetryFrom::Step("a".into())).await.expect("retried"), Retried::Tasks(2));
    assert_eq!(states(store, job).await, [State::Ready, State::Waiting]);
    assert_eq!(store.retry(job, RetryFrom::Step("a".into())).await.expect("answered"), Retried::Tasks(0), "it has not ended");
}

/// A cancelled job run again from a step comes to an end of its own: what was cancelled before that step runs too.
pub async fn a_cancelled_job_can_be_run_again_from_a_step(store: &dyn Store) {
    let job = submit(store, new_job(2)).await;
    succeed(store, &claim_one(store).await).await;
    assert!(store.stop(job, Stop::Cancelled).await.expect("cancelled"));
    assert_eq!(store.retry(job, RetryFrom::Step("b".into())).await.expect("retried"), Retried::Tasks(3));
    while let Some(task) = claim(store, 1).await.pop() {
        succeed(store, &task).await;
    }
    let done = store.job(job).await.expect("read").expect("there");
    assert_eq!((done.status, done.counts.succeeded, done.counts.cancelled), (JobStatus::Completed, 2, 0));
}

/// A step no pipeline has runs nothing, and leaves the job ended as it was.
pub async fn a_retry_that_finds_nothing_leaves_the_job_as_it_was(store: &dyn Store) {
    let job = submit_one(store).await;
    for _ in 0..2 {
        succeed(store, &claim_one(store).await).await;
    }
    let before = store.job(job).await.expect("read").expect("there");
    assert_eq!(store.retry(job, RetryFrom::Step("nonsense".into())).await.expect("answered"), Retried::Tasks(0));
    let after = store.job(job).await.expect("read").expect("there");
    assert_eq!((after.status, after.ended_at), (before.status, before.ended_at));
}

/// Two steps that make a result of the same name are told, instead of one silently losing its own.
pub async fn a_result_is_never_overwritten_by_another_step(store: &dyn Store) {
    let job = submit_one(store).await;
    for _ in 0..2 {
        let task = claim_one(store).await;
        let artifact = Artifact { name: "same.jpg".into(), media_type: "image/jpeg".into(), bytes: 3, sha256: "ab".into() };
        let artifacts = vec![(artifact, format!("blob/{}", task.step().id))];
        let bare = Settlement::bare(task.task, task.fence, Input::Succeeded);
        settle_as(store, Settlement { report: json!({}), artifacts, ..bare }).await;
    }
    let files = store.files(job).await.expect("files");
    assert_eq!(files[0].error.as_ref().map(|e| e.code.as_str()), Some("artifact_name_taken"));
    assert_eq!(store.artifacts(job, None).await.expect("artifacts")[0].key, "blob/a");
}

/// Only to its owner; not once its job was deleted, or the step runs again; and of two the newer.
pub async fn a_result_is_known_again_by_its_key_to_its_owner_for_as_long_as_it_is_there(store: &dyn Store) {
    let made = async |key: &str| store.made("owner".into(), key.into()).await.expect("asked");
    let mut jobs = Vec::new();
    for blob in ["one", "two"] {
        let id = submit(store, short_job(1)).await;
        let task = claim_one(store).await;
        let artifact = Artifact { name: "a.png".into(), media_type: "image/png".into(), bytes: 3, sha256: "00".into() };
        let bare = Settlement::bare(task.task, task.fence, Input::Succeeded);
        let end = Settlement { key: Some("k".into()), report: json!({"of": blob}), artifacts: vec![(artifact, blob.into())], ..bare };
        settle_as(store, end).await;
        let found = made("k").await.expect("it is known");
        assert_eq!((found.task, &found.report["of"], found.artifacts[0].key.as_str()), (task.task, &json!(blob), blob));
        jobs.push(id);
    }
    assert!(made("other").await.is_none());
    assert!(store.made("somebody".into(), "k".into()).await.expect("asked").is_none());
    assert!(store.retry(jobs[1], RetryFrom::All).await.is_ok());
    assert!(made("k").await.is_none(), "it is made again just now");
    let failed = submit(store, short_job(1)).await;
    for task in claim(store, 9).await {
        let end = Settlement::bare(task.task, task.fence, Input::Failed(problem()));
        settle_as(store, Settlement { key: Some("f".into()), ..end }).await;
    }
    assert!(made("f").await.is_none() && job(store, failed).await.counts.succeeded == 0);
    let again = submit(store, short_job(1)).await;
    let task = claim(store, 9).await.into_iter().find(|t| t.task.job() == again).expect("claimed");
    settle_as(store, Settlement { key: Some("d".into()), ..Settlement::bare(task.task, task.fence, Input::Succeeded) }).await;
    assert!(made("d").await.is_some());
    assert!(store.delete(again, "jobs/x".into()).await.expect("deleted"));
    assert!(made("d").await.is_none());
}
