//! Files on their way in: whatever breaks, they go on where they were, at any server, and arrive as they were.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gristmill_harness::{Served, until};
use gristmill_servers::s3::{ACCESS_KEY, SECRET_KEY};
use gristmill_servers::{Postgres, SeaweedFs, noise};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(60);
const MIB: usize = 1 << 20;
/// Of the server in the middle of an upload.
const KILLS: usize = 50;

struct World {
    served: Served,
    data: PathBuf,
    _folder: tempfile::TempDir,
}

async fn world(environment: &[(&str, &str)]) -> World {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let served = Served::start_with(Path::new(BINARY), &data, environment).await.unwrap();
    World { served, data, _folder: folder }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

async fn ask(served: &Served, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Vec<u8>>) -> Response {
    let mut request = served.request(Method::from_bytes(method.as_bytes()).unwrap(), path).header("Tus-Resumable", "1.0.0");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request.header("Content-Type", "application/offset+octet-stream").body(body);
    }
    request.send().await.unwrap()
}

async fn announce(served: &Served, length: usize, headers: &[(&str, &str)]) -> String {
    let length = length.to_string();
    let mut all = vec![("Upload-Length", length.as_str()), ("Upload-Metadata", "filename dGFsay5iaW4=")];
    all.extend(headers);
    let answer = ask(served, "POST", "/api/v1/uploads", &all, None).await;
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    answer.headers()["location"].to_str().unwrap().to_owned()
}

async fn append(served: &Served, at: &str, from: usize, bytes: &[u8], headers: &[(&str, &str)]) -> Response {
    let from = from.to_string();
    let mut all = vec![("Upload-Offset", from.as_str())];
    all.extend(headers);
    ask(served, "PATCH", at, &all, Some(bytes.to_vec())).await
}

async fn offset(served: &Served, at: &str) -> usize {
    let answer = ask(served, "HEAD", at, &[], None).await;
    assert_eq!(answer.status(), 200);
    answer.headers()["upload-offset"].to_str().unwrap().parse().unwrap()
}

async fn code(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["tus-resumable"], "1.0.0");
    let problem: Value = answer.json().await.unwrap_or_default();
    (status, problem["code"].as_str().unwrap_or_default().to_owned())
}

/// Sends a PATCH of `length` bytes and breaks off after `bytes`.
async fn cut_off(served: &Served, at: &str, from: usize, bytes: &[u8], length: usize) {
    let address = served.url.trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PATCH {at} HTTP/1.1\r\nHost: {address}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {from}\r\n\
         Content-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    // A server that was killed meanwhile does not read.
    let _written = connection.write_all(bytes).await;
    let _flushed = connection.flush().await;
}

/// Submits a job of this upload and answers the SHA-256 that its file has, once it has ended.
async fn submitted(served: &Served, at: &str) -> (String, Value) {
    let id = at.rsplit('/').next().unwrap();
    let request = json!({"pipeline": "image", "files": [{"source": format!("upload:{id}")}]});
    let answer = served.request(Method::POST, "/api/v1/jobs").json(&request).send().await.unwrap();
    assert_eq!(answer.status(), 202, "{}", answer.text().await.unwrap());
    let job = answer.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    (job.clone(), served.ended(&job, SOON).await)
}

/// The stored bytes of the only file of a job.
fn source(data: &Path, job: &str) -> Vec<u8> {
    let folder = data.join("blobs/published/jobs").join(job);
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    std::fs::read(file.join("source")).unwrap()
}

#[tokio::test]
async fn a_file_that_was_cut_off_goes_on_where_it_was_and_becomes_a_jobs_file() {
    let world = world(&[]).await;
    let bytes = noise(3 * MIB + 17, 1);
    let at = announce(&world.served, bytes.len(), &[]).await;
    cut_off(&world.served, &at, 0, &bytes[..MIB], bytes.len()).await;
    let come = until("what came before the cut", SOON, async || Some(offset(&world.served, &at).await).filter(|n| *n > 0)).await;
    assert_eq!(come, MIB);
    assert_eq!(append(&world.served, &at, come, &bytes[come..], &[]).await.status(), 204);
    let (job, ended) = submitted(&world.served, &at).await;
    assert_eq!(ended["files"][0]["name"], "talk.bin");
    assert_eq!(ended["files"][0]["bytes"], bytes.len());
    assert_eq!(ended["files"][0]["sha256"], sha256(&bytes));
    assert!(source(&world.data, &job) == bytes);
}

