//! Promises about attempts: what counts, what is kept between them, parts of a step, dead letters.

use gristmill_model::Fault;
use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_model::queue::Queue;
use gristmill_model::report::Artifact;
use gristmill_model::task::{Input, State};
use serde_json::json;

use super::make::{
    asking, beat, claim, claim_as, claim_one, claim_when_due, events, expand, failed, files, job, job_of, new_job, of_steps, run_all,
    settle, settle_as, short_job, states, step, submit, submit_one, succeed, told, worker,
};
use crate::row::{Checkpoint, Claim, Claimed, Dead, DeadFilter, KeptBlob, NewJob, Settled, Settlement, Stop};
use crate::{RetryFrom, Store};

/// Two failures end a task of these pipelines.
async fn kill(store: &dyn Store, task: &Claimed) {
    settle(store, task, failed(Fault::Tool)).await;
    let again = claim_when_due(store).await;
    assert_eq!(again.task, task.task);
    settle(store, &again, failed(Fault::Tool)).await;
}

async fn letters(store: &dyn Store, filter: DeadFilter) -> Vec<Dead> {
    store.dead(DeadFilter { limit: 100, ..filter }).await.expect("dead letters")
}

/// An attempt that was given back has no number of its own; one that was lost has.
pub async fn an_attempt_that_was_given_back_does_not_count(store: &dyn Store) {
    submit_one(store).await;
    let mut numbers = Vec::new();
    for input in [Input::GivenBack, Input::WorkerLost, Input::GivenBack, Input::Succeeded] {
        let task = claim_one(store).await;
        numbers.push(task.attempt);
        settle(store, &task, input).await;
    }
    assert_eq!(numbers, [1, 1, 2, 2]);
}

/// A checkpoint is found by the next attempt; whoever lost the task can write none.
pub async fn a_checkpoint_is_kept_for_the_next_attempt_and_refused_from_an_old_one(store: &dyn Store) {
    let job = submit(store, short_job(1)).await;
    let old = claim_one(store).await;
    let blobs = vec![KeptBlob { name: "x".into(), key: "k".into(), bytes: 3, sha256: "ab".into() }];
    let of = |task: &Claimed, n: u32| Checkpoint { task: task.task, fence: task.fence, data: json!({"n": n}), blobs: blobs.clone() };
    assert!(store.keep(of(&old, 1)).await.expect("kept") && store.keep(of(&old, 2)).await.expect("kept"));
    settle(store, &old, Input::WorkerLost).await;
    assert!(!store.keep(of(&old, 3)).await.expect("answered"), "nobody holds it");
    let new = claim_one(store).await;
    assert!(!store.keep(of(&old, 4)).await.expect("answered"), "another one holds it");
    assert_eq!(store.kept(new.task).await.expect("read"), Some(of(&old, 2)));
    assert!(store.keep(of(&new, 5)).await.expect("kept"));
    succeed(store, &new).await;
    store.retry(job, RetryFrom::All).await.expect("retried");
    assert_eq!(store.kept(new.task).await.expect("read"), None, "a retry begins from the start");
}

/// A step that was split is done once more when its parts are, with as many parts as there were.
pub async fn a_split_step_waits_for_its_parts_and_runs_once_more_to_join_them(store: &dyn Store) {
    let job = submit_one(store).await;
    let whole = claim_one(store).await;
    assert!(matches!(expand(store, &whole, 3).await, Settled::Written { state: State::Parked, released: true, .. }));
    assert_eq!(states(store, job).await, [State::Parked, State::Waiting]);
    let parts = claim(store, 10).await;
    assert_eq!(
        parts.iter().map(|p| (p.task.part, p.spec.clone().expect("a spec")["n"].clone())).collect::<Vec<_>>(),
        [(1, json!(1)), (2, json!(2)), (3, json!(3))]
    );
    let mut seen = 0.0;
    for part in &parts {
        assert!(claim(store, 1).await.is_empty(), "not before the last part");
        settle(store, part, if part.task.part == 2 { Input::NotApplicable } else { Input::Succeeded }).await;
        let progress = store.tasks(job, None).await.expect("tasks")[0].progress;
        assert!(progress > seen, "{progress} after {seen}");
        seen = progress;
    }
    let join = claim_one(store).await;
    assert!((join.task, join.parts, join.attempt) == (whole.task, 3, 2) && join.fence > whole.fence && join.spec.is_none());
    assert!(store.tasks(job, None).await.expect("tasks")[0].progress >= seen, "progress never falls");
    settle(store, &join, Input::GivenBack).await;
    let again = claim_one(store).await;
    assert_eq!((again.parts, again.attempt), (3, 2), "it still joins");
    succeed(store, &again).await;
    assert_eq!(claim_one(store).await.step().id, "b");
}

