//! Servers of others, which do what they like: our own small ones on loopback, which is allowed here.

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{MIB, sha256};
use futures::TryStreamExt;
use gristmill_blob::guard::{Allow, Refusal};
use gristmill_blob::{BlobError, Reading, Web, pull};
use gristmill_servers::noise;

/// Answers each request by its count, from zero; the connection ends after each.
fn server(answer: impl Fn(usize, &str, &mut TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/file?token=hidden", listener.local_addr().unwrap());
    let (answer, count) = (Arc::new(answer), AtomicUsize::new(0));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (answer, n) = (answer.clone(), count.fetch_add(1, Ordering::SeqCst));
            std::thread::spawn(move || {
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                    head.push(byte[0]);
                }
                answer(n, &String::from_utf8_lossy(&head), &mut stream);
            });
        }
    });
    url
}

fn say(stream: &mut TcpStream, head: &str, body: &[u8]) {
    let _heard = stream.write_all(format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").as_bytes()).and_then(|()| stream.write_all(body));
}

fn web(limit: u64) -> Web {
    let reading = Reading { chunk: MIB as u64, stall: Duration::from_secs(2), tries: 4, ..Reading::default() };
    Web::new(Allow { http: true, loopback: true, ..Allow::default() }, limit, reading).unwrap()
}

#[tokio::test]
async fn a_redirect_into_our_own_network_is_not_followed() {
    for (to, refusal) in [
        ("http://169.254.169.254/latest/meta-data/", Refusal::NotPublic("169.254.169.254".into())),
        ("http://[::ffff:10.0.0.1]/", Refusal::NotPublic("[::ffff:a00:1]".into())),
        ("https://me:secret@example.org/", Refusal::Credentials),
    ] {
        let url = server(move |_, _, stream| say(stream, &format!("302 Found\r\nLocation: {to}\r\nContent-Length: 0"), b""));
        match web(100).open(&url).await {
            Err(BlobError::Address(found)) => assert_eq!(found, refusal),
            other => panic!("{to}: {other:?}"),
        }
    }
    let url = server(|_, _, stream| say(stream, "302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0", b""));
    assert!(web(100).open(&url).await.is_err());
}

#[tokio::test]
async fn redirects_end() {
    let url = server(|n, _, stream| say(stream, &format!("302 Found\r\nLocation: /{n}\r\nContent-Length: 0"), b""));
    assert!(matches!(web(100).open(&url).await, Err(BlobError::Address(Refusal::Redirects))));
}

#[tokio::test]
async fn our_own_network_is_refused_unless_it_is_allowed() {
    let url = server(|_, _, stream| say(stream, "200 OK\r\nContent-Length: 2", b"ok"));
    let strict = Web::new(Allow::default(), 100, Reading::default()).unwrap();
    assert!(matches!(strict.open(&url).await, Err(BlobError::Address(Refusal::Scheme(_)))));
    let encrypted = url.replace("http:", "https:");
    assert!(matches!(strict.open(&encrypted).await, Err(BlobError::Address(Refusal::NotPublic(_)))));
    let named = encrypted.replace("127.0.0.1", "localhost");
    assert!(matches!(strict.open(&named).await, Err(BlobError::Address(Refusal::NotPublic(_)))));
    assert_eq!(web(100).open(&url).await.unwrap().size(), 2);
}

#[tokio::test]
async fn a_server_without_ranges_is_read_in_one_stream_that_may_break() {
    let bytes = Arc::new(noise(3 * MIB, 7));
    let body = bytes.clone();
    let url = server(move |n, _, stream| {
        // Every second answer breaks off in the middle.
        let until = if n % 2 == 1 { body.len() / 2 } else { body.len() };
        say(stream, &format!("200 OK\r\nETag: \"one\"\r\nContent-Length: {}", body.len()), &body[..until]);
    });
    let object = web(u64::MAX).open(&url).await.unwrap();
    assert!(!object.has_ranges());
    let folder = tempfile::tempdir().unwrap();
    pull(&object, &folder.path().join("pulled"), Some(&sha256(&bytes))).await.unwrap();
    assert!(object.read_at(5..MIB as u64).await.unwrap() == bytes[5..MIB]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_length_that_is_a_lie_is_an_error_and_no_result() {
    let url = server(|_, head, stream| match head.to_lowercase().contains("range: bytes=0-0") {
        true => say(stream, "206 Partial Content\r\nETag: \"a\"\r\nContent-Range: bytes 0-0/1000\r\nContent-Length: 1", b"x"),
        false => say(stream, "206 Partial Content\r\nETag: \"a\"\r\nContent-Range: bytes 0-999/1000\r\nContent-Length: 1000", b"short"),
    });
    let object = web(10_000).open(&url).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let error = pull(&object, &folder.path().join("pulled"), None).await.unwrap_err();
    assert!(matches!(&error, BlobError::Unavailable { .. }), "{error:?}");
    assert!(!folder.path().join("pulled").exists());
}

#[tokio::test]
async fn a_range_that_was_not_asked_for_is_not_taken() {
    let url = server(|n, _, stream| match n {
        0 => say(stream, "206 Partial Content\r\nContent-Range: bytes 0-0/10\r\nContent-Length: 1", b"0"),
        _ => say(stream, "206 Partial Content\r\nContent-Range: bytes 3-5/10\r\nContent-Length: 3", b"345"),
    });
    let object = web(100).open(&url).await.unwrap();
    assert!(matches!(object.read_at(0..3).await, Err(BlobError::Unavailable { .. })));
    assert_eq!(object.read_at(3..6).await.unwrap(), "345");
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_read() {
    let url = server(|_, _, stream| say(stream, "206 Partial Content\r\nContent-Range: bytes 0-0/101\r\nContent-Length: 1", b"x"));
    let error = web(100).open(&url).await.unwrap_err();
    assert!(matches!(error, BlobError::TooLarge { bytes: 101, limit: 100, .. }));
    assert!(!format!("{error} {error:?}").contains("hidden"));
}

#[tokio::test]
async fn a_weak_version_that_changes_is_told() {
    let url = server(|n, _, stream| {
        let range = if n == 0 { "0-0" } else { "0-8" };
        say(stream, &format!("206 Partial Content\r\nETag: W/\"{n}\"\r\nContent-Range: bytes {range}/9\r\nContent-Length: 9"), &[0; 9]);
    });
    let object = web(100).open(&url).await.unwrap();
    let read: Result<Vec<_>, _> = object.stream(0..9).try_collect().await;
    assert!(matches!(read, Err(BlobError::Changed(_))));
}
