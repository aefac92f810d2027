//! Promises about bytes on their way in.

use std::time::Duration;

use futures::future::join_all;
use gristmill_model::UploadId;
use gristmill_model::id::Uuid;

use super::make::until;
use crate::Store;
use crate::row::{Begun, EffectBody, Growth, NewUpload, Quota, Segment, Upload};

const HOUR: Duration = Duration::from_secs(3600);
const PLENTY: Quota = Quota { uploads: 100, bytes: u64::MAX };

fn new(owner: &str, length: u64) -> NewUpload {
    let id = UploadId::from_uuid(Uuid::now_v7());
    NewUpload {
        id,
        owner: owner.into(),
        name: "talk.mp4".into(),
        metadata: "filename dGFsay5tcDQ=".into(),
        length,
        partial: false,
        prefix: format!("uploads/{id}"),
        multipart: None,
        kept: HOUR,
    }
}

async fn begun(store: &dyn Store, new: NewUpload) -> UploadId {
    let id = new.id;
    assert_eq!(store.begin_upload(new, PLENTY).await.expect("begun"), Begun::Created);
    id
}

fn piece(id: UploadId, from: u64, bytes: u64) -> Growth {
    let segment = Segment { key: format!("uploads/{id}/{from}"), bytes };
    Growth { id, from, segment, hash: Some(format!("after {}", from + bytes)), kept: HOUR }
}

async fn there(store: &dyn Store, id: UploadId) -> Upload {
    store.upload(id).await.expect("read").expect("it is there")
}

/// An upload knows how far it came, and a piece that begins elsewhere changes nothing.
pub async fn an_upload_grows_piece_by_piece_and_only_where_it_stands(store: &dyn Store) {
    let id = begun(store, new("ann", 10)).await;
    assert!(store.grow_upload(piece(id, 0, 4)).await.expect("written"));
    assert!(!store.grow_upload(piece(id, 0, 4)).await.expect("told"), "it was taken before");
    assert!(!store.grow_upload(piece(id, 6, 4)).await.expect("told"), "there is a gap");
    assert!(!there(store, id).await.complete());
    assert!(store.grow_upload(piece(id, 4, 6)).await.expect("written"));
    let upload = there(store, id).await;
    assert!(upload.complete());
    assert_eq!((upload.received, upload.hash.as_deref()), (10, Some("after 10")));
    assert_eq!(upload.segments, [piece(id, 0, 4).segment, piece(id, 4, 6).segment]);
    assert_eq!((upload.owner.as_str(), upload.name.as_str(), upload.metadata.as_str()), ("ann", "talk.mp4", "filename dGFsay5tcDQ="));
}

/// Servers need no lock between them.
pub async fn of_two_pieces_for_the_same_place_one_is_taken(store: &dyn Store) {
    let id = begun(store, new("ann", 100)).await;
    for from in 0..20 {
        let (one, two) = tokio::join!(store.grow_upload(piece(id, from, 1)), store.grow_upload(piece(id, from, 1)));
        assert_ne!(one.expect("told"), two.expect("told"));
    }
    assert_eq!(there(store, id).await.segments.len(), 20);
}

/// An upload is never longer than was said.
pub async fn a_piece_that_does_not_fit_is_refused(store: &dyn Store) {
    let id = begun(store, new("ann", 10)).await;
    assert!(!store.grow_upload(piece(id, 0, 11)).await.expect("told"));
    assert_eq!(there(store, id).await.received, 0);
}

/// Quotas answer early, before a byte is sent; each owner has their own.
pub async fn an_owner_has_only_so_much_on_its_way(store: &dyn Store) {
    begun(store, new("ann", 10)).await;
    let few = store.begin_upload(new("ann", 1), Quota { uploads: 1, bytes: 100 }).await.expect("told");
    assert_eq!(few, Begun::Full { uploads: 1, bytes: 10 });
    let small = store.begin_upload(new("ann", 91), Quota { uploads: 9, bytes: 100 }).await.expect("told");
    assert_eq!(small, Begun::Full { uploads: 1, bytes: 10 });
    assert_eq!(store.begin_upload(new("bob", 91), Quota { uploads: 1, bytes: 100 }).await.expect("told"), Begun::Created);
}

