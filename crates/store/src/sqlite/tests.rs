//! The contract, run against a real file; and what only SQLite can break.

use super::*;
use crate::{JobFilter, Jobs, Queues, StoreError, contract};

fn open() -> (tempfile::TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("gristmill.db"), Durability::Full).unwrap();
    (folder, store)
}

crate::contract::promises!(store: (_folder, store) = open() => store);

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
    let bad = store.writer.write::<()>(Box::new(|tx| {
        Box::pin(async move {
            tx.run("INSERT INTO paused (queue, at, who) VALUES ('q', 1, 'w')", Vec::new()).await?;
            Err(StoreError::Corrupt { what: "test" })
        })
    }));
    let good = contract::submit_one(&store);
    let (bad, job) = tokio::join!(bad, good);
    assert!(matches!(bad, Err(StoreError::Corrupt { .. })));
    assert!(store.job(job).await.unwrap().is_some());
    assert!(store.queues().await.unwrap().iter().all(|q| q.paused_at.is_none()));
}

#[tokio::test]
async fn work_of_a_call_whose_transaction_cannot_begin_is_not_done() {
    let (folder, store) = open();
    let other = rusqlite::Connection::open(folder.path().join("gristmill.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let submitted = store.submit(vec![contract::new_job(1)]).await;
    other.execute_batch("ROLLBACK").unwrap();
    assert!(matches!(submitted, Err(StoreError::Sqlite(_))), "{submitted:?}");
    let jobs = store.jobs(JobFilter { limit: 10, ..JobFilter::default() }).await.unwrap();
    assert!(jobs.is_empty(), "told as failed, and yet written");
}
