//! `report.json` and `report.min.json`: made from rows when asked for, so they can never disagree with them.

use gristmill_blob::hex;
use gristmill_model::report::Artifact;
use gristmill_model::task::State;
use gristmill_store::{Job, Task};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::view::FileView;

const COMPLETE: &str = "report.json";
const MINIFIED: &str = "report.min.json";

/// Whether `name` is a report, and if so whether the minified one.
pub(crate) fn variant(name: &str) -> Option<bool> {
    match name {
        COMPLETE => Some(false),
        MINIFIED => Some(true),
        _ => None,
    }
}

/// The name of a report.
pub(crate) fn name(minified: bool) -> &'static str {
    if minified { MINIFIED } else { COMPLETE }
}

/// A report as an artifact.
pub(crate) fn artifact(name: &str, bytes: &[u8]) -> Artifact {
    let sha256 = hex(&Sha256::digest(bytes));
    Artifact { name: name.to_owned(), media_type: "application/json".to_owned(), bytes: bytes.len() as u64, sha256 }
}

/// A report's bytes.
pub(crate) fn render(job: &Job, view: &FileView, minified: bool) -> Vec<u8> {
    let value = if minified { minimal(view) } else { complete(job, view) };
    let text = if minified { serde_json::to_vec(&value) } else { serde_json::to_vec_pretty(&value) };
    text.unwrap_or_default()
}

/// Everything that was measured, decided and produced for one file.
pub(crate) fn complete(job: &Job, view: &FileView) -> Value {
    json!({
        "job": job.id,
        "pipeline": {"name": job.pipeline, "version": job.pipeline_version},
        "file": {
            "id": view.file.id,
            "name": view.file.name,
            "bytes": view.file.bytes,
            "sha256": Some(&view.file.sha256).filter(|sum| !sum.is_empty()),
            "media_type": view.tasks.iter().find_map(|t| t.report.get("media_type")),
        },
        "status": view.file.status,
        "error": view.file.error,
        "warnings": view.tasks.iter().filter_map(|t| t.report.get("warnings")?.as_array()).flatten().collect::<Vec<_>>(),
        "steps": view.tasks.iter().map(step).collect::<Vec<_>>(),
        "artifacts": view.artifacts.iter().map(|p| json!(p.artifact)).collect::<Vec<_>>(),
        "ended_at": view.file.ended_at.map(|t| t.to_string()),
    })
}

fn step(task: &Task) -> Value {
    let duration = task.ended_at.zip(task.started_at).map(|(end, start)| (end - start).as_millis() as u64);
    json!({
        "id": task.step,
        "op": task.op,
        "status": task.state,
        "started_at": task.started_at.map(|t| t.to_string()),
        "attempts": task.attempts,
        "duration_ms": duration,
        "error": task.error.as_ref().filter(|_| task.state != State::Succeeded),
        "report": task.report,
    })
}

/// What a page needs: the end, the reason and the names of the results.
fn minimal(view: &FileView) -> Value {
    let brief = |a: &Artifact| json!({"name": a.name, "media_type": a.media_type, "bytes": a.bytes});
    json!({
        "name": view.file.name,
        "status": view.file.status,
        "error": view.file.error,
        "artifacts": view.artifacts.iter().map(|p| brief(&p.artifact)).collect::<Vec<_>>(),
    })
}
