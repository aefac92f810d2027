//! Files of a job: their steps, results and reports.

use gristmill_engine::FileView;
use gristmill_model::report::Artifact as Made;
use gristmill_model::task::State;
use gristmill_model::{FileId, JobId, Problem};
use gristmill_store as rows;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Counts, Fault, FileStatus, JobStatus, TaskState, time};
use crate::dispose::encoded;

/// Why a file or step did not succeed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Cause {
    /// Stable, snake case, safe to match on.
    #[schema(example = "image_too_large")]
    pub code: String,
    /// The cause and the next step, for people.
    pub message: String,
    /// Whose fault it was.
    pub fault: Fault,
}

impl Cause {
    pub(super) fn new(problem: &Problem) -> Self {
        Self { code: problem.code.clone(), message: problem.message.clone(), fault: problem.fault.into() }
    }
}

/// What a file or job costs, in decimal numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct Credits {
    /// Held until the file ends.
    pub held: f64,
    /// Charged.
    pub captured: f64,
    /// Given back.
    pub refunded: f64,
}

impl Credits {
    /// Of these files together.
    pub(crate) fn of<'a>(files: impl Iterator<Item = &'a rows::File> + Clone) -> Self {
        let sum = |money| {
            let all = files.clone().filter(|f| f.money == money).map(|f| f.price.0);
            gristmill_model::credits::Credits(all.fold(0, i64::saturating_add)).to_decimal()
        };
        Self { held: sum(rows::Money::Held), captured: sum(rows::Money::Captured), refunded: sum(rows::Money::Refunded) }
    }
}

/// A result.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Artifact {
    /// Its name within the file's results.
    #[schema(example = "hls/master.m3u8")]
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content; its entity tag too.
    pub sha256: String,
    /// Where to get it, on this server.
    pub url: String,
}

impl Artifact {
    fn new(job: JobId, file: FileId, made: Made) -> Self {
        let url = url(job, file, &made.name);
        Self { name: made.name, media_type: made.media_type, bytes: made.bytes, sha256: made.sha256, url }
    }
}

/// The address of a result; the slashes of its name stay, so that a playlist's relative names work.
fn url(job: JobId, file: FileId, name: &str) -> String {
    let parts: Vec<String> = name.split('/').map(encoded).collect();
    format!("/api/v1/jobs/{job}/artifacts/{file}/{}", parts.join("/"))
}

fn artifacts(job: &rows::Job, view: &FileView) -> Vec<Artifact> {
    view.results(job).into_iter().map(|a| Artifact::new(job.id, view.file.id, a)).collect()
}

/// A step of a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Step {
    /// `task_`, 32 hexadecimal digits, and the places of its file and step.
    pub task_id: String,
    /// The step's id in its pipeline.
    pub step: String,
    /// The operation it runs.
    pub op: String,
    /// Steps it comes after.
    pub after: Vec<String>,
    /// Where it stands.
    pub state: TaskState,
    /// Attempts begun.
    pub attempts: u32,
    /// 0..1.
    pub progress: f64,
    /// What it is doing.
    pub phase: Option<String>,
    /// When its last attempt began.
    #[schema(format = DateTime)]
    pub started_at: Option<String>,
    /// When it ended.
    #[schema(format = DateTime)]
    pub ended_at: Option<String>,
    /// The last problem. A step that succeeded in a later attempt has none.
    pub error: Option<Cause>,
    /// When it is tried again, while it waits for that.
    #[schema(format = DateTime)]
    pub next_attempt_at: Option<String>,
    /// Whether the file may succeed without it.
    pub optional: bool,
}

impl Step {
    fn new(task: &rows::Task) -> Self {
        let again = task.state == State::Ready && task.attempts > 0;
        Self {
            task_id: task.id.to_string(),
            step: task.step.clone(),
            op: task.op.clone(),
            after: task.after.clone(),
            state: task.state.into(),
            attempts: task.attempts,
            progress: if task.state == State::Succeeded { 1.0 } else { task.progress },
            phase: task.phase.clone().filter(|_| task.state == State::Running),
            started_at: time(task.started_at),
            ended_at: time(task.ended_at),
            error: task.error.as_ref().filter(|_| task.state != State::Succeeded).map(Cause::new),
            next_attempt_at: time(task.due.filter(|_| again)),
            optional: task.optional,
        }
    }
}

