//! The memory of a process that reads a large object through a gateway. Alone in its file: it looks at the whole process.

mod common;

use std::fs::File;

use common::{client, until};
use gristmill_blob::Object;
use gristmill_gateway::{Bounds, Gateway};

const GIB: u64 = 1 << 30;

/// The largest resident memory this process ever had.
fn peak() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_of_a_gigabyte_is_read_through_in_constant_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film");
    File::create(&path).unwrap().set_len(GIB).unwrap();
    let object = Object::file(&path, "film").await.unwrap();
    let (bounds, client) = (Bounds { memory: 16 << 20, chunk: 2 << 20 }, client());
    let gateway = Gateway::start(bounds).unwrap();
    let link = gateway.open(&object).unwrap();
    let before = peak();
    let mut answer = client.get(link.url()).send().await.unwrap();
    let mut read = 0;
    while let Some(chunk) = answer.chunk().await.unwrap() {
        read += chunk.len() as u64;
    }
    assert_eq!((read, link.counts().fetched), (GIB, GIB));
    let grown = peak() - before;
    assert!(grown < 3 * bounds.memory, "{} MiB more", grown >> 20);
    drop(link);
    until("the last answer is over", || gateway.readers() == 0).await;
}