/// A part that is out of retries ends the whole: its neighbours stop, and the part is the dead letter.
pub async fn a_dead_part_ends_the_whole_as_dead(store: &dyn Store) {
    let job_id = submit_one(store).await;
    expand(store, &claim_one(store).await, 3).await;
    let parts = claim(store, 3).await;
    settle(store, &parts[0], failed(Fault::Tool)).await;
    let again = claim_when_due(store).await;
    assert!(matches!(settle(store, &again, failed(Fault::Tool)).await, Settled::Written { state: State::Dead, job_ended: true, .. }));
    assert_eq!(succeed(store, &parts[1]).await, Settled::Stale);
    assert_eq!((states(store, job_id).await[0], job(store, job_id).await.status), (State::Dead, JobStatus::Failed));
    assert!(claim(store, 9).await.is_empty());
    assert_eq!(letters(store, DeadFilter::default()).await.iter().map(|d| d.task).collect::<Vec<_>>(), [again.task]);
    assert_eq!(store.redrive(DeadFilter { limit: 9, ..DeadFilter::default() }).await.expect("redriven"), 1);
    assert_eq!(claim_one(store).await.task.part, 0, "the whole is split anew");
}

/// A part that the file does not qualify for skips the whole, and with it the file.
pub async fn a_refused_part_skips_the_whole(store: &dyn Store) {
    let job = submit_one(store).await;
    expand(store, &claim_one(store).await, 2).await;
    settle(store, &claim_one(store).await, failed(Fault::Limit)).await;
    assert_eq!(states(store, job).await[0], State::Skipped);
    let file = files(store, job).await.remove(0);
    assert_eq!((file.status, file.error.expect("a reason").code.as_str()), (FileStatus::Skipped, "went_wrong"));
}

/// Ends of one batch that contradict each other leave nothing behind: neither parts of a whole that ended, nor retries and followers
/// of a file that ended.
pub async fn what_one_end_lets_wait_is_gone_when_another_of_the_batch_ends_its_file(store: &dyn Store) {
    let steps = || vec![step("a", &[]), step("b", &[]), step("c", &["a"])];
    let ends = [(Input::Succeeded, 0), (failed(Fault::Tool), 0), (Input::GivenBack, 0), (Input::Expanded, 2)];
    for (first, parts) in ends {
        let job_id = submit(store, job_of(of_steps(steps()), 1)).await;
        let tasks = claim(store, 2).await;
        let part = |n: u32| crate::row::Part { spec: json!(n), estimate: std::time::Duration::ZERO };
        let first = Settlement { parts: (0..parts).map(part).collect(), ..Settlement::bare(tasks[0].task, tasks[0].fence, first) };
        let second = Settlement::bare(tasks[1].task, tasks[1].fence, failed(Fault::Input));
        store.settle(vec![first, second]).await.expect("settled");
        assert_eq!(job(store, job_id).await.status, JobStatus::Failed);
        assert!(claim(store, 9).await.is_empty() && store.next_due().await.expect("due").is_none());
    }
    let job_id = submit(store, short_job(1)).await;
    expand(store, &claim_one(store).await, 2).await;
    let parts = claim(store, 2).await;
    let ends = [failed(Fault::Tool), failed(Fault::Limit)];
    let batch = parts.iter().zip(ends).map(|(p, input)| Settlement::bare(p.task, p.fence, input)).collect();
    store.settle(batch).await.expect("settled");
    assert!(job(store, job_id).await.status.ended() && store.next_due().await.expect("due").is_none());
}

/// Nothing of a cancelled job waits, whatever it was split into.
pub async fn a_job_can_be_cancelled_while_a_step_is_split(store: &dyn Store) {
    let job = submit_one(store).await;
    let whole = claim_one(store).await;
    expand(store, &whole, 3).await;
    let part = claim_one(store).await;
    assert!(store.stop(job, Stop::Cancelled).await.expect("stopped"));
    assert_eq!(succeed(store, &part).await, Settled::Stale);
    assert!(claim(store, 9).await.is_empty());
    assert!(states(store, job).await.iter().all(|s| *s == State::Cancelled));
}