/// A file of a job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct File {
    /// `file_`, 32 hexadecimal digits, and its place in the job.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// Where it stands.
    pub status: FileStatus,
    /// Its size.
    pub bytes: u64,
    /// What it is by its content, once that is known.
    pub media_type: Option<String>,
    /// SHA-256 of its bytes; null when it stays where a pointer says, as nobody has read all of it.
    pub sha256: Option<String>,
    /// 0..1.
    pub progress: f64,
    /// What it is doing.
    pub phase: Option<String>,
    /// Why it was skipped or failed.
    pub error: Option<Cause>,
    /// What it costs.
    pub credits: Credits,
    /// Its steps, in the order of the pipeline.
    pub steps: Vec<Step>,
    /// Its results so far.
    pub artifacts: Vec<Artifact>,
}

impl File {
    /// A file of `job`.
    pub(crate) fn new(job: &rows::Job, view: &FileView) -> Self {
        Self {
            id: view.file.id.to_string(),
            name: view.file.name.clone(),
            status: view.file.status.into(),
            bytes: view.file.bytes,
            media_type: view.tasks.iter().find_map(media_type),
            sha256: Some(view.file.sha256.clone()).filter(|sum| !sum.is_empty()),
            progress: view.progress(),
            phase: view.phase().map(str::to_owned),
            error: view.file.error.as_ref().map(Cause::new),
            credits: Credits::of(std::iter::once(&view.file)),
            steps: view.tasks.iter().map(Step::new).collect(),
            artifacts: artifacts(job, view),
        }
    }
}

/// The type that a step measured (`file.check` does), at the top of its report or under `file`.
fn media_type(task: &rows::Task) -> Option<String> {
    let report = &task.report;
    report.get("media_type").or_else(|| report.get("file")?.get("media_type"))?.as_str().map(str::to_owned)
}

/// The results of a job. Which form the files have depends on `view`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Results {
    /// The job.
    pub id: String,
    /// Where it stands.
    pub status: JobStatus,
    /// How its files stand.
    pub counts: Counts,
    /// Its files.
    pub files: Vec<FileResult>,
}

/// A file's results, complete or minified.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum FileResult {
    /// With its report.
    Complete(CompleteFile),
    /// With the names of its results only.
    Minified(MinifiedFile),
}

impl FileResult {
    /// Everything that was measured, decided and produced.
    pub(crate) fn complete(job: &rows::Job, view: &FileView) -> Self {
        Self::Complete(CompleteFile {
            id: view.file.id.to_string(),
            name: view.file.name.clone(),
            status: view.file.status.into(),
            error: view.file.error.as_ref().map(Cause::new),
            report: view.report(job),
            artifacts: artifacts(job, view),
        })
    }

    /// What a page needs.
    pub(crate) fn minified(job: &rows::Job, view: &FileView) -> Self {
        let brief = |a: Artifact| BriefArtifact { name: a.name, url: a.url };
        Self::Minified(MinifiedFile {
            id: view.file.id.to_string(),
            name: view.file.name.clone(),
            status: view.file.status.into(),
            error: view.file.error.as_ref().map(Cause::new),
            artifacts: artifacts(job, view).into_iter().map(brief).collect(),
        })
    }
}

/// A file with its report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CompleteFile {
    /// `file_`, 32 hexadecimal digits, and its place in the job.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// Where it stands.
    pub status: FileStatus,
    /// Why it was skipped or failed.
    pub error: Option<Cause>,
    /// The same as `report.json`.
    #[schema(value_type = Object)]
    pub report: Value,
    /// Its results.
    pub artifacts: Vec<Artifact>,
}

/// A file without its report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MinifiedFile {
    /// `file_`, 32 hexadecimal digits, and its place in the job.
    pub id: String,
    /// The owner's name for it.
    pub name: String,
    /// Where it stands.
    pub status: FileStatus,
    /// Why it was skipped or failed.
    pub error: Option<Cause>,
    /// Its results.
    pub artifacts: Vec<BriefArtifact>,
}

/// A result's name and address.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BriefArtifact {
    /// Its name within the file's results.
    pub name: String,
    /// Where to get it, on this server.
    pub url: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slashes_of_a_name_stay_in_its_address() {
        let job = "job_0192000070008000000000000000002a".parse().unwrap();
        let file = "file_0192000070008000000000000000002a_0".parse().unwrap();
        let at = format!("/api/v1/jobs/{job}/artifacts/{file}/");
        assert_eq!(url(job, file, "hls/1080p/init.mp4"), format!("{at}hls/1080p/init.mp4"));
        assert_eq!(url(job, file, "my cat?#é.png"), format!("{at}my%20cat%3F%23%C3%A9.png"));
    }
}
