//! Documents from their upload to a checked record: what a file states is used, what it does not is read, a bad page spoils nothing, and
//! what people correct is kept.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use gristmill_harness::{Served, backends, media};
use gristmill_specimen::{Specimen, form};
use image::{GrayImage, Rgb, RgbImage};
use reqwest::Method;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_gristmill");
const SOON: Duration = Duration::from_secs(240);

struct World {
    served: Served,
    folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(Path::new(BINARY), folder.path()).await.unwrap();
        Self { served, folder }
    }

    /// One that asks for keys, with a key of each of these owners.
    async fn with_keys<const N: usize>(owners: [&str; N]) -> (Self, [String; N]) {
        let folder = tempfile::tempdir().unwrap();
        let keys = owners.map(|owner| key(folder.path(), owner));
        let required = [("GRISTMILL_AUTH__REQUIRED", "true")];
        let served = Served::start_with(Path::new(BINARY), folder.path(), &required).await.unwrap();
        (Self { served, folder }, keys)
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

fn key(data: &Path, owner: &str) -> String {
    let mut command = Command::new(BINARY);
    command.args(["keys", "create", "--owner", owner, "--data"]).arg(data);
    let made = command.envs(backends::environment(data)).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// Whether a program is on this machine, which one of the checks may not be without.
fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    assert!(found || std::env::var_os("CI").is_none(), "there is no {program}: run scripts/setup test");
    found
}

/// A sample by its name; `None` where there are no samples.
fn sample(name: &str) -> Option<PathBuf> {
    let all = media::samples(&["pdf", "scan", "image"]);
    assert!(all.is_empty() || all.len() > 30);
    all.into_iter().map(|s| s.path).find(|path| path.ends_with(name))
}

/// A TIFF of these pages, not compressed; the pixels of the page `broken`, from 1, are said to lie beyond its end.
fn tiff(folder: &Path, pages: &[&Specimen], broken: Option<u32>) -> PathBuf {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    const RATIONAL: u16 = 5;
    let place = |file: &[u8]| u32::try_from(file.len()).unwrap();
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    for (page, n) in pages.iter().zip(1_u32..) {
        let pixels: GrayImage = image::load_from_memory(&page.bytes).unwrap().to_luma8();
        let (width, height) = pixels.dimensions();
        let strip = if broken == Some(n) { 0x7fff_0000 } else { place(&file) };
        file.extend_from_slice(pixels.as_raw());
        file.resize(file.len().next_multiple_of(2), 0);
        let dpi = place(&file);
        file.extend_from_slice(&150_u32.to_le_bytes());
        file.extend_from_slice(&1_u32.to_le_bytes());
        let directory = place(&file);
        file[link..link + 4].copy_from_slice(&directory.to_le_bytes());
        let entries = [
            (256_u16, LONG, width),
            (257, LONG, height),
            (258, SHORT, 8),
            (259, SHORT, 1),
            (262, SHORT, 1),
            (273, LONG, strip),
            (277, SHORT, 1),
            (278, LONG, height),
            (279, LONG, width * height),
            (282, RATIONAL, dpi),
            (283, RATIONAL, dpi),
            (296, SHORT, 2),
        ];
        file.extend_from_slice(&u16::try_from(entries.len()).unwrap().to_le_bytes());
        for (tag, kind, value) in entries {
            file.extend_from_slice(&tag.to_le_bytes());
            file.extend_from_slice(&kind.to_le_bytes());
            file.extend_from_slice(&1_u32.to_le_bytes());
            file.extend_from_slice(&value.to_le_bytes());
        }
        link = file.len();
        file.extend_from_slice(&[0; 4]);
    }
    let path = folder.join("pages.tiff");
    std::fs::write(&path, file).unwrap();
    path
}

/// A DOCX with these paragraphs.
fn docx(folder: &Path, paragraphs: &[&str]) -> PathBuf {
    const TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
        <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
        <Override PartName=\"/word/document.xml\" \
        ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
    const LINKS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
        <Relationship Id=\"r1\" Target=\"word/document.xml\" \
        Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\"/></Relationships>";
    const WORDS: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    let body: String = paragraphs.iter().map(|text| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")).collect();
    let document = format!("<w:document xmlns:w=\"{WORDS}\"><w:body>{body}</w:body></w:document>");
    let path = folder.join("note.docx");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, text) in [("[Content_Types].xml", TYPES), ("_rels/.rels", LINKS), ("word/document.xml", &document)] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
    path
}

/// Which part of the words of a truth was found, 0 to 1.
fn found(text: &str, truth: &str) -> f64 {
    let trimmed = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let words = |text: &str| text.split_whitespace().map(trimmed).filter(|word| word.len() > 2).collect::<BTreeSet<String>>();
    let (wanted, there) = (words(truth), words(text));
    wanted.intersection(&there).count() as f64 / wanted.len() as f64
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

const PARCEL: &str = r#"
name = "parcel"
accepts = ["document"]
[[step]]
id = "check"
op = "file.check"
[[step]]
id = "ocr"
op = "document.ocr"
after = ["check"]
[[step]]
id = "extract"
op = "document.extract"
after = ["ocr"]
[step.options.schema]
title = "parcel"
properties.FIELD = { x-labels = ["Order number"], x-type = "identifier" }
[[step]]
id = "record"
op = "record.save"
after = ["extract"]
[step.options]
accept = "never"
"#;

#[tokio::test]
async fn what_a_pdf_states_is_used_and_becomes_a_record() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = media::pdf(folder.path(), "invoice.pdf", &INVOICE);
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
    let file = media::pdf(folder.path(), "invoice.pdf", &INVOICE);
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
async fn a_schema_of_ones_own_counts_under_whatever_name_and_loses_no_value_to_a_column() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = media::pdf(folder.path(), "parcel.pdf", &["Order number: PO-77", "State: Texas", "Total: EUR 121.00"]);
    let schema = json!({
        "$id": "invoice",
        "properties": {
            "po_number": {"x-labels": ["Order number"], "x-type": "identifier"},
            "state": {"x-labels": ["State"]},
            "total": {"type": "number", "x-type": "amount", "x-labels": ["Total"]},
            "items": {"type": "array", "items": {"properties": {"amount": {"x-type": "amount"}}}},
        },
    });
    let job = world.job(&[file], json!({"options": {"extract": {"schema": schema}, "record": {"accept": "never"}}})).await;
    let path = format!("/api/v1/records/{}", job["files"][0]["id"].as_str().unwrap());
    let review = format!("{path}/review");
    let corrections = json!({"/po_number": "PO-78", "/state": "Ohio", "/total": "12,50"});
    let (status, done) = world.post(&review, json!({"revision": 1, "corrections": corrections})).await;
    assert_eq!((status, &done["data"]["po_number"], &done["data"]["total"]), (200, &json!("PO-78"), &json!(12.5)), "{done}");
    let hostile = json!({"revision": 2, "corrections": {"/items/4294967295/amount": "1"}});
    assert_eq!(world.post(&review, hostile).await.0, 422);
    let table = |format: &str| world.served.request(Method::GET, &format!("/api/v1/records/export?format={format}")).send();
    let rows: Value = table("json").await.unwrap().json().await.unwrap();
    assert_eq!((&rows[0]["state"], &rows[0]["data.state"]), (&json!("open"), &json!("Ohio")), "{rows}");
    let csv = table("csv").await.unwrap().text().await.unwrap();
    assert!(csv.lines().next().unwrap().contains(",data.state") && csv.contains("open") && csv.contains("Ohio"), "{csv}");
    let refused = world.served.request(Method::GET, "/api/v1/records?schema=a%00").send().await.unwrap();
    assert_eq!((refused.status().as_u16(), &refused.json::<Value>().await.unwrap()["code"]), (422, &json!("filter_invalid")));
}

#[tokio::test]
async fn a_record_is_checked_by_the_schema_it_was_made_by_when_its_pipeline_has_changed() {
    let mut world = World::start().await;
    let pipelines = world.folder.path().join("pipelines");
    std::fs::create_dir_all(&pipelines).unwrap();
    let describe = |field: &str| std::fs::write(pipelines.join("parcel.toml"), PARCEL.replace("FIELD", field)).unwrap();
    describe("po_number");
    world.served.kill_9();
    world.served = Served::start(Path::new(BINARY), world.folder.path()).await.unwrap();
    let file = media::pdf(world.folder.path(), "parcel.pdf", &["Order number: PO-77"]);
    let job = world.job(&[file], json!({"pipeline": "parcel"})).await;
    describe("order");
    world.served.kill_9();
    world.served = Served::start(Path::new(BINARY), world.folder.path()).await.unwrap();
    let review = format!("/api/v1/records/{}/review", job["files"][0]["id"].as_str().unwrap());
    let (status, refused) = world.post(&review, json!({"revision": 1, "corrections": {"/order": "PO-78"}})).await;
    assert_eq!((status, &refused["code"]), (422, &json!("correction_invalid")), "{refused}");
    let (status, done) = world.post(&review, json!({"revision": 1, "corrections": {"/po_number": "PO-78"}})).await;
    assert_eq!((status, &done["data"]["po_number"]), (200, &json!("PO-78")), "{done}");
}

#[tokio::test]
async fn a_record_is_its_owners_alone() {
    let (mut world, [anna, ben]) = World::with_keys(["anna", "ben"]).await;
    world.served.key = Some(anna.clone());
    let folder = tempfile::tempdir().unwrap();
    let file = media::pdf(folder.path(), "invoice.pdf", &INVOICE);
    let job = world.job(&[file], json!({"group": "march", "options": {"extract": {"schema": "invoice"}}})).await;
    let path = format!("/api/v1/records/{}", job["files"][0]["id"].as_str().unwrap());
    let before = world.served.get(&path).await.unwrap();
    assert_eq!((&before["data"]["total"], &before["revision"]), (&json!("121.00"), &json!(1)));
    world.served.key = Some(ben);
    let shown = world.served.request(Method::GET, &path).send().await.unwrap();
    assert_eq!((shown.status().as_u16(), &shown.json::<Value>().await.unwrap()["code"]), (404, &json!("record_not_found")));
    let judged = json!({"revision": 1, "state": "rejected", "corrections": {"/total": "1.00"}});
    let (status, refused) = world.post(&format!("{path}/review"), judged).await;
    assert_eq!((status, &refused["code"]), (404, &json!("record_not_found")), "{refused}");
    for only in [String::new(), "?group=march".into(), format!("?job={}", job["id"].as_str().unwrap())] {
        assert_eq!(world.served.get(&format!("/api/v1/records{only}")).await.unwrap()["items"], json!([]), "{only}");
    }
    for (format, nothing) in [("csv", ""), ("json", "[\n]\n")] {
        let url = format!("/api/v1/records/export?format={format}&group=march");
        let table = world.served.request(Method::GET, &url).send().await.unwrap();
        assert_eq!((table.status().as_u16(), table.text().await.unwrap().as_str()), (200, nothing));
    }
    world.served.key = Some(anna);
    assert_eq!(world.served.get(&path).await.unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_read_again_keeps_one_record_of_the_last_reading_and_remembers_what_people_changed() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = media::pdf(folder.path(), "invoice.pdf", &INVOICE);
    let job = world.job(&[file], json!({"options": {"extract": {"schema": "invoice"}, "record": {"accept": "never"}}})).await;
    let id = job["id"].as_str().unwrap();
    let path = format!("/api/v1/records/{}", job["files"][0]["id"].as_str().unwrap());
    let review = format!("{path}/review");
    let first = world.served.get(&path).await.unwrap();
    let typed = |seen: u32| json!({"revision": seen, "state": "accepted", "corrections": {"/total": "131.00"}, "reviewer": "Ann"});
    let (status, judged) = world.post(&review, typed(1)).await;
    assert_eq!((status, &judged["data"]["total"], &judged["revision"]), (200, &json!("131.00"), &json!(2)), "{judged}");
    let (status, retried) = world.post(&format!("/api/v1/jobs/{id}/retry"), json!({"from": "all"})).await;
    assert_eq!((status, &retried["id"]), (202, &job["id"]), "{retried}");
    let ended = world.served.ended(id, SOON).await;
    assert_eq!(ended["status"], "completed", "{ended}");
    let listed = world.served.get(&format!("/api/v1/records?job={id}")).await.unwrap();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    let again = world.served.get(&path).await.unwrap();
    assert_eq!((&again["revision"], &again["state"], &again["data"]["total"]), (&json!(3), &json!("open"), &json!("121.00")), "{again}");
    assert_eq!((&again["reviewed_by"], &again["created_at"]), (&Value::Null, &first["created_at"]), "{again}");
    assert_eq!(again["corrections"], judged["corrections"], "they stay as they were made");
    assert_eq!(world.post(&review, typed(2)).await.0, 409, "it was seen before it was read again");
    let (status, entered) = world.post(&review, typed(3)).await;
    assert_eq!((status, &entered["data"]["total"], &entered["revision"]), (200, &json!("131.00"), &json!(4)), "{entered}");
    assert_eq!(entered["corrections"].as_array().unwrap().len(), 2, "{entered}");
}

#[tokio::test]
async fn every_page_of_a_tiff_is_read() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (form(2).unwrap(), form(3).unwrap());
    let job = world.job(&[tiff(folder.path(), &[&one, &two], None)], json!({})).await;
    assert_eq!(job["status"], "completed", "{job}");
    let report = world.report(&job, 0, "ocr").await;
    assert_eq!((&report["pages"], &report["sources"]["ocr"], &report["failed_pages"]), (&json!(2), &json!(2), &json!([])), "{report}");
    let sheets: Value = serde_json::from_slice(&world.bytes(&job, 0, "pages.json").await).unwrap();
    let numbers: Vec<&Value> = sheets.as_array().unwrap().iter().map(|s| &s["page"]).collect();
    assert_eq!(numbers, [&json!(1), &json!(2)], "{sheets}");
    let text = world.text(&job, 0).await;
    let pages: Vec<&str> = text.split('\u{c}').collect();
    assert_eq!(pages.len(), 2, "{text}");
    assert!(found(pages[0], &one.text) > 0.6 && found(pages[1], &two.text) > 0.6, "{text}");
    assert_eq!(&world.bytes(&job, 0, "pages/2.webp").await[8..12], b"WEBP");
}

#[tokio::test]
async fn a_page_that_cannot_be_read_spoils_only_itself() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (one, three) = (form(2).unwrap(), form(3).unwrap());
    let job = world.job(&[tiff(folder.path(), &[&one, &one, &three], Some(2))], json!({})).await;
    assert_eq!((&job["status"], &job["files"][0]["status"]), (&json!("completed"), &json!("succeeded")), "{job}");
    let report = world.report(&job, 0, "ocr").await;
    assert_eq!((&report["pages"], &report["sources"]["ocr"], &report["sources"]["failed"]), (&json!(3), &json!(2), &json!(1)), "{report}");
    let failed = report["failed_pages"].as_array().unwrap();
    assert_eq!((failed.len(), &failed[0]["page"]), (1, &json!(2)), "{report}");
    assert!(failed[0]["why"].as_str().is_some_and(|why| why.contains("ends before its last pixel")), "{report}");
    let sheets: Value = serde_json::from_slice(&world.bytes(&job, 0, "pages.json").await).unwrap();
    let sources: Vec<&Value> = sheets.as_array().unwrap().iter().map(|s| &s["source"]).collect();
    assert_eq!(sources, [&json!("ocr"), &json!("failed"), &json!("ocr")], "{sheets}");
    let text = world.text(&job, 0).await;
    let pages: Vec<&str> = text.split('\u{c}').collect();
    assert_eq!((pages.len(), pages[1].trim()), (3, ""), "{text}");
    assert!(found(pages[0], &one.text) > 0.6 && found(pages[2], &three.text) > 0.6, "{text}");
    assert_eq!(&world.bytes(&job, 0, "pages/3.webp").await[8..12], b"WEBP");
}

