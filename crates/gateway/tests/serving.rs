//! What the gateway answers, over a bucket of SeaweedFS.

mod common;

use common::{MIB, World, client, drained, get, until};
use gristmill_blob::Reading;
use gristmill_gateway::{Bounds, Gateway};
use gristmill_servers::noise;
use reqwest::StatusCode;
use reqwest::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE};

#[tokio::test(flavor = "multi_thread")]
async fn ranges_are_answered_with_the_bytes_of_the_object() {
    let (world, client, bytes) = (World::new(), client(), noise(5 * MIB + 123, 1));
    world.put(&bytes).await;
    let link = world.gateway.open(&world.object().await).unwrap();
    let size = bytes.len();
    for (range, expected) in [
        ("0-0".to_owned(), 0..1),
        ("65535-65536".to_owned(), 65_535..65_537),
        ("1000000-4000000".to_owned(), 1_000_000..4_000_001),
        (format!("{}-", size - 7), size - 7..size),
        ("-9".to_owned(), size - 9..size),
        ("5-".to_owned(), 5..size),
        ("5000000-99999999999".to_owned(), 5_000_000..size),
    ] {
        let answer = get(&client, &link.url(), &range).await;
        assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        let header = |name| answer.headers()[&name].to_str().unwrap().to_owned();
        assert_eq!(header(CONTENT_RANGE), format!("bytes {}-{}/{size}", expected.start, expected.end - 1));
        assert_eq!(header(CONTENT_LENGTH), expected.len().to_string());
        assert!(drained(answer).await.0 == bytes[expected], "{range}");
    }
    let whole = client.get(link.url()).send().await.unwrap();
    assert_eq!((whole.status(), whole.headers()[ACCEPT_RANGES].to_str().unwrap()), (StatusCode::OK, "bytes"));
    assert!(drained(whole).await.0 == bytes);
    let head = client.head(link.url()).send().await.unwrap();
    assert_eq!((head.status(), head.headers()[CONTENT_LENGTH].to_str().unwrap()), (StatusCode::OK, size.to_string().as_str()));
    let outside = get(&client, &link.url(), &format!("{size}-")).await;
    assert_eq!(outside.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(outside.headers()[CONTENT_RANGE].to_str().unwrap(), format!("bytes */{size}"));
    assert!(link.error().is_none());
    // All was read several times and fetched once.
    assert_eq!(link.counts().fetched, size as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_what_there_is_a_link_to_is_served() {
    let (world, client) = (World::new(), client());
    world.put(b"secret").await;
    let object = world.object().await;
    let link = world.gateway.open(&object).unwrap();
    let other = Gateway::start(Bounds::default()).unwrap();
    let elsewhere = other.open(&object).unwrap();
    let at = |path: &str| format!("http://127.0.0.1:{}/{path}", world.gateway.port());
    let token = |url: &str| url.rsplit_once('/').unwrap().1.to_owned();
    assert_eq!(token(&link.url()).len(), 48);
    for path in [
        String::new(),
        "film".to_owned(),
        "0".repeat(48),
        format!("{}/", token(&link.url())),
        format!("{}/../{}", token(&link.url()), "x"),
        token(&link.url())[..47].to_owned(),
        token(&elsewhere.url()),
    ] {
        assert_eq!(client.get(at(&path)).send().await.unwrap().status(), StatusCode::NOT_FOUND, "{path}");
    }
    let posted = client.post(link.url()).body("x").send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(client.get(link.url()).send().await.unwrap().bytes().await.unwrap(), "secret");
    assert!(!format!("{link:?}").contains(&token(&link.url())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_link_is_unknown_and_its_answers_break_off() {
    let (world, client) = (World::new(), client());
    world.put(&noise(32 * MIB, 2)).await;
    let object = world.object().await;
    let (link, kept) = (world.gateway.open(&object).unwrap(), world.gateway.open(&object).unwrap());
    let mut answer = client.get(link.url()).send().await.unwrap();
    answer.chunk().await.unwrap().unwrap();
    let url = link.url();
    drop(link);
    assert!(!drained(answer).await.1);
    assert_eq!(client.get(&url).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert!(drained(client.get(kept.url()).send().await.unwrap()).await.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_readers_at_once_fetch_each_byte_once() {
    let (world, client, bytes) = (World::new(), client(), noise(24 * MIB, 3));
    world.put(&bytes).await;
    let links: Vec<_> = {
        let mut links = Vec::new();
        for _ in 0..4 {
            links.push(world.gateway.open(&world.object().await).unwrap());
        }
        links
    };
    let before = world.proxy.passed().1;
    let reads = (0..24).map(|n| {
        let (client, url, from) = (client.clone(), links[n % 4].url(), n * 777_777);
        tokio::spawn(async move { (from, drained(get(&client, &url, &format!("{from}-")).await).await) })
    });
    for read in reads.collect::<Vec<_>>() {
        let (from, (got, whole)) = read.await.unwrap();
        assert!(whole && got == bytes[from..], "from {from}");
    }
    let fetched = links.iter().map(|link| link.counts().fetched).sum::<u64>();
    let passed = world.proxy.passed().1 - before;
    assert!(fetched <= bytes.len() as u64 + 2 * MIB as u64, "{fetched}");
    assert!(passed < bytes.len() as u64 * 11 / 10, "{passed} bytes passed for {}", bytes.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_fetched_for_a_client_that_does_not_read() {
    let (world, client) = (World::new(), client());
    world.put(&noise(64 * MIB, 4)).await;
    let link = world.gateway.open(&world.object().await).unwrap();
    let answer = client.get(link.url()).send().await.unwrap();
    let counts = || link.counts();
    until("something was served", || counts().served > 0).await;
    // It stops by itself: what was served stays the same over many looks.
    let mut same = (counts(), 0);
    while same.1 < 40 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        same = if counts() == same.0 { (same.0, same.1 + 1) } else { (counts(), 0) };
    }
    assert!(counts().fetched < 8 * MIB as u64, "{:?}", counts());
    let (got, whole) = drained(answer).await;
    assert!(whole && got.len() == 64 * MIB);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_bounded_by_little_more_than_what_was_allowed() {
    let bounds = Bounds { memory: 8 << 20, chunk: 1 << 20 };
    let (world, client, bytes) = (World::with(bounds, Reading::default()), client(), noise(40 * MIB, 5));
    world.put(&bytes).await;
    let link = world.gateway.open(&world.object().await).unwrap();
    // Readers that stand still hold what they hold; another one goes on.
    let mut still = Vec::new();
    for n in 0..12 {
        let mut answer = get(&client, &link.url(), &format!("{}-", n * 3 * MIB)).await;
        answer.chunk().await.unwrap().unwrap();
        still.push((n * 3 * MIB, answer));
    }
    assert!(drained(client.get(link.url()).send().await.unwrap()).await.0 == bytes);
    for (from, answer) in still {
        let (rest, whole) = drained(answer).await;
        assert!(whole && bytes[from..].ends_with(&rest));
    }
}