/// A thousand parts, in a batch and one by one.
pub async fn a_step_may_be_split_into_a_thousand_parts(store: &dyn Store) {
    let job_id = submit(store, short_job(1)).await;
    expand(store, &claim_one(store).await, 1000).await;
    let mut parts = claim(store, 1000).await;
    assert_eq!(parts.len(), 1000);
    let last = parts.split_off(990);
    let ends = parts.iter().map(|p| Settlement::bare(p.task, p.fence, Input::Succeeded)).collect();
    store.settle(ends).await.expect("settled");
    for part in &last {
        succeed(store, part).await;
    }
    let join = claim_one(store).await;
    assert_eq!(join.parts, 1000);
    succeed(store, &join).await;
    assert_eq!(job(store, job_id).await.status, JobStatus::Completed);
    let all = events(store, job_id).await;
    assert!(all.iter().zip(1..).all(|(e, n)| e.seq == n), "without gaps");
}

/// A split into nothing, or of a part, is an error of the operation and no end.
pub async fn a_split_that_makes_no_sense_is_tried_again(store: &dyn Store) {
    submit(store, short_job(1)).await;
    let whole = claim_one(store).await;
    assert!(matches!(expand(store, &whole, 0).await, Settled::Written { state: State::Ready, .. }));
    let again = claim_when_due(store).await;
    expand(store, &again, 1).await;
    let part = claim_one(store).await;
    assert!(matches!(expand(store, &part, 2).await, Settled::Written { state: State::Ready, .. }));
}

/// Two results of one name from one attempt are one, and harm nobody else's settlement.
pub async fn a_result_named_twice_by_one_attempt_is_one(store: &dyn Store) {
    let job = submit(store, short_job(2)).await;
    let tasks = claim(store, 2).await;
    let artifact = Artifact { name: "x.jpg".into(), media_type: "image/jpeg".into(), bytes: 3, sha256: "ab".into() };
    let twice = vec![(artifact.clone(), "one".to_owned()), (artifact, "two".to_owned())];
    let bare = |t: &Claimed| Settlement::bare(t.task, t.fence, Input::Succeeded);
    store.settle(vec![Settlement { artifacts: twice, ..bare(&tasks[0]) }, bare(&tasks[1])]).await.expect("settled");
    let made = store.artifacts(job, None).await.expect("artifacts");
    assert_eq!(made.iter().map(|a| a.key.as_str()).collect::<Vec<_>>(), ["two"]);
}

/// Progress survives attempts, never falls, and is exact again after a retry.
pub async fn progress_is_kept_over_attempts_and_exact_after_a_retry(store: &dyn Store) {
    let job_id = submit(store, NewJob { open_files: 1, ..new_job(2) }).await;
    let at = async || job(store, job_id).await.progress;
    let me = worker();
    let task = claim_as(store, me, 1).await.remove(0);
    store.heartbeat(beat(me, &[&task], 0.5)).await.expect("beat");
    store.heartbeat(beat(me, &[&task], 7.0)).await.expect("beat");
    assert!((at().await - 0.25).abs() < 1e-6, "no task does more than all of itself");
    settle(store, &task, Input::WorkerLost).await;
    assert!((at().await - 0.25).abs() < 1e-6);
    settle(store, &claim_one(store).await, failed(Fault::Input)).await;
    assert!((at().await - 0.5).abs() < 1e-6, "a file that ended is done");
    run_all(store).await;
    store.retry(job_id, RetryFrom::Failed).await.expect("retried");
    assert!((at().await - 0.5).abs() < 1e-6);
    succeed(store, &claim_one(store).await).await;
    assert!((at().await - 0.75).abs() < 1e-6);
    run_all(store).await;
    store.retry(job_id, RetryFrom::Step("b".into())).await.expect("retried");
    assert!((at().await - 0.5).abs() < 1e-6);
}

/// Dead letters are found by owner, code, queue, pipeline and id.
pub async fn dead_letters_are_listed_by_what_they_are(store: &dyn Store) {
    let ann = submit(store, short_job(1).of("ann")).await;
    kill(store, &claim_one(store).await).await;
    submit(store, NewJob { priority: gristmill_model::job::Priority::High, ..short_job(1).of("ben") }).await;
    kill(store, &claim_one(store).await).await;
    let all = letters(store, DeadFilter::default()).await;
    let letter = all.iter().find(|d| d.owner == "ann").expect("ann's");
    assert_eq!((all.len(), letter.task.job(), letter.step.as_str(), letter.attempts, letter.queue), (2, ann, "a", 2, Queue::Normal));
    assert_eq!(letter.dead_until, letter.ended_at + Queue::Normal.dead_kept());
    let ones = [
        DeadFilter { owner: Some("ann".into()), ..DeadFilter::default() },
        DeadFilter { queue: Some(Queue::High), ..DeadFilter::default() },
        DeadFilter { tasks: vec![letter.task], ..DeadFilter::default() },
    ];
    for one in ones {
        assert_eq!(letters(store, one.clone()).await.len(), 1, "{one:?}");
    }
    let by = |code: &str| DeadFilter { code: Some(code.into()), ..DeadFilter::default() };
    assert_eq!((letters(store, by("went_wrong")).await.len(), letters(store, by("went_wron")).await.len()), (2, 0));
    let of = |pipeline: &str| DeadFilter { pipeline: Some(pipeline.into()), ..DeadFilter::default() };
    assert_eq!((letters(store, of("test")).await.len(), letters(store, of("another")).await.len()), (2, 0));
    let both = DeadFilter { tasks: vec![letter.task], code: Some("another".into()), ..DeadFilter::default() };
    assert!(letters(store, both).await.is_empty());
}

