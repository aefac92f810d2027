//! Promises about records: written with the end of the step that read them, changed by one person at a time.

use gristmill_model::task::Input;
use gristmill_model::{FileId, JobId};
use serde_json::{Value, json};

use super::make::{claim_one, new_job, settle_as, short_job, submit, succeed};
use crate::row::{NewJob, NewRecord, Password, Record, RecordFilter, RecordState, Review, Reviewed, Settled, Settlement};
use crate::{RetryFrom, Store};

pub(super) fn total(of: &str, accepted: bool) -> NewRecord {
    let fields = json!([{"path": "/total", "value": of}]);
    NewRecord { schema: "receipt".into(), data: json!({"total": of}), fields, confidence: 0.75, doubts: u32::from(!accepted), accepted }
}

/// Runs the one step of a job so that it leaves a record.
async fn recorded(store: &dyn Store, job: NewJob, record: NewRecord) -> JobId {
    let id = submit(store, job).await;
    read_again(store, record).await;
    id
}

async fn read_again(store: &dyn Store, record: NewRecord) {
    let task = claim_one(store).await;
    let end = Settlement { report: json!({}), record: Some(record), ..Settlement::bare(task.task, task.fence, Input::Succeeded) };
    settle_as(store, end).await;
}

pub(super) async fn the_record(store: &dyn Store, job: JobId) -> Record {
    store.record(FileId::new(job, 0)).await.expect("read").expect("there")
}

async fn listed(store: &dyn Store, filter: RecordFilter) -> Vec<FileId> {
    let filter = RecordFilter { limit: filter.limit.max(1), ..filter };
    store.records(filter).await.expect("listed").into_iter().map(|r| r.file).collect()
}

/// Somebody corrects the total and accepts the record.
pub(super) fn review(record: &Record, total: &str) -> Review {
    Review {
        file: record.file,
        seen: record.revision,
        reviewer: "ann".into(),
        state: RecordState::Accepted,
        data: json!({"total": total}),
        fields: json!([]),
        confidence: 1.0,
        doubts: 0,
        corrections: vec![("/total".into(), Some(record.data["total"].clone()), Some(json!(total)))],
    }
}

/// A record is written with the end of its step, once, and not by an attempt whose fence is old.
pub async fn a_record_is_written_with_the_end_of_its_step(store: &dyn Store) {
    let id = submit(store, short_job(1)).await;
    let task = claim_one(store).await;
    let end =
        Settlement { report: json!({}), record: Some(total("12.50", false)), ..Settlement::bare(task.task, task.fence, Input::Succeeded) };
    assert_eq!(store.record(task.task.file).await.expect("read"), None);
    settle_as(store, end.clone()).await;
    let late = Settlement { record: Some(total("99.00", true)), ..end };
    assert_eq!(settle_as(store, late).await, Settled::Stale);
    let record = the_record(store, id).await;
    assert_eq!((record.owner.as_str(), record.name.as_str(), record.schema.as_str()), ("owner", "file-0.png", "receipt"));
    assert_eq!((record.data, record.state, record.revision, record.doubts), (json!({"total": "12.50"}), RecordState::Open, 1, 1));
    assert!((record.confidence - 0.75).abs() < f64::EPSILON && record.reviewed.is_none());
}

/// What somebody else changed meanwhile is not overwritten, and each correction is kept with who and when.
pub async fn a_record_is_changed_by_who_saw_its_latest_revision(store: &dyn Store) {
    let id = recorded(store, short_job(1), total("12.50", false)).await;
    let seen = the_record(store, id).await;
    let Reviewed::Written(now) = store.review(review(&seen, "13.50")).await.expect("reviewed") else { panic!("not written") };
    assert_eq!((now.revision, now.state, &now.data["total"]), (2, RecordState::Accepted, &json!("13.50")));
    assert_eq!(now.reviewed.as_ref().map(|(who, _)| who.as_str()), Some("ann"));
    assert_eq!(store.review(review(&seen, "14.50")).await.expect("reviewed"), Reviewed::Changed);
    let nobody = Review { file: FileId::new(id, 7), ..review(&seen, "1") };
    assert_eq!(store.review(nobody).await.expect("reviewed"), Reviewed::Missing);
    assert_eq!(the_record(store, id).await, *now);
    let kept = store.corrections(seen.file).await.expect("listed");
    let told: Vec<_> = kept.iter().map(|c| (c.path.as_str(), c.before.clone(), c.after.clone(), c.reviewer.as_str())).collect();
    let text = |t: &str| Some(Value::from(t));
    assert_eq!(told, [("/total", text("12.50"), text("13.50"), "ann")]);
    assert!(kept[0].at >= seen.created_at);
}

/// A file that is read again has one record, of the last reading; what people changed before is remembered.
pub async fn a_file_that_is_read_again_keeps_one_record_and_its_corrections(store: &dyn Store) {
    let id = recorded(store, short_job(1), total("12.50", false)).await;
    let seen = the_record(store, id).await;
    store.review(review(&seen, "13.50")).await.expect("reviewed");
    store.retry(id, RetryFrom::All).await.expect("retried");
    read_again(store, total("13.49", true)).await;
    let again = the_record(store, id).await;
    assert_eq!((again.revision, again.state, again.created_at), (3, RecordState::Accepted, seen.created_at));
    assert_eq!((again.reviewed, &again.data["total"]), (None, &json!("13.49")));
    assert_eq!(store.corrections(seen.file).await.expect("listed").len(), 1);
}