#[tokio::test]
async fn an_office_file_becomes_text_and_pages() {
    if !installed("soffice") {
        return;
    }
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let paragraphs = ["Seven wagons of rye came on Monday.", "The north wheel needs a new board."];
    let job = world.job(&[docx(folder.path(), &paragraphs)], json!({})).await;
    assert_eq!(job["status"], "completed", "{job}");
    let report = world.report(&job, 0, "ocr").await;
    assert_eq!((&report["pages"], &report["sources"]["text"], &report["engine"]), (&json!(1), &json!(1), &Value::Null), "{report}");
    let text = world.text(&job, 0).await;
    assert!(paragraphs.iter().all(|paragraph| text.contains(paragraph)), "{text}");
    assert!(world.bytes(&job, 0, "searchable.pdf").await.starts_with(b"%PDF-"));
    assert_eq!(&world.bytes(&job, 0, "pages/1.webp").await[8..12], b"WEBP");
}

#[tokio::test]
async fn tesseract_reads_when_it_is_asked_for() {
    if !installed("tesseract") {
        return;
    }
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let fax = form(2).unwrap();
    let path = folder.path().join(&fax.name);
    std::fs::write(&path, &fax.bytes).unwrap();
    let job = world.job(&[path], json!({"options": {"ocr": {"ocr_provider": "tesseract"}}})).await;
    assert_eq!(job["status"], "completed", "{job}");
    let report = world.report(&job, 0, "ocr").await;
    assert!(report["engine"].as_str().is_some_and(|name| name.starts_with("tesseract")), "{report}");
    assert_eq!(report["sources"]["ocr"], 1, "{report}");
    let text = world.text(&job, 0).await;
    assert!(found(&text, &fax.text) >= 0.5, "{text}");
}