/// Redriven letters run again, each once; purged ones are forgotten, and their jobs stay as they are.
pub async fn dead_letters_are_redriven_once_or_purged(store: &dyn Store) {
    let job_id = submit(store, short_job(3)).await;
    for task in claim(store, 3).await {
        settle(store, &task, failed(Fault::Bug)).await;
    }
    for _ in 0..3 {
        settle(store, &claim_when_due(store).await, failed(Fault::Bug)).await;
    }
    let all = letters(store, DeadFilter::default()).await;
    let one = DeadFilter { tasks: vec![all[0].task], ..DeadFilter::default() };
    let (first, second) = tokio::join!(store.redrive(one.clone()), store.redrive(one));
    assert_eq!(first.expect("redriven") + second.expect("redriven"), 1);
    assert_eq!(letters(store, DeadFilter::default()).await.len(), 2);
    assert_eq!(store.purge(DeadFilter { tasks: vec![all[1].task], ..DeadFilter::default() }).await.expect("purged"), 1);
    assert_eq!(store.purge(DeadFilter { tasks: vec![all[1].task], ..DeadFilter::default() }).await.expect("answered"), 0);
    assert_eq!(store.redrive(DeadFilter { limit: 9, ..DeadFilter::default() }).await.expect("redriven"), 1);
    assert_eq!(run_all(store).await, 2);
    let ended = job(store, job_id).await;
    assert_eq!((ended.status, ended.counts.succeeded, ended.counts.failed), (JobStatus::Completed, 2, 1));
}

/// A dead step that its file did not need can be run again; the file stays paid and succeeded.
pub async fn a_dead_optional_step_can_be_redriven(store: &dyn Store) {
    let mut poster = step("poster", &[]);
    poster.optional = true;
    let job_id = submit(store, job_of(of_steps(vec![step("a", &[]), poster]), 1)).await;
    let tasks = claim(store, 2).await;
    succeed(store, &tasks[0]).await;
    kill(store, &tasks[1]).await;
    assert_eq!(job(store, job_id).await.status, JobStatus::Completed);
    assert_eq!(store.redrive(DeadFilter { limit: 9, ..DeadFilter::default() }).await.expect("redriven"), 1);
    assert_eq!(claim_when_due(store).await.task, tasks[1].task);
}

/// Files that were not let in yet still come when a dead one of the same running job is redriven.
pub async fn a_redrive_in_a_running_job_forgets_no_file(store: &dyn Store) {
    let job_id = submit(store, NewJob { open_files: 1, ..short_job(4) }).await;
    kill(store, &claim_one(store).await).await;
    assert_eq!(store.redrive(DeadFilter { limit: 9, ..DeadFilter::default() }).await.expect("redriven"), 1);
    assert_eq!(run_all(store).await, 4);
    assert_eq!((job(store, job_id).await.status, told(store, job_id, "job.ended").await), (JobStatus::Completed, 1));
}

/// One end counts, also when both come together.
pub async fn settling_one_task_twice_in_one_batch_counts_once(store: &dyn Store) {
    let job_id = submit(store, short_job(1)).await;
    let task = store.claim(Claim { most_jobs: 1, ..asking(worker(), 1) }).await.expect("claimed").remove(0);
    let end = || Settlement::bare(task.task, task.fence, Input::Succeeded);
    let settled = store.settle(vec![end(), end()]).await.expect("settled");
    assert!(matches!(settled[0], Settled::Written { job_ended: true, .. }) && settled[1] == Settled::Stale);
    assert_eq!(settle_as(store, end()).await, Settled::Stale);
    assert_eq!(job(store, job_id).await.counts.succeeded, 1);
}
