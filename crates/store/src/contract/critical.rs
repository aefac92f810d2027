//! Promises about the critical-error path (contract, 7): what is done when a job cannot go on, in which order, and that a crash between
//! any two steps leaves nothing half done.

use std::time::Duration;

use gristmill_model::JobId;
use gristmill_model::critical::Step;
use gristmill_model::job::{FileStatus, JobStatus};

use super::make::{
    assert_sound, balance, claim, effect_names, effects, files, grant, job, new_job, problem, run_all, submit, succeed, told,
};
use crate::row::{EffectBody, EffectEnd, EffectState, Moment, Money, NewJob, Settled, Stop};
use crate::{Retried, RetryFrom, Store};

const FAILED: &[Moment] = &[Moment::Failed];

/// A job of two files at 10 each that cannot go on: one has succeeded, one runs. Their owner has 80 left.
async fn stuck(store: &dyn Store, new: NewJob) -> JobId {
    grant(store, "ann", 100).await;
    let id = submit(store, new.of("ann").priced(10)).await;
    let tasks = claim(store, 2).await;
    succeed(store, &tasks[0]).await;
    succeed(store, &claim(store, 1).await[0]).await;
    assert!(store.stop(id, Stop::Critical(problem())).await.expect("stopped"));
    assert_eq!(succeed(store, &tasks[1]).await, Settled::Stale, "nothing of it runs any more");
    assert!(claim(store, 9).await.is_empty());
    id
}

/// How a walk over the path goes: which steps are given up, and before and after which step (from 0) the process crashes.
#[derive(Default, Clone, Copy)]
struct Luck<'a> {
    gives_up: &'a [Step],
    crash: Option<usize>,
}

/// Does what is open until nothing is; answers the steps in the order in which they came.
async fn walk(store: &dyn Store, luck: Luck<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    while let Some(effect) = store.take_effects(1, Duration::ZERO).await.expect("taken").pop() {
        let again = store.take_effects(100, Duration::ZERO).await.expect("taken");
        assert!(again.iter().any(|e| e.id == effect.id), "what was taken and not ended is taken again");
        let EffectBody::Critical { step, .. } = effect.body else {
            store.end_effect(effect.id, EffectEnd::Done).await.expect("ended");
            continue;
        };
        if luck.crash == Some(steps.len()) {
            crash(store, effect.id, step, luck).await;
        }
        end(store, effect.id, step, luck).await;
        steps.push(step);
    }
    steps
}

/// The process dies after the step was done and before it heard so: it does it again.
async fn crash(store: &dyn Store, id: gristmill_model::EffectId, step: Step, luck: Luck<'_>) {
    end(store, id, step, luck).await;
    assert!(!store.do_critical(id).await.expect("answered"), "it was done already");
}

async fn end(store: &dyn Store, id: gristmill_model::EffectId, step: Step, luck: Luck<'_>) {
    if luck.gives_up.contains(&step) {
        return store.end_effect(id, EffectEnd::GaveUp("no".into())).await.expect("ended");
    }
    if matches!(step, Step::Refund | Step::Requeue | Step::SetFailed) {
        store.do_critical(id).await.expect("done");
    } else {
        assert!(!store.do_critical(id).await.expect("answered"), "it is no transaction");
        store.end_effect(id, EffectEnd::Done).await.expect("ended");
    }
}

/// What an outsider can see of the end of a path.
async fn seen(store: &dyn Store, id: JobId) -> String {
    let files: Vec<_> = files(store, id).await.iter().map(|f| (f.status, f.money)).collect();
    let effects: Vec<_> = effects(store, id).await.into_iter().map(|e| (super::make::effect_name(&e), e.state)).collect();
    let kinds: Vec<String> = super::make::events(store, id).await.into_iter().map(|e| e.kind).collect();
    format!("{:?} {files:?} {:?} {effects:?} {kinds:?}", job(store, id).await.status, balance(store, "ann").await)
}

