//! The services outside that steps of documents may ask, behind the real binary: they are asked when a step names them and at no other
//! time, what they answer is held to the page, and their keys go nowhere else.

use std::future::ready;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, Response, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gristmill_harness::{Served, media};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(240);

const VISION_KEY: &str = "AIza-s3cr3t-of-the-reader";
const MODEL_KEY: &str = "gsk-s3cr3t-of-the-model";

/// Reads and extracts, and gives up at the first error of a service.
const ONCE: &str = r#"
name = "once"
accepts = ["document"]
[[step]]
id = "check"
op = "file.check"
[[step]]
id = "ocr"
op = "document.ocr"
after = ["check"]
[step.options]
searchable = false
[[step]]
id = "extract"
op = "document.extract"
after = ["ocr"]
retry = { retries = 0 }
[[step]]
id = "record"
op = "record.save"
after = ["extract"]
"#;

/// What a service was asked.
#[derive(Clone)]
struct Asked {
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Asked {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

/// A service of this process that keeps what it is asked.
struct Service {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Service {
    /// One that always answers this.
    async fn start(status: u16, answer: Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (kept, answer) = (Arc::clone(&asked), answer.to_string());
        let handler = move |uri: Uri, headers: HeaderMap, body: Bytes| {
            kept.lock().unwrap().push(Asked { path: uri.to_string(), headers, body: body.to_vec() });
            ready(Response::builder().status(status).body(Body::from(answer)).unwrap())
        };
        let router = Router::new().fallback(handler).layer(DefaultBodyLimit::disable());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

struct World {
    served: Served,
    folder: tempfile::TempDir,
}

impl World {
    async fn start(environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("pipelines")).unwrap();
        std::fs::write(folder.path().join("pipelines/once.toml"), ONCE).unwrap();
        let environment = [&[("GRISTMILL_LOG", "debug")][..], environment].concat();
        let served = Served::start_with(Path::new(BINARY), folder.path(), &environment).await.unwrap();
        Self { served, folder }
    }

    /// With a language model at this address.
    async fn with_model(url: &str) -> Self {
        let url = format!("{url}/v1");
        let (url, key) = (("GRISTMILL_EXTRACT__URL", url.as_str()), ("GRISTMILL_EXTRACT__KEY", MODEL_KEY));
        Self::start(&[url, key, ("GRISTMILL_EXTRACT__MODEL", "small")]).await
    }

    /// A job of this file, ended.
    async fn job(&self, pipeline: &str, file: &Path, options: Value) -> Value {
        let request = json!({"pipeline": pipeline, "options": options});
        let id = self.served.submit(request, &[file.to_owned()]).await.unwrap();
        self.served.ended(&id, SOON).await
    }

    async fn bytes(&self, job: &Value, name: &str) -> Vec<u8> {
        let (id, file) = (job["id"].as_str().unwrap(), job["files"][0]["id"].as_str().unwrap());
        let answer = self.served.request(Method::GET, &format!("/api/v1/jobs/{id}/artifacts/{file}/{name}")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{name} of {job}");
        answer.bytes().await.unwrap().to_vec()
    }

    async fn text(&self, job: &Value) -> String {
        String::from_utf8(self.bytes(job, "text.txt").await).unwrap()
    }

    /// What a step reported.
    async fn report(&self, job: &Value, step: &str) -> Value {
        let report: Value = serde_json::from_slice(&self.bytes(job, "report.json").await).unwrap();
        let found = report["steps"].as_array().unwrap().iter().find(|s| s["id"] == step);
        found.unwrap_or_else(|| panic!("no step {step} in {report}"))["report"].clone()
    }

    /// The record of the job's file, if it has one.
    async fn record(&self, job: &Value) -> Option<Value> {
        let path = format!("/api/v1/records/{}", job["files"][0]["id"].as_str().unwrap());
        let answer = self.served.request(Method::GET, &path).send().await.unwrap();
        match answer.status().as_u16() {
            200 => Some(answer.json().await.unwrap()),
            status => {
                assert_eq!(status, 404, "{path}");
                None
            }
        }
    }

    /// Nothing that an owner or an operator can see of a job holds this: not its answers, its results, its record, nor the log.
    async fn keeps(&self, secret: &str, job: &Value) {
        let id = job["id"].as_str().unwrap();
        let record = format!("{:?}", self.record(job).await).into_bytes();
        let log = std::fs::read(self.folder.path().join("serve.log")).unwrap();
        let mut all =
            vec![("the job".to_owned(), job.to_string().into_bytes()), ("the record".to_owned(), record), ("the log".to_owned(), log)];
        let listed = self.served.get(&format!("/api/v1/jobs/{id}")).await.unwrap();
        let listed = listed["files"][0]["artifacts"].as_array().unwrap().clone();
        let names = listed.iter().map(|a| a["name"].as_str().unwrap()).chain(["report.json"]);
        for name in names {
            all.push((name.to_owned(), self.bytes(job, name).await));
        }
        for (what, bytes) in all {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{what} holds the key");
        }
    }
}

/// A word as Cloud Vision tells it, with what follows it.
fn word(text: &str, [x0, y0, x1, y1]: [u32; 4], follows: &str) -> Value {
    let mut symbols: Vec<Value> = text.chars().map(|c| json!({"text": c.to_string()})).collect();
    symbols.last_mut().unwrap()["property"] = json!({"detectedBreak": {"type": follows}});
    let corner = |x: u32, y: u32| json!({"x": x, "y": y});
    let vertices = [corner(x0, y0), corner(x1, y0), corner(x1, y1), corner(x0, y1)];
    json!({"boundingBox": {"vertices": vertices}, "confidence": 0.97, "symbols": symbols})
}

/// A page with words that no scan of ours has.
fn annotated() -> Value {
    let words = [
        word("Windmill", [100, 100, 190, 124], "SPACE"),
        word("barley", [200, 100, 270, 124], "LINE_BREAK"),
        word("Sacks:", [100, 200, 170, 224], "SPACE"),
        word("1719", [180, 200, 230, 224], "LINE_BREAK"),
    ];
    let page = json!({"width": 760, "height": 1000, "blocks": [{"blockType": "TEXT", "paragraphs": [{"words": words}]}]});
    json!({"responses": [{"fullTextAnnotation": {"pages": [page], "text": "x"}}]})
}

/// What a model's server answers when the model says this.
fn said(answer: &Value) -> Value {
    let choice = json!({"index": 0, "message": {"role": "assistant", "content": answer.to_string()}, "finish_reason": "stop"});
    json!({"choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}})
}

/// A scan of a business form.
fn scan(folder: &Path) -> PathBuf {
    let specimen = gristmill_specimen::form(1).unwrap();
    let path = folder.join(&specimen.name);
    std::fs::write(&path, specimen.bytes).unwrap();
    path
}

/// The field at a path.
fn field<'a>(record: &'a Value, path: &str) -> &'a Value {
    let found = record["fields"].as_array().unwrap().iter().find(|f| f["path"] == path);
    found.unwrap_or_else(|| panic!("no field {path} in {record}"))
}

const INVOICE: [&str; 6] = [
    "Mill & Sons Ltd",
    "12 River Lane, Riverton",
    "Invoice number: INV-2024-117",
    "Invoice date: 3 March 2024",
    "Subtotal: EUR 100.00",
    "Total: EUR 121.00",
];

/// No label of any schema stands at its number, so the rules do not find it.
const UNLABELLED: [&str; 7] = [
    "Mill & Sons Ltd",
    "12 River Lane, Riverton",
    "Kept under QX-7731",
    "Date: 3 March 2024",
    "Subtotal: EUR 100.00",
    "VAT 21%: EUR 21.00",
    "Total: EUR 121.00",
];

fn both() -> Value {
    json!({"extract": {"extractor": "rules-then-model", "schema": "invoice"}})
}

#[tokio::test]
async fn a_scan_is_read_by_the_service_that_a_step_names_and_by_none_that_it_does_not_name() {
    let service = Service::start(200, annotated()).await;
    let settings = [("GRISTMILL_OCR__GOOGLE_CREDENTIALS", VISION_KEY), ("GRISTMILL_OCR__GOOGLE_URL", service.url.as_str())];
    let world = World::start(&settings).await;
    let folder = tempfile::tempdir().unwrap();
    let scan = scan(folder.path());
    let job = world.job("document", &scan, json!({"ocr": {"ocr_provider": "google-vision"}})).await;
    assert_eq!(job["status"], "completed", "{job}");
    let report = world.report(&job, "ocr").await;
    assert_eq!((&report["engine"], &report["sources"]["ocr"]), (&json!("google-vision"), &json!(1)), "{report}");
    let text = world.text(&job).await;
    assert!(text.contains("Windmill barley") && text.contains("Sacks: 1719"), "{text}");

    let layout: Value = serde_json::from_slice(&world.bytes(&job, "layout.json").await).unwrap();
    let page = &layout["pages"][0];
    assert_eq!((&page["source"], &page["engine"], &page["unit"]), (&json!("ocr"), &json!("google-vision"), &json!("px")));
    let lines = page["blocks"].as_array().unwrap().iter().flat_map(|b| b["lines"].as_array().unwrap());
    let words: Vec<&Value> = lines.flat_map(|l| l["words"].as_array().unwrap()).collect();
    let boxes = [
        ("Windmill", [100.0, 100.0, 190.0, 124.0]),
        ("barley", [200.0, 100.0, 270.0, 124.0]),
        ("Sacks:", [100.0, 200.0, 170.0, 224.0]),
        ("1719", [180.0, 200.0, 230.0, 224.0]),
    ];
    assert_eq!(words.len(), boxes.len(), "{words:?}");
    for (text, expected) in boxes {
        let word = words.iter().find(|w| w["text"] == text).unwrap_or_else(|| panic!("no `{text}` in {words:?}"));
        let found: Vec<f64> = word["box"].as_array().unwrap().iter().map(|side| side.as_f64().unwrap()).collect();
        assert!(found.len() == 4 && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.01), "{word} is not at {expected:?}");
        assert_eq!(word["confidence"], 0.97);
    }

    let [asked] = &service.asked()[..] else { panic!("it was asked once") };
    assert!(asked.path.starts_with("/v1/images:annotate?") && !asked.path.contains(VISION_KEY), "{}", asked.path);
    assert_eq!((asked.header("x-goog-api-key"), asked.header("authorization")), (VISION_KEY, ""));
    let body = asked.json();
    let request = &body["requests"][0];
    assert_eq!(request["features"], json!([{"type": "DOCUMENT_TEXT_DETECTION"}]));
    assert_eq!(request["imageContext"]["languageHints"], json!(["en"]));
    let picture = STANDARD.decode(request["image"]["content"].as_str().unwrap()).unwrap();
    assert!(picture.starts_with(&[0xff, 0xd8, 0xff]) && picture.len() > 10_000, "{} bytes are no JPEG of the page", picture.len());
    world.keeps(VISION_KEY, &job).await;

    let job = world.job("document", &scan, json!({"ocr": {"ocr_provider": "auto"}})).await;
    assert_eq!(job["status"], "completed", "{job}");
    assert_ne!(world.report(&job, "ocr").await["engine"], "google-vision");
    assert_eq!(service.asked().len(), 1, "`auto` let a page leave the machine");
}

#[tokio::test]
async fn what_is_not_set_up_is_told_as_not_applicable() {
    let world = World::start(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let job = world.job("document", &scan(folder.path()), json!({"ocr": {"ocr_provider": "google-vision"}})).await;
    assert!(job["files"][0]["error"].is_null(), "{job}");
    assert_eq!(world.report(&job, "ocr").await["not_applicable"], "model not installed: Google Cloud Vision is not set up on this server");
    let job = world
        .job("once", &media::pdf(folder.path(), "bill.pdf", &INVOICE), json!({"extract": {"extractor": "model", "schema": "invoice"}}))
        .await;
    assert!(job["files"][0]["error"].is_null(), "{job}");
    let why = world.report(&job, "extract").await["not_applicable"].clone();
    assert!(why.as_str().is_some_and(|why| why.contains("no language model is set up on this server")), "{why}");
    assert_eq!(world.record(&job).await, None);
    let job = world.job("once", &media::pdf(folder.path(), "bill.pdf", &UNLABELLED), both()).await;
    let report = world.report(&job, "extract").await;
    assert_eq!((&report["extractor"], &report["warnings"][0]), (&json!("rules"), &json!("no language model is set up on this server.")));
    assert_eq!(world.record(&job).await.unwrap()["data"]["total"], "121.00");
}

#[tokio::test]
async fn what_a_model_says_is_looked_up_on_the_page_and_what_stands_nowhere_is_marked() {
    let answer = json!({
        "vendor": "Mill & Sons Ltd", "invoice_number": "INV-2024-117", "date": "2024-03-03", "total": "121.00",
        "customer": "Nowhere Windmills",
    });
    let service = Service::start(200, said(&answer)).await;
    let world = World::with_model(&service.url).await;
    let folder = tempfile::tempdir().unwrap();
    let file = media::pdf(folder.path(), "bill.pdf", &INVOICE);
    let job = world.job("document", &file, json!({"extract": {"extractor": "model", "schema": "invoice"}})).await;
    assert_eq!(job["status"], "completed", "{job}");

    let record = world.record(&job).await.expect("a record");
    let values = (&record["data"]["total"], &record["data"]["invoice_number"], &record["data"]["date"]);
    assert_eq!(values, (&json!("121.00"), &json!("INV-2024-117"), &json!("2024-03-03")));
    let total = field(&record, "/total");
    assert_eq!((&total["source"], &total["status"], &total["page"]), (&json!("model"), &json!("grounded"), &json!(1)), "{total}");
    assert!(total["found_in_text"] == true && total["text"].as_str().is_some_and(|t| t.contains("121.00")), "{total}");
    // It is the sixth line, whose letters stand on a base 202 points below the upper edge.
    let sides: Vec<f64> = total["box"].as_array().unwrap().iter().map(|side| side.as_f64().unwrap()).collect();
    let [x0, y0, x1, y1] = sides[..] else { panic!("{total}") };
    assert!((72.0..250.0).contains(&x0) && x0 < x1 && (185.0..202.0).contains(&y0) && (195.0..210.0).contains(&y1), "{total}");

    let customer = field(&record, "/customer");
    assert_eq!((&customer["status"], &customer["found_in_text"]), (&json!("ungrounded"), &json!(false)), "{customer}");
    assert!(customer["page"].is_null() && customer["box"].is_null() && customer["confidence"].as_f64().unwrap() < 0.5, "{customer}");
    assert_eq!(record["state"], "open");
    assert!(record["doubts"].as_u64().unwrap() >= 1 && record["confidence"].as_f64().unwrap() < 0.5, "{record}");
    let report = world.report(&job, "extract").await;
    let cost = json!({"prompt_tokens": 100, "completion_tokens": 10, "answers": 1});
    assert_eq!((&report["extractor"], &report["model"]), (&json!("model"), &cost), "{report}");
    assert!(report["review"]["reasons"].to_string().contains("/customer does not stand in the document"), "{report}");

    let [asked] = &service.asked()[..] else { panic!("it was asked once") };
    assert_eq!((asked.path.as_str(), asked.header("authorization")), ("/v1/chat/completions", &*format!("Bearer {MODEL_KEY}")));
    let request = asked.json();
    assert_eq!((&request["model"], &request["temperature"]), (&json!("small"), &json!(0)));
    let words = request["messages"][1]["content"].as_str().unwrap();
    assert!(words.contains("INV-2024-117") && words.contains("invoice_number"), "{words}");
    world.keeps(MODEL_KEY, &job).await;
}

#[tokio::test]
async fn a_model_is_asked_only_when_the_rules_leave_something_to_a_person_and_fills_that() {
    let service = Service::start(200, said(&json!({"invoice_number": "QX-7731", "total": "121.00"}))).await;
    let world = World::with_model(&service.url).await;
    let folder = tempfile::tempdir().unwrap();
    let account = json!({
        "title": "account", "type": "object", "required": ["iban"],
        "properties": {"iban": {"type": "string", "x-type": "iban", "x-labels": ["IBAN"]}},
    });
    let sure = media::pdf(folder.path(), "bill.pdf", &["Mill & Sons Ltd", "IBAN: NL91 ABNA 0417 1643 00"]);
    let job = world.job("once", &sure, json!({"extract": {"extractor": "rules-then-model", "schema": account}})).await;
    let report = world.report(&job, "extract").await;
    assert_eq!((&report["extractor"], &report["review"]["needed"]), (&json!("rules"), &json!(false)), "{report}");
    assert!(report["model"].is_null() && service.asked().is_empty(), "the rules were sure of all, and the text left the machine");
    let record = world.record(&job).await.expect("a record");
    assert_eq!((&record["data"]["iban"], &record["state"]), (&json!("NL91ABNA0417164300"), &json!("accepted")));

    let open = media::pdf(folder.path(), "bill.pdf", &UNLABELLED);
    let job = world.job("once", &open, both()).await;
    let report = world.report(&job, "extract").await;
    assert_eq!((&report["extractor"], &report["model"]["answers"]), (&json!("rules+model"), &json!(1)), "{report}");
    assert_eq!(service.asked().len(), 1);
    let record = world.record(&job).await.expect("a record");
    assert_eq!((&record["data"]["total"], &record["data"]["invoice_number"]), (&json!("121.00"), &json!("QX-7731")), "{record}");
    let (number, total) = (field(&record, "/invoice_number"), field(&record, "/total"));
    assert_eq!((&number["source"], &number["status"], &total["source"]), (&json!("model"), &json!("grounded"), &json!("rules")));
    assert!(number["page"] == 1 && number["box"].as_array().is_some_and(|b| b.len() == 4), "{number}");
}

#[tokio::test]
async fn a_model_that_is_away_is_a_fault_of_the_tool_that_names_it_and_no_record_is_written() {
    // Bound and not listened at: nobody else can be there.
    let held = TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = held.local_addr().unwrap().to_string();
    let world = World::with_model(&format!("http://{address}")).await;
    let folder = tempfile::tempdir().unwrap();
    let job = world.job("once", &media::pdf(folder.path(), "bill.pdf", &UNLABELLED), both()).await;
    assert_eq!(job["status"], "failed", "{job}");
    let error = &job["files"][0]["error"];
    assert_eq!((&error["code"], &error["fault"]), (&json!("service_failed"), &json!("tool")), "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("The language model was not reached") && !message.contains(&address), "{message}");
    assert_eq!(world.record(&job).await, None);
}

#[tokio::test]
async fn the_rules_stand_alone_when_the_model_cannot_help_later_either_and_the_report_warns() {
    let refusal = json!({"error": {"message": format!("the key {MODEL_KEY} is wrong"), "code": "invalid_api_key"}});
    let service = Service::start(401, refusal).await;
    let world = World::with_model(&service.url).await;
    let folder = tempfile::tempdir().unwrap();
    let file = media::pdf(folder.path(), "bill.pdf", &UNLABELLED);
    let job = world.job("once", &file, both()).await;
    assert_eq!((&job["status"], service.asked().len()), (&json!("completed"), 1), "{job}");
    let report = world.report(&job, "extract").await;
    let warning = report["warnings"][0].as_str().unwrap();
    assert!(warning.contains("Only the rules were used.") && warning.contains("401 invalid_api_key"), "{warning}");
    let record = world.record(&job).await.expect("a record");
    assert_eq!((&record["data"]["total"], &record["state"]), (&json!("121.00"), &json!("open")), "{record}");
    assert_eq!(field(&record, "/invoice_number")["status"], "missing");
    world.keeps(MODEL_KEY, &job).await;

    let job = world.job("once", &file, json!({"extract": {"extractor": "model", "schema": "invoice"}})).await;
    let error = &job["files"][0]["error"];
    assert_eq!((&job["status"], &error["code"]), (&json!("failed"), &json!("service_settings")), "{job}");
    assert!(!job.to_string().contains(MODEL_KEY));
}
