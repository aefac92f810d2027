//! What image tests share: a scratch folder, a pool whose decoders are this test binary, and files made on the spot.
#![expect(dead_code, reason = "each test binary uses its part")]
#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails the test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gristmill_operate::ChildCommand;
use gristmill_operate::image::{Pool, child_main};
use gristmill_operate::models::Models;
use gristmill_operate::sandbox::Sandbox;
use gristmill_operate::{Context, Input, OperationError, Outcome, Produced, Registry, Tools};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The test that a re-executed binary runs to become a decoder.
pub const CHILD_TEST: &str = "serves_as_the_image_child";

/// Serves when started as a decoder; does nothing in an ordinary run.
pub fn serve_if_child() {
    let args: Vec<String> = std::env::args().collect();
    if args.iter().any(|a| a == CHILD_TEST) && args.iter().any(|a| a == "--test-threads=1") {
        std::process::exit(child_main());
    }
}

pub struct World {
    pub folder: tempfile::TempDir,
    pub tools: Tools,
    pub cancel: CancellationToken,
    registry: Registry,
}

impl World {
    pub fn new() -> Self {
        let command = ChildCommand {
            program: std::env::current_exe().unwrap(),
            args: [CHILD_TEST, "--exact", "--test-threads=1"].map(Into::into).to_vec(),
        };
        Self::with_child(command)
    }

    pub fn with_child(command: ChildCommand) -> Self {
        let sandbox = Arc::new(Sandbox::new());
        let images = Arc::new(Pool::new(Arc::clone(&sandbox), command, 2));
        Self {
            folder: tempfile::tempdir().unwrap(),
            tools: Tools { images, ..Tools::new(Path::new("/bin/false"), 1, Models::new("none")) },
            cancel: CancellationToken::new(),
            registry: Registry::standard(),
        }
    }

    /// A file of these bytes.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Runs an operation on a file in a fresh scratch folder.
    pub async fn run(&self, op: &str, path: &Path, options: Value) -> Result<Produced, OperationError> {
        let scratch = tempfile::tempdir_in(self.folder.path()).unwrap().keep();
        let (progress, _seen) = watch::channel((0.0, String::new()));
        let context = Context::new(scratch, self.cancel.clone(), self.tools.clone(), progress);
        let input = Input { source: path.into(), name: path.file_name().unwrap().to_string_lossy().into_owned(), ..Input::default() };
        let options = options.as_object().unwrap();
        let operation = self.registry.get(op).unwrap();
        operation.check_options(options).unwrap();
        match operation.run(&context, &input, options).await? {
            Outcome::Done(produced) => Ok(produced),
            Outcome::NotApplicable(why) => panic!("{op} did nothing: {why}"),
            Outcome::Parts(parts) => panic!("{op} was split into {}", parts.len()),
        }
    }

    /// The code of the refusal.
    pub async fn refusal(&self, op: &str, path: &Path) -> String {
        match self.run(op, path, serde_json::json!({})).await {
            Ok(produced) => panic!("{op} accepted {path:?}: {}", produced.report),
            Err(error) => error.problem.code,
        }
    }
}

/// The bytes of the artifact whose name ends so.
pub fn artifact(produced: &Produced, ending: &str) -> Vec<u8> {
    let found = produced.artifacts.iter().find(|a| a.name.ends_with(ending));
    std::fs::read(&found.unwrap_or_else(|| panic!("no {ending} among {:?}", produced.artifacts)).path).unwrap()
}

/// A PNG that decodes to `pixels`.
pub fn png(image: &image::DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// The folder of sample media, if there is one: `GRISTMILL_MEDIA`, or `../shared/media` beside the checkout.
pub fn media() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media");
    let folder = std::env::var_os("GRISTMILL_MEDIA").map_or(beside, PathBuf::from);
    folder.join("dev.tsv").is_file().then_some(folder)
}
