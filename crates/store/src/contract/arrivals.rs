//! Promises about files that are not there yet.

use std::time::Duration;

use gristmill_model::FileId;
use gristmill_model::credits::Credits;
use gristmill_model::job::{FileStatus, JobStatus};

use super::make::{assert_sound, balance, claim, files, grant, job, problem, short_job, submit, until};
use crate::Store;
use crate::row::{Arrival, Arrived, Come, NewJob, Pace, Stop};

const SOON: Pace = Pace { first: Duration::from_millis(20), longest: Duration::from_secs(60) };

/// A job whose files from the second on are not there yet.
fn waiting(files: usize) -> NewJob {
    let mut new = NewJob { pace: SOON, ..short_job(files).of("ann") };
    for (no, file) in new.files.iter_mut().enumerate().skip(1) {
        (file.awaited, file.bytes, file.source) = (true, 0, format!("s3://in/{no}"));
    }
    new
}

fn come(file: FileId, price: i64) -> Arrival {
    let come = Come { bytes: 9, tag: Some("v1".into()), estimates: vec![Duration::from_secs(2)], price: Credits(price) };
    Arrival { file, found: Ok(come) }
}

/// Nothing of it is claimed before, and then all of it is.
pub async fn a_job_with_files_that_are_not_there_starts_when_the_last_has_come(store: &dyn Store) {
    let id = submit(store, waiting(3)).await;
    assert_eq!((job(store, id).await.awaits, claim(store, 9).await.len()), (2, 0));
    assert_eq!(store.arrive(come(FileId::new(id, 2), 0)).await.expect("told"), Arrived::Waits);
    assert_eq!(claim(store, 9).await.len(), 0);
    assert_eq!(store.arrive(come(FileId::new(id, 1), 0)).await.expect("told"), Arrived::Last);
    assert_eq!(store.arrive(come(FileId::new(id, 1), 0)).await.expect("told"), Arrived::Gone);
    assert_eq!(job(store, id).await.awaits, 0);
    let tasks = claim(store, 9).await;
    let mut found: Vec<_> = tasks.iter().map(|t| (t.task.file.no, t.bytes, t.tag.clone())).collect();
    found.sort();
    assert_eq!(found, [(0, 7, None), (1, 9, Some("v1".into())), (2, 9, Some("v1".into()))]);
}

/// Of many processes one looks; it is due again later, sooner when somebody says so, and not at all once the file has come.
pub async fn a_look_is_taken_once_and_is_due_again_after_its_wait(store: &dyn Store) {
    let id = submit(store, waiting(2)).await;
    let file = FileId::new(id, 1);
    let looks = until(async || Some(store.looks(SOON, 10).await.expect("taken")).filter(|l| !l.is_empty())).await;
    assert_eq!((looks[0].file, looks[0].owner.as_str(), looks[0].source.as_str()), (file, "ann", "s3://in/1"));
    let slow = Pace { first: Duration::from_secs(60), ..SOON };
    let (one, two) = until(async || {
        let (one, two) = tokio::join!(store.looks(slow, 10), store.looks(slow, 10));
        let (one, two) = (one.expect("taken").len(), two.expect("taken").len());
        (one + two > 0).then_some((one, two))
    })
    .await;
    assert_eq!(one + two, 1);
    assert!(store.looks(slow, 10).await.expect("taken").is_empty());
    let of = |owner: &str| store.look_now("s3://in/1".into(), Some(owner.into()));
    assert_eq!((of("ben").await.expect("told"), of("ann").await.expect("told")), (0, 1));
    assert_eq!(store.looks(slow, 10).await.expect("taken").len(), 1);
    assert_eq!(store.look_now("s3://in/other".into(), None).await.expect("told"), 0);
    assert_eq!(store.look_now("s3://in/1".into(), None).await.expect("told"), 1);
    assert_eq!(store.looks(slow, 10).await.expect("taken").len(), 1);
    assert_eq!(store.look_now("s3://in/1".into(), None).await.expect("told"), 1);
    assert_eq!(store.arrive(come(file, 0)).await.expect("told"), Arrived::Last);
    assert!(store.looks(slow, 10).await.expect("taken").is_empty());
}

/// What is there is refunded too, and nobody looks any more.
pub async fn a_job_whose_files_do_not_come_in_time_expires_with_its_refund(store: &dyn Store) {
    grant(store, "ann", 20).await;
    let mut new = NewJob { expires: Some(Duration::from_millis(30)), ..waiting(2) };
    new.files[0].price = Credits(15);
    let id = submit(store, new).await;
    assert_eq!(balance(store, "ann").await, (5, 15));
    let late = until(async || store.too_long(10).await.expect("asked").pop()).await;
    assert_eq!(late, (id, Stop::Expired));
    assert!(store.stop(id, late.1).await.expect("stopped"));
    assert_eq!((job(store, id).await.status, balance(store, "ann").await), (JobStatus::Expired, (20, 0)));
    assert_eq!(store.look_now("s3://in/1".into(), None).await.expect("told"), 1);
    assert!(store.looks(SOON, 10).await.expect("taken").is_empty());
    assert_eq!(store.arrive(come(FileId::new(id, 1), 0)).await.expect("told"), Arrived::Gone);
    assert!(store.prune(10).await.expect("pruned") > 0);
    assert_eq!(store.look_now("s3://in/1".into(), None).await.expect("told"), 0);
    assert_sound(store).await;
}

/// Its size is known only then. Without enough credits nothing is written, and it may come again.
pub async fn the_price_of_a_file_is_held_when_it_comes(store: &dyn Store) {
    grant(store, "ann", 10).await;
    let id = submit(store, waiting(2)).await;
    let file = FileId::new(id, 1);
    let short = store.arrive(come(file, 11)).await.expect("told");
    assert_eq!(short, Arrived::Short { needed: Credits(11), available: Credits(10) });
    assert_eq!(store.arrive(come(file, 10)).await.expect("told"), Arrived::Last);
    assert_eq!(balance(store, "ann").await, (0, 10));
    assert!(store.stop(id, Stop::Cancelled).await.expect("stopped"));
    assert_eq!(balance(store, "ann").await, (10, 0));
    assert_sound(store).await;
}

/// One that can never come fails alone; a job of which none can come ends.
pub async fn a_file_that_cannot_come_fails_and_the_others_go_on(store: &dyn Store) {
    let id = submit(store, waiting(2)).await;
    let never = |no| Arrival { file: FileId::new(id, no), found: Err(problem()) };
    assert_eq!(store.arrive(never(1)).await.expect("told"), Arrived::Last);
    assert_eq!(claim(store, 9).await.len(), 1);
    let statuses: Vec<FileStatus> = files(store, id).await.iter().map(|f| f.status).collect();
    assert_eq!(statuses[1], FileStatus::Failed);
    let mut none = waiting(2);
    (none.files[0].awaited, none.files[0].bytes) = (true, 0);
    let id = submit(store, none).await;
    for no in [0, 1] {
        store.arrive(Arrival { file: FileId::new(id, no), found: Err(problem()) }).await.expect("told");
    }
    assert_eq!(job(store, id).await.status, JobStatus::Failed);
    assert_sound(store).await;
}
