//! What every blob storage promises, as tests. A backend's own tests call these with the real thing.

use futures::TryStreamExt;

use crate::{BlobError, Blobs, Key, Stored};

/// SHA-256 of `grist`.
const GRIST: &str = "dd5bf494e709246c7601e27722e3aee656b900082c3f5f1598ae1475c35c2c4b";

fn key(text: &str) -> Key {
    text.parse().expect("a good key")
}

async fn put(blobs: &dyn Blobs, at: &str, content: &[u8]) -> Stored {
    let path = blobs.spool().join(at.replace('/', "-"));
    tokio::fs::write(&path, content).await.expect("the spool is writable");
    blobs.put_file(&key(at), &path).await.expect("it is put")
}

async fn read(blobs: &dyn Blobs, at: &str, range: Option<std::ops::Range<u64>>) -> Result<Vec<u8>, BlobError> {
    let pieces: Vec<_> = blobs.read(&key(at), range).await?.try_collect().await?;
    Ok(pieces.concat())
}

/// Content, size and hash agree.
pub async fn what_is_put_is_read_back_with_its_hash(blobs: &dyn Blobs) {
    let stored = put(blobs, "a/grist", b"grist").await;
    assert_eq!(stored, Stored { bytes: 5, sha256: GRIST.into() });
    assert_eq!(read(blobs, "a/grist", None).await.expect("it is there"), b"grist");
    assert_eq!(blobs.size(&key("a/grist")).await.expect("it is there"), 5);
}

/// Ranges are half open, may be empty, and are never more or less than asked.
pub async fn a_range_is_exactly_that_range(blobs: &dyn Blobs) {
    put(blobs, "a/grist", b"grist").await;
    for (range, expected) in [(0..5, "grist"), (1..3, "ri"), (4..5, "t"), (2..2, "")] {
        assert_eq!(read(blobs, "a/grist", Some(range)).await.expect("within the blob"), expected.as_bytes());
    }
}

/// A range that cannot be answered is told apart from a lost blob.
pub async fn a_range_beyond_the_end_is_an_error_that_names_the_size(blobs: &dyn Blobs) {
    put(blobs, "a/grist", b"grist").await;
    assert!(matches!(read(blobs, "a/grist", Some(3..6)).await, Err(BlobError::Range { bytes: 5, .. })));
}

/// Absence is its own error, for every call that needs the blob.
pub async fn what_was_never_put_is_not_found(blobs: &dyn Blobs) {
    assert!(matches!(read(blobs, "no/such", None).await, Err(BlobError::NotFound(_))));
    assert!(matches!(blobs.size(&key("no/such")).await, Err(BlobError::NotFound(_))));
    assert!(matches!(blobs.local(&key("no/such"), None).await, Err(BlobError::NotFound(_))));
}

/// The last whole content wins.
pub async fn putting_again_replaces_the_whole(blobs: &dyn Blobs) {
    put(blobs, "a/x", b"a long first content").await;
    put(blobs, "a/x", b"short").await;
    assert_eq!(read(blobs, "a/x", None).await.expect("it is there"), b"short");
}

/// Scratch files do not pile up.
pub async fn a_put_takes_the_file_away(blobs: &dyn Blobs) {
    put(blobs, "a/x", b"x").await;
    assert!(!blobs.spool().join("a-x").exists());
}

/// Deletion may be repeated after a crash.
pub async fn deleting_twice_is_fine(blobs: &dyn Blobs) {
    put(blobs, "a/x", b"x").await;
    for _ in 0..2 {
        blobs.delete(&key("a/x")).await.expect("it is gone");
        blobs.delete_prefix(&key("a")).await.expect("it is gone");
    }
    assert!(matches!(read(blobs, "a/x", None).await, Err(BlobError::NotFound(_))));
}

/// A prefix is a folder, not the beginning of a name.
pub async fn a_prefix_lists_and_deletes_all_below_it_and_nothing_beside_it(blobs: &dyn Blobs) {
    for at in ["j/1/a", "j/1/b/c", "j/12/a"] {
        put(blobs, at, b"x").await;
    }
    assert_eq!(blobs.list(&key("j/1")).await.expect("listed"), [key("j/1/a"), key("j/1/b/c")]);
    blobs.delete_prefix(&key("j/1")).await.expect("deleted");
    assert_eq!(blobs.list(&key("j")).await.expect("listed"), [key("j/12/a")]);
}

/// Of large and small parts, of one and of none; also when there is a blob of that key already. Bytes differ at every place.
pub async fn parts_become_one_blob_in_their_order_and_stay(blobs: &dyn Blobs) {
    let sizes = [3, 6 << 20, 100, 0, 1 << 20, 4 << 20, 12 << 20, 7];
    let content =
        |no: usize| (0..sizes[no]).map(|at| u8::try_from((at * 31 + at / 251 + no * 7) % 256).expect("a byte")).collect::<Vec<_>>();
    for (no, _) in sizes.iter().enumerate() {
        put(blobs, &format!("c/{no}"), &content(no)).await;
    }
    for order in [vec![], vec![0], vec![1], vec![0, 2, 3], vec![1, 6, 4], vec![0, 1, 2, 3, 4, 5, 6, 7], vec![7, 6, 0, 1]] {
        let parts: Vec<Key> = order.iter().map(|no| key(&format!("c/{no}"))).collect();
        let whole: Vec<u8> = order.iter().flat_map(|no| content(*no)).collect();
        assert_eq!(blobs.concat(&parts, &key("c/whole")).await.expect("joined"), whole.len() as u64);
        assert!(read(blobs, "c/whole", None).await.expect("it is there") == whole, "{order:?}");
    }
    blobs.delete(&key("c/whole")).await.expect("deleted");
    assert!(read(blobs, "c/6", None).await.expect("it stays") == content(6));
    let lost = blobs.concat(&[key("c/0"), key("c/none"), key("c/1")], &key("c/whole")).await;
    assert!(matches!(lost, Err(BlobError::NotFound(_))), "{lost:?}");
    assert!(matches!(read(blobs, "c/whole", None).await, Err(BlobError::NotFound(_))));
}

/// An object has the size and bytes of its blob, whole and in ranges, and a version once it has changed.
pub async fn an_object_is_read_by_range_and_as_a_stream(blobs: &dyn Blobs) {
    put(blobs, "o/grist", b"grist").await;
    let object = blobs.object(&key("o/grist")).await.expect("it is there");
    assert_eq!((object.size(), object.read_at(1..4).await.expect("within it")), (5, "ris".into()));
    let pieces: Vec<_> = object.stream(0..5).try_collect().await.expect("it is there");
    assert_eq!(pieces.concat(), b"grist");
    put(blobs, "o/empty", b"").await;
    let empty = blobs.object(&key("o/empty")).await.expect("it is there");
    assert_eq!((empty.size(), empty.read_at(0..0).await.expect("nothing of it")), (0, "".into()));
    assert_ne!(object.tag(), empty.tag());
    assert!(matches!(blobs.object(&key("o/none")).await, Err(BlobError::NotFound(_))));
}

/// A path holds what was put last, however often it was asked for before.
pub async fn a_local_copy_has_the_bytes_of_the_last_put(blobs: &dyn Blobs) {
    for content in ["first", "second"] {
        put(blobs, "l/x", content.as_bytes()).await;
        for _ in 0..2 {
            let path = blobs.local(&key("l/x"), None).await.expect("it is there");
            assert_eq!(std::fs::read(&path).expect("it can be read"), content.as_bytes());
        }
    }
}
