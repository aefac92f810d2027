//! The promises of every blob storage, kept by a bucket on two servers by different authors.

mod common;

use bytes::Bytes;
use common::{MIB, bucket, file, key, settings, sha256};
use gristmill_blob::{BlobError, Blobs, S3, contract};
use gristmill_servers::{Moto, SeaweedFs, noise};

async fn keeps_all_promises(endpoint: &str, a_bucket: impl Fn() -> String) {
    let bucket = bucket(settings(endpoint, &a_bucket()));
    contract::what_is_put_is_read_back_with_its_hash(&bucket.s3).await;
    contract::a_range_is_exactly_that_range(&bucket.s3).await;
    contract::a_range_beyond_the_end_is_an_error_that_names_the_size(&bucket.s3).await;
    contract::what_was_never_put_is_not_found(&bucket.s3).await;
    contract::putting_again_replaces_the_whole(&bucket.s3).await;
    contract::a_put_takes_the_file_away(&bucket.s3).await;
    contract::deleting_twice_is_fine(&bucket.s3).await;
    contract::a_prefix_lists_and_deletes_all_below_it_and_nothing_beside_it(&bucket.s3).await;
    contract::parts_become_one_blob_in_their_order_and_stay(&bucket.s3).await;
    contract::an_object_is_read_by_range_and_as_a_stream(&bucket.s3).await;
    contract::a_local_copy_has_the_bytes_of_the_last_put(&bucket.s3).await;
    bucket.s3.probe().await.unwrap();
    a_file_in_parts_is_read_back(&bucket.s3).await;
    odd_names_are_names(&bucket.s3).await;
    of_two_who_put_if_absent_one_succeeds(&bucket.s3).await;
    a_browser_uploads_in_parts(&bucket.s3).await;
}

async fn a_file_in_parts_is_read_back(s3: &S3) {
    let bytes = noise(12 * MIB + 345, 1);
    let stored = s3.put_file(&key("parts/of it"), &file(s3.spool(), &bytes)).await.unwrap();
    assert_eq!((stored.bytes, stored.sha256), (bytes.len() as u64, sha256(&bytes)));
    let local = s3.local(&key("parts/of it"), None).await.unwrap();
    assert!(std::fs::read(&local).unwrap() == bytes);
    let object = s3.object(&key("parts/of it")).await.unwrap();
    let (from, to) = (5 * MIB - 100, 6 * MIB + 7);
    assert!(object.read_at(from as u64..to as u64).await.unwrap() == bytes[from..to]);
}

async fn odd_names_are_names(s3: &S3) {
    for name in ["a b", "grüße/ü", "50%25", "a+b", "what?is=this", "x#y", "a&b;c", "'quoted\"", "~tilde*", "a=b@c:d,e"] {
        let at = key(&format!("odd/{name}"));
        let path = file(s3.spool(), name.as_bytes());
        s3.put_file(&at, &path).await.unwrap();
        assert_eq!(s3.object(&at).await.unwrap().read_at(0..name.len() as u64).await.unwrap(), name);
        assert!(s3.list(&key("odd")).await.unwrap_or_default().contains(&at), "{name}");
        s3.delete(&at).await.unwrap();
        assert!(matches!(s3.size(&at).await, Err(BlobError::NotFound(_))), "{name}");
    }
}

async fn of_two_who_put_if_absent_one_succeeds(s3: &S3) {
    s3.put_if_absent(&key("once"), Bytes::from_static(b"one")).await.unwrap();
    assert!(matches!(s3.put_if_absent(&key("once"), Bytes::from_static(b"two")).await, Err(BlobError::Exists(_))));
    assert_eq!(s3.object(&key("once")).await.unwrap().read_at(0..3).await.unwrap(), "one");
}

async fn a_browser_uploads_in_parts(s3: &S3) {
    let (at, bytes, hour) = (key("direct"), noise(7 * MIB, 2), std::time::Duration::from_secs(3600));
    let upload = s3.begin_multipart(&at).await.unwrap();
    let browser = reqwest::Client::new();
    for (part, number) in bytes.chunks(5 * MIB).zip(1..) {
        let url = s3.presign_part(&at, &upload, number, hour).await.unwrap();
        assert!(!format!("{url:?}").contains("Signature"));
        assert!(browser.put(url.secret()).body(part.to_vec()).send().await.unwrap().status().is_success());
        let short = s3.complete_multipart(&at, &upload, bytes.len() as u64).await;
        assert!(number == 2 || matches!(short, Err(BlobError::Unexpected { .. })));
    }
    let stored = s3.object(&at).await.unwrap();
    assert_eq!(stored.size(), bytes.len() as u64);
    let url = s3.presign_get(&at, hour).await.unwrap();
    assert!(browser.get(url.secret()).send().await.unwrap().bytes().await.unwrap() == bytes);
    let other = s3.begin_multipart(&at).await.unwrap();
    s3.abort_multipart(&at, &other).await.unwrap();
    s3.abort_multipart(&at, &other).await.unwrap();
}

#[tokio::test]
async fn seaweedfs_keeps_all_promises() {
    keeps_all_promises(&SeaweedFs::shared().endpoint(), || SeaweedFs::shared().bucket()).await;
}

#[tokio::test]
async fn moto_keeps_all_promises() {
    keeps_all_promises(&Moto::shared().endpoint(), || Moto::shared().bucket()).await;
}