#[tokio::test]
async fn fifty_kills_of_the_server_leave_the_same_bytes() {
    let mut world = world(&[]).await;
    let bytes = noise(400 * MIB, 2);
    let at = announce(&world.served, bytes.len(), &[]).await;
    let mut stands = 0;
    for kill in 0..KILLS {
        // Somewhere in this fiftieth of the file; the connection and its server end at the same moment.
        let until_here = (kill + 1) * bytes.len() / KILLS - (kill * 7_919) % MIB;
        if until_here > stands {
            cut_off(&world.served, &at, stands, &bytes[stands..until_here], bytes.len() - stands).await;
        }
        world.served.kill_9();
        world.served = Served::start(Path::new(BINARY), &world.data).await.unwrap();
        let now = offset(&world.served, &at).await;
        assert!(now >= stands, "what was told as kept is kept");
        stands = now;
    }
    assert!(stands > 0, "some of it came before the last kill");
    assert_eq!(append(&world.served, &at, stands, &bytes[stands..], &[]).await.status(), 204);
    let (job, ended) = submitted(&world.served, &at).await;
    assert_eq!(ended["files"][0]["sha256"], sha256(&bytes));
    assert!(source(&world.data, &job) == bytes);
}

#[tokio::test]
async fn two_servers_take_pieces_of_one_file_and_a_bucket_holds_it() {
    let (rows, bucket) = (Postgres::shared().database(), SeaweedFs::shared());
    let (blobs, endpoint) = (format!("s3://{}/mill", bucket.bucket()), bucket.endpoint());
    let environment = [
        ("GRISTMILL_STORE__URL", rows.as_str()),
        ("GRISTMILL_BLOBS__URL", blobs.as_str()),
        ("GRISTMILL_BLOBS__ENDPOINT", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    ];
    let (one, two) = (world(&environment).await, world(&environment).await);
    let bytes = noise(23 * MIB, 3);
    let at = announce(&one.served, bytes.len(), &[]).await;
    let cuts = [0, 6 * MIB, 7 * MIB, 7 * MIB + 5, 20 * MIB, bytes.len()];
    for (no, cut) in cuts.windows(2).enumerate() {
        let served = if no % 2 == 0 { &two.served } else { &one.served };
        assert_eq!(append(served, &at, cut[0], &bytes[cut[0]..cut[1]], &[]).await.status(), 204);
    }
    let (_, ended) = submitted(&one.served, &at).await;
    assert_eq!(ended["files"][0]["sha256"], sha256(&bytes));
    assert_eq!(ended["files"][0]["bytes"], bytes.len());
    assert_eq!(ask(&two.served, "DELETE", &at, &[], None).await.status(), 204);
    assert_eq!(ask(&one.served, "HEAD", &at, &[], None).await.status(), 404);
}

#[tokio::test]
async fn parts_go_straight_to_the_bucket_and_become_a_jobs_file() {
    let bucket = SeaweedFs::shared();
    let (blobs, endpoint) = (format!("s3://{}/mill", bucket.bucket()), bucket.endpoint());
    let environment = [
        ("GRISTMILL_BLOBS__URL", blobs.as_str()),
        ("GRISTMILL_BLOBS__ENDPOINT", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    ];
    let world = world(&environment).await;
    let bytes = noise(20 * MIB + 3, 5);
    let post = async |path: &str, body: Value| {
        let answer = world.served.request(Method::POST, path).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, begun) = post("/api/v1/uploads/direct", json!({"name": "film.bin", "bytes": bytes.len()})).await;
    assert_eq!((status, begun["parts"].as_array().unwrap().len()), (201, 2), "{begun}");
    let at = format!("/api/v1/uploads/direct/{}", begun["id"].as_str().unwrap());
    let size = usize::try_from(begun["part_bytes"].as_u64().unwrap()).unwrap();
    let put = async |part: &Value, bytes: &[u8]| {
        let sent = reqwest::Client::new().put(part["url"].as_str().unwrap()).body(bytes.to_vec()).send().await.unwrap();
        assert_eq!(sent.status(), 200);
    };
    put(&begun["parts"][1], &bytes[size..]).await;
    let (status, problem) = post(&format!("{at}/complete"), json!({})).await;
    assert_eq!((status, &problem["code"]), (422, &json!("upload_unfinished")), "{problem}");
    let again = world.served.get(&at).await.unwrap();
    assert_eq!((&again["parts"][0]["come"], &again["parts"][1]["come"]), (&json!(false), &json!(true)));
    put(&again["parts"][0], &bytes[..size]).await;
    let tus = format!("/api/v1/uploads/{}", begun["id"].as_str().unwrap());
    assert_eq!(code(append(&world.served, &tus, 0, b"x", &[]).await).await, (422, "upload_direct".into()));
    let (status, complete) = post(&format!("{at}/complete"), json!({})).await;
    assert_eq!((status, &complete["source"]), (200, &begun["source"]), "{complete}");
    let (_, ended) = submitted(&world.served, &tus).await;
    assert_eq!((&ended["files"][0]["name"], &ended["files"][0]["sha256"]), (&json!("film.bin"), &json!(sha256(&bytes))));
    let (_, other) = post("/api/v1/uploads/direct", json!({"bytes": 5})).await;
    let tus = format!("/api/v1/uploads/{}", other["id"].as_str().unwrap());
    assert_eq!(ask(&world.served, "DELETE", &tus, &[], None).await.status(), 204);
    let gone = reqwest::Client::new().put(other["parts"][0]["url"].as_str().unwrap()).body("12345").send().await.unwrap();
    assert_eq!(gone.status(), 404, "its parts go nowhere any more");
}

#[tokio::test]
async fn without_a_bucket_nothing_goes_straight_to_one() {
    let world = world(&[]).await;
    let asked = world.served.request(Method::POST, "/api/v1/uploads/direct").json(&json!({"bytes": 5})).send().await.unwrap();
    let problem: Value = asked.json().await.unwrap();
    assert_eq!(problem["code"], "direct_not_available", "{problem}");
}

#[tokio::test]
async fn bytes_that_are_not_what_was_said_are_not_kept() {
    let world = world(&[]).await;
    let at = announce(&world.served, 5, &[]).await;
    let wrong = [("Upload-Checksum", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=")];
    assert_eq!(code(append(&world.served, &at, 0, b"grisd", &wrong).await).await, (460, "checksum_mismatch".into()));
    assert_eq!(offset(&world.served, &at).await, 0);
    let unknown = [("Upload-Checksum", "crc32 YWFhYQ==")];
    assert_eq!(code(append(&world.served, &at, 0, b"grist", &unknown).await).await, (400, "tus_header".into()));
    let digest = base64(&Sha256::digest(b"grist"));
    assert_eq!(append(&world.served, &at, 0, b"grist", &[("Upload-Checksum", &format!("sha256 {digest}"))]).await.status(), 204);
    assert_eq!(offset(&world.served, &at).await, 5);
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

#[tokio::test]
async fn pieces_that_came_side_by_side_become_one_file() {
    let world = world(&[]).await;
    let bytes = noise(2 * MIB, 4);
    let partial = [("Upload-Concat", "partial")];
    let (one, two) = (announce(&world.served, MIB, &partial).await, announce(&world.served, MIB, &partial).await);
    let list = format!("final;{} {}{two}", one, world.served.url);
    let join = async || ask(&world.served, "POST", "/api/v1/uploads", &[("Upload-Concat", list.as_str())], None).await;
    assert_eq!(code(join().await).await, (422, "upload_unfinished".into()));
    let (first, second) =
        tokio::join!(append(&world.served, &one, 0, &bytes[..MIB], &[]), append(&world.served, &two, 0, &bytes[MIB..], &[]));
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (204, 204));
    let joined = join().await;
    assert_eq!(joined.status(), 201);
    let at = joined.headers()["location"].to_str().unwrap().to_owned();
    let (job, ended) = submitted(&world.served, &at).await;
    assert_eq!(ended["files"][0]["sha256"], sha256(&bytes));
    assert!(source(&world.data, &job) == bytes);
}

#[tokio::test]
async fn limits_answer_before_a_byte_is_sent() {
    let limits =
        [("GRISTMILL_LIMITS__MAX_UPLOAD_BYTES", "1000"), ("GRISTMILL_UPLOADS__MOST", "2"), ("GRISTMILL_UPLOADS__MOST_BYTES", "1500")];
    let world = world(&limits).await;
    let begin = async |length: &str| ask(&world.served, "POST", "/api/v1/uploads", &[("Upload-Length", length)], None).await;
    assert_eq!(code(begin("1001").await).await, (413, "payload_too_large".into()));
    let first = begin("1000").await;
    assert_eq!(first.status(), 201);
    assert_eq!(code(begin("501").await).await, (429, "upload_quota".into()));
    assert_eq!(begin("500").await.status(), 201);
    assert_eq!(code(begin("0").await).await, (429, "upload_quota".into()));
    let at = first.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(code(append(&world.served, &at, 0, &[7; 1001], &[]).await).await, (422, "upload_too_long".into()));
    assert_eq!(offset(&world.served, &at).await, 0);
    assert_eq!(ask(&world.served, "DELETE", &at, &[], None).await.status(), 204);
    assert_eq!(begin("1000").await.status(), 201);
    let options = ask(&world.served, "OPTIONS", "/api/v1/uploads", &[], None).await;
    assert_eq!((options.status().as_u16(), &options.headers()["tus-max-size"]), (204, &"1000".parse().unwrap()));
    assert!(options.headers()["tus-extension"].to_str().unwrap().contains("concatenation"));
}

#[tokio::test]
async fn what_is_not_tus_is_told_so() {
    let world = world(&[]).await;
    let at = announce(&world.served, 10, &[]).await;
    let plain = world.served.request(Method::HEAD, &at).send().await.unwrap();
    assert_eq!((plain.status().as_u16(), &plain.headers()["tus-version"]), (412, &"1.0.0".parse().unwrap()));
    let typed = ask(&world.served, "PATCH", &at, &[("Upload-Offset", "0")], None).await;
    assert_eq!(code(typed).await, (415, "media_type_not_supported".into()));
    assert_eq!(code(append(&world.served, &at, 3, b"x", &[]).await).await, (409, "upload_offset".into()));
    assert_eq!(code(ask(&world.served, "POST", "/api/v1/uploads", &[], None).await).await, (400, "tus_header".into()));
    let deferred = ask(&world.served, "POST", "/api/v1/uploads", &[("Upload-Defer-Length", "1")], None).await;
    assert_eq!(code(deferred).await, (400, "tus_header".into()));
    let override_ = [("X-HTTP-Method-Override", "PATCH"), ("Upload-Offset", "0")];
    assert_eq!(ask(&world.served, "POST", &at, &override_, Some(b"grist".to_vec())).await.status(), 204);
    assert_eq!(offset(&world.served, &at).await, 5);
    let id = at.rsplit('/').next().unwrap();
    let request = json!({"pipeline": "image", "files": [{"source": format!("upload:{id}")}]});
    let half = world.served.request(Method::POST, "/api/v1/jobs").json(&request).send().await.unwrap();
    let problem: Value = half.json().await.unwrap();
    assert_eq!(problem["code"], "upload_unfinished", "{problem}");
}

#[tokio::test]
async fn a_thousand_uploads_that_nobody_goes_on_with_leave_nothing() {
    let mut world = world(&[("GRISTMILL_UPLOADS__KEPT_SECONDS", "1")]).await;
    let mut last = String::new();
    for _ in 0..1_000 {
        let answer = ask(&world.served, "POST", "/api/v1/uploads", &[("Upload-Length", "10")], Some(b"half".to_vec())).await;
        assert_eq!((answer.status().as_u16(), &answer.headers()["upload-offset"]), (201, &"4".parse().unwrap()));
        last = answer.headers()["location"].to_str().unwrap().to_owned();
    }
    until("the last to be forgotten", SOON, async || (ask(&world.served, "HEAD", &last, &[], None).await.status() == 404).then_some(()))
        .await;
    world.served.kill_9();
    world.served = Served::start(Path::new(BINARY), &world.data).await.unwrap();
    let left = || std::fs::read_dir(world.data.join("blobs/published/uploads")).unwrap().count();
    until("their bytes to be removed", SOON, async || (left() == 0).then_some(())).await;
}