/// The path begins with the refund, as an effect, and with nothing else; a second stop begins no second one.
pub async fn a_job_that_cannot_go_on_waits_for_its_refund(store: &dyn Store) {
    let id = stuck(store, new_job(2).told(FAILED)).await;
    assert_eq!(effect_names(store, id).await, ["refund"]);
    assert_eq!((job(store, id).await.status, balance(store, "ann").await), (JobStatus::Processing, (80, 10)));
    assert!(!store.stop(id, Stop::Critical(problem())).await.expect("answered"));
    assert_eq!((effect_names(store, id).await.len(), told(store, id, "job.critical").await), (1, 1));
    assert!(store.too_long(10).await.expect("asked").is_empty());
}

/// Held and captured credits come back, the job ends as failed, its owner is told once and its files go.
pub async fn a_refund_gives_back_what_was_held_and_captured_and_ends_the_job(store: &dyn Store) {
    let id = stuck(store, new_job(2).told(FAILED)).await;
    assert_eq!(walk(store, Luck::default()).await, [Step::Refund, Step::SetFailed, Step::TellOwner, Step::DeleteFiles]);
    assert_eq!((job(store, id).await.status, balance(store, "ann").await), (JobStatus::Failed, (100, 0)));
    let ends: Vec<_> = files(store, id).await.iter().map(|f| (f.status, f.money)).collect();
    assert_eq!(ends, [(FileStatus::Succeeded, Money::Refunded), (FileStatus::Failed, Money::Refunded)]);
    let names = effect_names(store, id).await;
    assert!(names.contains(&"webhook:failed".into()) && !names.contains(&"mail:failed".into()), "told by the path alone: {names:?}");
    assert_sound(store).await;
}

/// Retention wins over clearing away.
pub async fn stored_files_stay_when_the_owner_wants_them_kept(store: &dyn Store) {
    stuck(store, NewJob { keep_files: true, ..new_job(2).told(FAILED) }).await;
    assert_eq!(walk(store, Luck::default()).await, [Step::Refund, Step::SetFailed, Step::TellOwner]);
}

/// Nobody is mailed who did not ask for it: neither without an address, nor for other moments.
pub async fn an_owner_who_did_not_ask_is_not_mailed(store: &dyn Store) {
    for new in [new_job(2), new_job(2).told(&[Moment::Started, Moment::Finished])] {
        stuck(store, new).await;
        assert_eq!(walk(store, Luck::default()).await, [Step::Refund, Step::SetFailed, Step::DeleteFiles]);
    }
}

/// Files that cannot be deleted are the admin's.
pub async fn a_failed_delete_calls_the_admin(store: &dyn Store) {
    stuck(store, new_job(2)).await;
    let luck = Luck { gives_up: &[Step::DeleteFiles], ..Luck::default() };
    assert_eq!(walk(store, luck).await, [Step::Refund, Step::SetFailed, Step::DeleteFiles, Step::MailAdmin]);
}

/// Without a refund the job gets one more chance, from where it stood.
pub async fn a_job_whose_refund_fails_is_requeued_and_can_complete(store: &dyn Store) {
    let id = stuck(store, new_job(2)).await;
    let luck = Luck { gives_up: &[Step::Refund], ..Luck::default() };
    assert_eq!(walk(store, luck).await, [Step::Refund, Step::Requeue]);
    assert_eq!((job(store, id).await.status, balance(store, "ann").await), (JobStatus::Processing, (80, 10)));
    assert_eq!(run_all(store).await, 2, "what had succeeded is not run again");
    assert_eq!((job(store, id).await.status, balance(store, "ann").await), (JobStatus::Completed, (80, 0)));
    assert_sound(store).await;
}

