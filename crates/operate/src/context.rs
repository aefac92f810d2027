//! What the engine hands to an operation: the input, scratch space, progress, cancellation and the tools.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use gristmill_model::operation::Kind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::child::ChildCommand;
use crate::document::Documents;
use crate::image::Pool;
use crate::models::Models;
use crate::operation::{Draft, OperationError};
use crate::sandbox::Sandbox;
use crate::services::Services;
use crate::source::Source;

/// What operations share on one worker.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Starts confined children.
    pub sandbox: Arc<Sandbox>,
    /// Confined image decoders, kept warm.
    pub images: Arc<Pool>,
    /// Confined readers of documents, and what reads pages.
    pub documents: Arc<Documents>,
    /// Services outside; none unless an operator sets them up.
    pub services: Services,
}

impl Tools {
    /// Tools whose children are this program (or another build of it), at most `children` of a kind at once.
    pub fn new(program: &Path, children: usize, models: Models) -> Self {
        let sandbox = Arc::new(Sandbox::new());
        let command = |argument: &str| ChildCommand { program: program.to_owned(), args: vec![argument.into()] };
        Self {
            images: Arc::new(Pool::new(Arc::clone(&sandbox), command("image-child"), children)),
            documents: Arc::new(Documents::new(Arc::clone(&sandbox), command("document-child"), children, models)),
            sandbox,
            services: Services::default(),
        }
    }

    /// The same with services outside.
    #[must_use]
    pub fn with_services(self, services: Services) -> Self {
        Self { services, ..self }
    }
}

/// The surroundings of one attempt.
#[derive(Debug, Clone)]
pub struct Context {
    /// An empty folder for this attempt alone; removed when it ends. Outputs go here.
    pub scratch: PathBuf,
    /// Set when the attempt must stop: the owner cancelled, the lease was lost, or the deadline passed.
    pub cancel: CancellationToken,
    /// The worker's tools.
    pub tools: Tools,
    progress: watch::Sender<(f64, String)>,
    keeper: Option<Arc<dyn Keeper>>,
}

/// Where checkpoints go; the engine's side of [`Context::checkpoint`].
#[async_trait]
pub trait Keeper: std::fmt::Debug + Send + Sync {
    /// Stores the files and writes the checkpoint down.
    ///
    /// # Errors
    /// When the attempt is no longer the latest, or storage failed.
    async fn keep(&self, data: Value, files: Vec<Draft>) -> Result<(), OperationError>;
}

/// What an earlier attempt of the same task had done. Its files were checked against their sizes and hashes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checkpoint {
    /// The operation's own words.
    pub data: Value,
    /// Files by the names they were given, readable here.
    pub files: Vec<(String, PathBuf)>,
}

impl Context {
    /// A context that reports progress to `progress` as (0..=1, phase).
    pub fn new(scratch: PathBuf, cancel: CancellationToken, tools: Tools, progress: watch::Sender<(f64, String)>) -> Self {
        Self { scratch, cancel, tools, progress, keeper: None }
    }

    /// The same with a place for checkpoints.
    pub fn with_keeper(self, keeper: Arc<dyn Keeper>) -> Self {
        Self { keeper: Some(keeper), ..self }
    }

    /// Writes down what was done so far, with files under [`Self::scratch`] that are needed to go on (they are moved away). Should
    /// this attempt be interrupted, the next one finds it in [`Input::checkpoint`]. Replaces the one before.
    ///
    /// # Errors
    /// When the task is not ours any more, or storage failed; the work may go on without.
    pub async fn checkpoint(&self, data: Value, files: Vec<Draft>) -> Result<(), OperationError> {
        match &self.keeper {
            Some(keeper) => keeper.keep(data, files).await,
            None => Ok(()),
        }
    }

    /// Says how far the attempt is, 0..=1, and what it is doing ("encoding 1080p"). Cheap: listeners see the latest value only.
    pub fn progress(&self, fraction: f64, phase: &str) {
        self.progress.send_replace((fraction.clamp(0.0, 1.0), phase.to_owned()));
    }
}

/// The file a step works on, and what earlier steps of the same file left.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The source bytes.
    pub source: Source,
    /// The owner's name for the file; for names of results and messages only, never for decisions.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// What it is opened with, when it asks for it.
    pub password: Option<Password>,
    /// Kinds the pipeline accepts.
    pub accepts: Vec<Kind>,
    /// Steps of this file that have ended well.
    pub earlier: Vec<Earlier>,
    /// Which part of a split task this is.
    pub part: Option<Value>,
    /// The ended parts, in order, when this run joins them; else empty.
    pub parts: Vec<Earlier>,
    /// What an interrupted attempt of the same task had done.
    pub checkpoint: Option<Checkpoint>,
}

/// What a file is opened with. It is never printed, and no tool is given it as an argument.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// The text itself, for whoever opens the file.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

/// An ended step of the same file.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// Its id in the pipeline.
    pub step: String,
    /// The operation it ran.
    pub op: String,
    /// What it reported.
    pub report: Value,
    /// What it published, as local files.
    pub artifacts: Vec<EarlierArtifact>,
}

/// A published artifact of an earlier step, readable here.
#[derive(Debug, Clone)]
pub struct EarlierArtifact {
    /// Its name within the file's results.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// A local path with its bytes; read-only.
    pub path: PathBuf,
}

impl Input {
    /// What the first earlier step with operation `op` reported.
    pub fn report_of(&self, op: &str) -> Option<&Value> {
        self.earlier.iter().find(|e| e.op == op).map(|e| &e.report)
    }

    /// The artifacts of every earlier step with operation `op`.
    pub fn artifacts_of<'a>(&'a self, op: &'a str) -> impl Iterator<Item = &'a EarlierArtifact> {
        self.earlier.iter().filter(move |e| e.op == op).flat_map(|e| &e.artifacts)
    }

    /// The owner's name without its ending and without anything that could leave a folder; never empty. `<name>` in result names.
    pub fn stem(&self) -> String {
        let stem = Path::new(&self.name).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let mut safe: String = stem.chars().map(|c| if c.is_control() || matches!(c, '/' | '\\') { '_' } else { c }).take(80).collect();
        // A name of a result, with what is added to the stem, must stay below the 255 bytes a file name may have.
        while safe.len() > 160 {
            safe.pop();
        }
        match safe.trim_matches(['.', ' ']) {
            "" => "file".to_owned(),
            kept => kept.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Input;

    fn stem(name: &str) -> String {
        Input { name: name.into(), ..Input::default() }.stem()
    }

    #[test]
    fn a_stem_is_safe_and_never_empty() {
        assert_eq!(stem("talk.mp4"), "talk");
        assert_eq!(stem("-rf.png"), "-rf");
        assert_eq!(stem("../../etc/passwd"), "passwd");
        assert_eq!(stem(".."), "file");
        assert_eq!(stem("🍞.jpg"), "🍞");
        assert_eq!(stem(&"🍞".repeat(80)), "🍞".repeat(40), "160 bytes");
        assert_eq!(stem(&"é".repeat(180)).chars().count(), 80);
    }
}
