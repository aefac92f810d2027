//! A job as it is seen from outside: the part of the API's `Job` that people are shown. Read from JSON or made from rows.

use gristmill_engine::{FileView, JobView, eta};
use gristmill_model::Timestamp;
use gristmill_store::Task;
use serde::Deserialize;

/// A job.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// `job_…`
    pub id: String,
    /// Its pipeline.
    pub pipeline: String,
    /// `pending` … `expired`.
    pub status: String,
    /// 0..=1.
    pub progress: f64,
    /// What it is doing.
    pub phase: Option<String>,
    /// What it still needs.
    pub eta_seconds: Option<f64>,
    /// When it was submitted.
    pub created_at: Option<String>,
    /// How its files stand.
    pub counts: Counts,
    /// Its files.
    pub files: Vec<SeenFile>,
}

/// How the files of a job stand.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// All.
    pub files: u32,
    /// Done.
    pub succeeded: u32,
    /// Did not qualify.
    pub skipped: u32,
    /// Failed.
    pub failed: u32,
    /// Stopped.
    pub cancelled: u32,
}

/// A file of a job.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SeenFile {
    /// The owner's name for it.
    pub name: String,
    /// `pending` … `cancelled`.
    pub status: String,
    /// Its size.
    pub bytes: u64,
    /// 0..=1.
    pub progress: f64,
    /// What its running step is doing.
    pub phase: Option<String>,
    /// Why it was skipped or failed.
    pub error: Option<SeenError>,
    /// Its steps.
    pub steps: Vec<SeenStep>,
    /// Its results.
    pub artifacts: Vec<SeenArtifact>,
}

/// A problem.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SeenError {
    /// Stable.
    pub code: String,
    /// For people.
    pub message: String,
}

/// A step of a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SeenStep {
    /// Its id in the pipeline.
    pub step: String,
    /// `waiting` … `cancelled`.
    pub state: String,
    /// Attempts begun.
    pub attempts: u32,
    /// The last problem.
    pub error: Option<SeenError>,
}

/// A result of a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SeenArtifact {
    /// Its name within the file's results.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

impl Seen {
    /// Whether it never changes again.
    pub fn ended(&self) -> bool {
        !matches!(self.status.as_str(), "" | "pending" | "processing")
    }

    /// The same from rows of this process.
    pub fn of(view: &JobView, now: Timestamp) -> Self {
        let (job, counts) = (&view.job, view.job.counts);
        Self {
            id: job.id.to_string(),
            pipeline: job.pipeline.clone(),
            status: job.status.to_string(),
            progress: job.progress,
            phase: job.phase.clone(),
            eta_seconds: eta(job, now).map(|d| d.as_secs_f64()),
            created_at: Some(job.created_at.to_string()),
            counts: Counts {
                files: counts.files,
                succeeded: counts.succeeded,
                skipped: counts.skipped,
                failed: counts.failed,
                cancelled: counts.cancelled,
            },
            files: view.files.iter().map(file).collect(),
        }
    }
}

fn file(view: &FileView) -> SeenFile {
    SeenFile {
        name: view.file.name.clone(),
        status: view.file.status.to_string(),
        bytes: view.file.bytes,
        progress: view.progress(),
        phase: view.phase().map(str::to_owned),
        error: view.file.error.as_ref().map(error),
        steps: view.tasks.iter().map(step).collect(),
        artifacts: view.artifacts.iter().map(|p| SeenArtifact { name: p.artifact.name.clone(), bytes: p.artifact.bytes }).collect(),
    }
}

fn step(task: &Task) -> SeenStep {
    SeenStep { step: task.step.clone(), state: task.state.to_string(), attempts: task.attempts, error: task.error.as_ref().map(error) }
}

fn error(problem: &gristmill_model::Problem) -> SeenError {
    SeenError { code: problem.code.clone(), message: problem.message.clone() }
}