/// One chance only: then the status is set as well as can be, and people are called.
pub async fn a_job_that_was_requeued_before_is_failed_and_people_are_called(store: &dyn Store) {
    let id = stuck(store, new_job(2)).await;
    let luck = Luck { gives_up: &[Step::Refund], ..Luck::default() };
    walk(store, luck).await;
    assert!(store.stop(id, Stop::Critical(problem())).await.expect("stopped"));
    assert_eq!(walk(store, luck).await, [Step::Refund, Step::SetFailed, Step::MailOwnerHelp, Step::MailAdmin]);
    assert_eq!(job(store, id).await.status, JobStatus::Failed);
    assert_sound(store).await;
}

/// A requeue that cannot be written either, and a status that cannot be set, end with people and not in a loop.
pub async fn what_cannot_be_requeued_or_set_calls_people(store: &dyn Store) {
    stuck(store, new_job(2)).await;
    let luck = Luck { gives_up: &[Step::Refund, Step::Requeue], ..Luck::default() };
    assert_eq!(walk(store, luck).await, [Step::Refund, Step::Requeue, Step::SetFailed, Step::MailOwnerHelp, Step::MailAdmin]);
    let id = stuck(store, new_job(2)).await;
    let luck = Luck { gives_up: &Step::ALL, ..Luck::default() };
    let calls = [Step::Refund, Step::Requeue, Step::SetFailed, Step::MailOwnerHelp, Step::MailAdmin, Step::MailAdmin];
    assert_eq!(walk(store, luck).await, calls);
    assert!(effects(store, id).await.iter().all(|e| e.state == EffectState::Dead));
}

/// However the path goes, a crash at any of its steps changes nothing of its end.
pub async fn a_crash_at_any_step_of_the_path_changes_nothing_of_its_end(store: &dyn Store) {
    let lucks: [&[Step]; 5] = [&[], &[Step::DeleteFiles], &[Step::Refund], &[Step::Refund, Step::Requeue], &Step::ALL];
    for gives_up in lucks {
        let mut expected = String::new();
        for crash in std::iter::once(None).chain((0..7).map(Some)) {
            let free = balance(store, "ann").await.0;
            assert!(matches!(store.grant("ann".into(), gristmill_model::credits::Credits(0), None).await, Ok(a) if a.available.0 == free));
            let id = stuck(store, new_job(2).told(FAILED)).await;
            walk(store, Luck { gives_up, crash }).await;
            run_all(store).await;
            walk(store, Luck::default()).await;
            assert_sound(store).await;
            let (available, held) = balance(store, "ann").await;
            let end = seen(store, id).await.replace(&format!("({available}, {held})"), &format!("{:+}", available - free - 100));
            assert!(expected.is_empty() || expected == end, "with a crash at {crash:?} of {gives_up:?}:\n{expected}\n{end}");
            expected = end;
        }
    }
}

/// While stored files are about to go, a job cannot be run again; after that it can.
pub async fn a_job_is_not_run_again_before_its_path_has_ended(store: &dyn Store) {
    let id = stuck(store, NewJob { keep_files: true, ..new_job(2) }).await;
    assert!(store.stop(id, Stop::Cancelled).await.expect("stopped"), "its owner may still cancel it");
    assert_eq!(store.retry(id, RetryFrom::Failed).await.expect("answered"), Retried::Tasks(0));
    walk(store, Luck::default()).await;
    assert_eq!((job(store, id).await.status, balance(store, "ann").await), (JobStatus::Cancelled, (100, 0)));
    assert!(matches!(store.retry(id, RetryFrom::Failed).await.expect("retried"), Retried::Tasks(n) if n > 0));
    run_all(store).await;
    assert_eq!(job(store, id).await.status, JobStatus::Completed);
    assert_sound(store).await;
}

/// Steps for a job that was deleted meanwhile come to an end.
pub async fn the_path_of_a_deleted_job_ends(store: &dyn Store) {
    let id = stuck(store, new_job(2)).await;
    store.stop(id, Stop::Cancelled).await.expect("stopped");
    store.delete(id, "p/".into()).await.expect("deleted");
    assert_eq!(walk(store, Luck::default()).await, [Step::Refund]);
    assert_sound(store).await;
}
