//! The contract, run against a real file; and what only SQLite can break.

use super::*;
use crate::{StoreError, contract};

fn open() -> (tempfile::TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("gristmill.db"), Durability::Full).unwrap();
    (folder, store)
}

macro_rules! promises {
    ($($name:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            let (_folder, store) = open();
            contract::$name(&store).await;
        })+
    };
}

promises!(
    a_submitted_job_is_there_with_its_files_and_tasks,
    the_same_key_and_request_make_one_job_and_another_request_is_refused,
    a_task_is_leased_to_one_worker_only,
    better_priority_is_claimed_first_and_then_the_older,
    no_more_tasks_are_claimed_than_there_are_slots_of_their_class,
    a_settled_step_releases_those_that_come_after_it,
    a_job_completes_when_its_last_file_ends,
    a_refused_file_is_skipped_and_the_others_go_on,
    a_failed_tool_is_retried_later_and_then_dead,
    a_stale_fence_can_write_nothing,
    settling_twice_changes_nothing,
    a_result_is_never_overwritten_by_another_step,
    a_heartbeat_keeps_the_lease_and_a_lost_one_is_told,
    a_lease_without_heartbeat_becomes_overdue_and_is_claimed_again,
    a_passed_deadline_is_overdue_however_alive_the_worker,
    a_task_given_back_keeps_its_patience,
    a_cancelled_job_ends_at_once_and_its_workers_can_write_nothing,
    a_failed_job_can_be_retried_without_repeating_what_succeeded,
    a_step_can_be_run_again_with_all_that_come_after_it,
    a_cancelled_job_can_be_run_again_from_a_step,
    a_retry_that_finds_nothing_leaves_the_job_as_it_was,
    an_ended_job_can_be_deleted_and_a_running_one_cannot,
    events_come_in_order_and_end_with_the_job,
    jobs_are_listed_newest_first_and_filtered,
    progress_never_falls,
    totals_count_what_is_there,
    random_lives_of_jobs_keep_the_invariants,
);

#[tokio::test]
async fn a_second_process_is_kept_out_by_name() {
    let (folder, _store) = open();
    let second = Sqlite::open(&folder.path().join("gristmill.db"), Durability::Full);
    assert!(matches!(second, Err(StoreError::InUse { pid, .. }) if pid == std::process::id().to_string()));
}

#[tokio::test]
async fn everything_is_there_after_the_process_ends() {
    let (folder, store) = open();
    let job = contract::submit_one(&store).await;
    drop(store);
    let again = Sqlite::open(&folder.path().join("gristmill.db"), Durability::Full).unwrap();
    assert!(again.job(job).await.unwrap().is_some());
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let (folder, store) = open();
    drop(store);
    let path = folder.path().join("gristmill.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    assert!(matches!(Sqlite::open(&path, Durability::Full), Err(StoreError::Newer { found: 999, .. })));
}

#[tokio::test]
async fn a_call_that_fails_leaves_nothing_and_harms_no_other_of_its_group() {
    let (_folder, store) = open();
    let bad = store.writer.write(|c, _| {
        c.execute("INSERT INTO idempotency VALUES ('o', 'k', 'f', 'j', 1)", [])?;
        Err::<(), _>(StoreError::Corrupt { what: "test" })
    });
    let good = contract::submit_one(&store);
    let (bad, job) = tokio::join!(bad, good);
    assert!(matches!(bad, Err(StoreError::Corrupt { .. })));
    assert!(store.job(job).await.unwrap().is_some());
    let left = store.readers.read(|c| Ok(c.query_row("SELECT count(*) FROM idempotency", [], |r| r.get::<_, i64>(0))?)).await;
    assert_eq!(left.unwrap(), 0);
}

#[tokio::test]
async fn work_of_a_call_whose_transaction_cannot_begin_is_not_done() {
    let (folder, store) = open();
    let other = rusqlite::Connection::open(folder.path().join("gristmill.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let submitted = store.submit(contract::new_job(1)).await;
    other.execute_batch("ROLLBACK").unwrap();
    assert!(matches!(submitted, Err(StoreError::Database(_))), "{submitted:?}");
    let jobs = store.jobs(JobFilter { limit: 10, ..JobFilter::default() }).await.unwrap();
    assert!(jobs.is_empty(), "told as failed, and yet written");
}