/// The joined upload is complete at once, and has the blobs of its pieces in the order that was asked for.
pub async fn complete_pieces_are_joined_and_are_no_uploads_any_more(store: &dyn Store) {
    let mut pieces = Vec::new();
    for bytes in [3, 5] {
        let id = begun(store, NewUpload { partial: true, ..new("ann", bytes) }).await;
        assert!(store.grow_upload(piece(id, 0, bytes)).await.expect("written"));
        pieces.push(id);
    }
    pieces.reverse();
    let whole = new("ann", 0);
    let id = whole.id;
    assert_eq!(store.join_uploads(whole, pieces.clone()).await.expect("joined"), Begun::Created);
    let upload = there(store, id).await;
    assert!(upload.complete() && upload.hash.is_none());
    assert_eq!(upload.segments, [piece(pieces[0], 0, 5).segment, piece(pieces[1], 0, 3).segment]);
    assert_eq!(upload.prefixes.len(), 3);
    assert!(store.upload(pieces[0]).await.expect("read").is_none());
}

/// Nothing is taken from anyone else, and nothing half.
pub async fn pieces_that_are_not_complete_or_of_another_owner_are_not_joined(store: &dyn Store) {
    let half = begun(store, NewUpload { partial: true, ..new("ann", 3) }).await;
    let other = begun(store, NewUpload { partial: true, ..new("bob", 3) }).await;
    let plain = begun(store, new("ann", 3)).await;
    for id in [other, plain] {
        assert!(store.grow_upload(piece(id, 0, 3)).await.expect("written"));
    }
    for id in [half, other, plain] {
        let told = store.join_uploads(new("ann", 0), vec![id]).await.expect("told");
        assert_eq!(told, Begun::Unfinished(id));
        assert!(store.upload(id).await.expect("read").is_some());
    }
}

/// However many servers are asked at once: a quota that many small requests can pass guards nothing.
pub async fn racing_begins_of_one_owner_stay_within_the_quota(store: &dyn Store) {
    for (owner, quota) in [("ann", Quota { uploads: 3, bytes: 1000 }), ("bob", Quota { uploads: 100, bytes: 30 })] {
        let begins = (0..12).map(|_| store.begin_upload(new(owner, 10), quota));
        let told: Vec<Begun> = join_all(begins).await.into_iter().map(|begun| begun.expect("told")).collect();
        assert_eq!(told.iter().filter(|begun| **begun == Begun::Created).count(), 3, "{told:?}");
        assert!(told.iter().all(|begun| *begun == Begun::Created || *begun == Begun::Full { uploads: 3, bytes: 30 }), "{told:?}");
    }
}

async fn whole_piece(store: &dyn Store, bytes: u64) -> UploadId {
    let id = begun(store, NewUpload { partial: true, ..new("ann", bytes) }).await;
    assert!(store.grow_upload(piece(id, 0, bytes)).await.expect("written"));
    id
}

/// Whoever asks, and however often they name it; else a few bytes would become as many as one likes.
pub async fn a_piece_is_joined_once_only(store: &dyn Store) {
    let (one, two) = (whole_piece(store, 3).await, whole_piece(store, 5).await);
    assert_eq!(store.join_uploads(new("ann", 0), vec![one, two, one]).await.expect("told"), Begun::Unfinished(one));
    assert!(there(store, one).await.complete() && there(store, two).await.complete(), "nothing was taken");
    let (left, right) = tokio::join!(store.join_uploads(new("ann", 0), vec![one, two]), store.join_uploads(new("ann", 0), vec![two, one]));
    let told = [left.expect("told"), right.expect("told")];
    assert_eq!(told.iter().filter(|begun| **begun == Begun::Created).count(), 1, "{told:?}");
    assert!(told.iter().any(|begun| matches!(begun, Begun::Unfinished(_))), "{told:?}");
}