#[tokio::test]
async fn a_photo_of_nothing_ends_with_a_page_and_no_words() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nothing.jpg");
    let shade = |from: u32, place: u32, whole: u32| u8::try_from(from + 120 * place / whole).unwrap();
    RgbImage::from_fn(640, 480, |x, y| Rgb([shade(40, x, 640), shade(70, y, 480), shade(90, x + y, 1120)])).save(&path).unwrap();
    let job = world.job(&[path], json!({})).await;
    assert_eq!((&job["status"], &job["files"][0]["status"]), (&json!("completed"), &json!("succeeded")), "{job}");
    let report = world.report(&job, 0, "ocr").await;
    assert_eq!((&report["pages"], &report["sources"]["blank"], &report["words"]), (&json!(1), &json!(1), &json!(0)), "{report}");
    assert_eq!((&report["confidence"], &report["failed_pages"]), (&Value::Null, &json!([])), "{report}");
    assert_eq!(world.text(&job, 0).await.trim(), "");
    assert!(world.bytes(&job, 0, "searchable.pdf").await.starts_with(b"%PDF-"));
    assert_eq!(&world.bytes(&job, 0, "pages/1.webp").await[8..12], b"WEBP");
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
    // How pages end does not depend on who reads them; this one is quick.
    let quick = json!({"options": {"ocr": {"ocr_provider": "tesseract"}}});
    for sample in media::samples(&["pdf", "scan"]) {
        let job = world.job(std::slice::from_ref(&sample.path), quick.clone()).await;
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
