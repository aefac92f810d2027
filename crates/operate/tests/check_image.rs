//! `file.check` on pictures, with real confined decoders: this test binary serves as the decoder.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gristmill_model::Fault;
use gristmill_model::operation::Kind;
use gristmill_operate::ChildCommand;
use gristmill_operate::image::{Pool, child_main};
use gristmill_operate::models::Models;
use gristmill_operate::sandbox::Sandbox;
use gristmill_operate::{Context, Input, OperationError, Options, Outcome, Registry, Tools};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

#[test]
#[ignore = "the decoder; started by the pool"]
fn decoder() {
    std::process::exit(child_main());
}

async fn check(path: &Path, options: Value) -> Result<Value, OperationError> {
    let scratch = tempfile::tempdir().unwrap();
    let sandbox = Arc::new(Sandbox::new());
    let args = ["--exact", "decoder", "--ignored", "--nocapture", "--test-threads=1"].map(Into::into).to_vec();
    let pool = Pool::new(sandbox.clone(), ChildCommand { program: std::env::current_exe().unwrap(), args }, 1);
    let (progress, _) = watch::channel((0.0, String::new()));
    let context = Context::new(
        scratch.path().to_owned(),
        CancellationToken::new(),
        Tools { images: Arc::new(pool), ..Tools::new(Path::new("/bin/false"), 1, Models::new("none")) },
        progress,
    );
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let bytes = std::fs::metadata(path).unwrap().len();
    let input = Input { source: path.into(), name, bytes, accepts: vec![Kind::Image], ..Input::default() };
    let options: Options = options.as_object().unwrap().clone();
    let registry = Registry::standard();
    let ended = tokio::time::timeout(Duration::from_secs(60), registry.get("file.check").unwrap().run(&context, &input, &options)).await;
    ended.expect("it must not hang").map(|outcome| match outcome {
        Outcome::Done(produced) => produced.report,
        Outcome::NotApplicable(why) => panic!("a check always applies: {why}"),
        Outcome::Parts(parts) => panic!("a check is never split, into {}", parts.len()),
    })
}

/// A PNG that claims a size, by its header alone.
fn claiming(folder: &Path, side: u32) -> PathBuf {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(side.to_be_bytes().iter().chain(&side.to_be_bytes()).chain(&[8, 2, 0, 0, 0]));
    let crc = bytes[12..]
        .iter()
        .fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 }));
    bytes.extend((!crc).to_be_bytes());
    bytes.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
    let path = folder.join("bomb.png");
    std::fs::write(&path, bytes).unwrap();
    path
}

#[tokio::test]
async fn a_picture_that_claims_too_many_pixels_is_refused_by_its_header() {
    let folder = tempfile::tempdir().unwrap();
    let problem = check(&claiming(folder.path(), 30_000), json!({})).await.unwrap_err().problem;
    assert_eq!((problem.fault, problem.code.as_str()), (Fault::Limit, "image_too_large"), "{}", problem.message);
}

#[tokio::test]
async fn a_picture_is_described_by_its_headers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc=s=320x240", "-frames:v", "1"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    let report = check(&path, json!({})).await.unwrap();
    assert_eq!((&report["kind"], &report["format"]), (&json!("image"), &json!("jpeg")));
    assert_eq!((&report["width"], &report["height"]), (&json!(320), &json!(240)));
    let problem = check(&path, json!({"max_side": 300})).await.unwrap_err().problem;
    assert_eq!((problem.fault, problem.code.as_str()), (Fault::Limit, "image_too_large"));
}

#[tokio::test]
async fn every_sample_picture_ends_as_expected() {
    let named = std::env::var_os("GRISTMILL_MEDIA").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media"));
    let Ok(table) = std::fs::read_to_string(folder.join("dev.tsv")) else {
        println!("no sample media here: set GRISTMILL_MEDIA");
        return;
    };
    for row in table.lines().map(|line| line.split('\t').collect::<Vec<_>>()).filter(|row| row[1] == "image") {
        let Some(path) = row[0].strip_prefix("shared/media/").map(|p| folder.join(p)).filter(|p| p.is_file()) else { continue };
        match (check(&path, json!({})).await, row[8]) {
            (Ok(report), "ok") => {
                let size = format!("{}x{}", report["width"], report["height"]);
                let upright = row[9].contains(&size) || row[9].contains(&format!("{}x{}", report["height"], report["width"]));
                assert!(upright, "{}: {size}, expected {}", path.display(), row[9]);
            }
            (Err(error), "ok") => panic!("{}: {error} {:?}", path.display(), error.source),
            (Ok(_), "reject") => panic!("{} should be refused", path.display()),
            (Err(error), _) => assert!(matches!(error.problem.fault, Fault::Input | Fault::Limit), "{}: {error:?}", path.display()),
            (Ok(_), _) => {}
        }
    }
}