/// A review and a new reading of the same file at the same moment come one after the other: the reading counts on from the review, or the
/// review is refused. A revision that somebody saw never stands for anything else.
pub async fn a_review_and_a_new_reading_at_the_same_moment_lose_nothing(store: &dyn Store) {
    let id = recorded(store, short_job(1), total("0.00", false)).await;
    let mut kept = Vec::new();
    for round in 1..=40 {
        store.retry(id, RetryFrom::All).await.expect("retried");
        let task = claim_one(store).await;
        let seen = the_record(store, id).await;
        let (read, typed) = (format!("{round}.00"), format!("{round}.50"));
        let bare = Settlement::bare(task.task, task.fence, Input::Succeeded);
        let end = Settlement { report: json!({}), record: Some(total(&read, false)), ..bare };
        let (settling, reviewing) = (settle_as(store, end), store.review(review(&seen, &typed)));
        // Whoever is asked first has a small lead.
        let (settled, reviewed) = if round % 2 == 0 {
            futures::future::join(settling, reviewing).await
        } else {
            let (reviewed, settled) = futures::future::join(reviewing, settling).await;
            (settled, reviewed)
        };
        assert!(matches!(settled, Settled::Written { .. }), "{settled:?}");
        let between = match reviewed.expect("answered") {
            Reviewed::Written(now) => {
                assert_eq!((now.revision, &now.data["total"]), (seen.revision + 1, &json!(typed)), "in round {round}");
                kept.push(Some(json!(typed)));
                1
            }
            Reviewed::Changed => 0,
            Reviewed::Missing => panic!("the record was gone in round {round}"),
        };
        let now = the_record(store, id).await;
        assert_eq!(now.revision, seen.revision + between + 1, "in round {round}, with {between} reviews");
        assert_eq!((&now.data["total"], now.state, now.reviewed), (&json!(read), RecordState::Open, None), "in round {round}");
    }
    let listed: Vec<_> = store.corrections(FileId::new(id, 0)).await.expect("listed").into_iter().map(|c| c.after).collect();
    assert_eq!(listed, kept, "every review that was told as written is in the history, in order, and no other");
}

/// Records are listed by owner, job, group, schema and state, page by page.
pub async fn records_are_listed_by_whose_and_what_they_are(store: &dyn Store) {
    let first = recorded(store, NewJob { group: Some("g".into()), ..short_job(1) }, total("1.00", false)).await;
    let second = recorded(store, short_job(1), total("2.00", true)).await;
    let other = recorded(store, NewJob { group: Some("g".into()), ..short_job(1).of("ben") }, total("3.00", true)).await;
    let [first, second, other] = [first, second, other].map(|job| FileId::new(job, 0));
    let mine = || RecordFilter { owner: Some("owner".into()), limit: 9, ..RecordFilter::default() };
    assert_eq!(listed(store, mine()).await, [second, first]);
    assert_eq!(listed(store, RecordFilter { limit: 1, ..mine() }).await, [second]);
    assert_eq!(listed(store, RecordFilter { after: Some(second), ..mine() }).await, [first]);
    assert_eq!(listed(store, RecordFilter { job: Some(second.job), ..mine() }).await, [second]);
    assert_eq!(listed(store, RecordFilter { group: Some("g".into()), ..mine() }).await, [first]);
    assert_eq!(listed(store, RecordFilter { state: Some(RecordState::Open), ..mine() }).await, [first]);
    assert_eq!(listed(store, RecordFilter { schema: Some("letter".into()), ..mine() }).await, []);
    assert_eq!(listed(store, RecordFilter { limit: 9, ..RecordFilter::default() }).await, [other, second, first]);
}

/// A deleted job takes its records and corrections with it.
pub async fn records_go_with_their_job(store: &dyn Store) {
    let id = recorded(store, short_job(1), total("12.50", false)).await;
    let seen = the_record(store, id).await;
    store.review(review(&seen, "13.50")).await.expect("reviewed");
    assert!(store.delete(id, "p/".into()).await.expect("deleted"));
    assert_eq!(store.record(seen.file).await.expect("read"), None);
    assert!(store.corrections(seen.file).await.expect("listed").is_empty());
}

/// What a file is opened with comes to every attempt at it, and is printed nowhere.
pub async fn the_password_of_a_file_comes_with_its_tasks(store: &dyn Store) {
    let mut job = new_job(2);
    job.files[1].password = Some(Password("open sesame".into()));
    submit(store, job).await;
    let (a, b) = (claim_one(store).await, claim_one(store).await);
    assert_eq!((a.password.clone(), b.password.clone()), (None, Some(Password("open sesame".into()))));
    assert!(!format!("{b:?}").contains("sesame"));
    succeed(store, &b).await;
    assert_eq!(claim_one(store).await.password, b.password);
}
