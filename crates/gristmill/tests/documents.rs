//! Documents from their upload to a checked record: what a file states is used, what it does not is read, a bad page spoils nothing, and
//! what people correct is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gristmill_harness::{Served, media};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(240);

struct World {
    served: Served,
    _folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(Path::new(BINARY), folder.path()).await.unwrap();
        Self { served, _folder: folder }
    }

    /// A job of these files, ended.
    async fn job(&self, files: &[PathBuf], more: Value) -> Value {
        let mut request = json!({"pipeline": "document"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let id = self.served.submit(request, files).await.unwrap();
        self.served.ended(&id, SOON).await
    }

    async fn bytes(&self, job: &Value, file: usize, name: &str) -> Vec<u8> {
        let (id, file) = (job["id"].as_str().unwrap(), job["files"][file]["id"].as_str().unwrap());
        let answer = self.served.request(Method::GET, &format!("/api/v1/jobs/{id}/artifacts/{file}/{name}")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{name} of {job}");
        answer.bytes().await.unwrap().to_vec()
    }

    async fn text(&self, job: &Value, file: usize) -> String {
        String::from_utf8(self.bytes(job, file, "text.txt").await).unwrap()
    }

    /// What a step reported.
    async fn report(&self, job: &Value, file: usize, step: &str) -> Value {
        let report: Value = serde_json::from_slice(&self.bytes(job, file, "report.json").await).unwrap();
        let found = report["steps"].as_array().unwrap().iter().find(|s| s["id"] == step);
        found.unwrap_or_else(|| panic!("no step {step} in {report}"))["report"].clone()
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let answer = self.served.request(Method::POST, path).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

/// A sample by its name; `None` where there are no samples.
fn sample(name: &str) -> Option<PathBuf> {
    let all = media::samples(&["pdf", "scan", "image"]);
    assert!(all.is_empty() || all.len() > 30);
    all.into_iter().map(|s| s.path).find(|path| path.ends_with(name))
}

/// A PDF of one page with these lines in Helvetica.
fn pdf(folder: &Path, name: &str, lines: &[&str]) -> PathBuf {
    let text: String =
        lines.iter().zip(1..).map(|(line, n)| format!("BT /F 12 Tf 1 0 0 1 72 {} Tm ({line}) Tj ET\n", 760 - 20 * n)).collect();
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>stream\n{text}endstream", text.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (object, n) in objects.iter().zip(1..) {
        places.push(file.len());
        file += &format!("{n} 0 obj\n{object}\nendobj\n");
    }
    let table: String = places.iter().map(|at| format!("{at:010} 00000 n \n")).collect();
    let start = file.len();
    file += &format!("xref\n0 6\n0000000000 65535 f \n{table}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    let path = folder.join(name);
    std::fs::write(&path, file).unwrap();
    path
}

const INVOICE: [&str; 12] = [
    "Mill & Sons Ltd",
    "12 River Lane, Riverton",
    "INVOICE",
    "Invoice number: INV-2024-117",
    "Invoice date: 3 March 2024",
    "Due date: 2 April 2024",
    "Bill to: Acme Bakery",
    "Flour, 25 kg     20.00",
    "Subtotal: EUR 100.00",
    "VAT 21%: EUR 21.00",
    "Total: EUR 121.00",
    "IBAN: NL91 ABNA 0417 1643 00",
];

#[tokio::test]
async fn what_a_pdf_states_is_used_and_becomes_a_record() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = pdf(folder.path(), "invoice.pdf", &INVOICE);
    let job = world.job(&[file], json!({"options": {"extract": {"schema": "invoice"}}})).await;
    assert_eq!(job["status"], "completed", "{job}");
    let report = world.report(&job, 0, "ocr").await;
    assert_eq!((&report["pages"], &report["sources"]["text"], &report["engine"]), (&json!(1), &json!(1), &Value::Null));
    assert!(world.text(&job, 0).await.contains("Invoice number: INV-2024-117"));
    assert!(world.bytes(&job, 0, "searchable.pdf").await.starts_with(b"%PDF-"));
    assert_eq!(&world.bytes(&job, 0, "pages/1.webp").await[8..12], b"WEBP");
    let file = job["files"][0]["id"].as_str().unwrap();
    let record = world.served.get(&format!("/api/v1/records/{file}")).await.unwrap();
    assert_eq!(record["data"]["total"], "121.00", "{record}");
    assert_eq!((&record["data"]["date"], &record["data"]["invoice_number"]), (&json!("2024-03-03"), &json!("INV-2024-117")));
    let total = record["fields"].as_array().unwrap().iter().find(|f| f["path"] == "/total").unwrap();
    assert!(total["box"].as_array().is_some_and(|b| b.len() == 4) && total["page"] == 1, "{total}");
}

#[tokio::test]
async fn a_record_is_corrected_by_who_saw_it_last_and_exported() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = pdf(folder.path(), "invoice.pdf", &INVOICE);
    let job =
        world.job(&[file], json!({"group": "march", "options": {"extract": {"schema": "invoice"}, "record": {"accept": "never"}}})).await;
    let path = format!("/api/v1/records/{}", job["files"][0]["id"].as_str().unwrap());
    let record = world.served.get(&path).await.unwrap();
    assert_eq!((&record["state"], &record["revision"]), (&json!("open"), &json!(1)));
    let review = format!("{path}/review");
    let (status, refused) = world.post(&review, json!({"revision": 1, "corrections": {"/total": "twelve"}})).await;
    assert_eq!((status, &refused["code"]), (422, &json!("correction_invalid")));
    assert!(refused["detail"].as_str().unwrap().contains("/total"), "{refused}");
    let good = json!({"revision": 1, "state": "accepted", "corrections": {"/total": "131,00"}, "reviewer": "Ann"});
    let (status, done) = world.post(&review, good.clone()).await;
    assert_eq!((status, &done["data"]["total"], &done["state"], &done["revision"]), (200, &json!("131.00"), &json!("accepted"), &json!(2)));
    let kept = &done["corrections"][0];
    assert_eq!((&kept["path"], &kept["before"], &kept["after"]), (&json!("/total"), &json!("121.00"), &json!("131.00")));
    assert!(kept["by"].as_str().unwrap().contains("Ann"), "{kept}");
    assert_eq!(world.post(&review, good).await.0, 409, "it was seen before it was changed");
    for (format, begin) in [("csv", "file_id,"), ("json", "[\n{")] {
        let url = format!("/api/v1/records/export?format={format}&group=march");
        let table = world.served.request(Method::GET, &url).send().await.unwrap().text().await.unwrap();
        assert!(table.starts_with(begin) && table.contains("131.00") && !table.contains("121.00"), "{table}");
    }
    let listed = world.served.get("/api/v1/records?group=march&state=accepted").await.unwrap();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let batch = world.served.get("/api/batch_status?group=march").await.unwrap();
    assert_eq!((&batch["done"], &batch["review_url"]), (&json!(true), &json!("/review/march")));
}

#[tokio::test]
async fn a_scan_is_read_laid_straight_and_made_searchable() {
    let Some(scan) = sample("linn.png") else { return };
    let world = World::start().await;
    let job = world.job(&[scan], json!({})).await;
    assert_eq!(job["status"], "completed", "{job}");
    let report = world.report(&job, 0, "ocr").await;
    assert_eq!((&report["sources"]["ocr"], &report["pages"]), (&json!(1), &json!(1)), "{report}");
    assert!(report["confidence"].as_f64().unwrap() > 0.85, "{report}");
    let text = world.text(&job, 0).await;
    for words in ["LinnSequencer", "32 Track MIDI Sequence Recorder", "Additional Features"] {
        assert!(text.contains(words), "no `{words}` in {text}");
    }
    let mut pdf = gristmill_pdf::Pdf::open(world.bytes(&job, 0, "searchable.pdf").await, None, &gristmill_pdf::Limits::default()).unwrap();
    let found: String = pdf.text(1).unwrap().lines.iter().map(|l| l.text() + "\n").collect();
    assert!(found.contains("LinnSequencer"), "{found}");
}

#[tokio::test]
async fn pages_that_must_be_read_are_tasks_of_their_own_and_come_back_in_order() {
    let Some(turned) = sample("cardinal.pdf") else { return };
    let world = World::start().await;
    let job = world.job(&[turned], json!({})).await;
    assert_eq!(job["status"], "completed", "{job}");
    let report = world.report(&job, 0, "ocr").await;
    assert_eq!((&report["pages"], &report["sources"]["ocr"]), (&json!(4), &json!(4)), "{report}");
    let text = world.text(&job, 0).await;
    let pages: Vec<&str> = text.split('\u{c}').collect();
    assert_eq!(pages.len(), 4);
    assert!(pages.iter().all(|p| p.contains("LinnSequencer")), "each is turned another way: {text}");
    let sheets: Value = serde_json::from_slice(&world.bytes(&job, 0, "pages.json").await).unwrap();
    let upright = sheets.as_array().unwrap().iter().filter(|s| s["height"].as_f64() > s["width"].as_f64()).count();
    assert_eq!(upright, 4, "{sheets}");
}

#[tokio::test]
async fn a_file_that_asks_for_a_password_is_opened_with_its_own_and_with_no_other() {
    let (Some(first), Some(second)) = (sample("aes-256.pdf"), sample("libreoffice-writer-password.pdf")) else { return };
    let world = World::start().await;
    let both = [first.clone(), second.clone()];
    let opened = world.job(&both, json!({"passwords": {"aes-256.pdf": "baz", "libreoffice-writer-password.pdf": "openpassword"}})).await;
    assert_eq!(opened["counts"]["succeeded"], 2, "{opened}");
    assert!(!opened.to_string().contains("openpassword"));
    let none = world.job(&both, json!({"passwords": {"aes-256.pdf": "wrong"}})).await;
    let code = |n: usize| none["files"][n]["error"]["code"].as_str().unwrap_or_default().to_owned();
    assert_eq!((code(0), code(1)), ("pdf_password_wrong".to_owned(), "pdf_password_needed".to_owned()), "{none}");
}

#[tokio::test]
async fn every_sample_ends_as_expected() {
    let world = World::start().await;
    let mut surprises = Vec::new();
    for sample in media::samples(&["pdf", "scan"]) {
        let job = world.job(std::slice::from_ref(&sample.path), json!({})).await;
        let status = job["files"][0]["status"].as_str().unwrap().to_owned();
        let fine = match sample.expect.as_str() {
            "ok" | "ok-warn" => status == "succeeded",
            "reject" | "encrypted" => status == "skipped",
            _ => status == "succeeded" || status == "skipped",
        };
        if !fine {
            surprises.push(format!("{}: expected {}, was {status}: {}", sample.path.display(), sample.expect, job["files"][0]["error"]));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}
