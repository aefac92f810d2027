//! Cloud Vision with a key.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gristmill_layout::{Line, Rect};
use gristmill_services::{Blame, Credentials, LARGEST_PICTURE, Secret, ServiceError, VISION, Vision, VisionSettings};
use serde_json::{Value, json};

use crate::service::{Reply, Service};

const KEY: &str = "AIza-s3cr3t-8a7f";

/// Longer than any of these tests.
pub const LONG: Duration = Duration::from_secs(60);

pub fn vision(url: &str, timeout: Duration) -> Vision {
    Vision::new(&VisionSettings { credentials: Credentials::ApiKey(Secret::new(KEY)), url: url.to_owned(), timeout }).unwrap()
}

/// An annotation with one word in each line.
pub fn annotated(lines: &[&str]) -> Value {
    let words = lines.iter().map(|text| {
        let mut symbols: Vec<Value> = text.chars().map(|c| json!({"text": c.to_string(), "confidence": 0.9})).collect();
        symbols.last_mut().unwrap()["property"] = json!({"detectedBreak": {"type": "LINE_BREAK"}});
        json!({
            "boundingBox": {"vertices": [{"y": 7}, {"x": 40, "y": 7}, {"x": 40, "y": 19}, {"y": 19}]},
            "confidence": 0.97,
            "symbols": symbols,
        })
    });
    let paragraph = json!({"words": words.collect::<Vec<_>>()});
    let page = json!({"width": 100, "height": 50, "blocks": [{"blockType": "TEXT", "paragraphs": [paragraph]}]});
    json!({"responses": [{"fullTextAnnotation": {"pages": [page], "text": "x"}}]})
}

async fn failed(reply: impl Fn() -> Reply + Send + Sync + 'static) -> ServiceError {
    let service = Service::start(move |_, _| reply()).await;
    let error = vision(&service.url, LONG).read(b"picture", &[]).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
    error
}

#[tokio::test]
async fn a_picture_goes_there_with_hints_and_lines_come_back() {
    let service = Service::start(|_, _| Reply::Json(200, annotated(&["Flour", "Salt"]))).await;
    let languages = ["deu", "jpn_vert", "deu_latf", "osd"].map(str::to_owned);
    let lines = vision(&service.url, LONG).read(b"\x89PNG", &languages).await.unwrap();
    assert_eq!(lines.iter().map(Line::text).collect::<Vec<_>>(), ["Flour", "Salt"]);
    assert_eq!((lines[0].bounds, lines[0].words[0].confidence), (Rect::new(0.0, 7.0, 40.0, 19.0), 0.97));

    let [request] = &service.seen()[..] else { panic!("it was asked once") };
    assert!(request.path.starts_with("/v1/images:annotate?") && !request.path.contains("key"), "{}", request.path);
    assert_eq!((request.header("x-goog-api-key"), request.header("authorization")), (KEY, ""));
    assert_eq!(
        request.json(),
        json!({"requests": [{
            "image": {"content": STANDARD.encode(b"\x89PNG")},
            "features": [{"type": "DOCUMENT_TEXT_DETECTION"}],
            "imageContext": {"languageHints": ["de", "ja"]},
        }]})
    );
}

#[tokio::test]
async fn without_languages_there_are_no_hints_and_without_text_no_lines() {
    let service = Service::start(|_, _| Reply::Json(200, json!({"responses": [{}]}))).await;
    assert_eq!(vision(&service.url, LONG).read(b"x", &[]).await.unwrap(), []);
    assert!(service.seen()[0].json()["requests"][0].get("imageContext").is_none());
}

#[tokio::test]
async fn each_status_means_something() {
    let error = |status: &str| json!({"error": {"code": 0, "status": status, "message": format!("the key {KEY} …")}});
    for (status, body, retry, blame) in [
        (401, error("UNAUTHENTICATED"), false, Blame::Settings),
        (403, error("PERMISSION_DENIED"), false, Blame::Settings),
        (429, error("RESOURCE_EXHAUSTED"), true, Blame::Service),
        (500, error("INTERNAL"), true, Blame::Service),
        (400, error("FAILED_PRECONDITION"), false, Blame::Settings),
    ] {
        let told = body.clone();
        let error = failed(move || Reply::Json(status, told.clone())).await;
        assert_eq!((error.retry(), error.blame()), (retry, blame), "{error:?}");
        let code = format!("{status} {}", body["error"]["status"].as_str().unwrap());
        assert!(error.to_string().contains(&code), "{error}");
    }
}

