//! A job as doors show it: rows put together.

use std::collections::HashMap;
use std::time::Duration;

use gristmill_model::report::Artifact;
use gristmill_model::{FileId, JobId, Timestamp};
use gristmill_store::{File, Job, Published, Task};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::report;

/// A job with its files.
#[derive(Debug, Clone)]
pub struct JobView {
    /// The job.
    pub job: Job,
    /// Its files, in order.
    pub files: Vec<FileView>,
}

/// A file with its steps and results.
#[derive(Debug, Clone)]
pub struct FileView {
    /// The file.
    pub file: File,
    /// Its tasks, in the order of steps.
    pub tasks: Vec<Task>,
    /// Its published artifacts, by name.
    pub artifacts: Vec<Published>,
}

impl FileView {
    /// 0..=1, weighted by estimates; 1 once the file has ended.
    pub fn progress(&self) -> f64 {
        if self.file.status.ended() {
            return 1.0;
        }
        let weight = |t: &Task| t.estimate.as_secs_f64().max(0.001);
        let done = |t: &Task| if t.state.ended() { 1.0 } else { t.progress };
        let total: f64 = self.tasks.iter().map(weight).sum();
        if total == 0.0 { 0.0 } else { self.tasks.iter().map(|t| weight(t) * done(t)).sum::<f64>() / total }
    }

    /// What its running step is doing: the operation's own words, or the step's name.
    pub fn phase(&self) -> Option<&str> {
        let running = self.tasks.iter().find(|t| t.state == gristmill_model::task::State::Running)?;
        Some(running.phase.as_deref().filter(|p| !p.is_empty()).unwrap_or(&running.step))
    }

    /// Its results as a list, the two reports included once it has ended.
    pub fn results(&self, job: &Job) -> Vec<Artifact> {
        let mut all: Vec<Artifact> = self.artifacts.iter().map(|p| p.artifact.clone()).collect();
        if self.file.status.ended() {
            all.extend([false, true].map(|min| report::artifact(report::name(min), &report::render(job, self, min))));
        }
        all
    }

    /// The complete report as JSON.
    pub fn report(&self, job: &Job) -> serde_json::Value {
        report::complete(job, self)
    }
}

impl Engine {
    /// A job with everything below it.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] also when it belongs to someone else.
    pub async fn view(&self, owner: &str, id: JobId) -> Result<JobView, EngineError> {
        let job = self.job(owner, id).await?;
        let mut tasks = by_file(self.parts.store.tasks(id, None).await?, |t| t.id.file);
        let mut artifacts = by_file(self.parts.store.artifacts(id, None).await?, |a| a.file);
        let files = self.parts.store.files(id).await?.into_iter().map(|file| FileView {
            tasks: tasks.remove(&file.id).unwrap_or_default(),
            artifacts: artifacts.remove(&file.id).unwrap_or_default(),
            file,
        });
        Ok(JobView { files: files.collect(), job })
    }

    pub(crate) async fn file_view(&self, job: &Job, file: FileId) -> Result<Option<FileView>, EngineError> {
        let Some(row) = self.parts.store.files(job.id).await?.into_iter().find(|f| f.id == file) else { return Ok(None) };
        let tasks = self.parts.store.tasks(job.id, Some(file)).await?;
        let artifacts = self.parts.store.artifacts(job.id, Some(file)).await?;
        Ok(Some(FileView { file: row, tasks, artifacts }))
    }
}

fn by_file<T>(rows: Vec<T>, file: impl Fn(&T) -> FileId) -> HashMap<FileId, Vec<T>> {
    let mut all: HashMap<FileId, Vec<T>> = HashMap::new();
    rows.into_iter().for_each(|row| all.entry(file(&row)).or_default().push(row));
    all
}

/// The time a job still needs if it goes on as it went; `None` before there is anything to go by.
pub fn eta(job: &Job, now: Timestamp) -> Option<Duration> {
    let started = job.started_at.filter(|_| !job.status.ended())?;
    if job.progress < 0.01 {
        return None;
    }
    Some((now - started).mul_f64((1.0 - job.progress) / job.progress))
}