/// Its length follows from its pieces, whatever was said of it; of none there is nothing to make.
pub async fn a_joined_upload_is_as_long_as_its_pieces(store: &dyn Store) {
    let (whole, empty) = (new("ann", 99), new("ann", 0));
    let (id, none) = (whole.id, empty.id);
    assert_eq!(store.join_uploads(whole, vec![whole_piece(store, 8).await]).await.expect("joined"), Begun::Created);
    assert_eq!((there(store, id).await.length, there(store, id).await.complete()), (8, true));
    assert_eq!(store.join_uploads(empty, Vec::new()).await.expect("told"), Begun::Unfinished(none));
    assert!(store.upload(none).await.expect("read").is_none());
}

/// What is gone for its owner is so for a join too, and what lies elsewhere still is not there yet.
pub async fn a_piece_that_has_expired_or_is_still_elsewhere_is_not_joined(store: &dyn Store) {
    let late = begun(store, NewUpload { partial: true, kept: Duration::from_millis(5), ..new("ann", 0) }).await;
    until(async || store.upload(late).await.expect("read").is_none().then_some(())).await;
    let elsewhere = begun(store, NewUpload { partial: true, multipart: Some("m".into()), ..new("ann", 0) }).await;
    for id in [late, elsewhere] {
        assert_eq!(store.join_uploads(new("ann", 0), vec![id]).await.expect("told"), Begun::Unfinished(id));
    }
}

/// A piece that was taken is kept, and one that comes too late is refused: nothing is removed that somebody was told is there.
pub async fn a_piece_that_comes_while_uploads_are_cleared_away_is_kept_or_refused(store: &dyn Store) {
    for millis in (0..5).cycle().take(30) {
        let id = begun(store, NewUpload { kept: Duration::from_millis(millis), ..new("ann", 10) }).await;
        let (grew, _) = tokio::join!(store.grow_upload(piece(id, 0, 1)), store.prune_uploads(10));
        let grew = grew.expect("told");
        until(async || (store.upload(id).await.expect("read").is_some() == grew).then_some(())).await;
        until(async || (store.prune_uploads(10).await.expect("pruned") == 0).then_some(())).await;
        let ended = store.end_upload(id).await.expect("told");
        assert!(!grew || ended, "{millis} ms");
    }
}

/// A piece that is refused is its bringer's to remove: it came after the effect that removes the others.
pub async fn an_upload_that_is_ended_while_it_grows_is_gone(store: &dyn Store) {
    for _ in 0..10 {
        let id = begun(store, new("ann", 10)).await;
        let (grew, ended) = tokio::join!(store.grow_upload(piece(id, 0, 1)), store.end_upload(id));
        assert!(ended.expect("ended") && store.upload(id).await.expect("read").is_none());
        assert!(!store.grow_upload(piece(id, u64::from(grew.expect("told")), 1)).await.expect("told"));
    }
    assert_eq!(store.take_effects(100, HOUR).await.expect("taken").len(), 10);
}

/// Bytes do not stay behind.
pub async fn a_forgotten_upload_leaves_effects_that_remove_its_bytes(store: &dyn Store) {
    let id = begun(store, new("ann", 10)).await;
    assert!(store.end_upload(id).await.expect("ended"));
    assert!(!store.end_upload(id).await.expect("told"));
    assert!(store.upload(id).await.expect("read").is_none());
    let effects = store.take_effects(10, HOUR).await.expect("taken");
    let bodies: Vec<_> = effects.into_iter().map(|e| (e.owner, e.body)).collect();
    assert_eq!(bodies, [("ann".into(), EffectBody::Delete { prefix: format!("uploads/{id}") })]);
}

/// What nobody comes back to does not stay for ever; it is gone for its owner at once.
pub async fn an_upload_to_which_nothing_comes_is_forgotten(store: &dyn Store) {
    let kept = begun(store, new("ann", 10)).await;
    let id = begun(store, NewUpload { kept: Duration::from_millis(5), ..new("ann", 10) }).await;
    until(async || store.upload(id).await.expect("read").is_none().then_some(())).await;
    assert!(!store.grow_upload(piece(id, 0, 1)).await.expect("told"));
    until(async || (store.prune_uploads(10).await.expect("pruned") == 1).then_some(())).await;
    assert_eq!(store.take_effects(10, HOUR).await.expect("taken").len(), 1);
    assert!(store.upload(kept).await.expect("read").is_some());
}