#[tokio::test]
async fn the_wait_that_is_asked_for_is_told() {
    let error = failed(|| Reply::Headed(429, ("retry-after", "17".into()), json!({}))).await;
    assert_eq!((error.retry(), error.after()), (true, Some(Duration::from_secs(17))));
}

#[tokio::test]
async fn an_error_within_a_success_is_one() {
    let within = |code: i64| move || Reply::Json(200, json!({"responses": [{"error": {"code": code, "message": "Bad image data."}}]}));
    assert_eq!(failed(within(3)).await, ServiceError::Unreadable { service: "Google Cloud Vision", code: "INVALID_ARGUMENT".into() });
    assert!(failed(within(14)).await.retry());
    assert_eq!(failed(within(7)).await.blame(), Blame::Settings);
}

#[tokio::test]
async fn a_server_that_hangs_is_left_before_and_within_its_answer() {
    let limit = Duration::from_millis(150);
    for stalls in [false, true] {
        let service = Service::start(move |_, _| if stalls { Reply::Stall } else { Reply::Hang }).await;
        let error = vision(&service.url, limit).read(b"x", &[]).await.unwrap_err();
        assert_eq!(error, ServiceError::TooSlow { service: "Google Cloud Vision", limit });
        assert!(error.retry());
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_taken() {
    let service = Service::start(|_, _| Reply::Blanks(100 << 20)).await;
    let error = vision(&service.url, LONG).read(b"x", &[]).await.unwrap_err();
    assert!(matches!(error, ServiceError::Answer { .. }) && !error.retry(), "{error:?}");
    assert!((32..64).contains(&(service.sent() >> 20)), "{} bytes were taken", service.sent());
}

#[tokio::test]
async fn what_is_no_annotation_is_told_as_such() {
    for text in ["<html>", "{}", r#"{"responses":[{"fullTextAnnotation":{"pages":7}}]}"#] {
        assert!(matches!(failed(move || Reply::Raw(200, text)).await, ServiceError::Answer { .. }), "{text}");
    }
}

#[tokio::test]
async fn nobody_there_is_told_without_the_address() {
    // Bound and not listened at: nobody else can be there.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let client = vision(&format!("http://{}", held.local_addr().unwrap()), LONG);
    let error = client.read(b"x", &[]).await.unwrap_err();
    assert!(matches!(error, ServiceError::Unreachable { .. }) && error.retry(), "{error:?}");
    assert!(!error.to_string().contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Service::start(|_, _| Reply::Json(200, annotated(&["x"]))).await;
    let there = other.url.clone();
    let error = failed(move || Reply::Headed(307, ("location", there.clone()), json!({}))).await;
    assert!(matches!(error, ServiceError::Refused { retry: false, .. }), "{error:?}");
    assert_eq!(other.seen().len(), 0);
}

#[tokio::test]
async fn a_picture_that_is_too_large_is_not_sent() {
    let service = Service::start(|_, _| Reply::Hang).await;
    let error = vision(&service.url, LONG).read(&vec![0; LARGEST_PICTURE + 1], &[]).await.unwrap_err();
    assert_eq!((error.blame(), service.seen().len()), (Blame::Input, 0));
}

#[test]
fn settings_are_looked_at_at_once_and_never_printed() {
    let of = |url: &str, key: &str, timeout| {
        let credentials = Credentials::ApiKey(Secret::new(key));
        let settings = VisionSettings { credentials, url: url.into(), timeout };
        assert!(!format!("{settings:?} {:?}", settings.credentials).contains(KEY));
        Vision::new(&settings)
    };
    assert!(!format!("{:?}", of(VISION, KEY, LONG).unwrap()).contains(KEY));
    for wrong in [of("vision", KEY, LONG), of(VISION, "", LONG), of(VISION, KEY, Duration::ZERO)] {
        let error = wrong.unwrap_err();
        assert!(matches!(error, ServiceError::Settings { .. }) && error.blame() == Blame::Settings, "{error}");
    }
}
