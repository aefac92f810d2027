//! Cloud Vision with a service account.

use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gristmill_services::{Credentials, Secret, ServiceError, Vision, VisionSettings};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::service::{Reply, Request, Service};
use crate::vision::{LONG, annotated};

const TOKEN: &str = "/token";

/// What openssl says to an input.
fn openssl(args: &[&str], input: &[u8]) -> Vec<u8> {
    let child = Command::new("openssl").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.expect("openssl is not installed: scripts/setup test");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "openssl {args:?}");
    ended.stdout
}

/// A private key in PEM and its public one in DER, made once a run.
fn keys() -> &'static (String, Vec<u8>) {
    static KEYS: OnceLock<(String, Vec<u8>)> = OnceLock::new();
    KEYS.get_or_init(|| {
        let private = openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], b"");
        let public = openssl(&["rsa", "-RSAPublicKey_out", "-outform", "DER"], &private);
        (String::from_utf8(private).unwrap(), public)
    })
}

fn file(token_uri: &str) -> Value {
    json!({
        "type": "service_account",
        "project_id": "mill",
        "private_key_id": "k1",
        "private_key": keys().0,
        "client_email": "mill@mill.iam.gserviceaccount.com",
        "token_uri": token_uri,
    })
}

fn open(service: &Service, timeout: Duration) -> Vision {
    let file = file(&format!("{}{TOKEN}", service.url)).to_string();
    let credentials = Credentials::ServiceAccount(Secret::new(&file));
    Vision::new(&VisionSettings { credentials, url: service.url.clone(), timeout }).unwrap()
}

/// Grants tokens `t0`, `t1` … that last so long; the rest is answered by `script`.
async fn granting(seconds: u64, script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Service {
    let granted = std::sync::atomic::AtomicUsize::new(0);
    Service::start(move |_, request| match request.path.as_str() {
        TOKEN => {
            let number = granted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Reply::Json(200, json!({"access_token": format!("t{number}"), "expires_in": seconds, "token_type": "Bearer"}))
        }
        _ => script(request),
    })
    .await
}

fn asked_for_tokens(service: &Service) -> Vec<Request> {
    service.seen().into_iter().filter(|r| r.path == TOKEN).collect()
}

#[tokio::test]
async fn a_signed_claim_is_given_for_a_token_and_the_token_lets_in() {
    let service = granting(3600, |_| Reply::Json(200, annotated(&["x"]))).await;
    let vision = open(&service, LONG);
    for _ in 0..2 {
        assert_eq!(vision.read(b"x", &[]).await.unwrap().len(), 1);
    }
    let [asked] = &asked_for_tokens(&service)[..] else { panic!("one token is enough") };
    assert_eq!(asked.header("content-type"), "application/x-www-form-urlencoded");
    let body = String::from_utf8(asked.body.clone()).unwrap();
    let claim = body.strip_prefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=").unwrap();
    let (signed, signature) = claim.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &keys().1).verify(signed.as_bytes(), &signature).expect("the signature is ours");

    let parts: Vec<Value> = signed.split('.').map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()).collect();
    let [head, says] = &parts[..] else { panic!("a claim has a head and a body") };
    assert_eq!(*head, json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let issued = says["iat"].as_u64().unwrap();
    assert!(issued <= now && now - issued < 600, "{issued} {now}");
    assert_eq!((says["exp"].as_u64(), says["aud"].as_str()), (Some(issued + 3600), Some(&*format!("{}{TOKEN}", service.url))));
    assert_eq!(says["iss"], "mill@mill.iam.gserviceaccount.com");
    assert_eq!(says["scope"], "https://www.googleapis.com/auth/cloud-vision");

    let let_in: Vec<String> = service.seen().iter().filter(|r| r.path != TOKEN).map(|r| r.header("authorization").to_owned()).collect();
    assert_eq!(let_in, ["Bearer t0", "Bearer t0"]);
}

#[tokio::test]
async fn many_callers_wait_for_one_token() {
    let service = granting(3600, |_| Reply::Json(200, annotated(&["x"]))).await;
    let vision = std::sync::Arc::new(open(&service, LONG));
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let vision = vision.clone();
        callers.spawn(async move { vision.read(b"x", &[]).await.unwrap().len() });
    }
    assert_eq!(callers.join_all().await, [1; 16]);
    assert_eq!(asked_for_tokens(&service).len(), 1);
}

#[tokio::test]
async fn a_token_that_soon_ends_is_not_used_again() {
    let service = granting(59, |_| Reply::Json(200, annotated(&["x"]))).await;
    let vision = open(&service, LONG);
    for _ in 0..2 {
        vision.read(b"x", &[]).await.unwrap();
    }
    assert_eq!(asked_for_tokens(&service).len(), 2);
}

#[tokio::test]
async fn a_token_that_was_taken_back_is_replaced_once() {
    let service = granting(3600, |r| match r.header("authorization") {
        "Bearer t0" => Reply::Json(401, json!({"error": {"status": "UNAUTHENTICATED"}})),
        _ => Reply::Json(200, annotated(&["x"])),
    })
    .await;
    assert_eq!(open(&service, LONG).read(b"x", &[]).await.unwrap().len(), 1);
    let service = granting(3600, |_| Reply::Json(401, json!({}))).await;
    let error = open(&service, LONG).read(b"x", &[]).await.unwrap_err();
    assert!(matches!(error, ServiceError::Credentials { .. }), "{error:?}");
    assert_eq!((asked_for_tokens(&service).len(), service.seen().len()), (2, 4));
}

#[tokio::test]
async fn an_account_that_is_refused_is_a_fault_of_the_credentials() {
    let service = Service::start(|_, _| Reply::Json(400, json!({"error": "invalid_grant", "error_description": "…"}))).await;
    let error = open(&service, LONG).read(b"x", &[]).await.unwrap_err();
    assert_eq!(error, ServiceError::Credentials { service: "Google Cloud Vision", code: "400 invalid_grant".into() });
}

#[tokio::test]
async fn callers_do_not_wait_one_after_the_other_for_tokens_that_never_come() {
    let service = Service::start(|_, _| Reply::Hang).await;
    let limit = Duration::from_millis(200);
    let vision = std::sync::Arc::new(open(&service, limit));
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let vision = vision.clone();
        callers.spawn(async move { vision.read(b"x", &[]).await.unwrap_err() });
    }
    for error in callers.join_all().await {
        assert_eq!(error, ServiceError::TooSlow { service: "Google Cloud Vision", limit });
    }
    assert!(asked_for_tokens(&service).len() < 8);
}

#[test]
fn files_that_are_no_accounts_are_refused_and_never_printed() {
    let whole = file("https://oauth2.googleapis.com/token");
    let of = |file: &Value| {
        let credentials = Credentials::ServiceAccount(Secret::new(&file.to_string()));
        Vision::new(&VisionSettings { credentials, url: gristmill_services::VISION.into(), timeout: LONG })
    };
    let told = format!("{:?}", of(&whole).unwrap());
    assert!(!told.contains("PRIVATE KEY"), "{told}");
    for (key, value) in [("private_key", json!("no key")), ("private_key", json!(null)), ("token_uri", json!("token"))] {
        let mut wrong = whole.clone();
        wrong[key] = value;
        let error = of(&wrong).unwrap_err();
        assert!(matches!(error, ServiceError::Settings { .. }), "{key}: {error}");
    }
}
