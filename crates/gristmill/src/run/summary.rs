//! What is printed at the end of a run: a table for people, one object for programs.

use gristmill_engine::JobView;
use serde_json::{Value, json};

use super::export::Exported;
use crate::table::table;
use crate::units;

/// One row a file, then the reasons of those that did not succeed.
pub fn text(view: &JobView, exported: &[Exported]) -> String {
    let rows: Vec<[String; 5]> = view.files.iter().zip(exported).map(|(file, out)| row(file, out)).collect();
    let mut text = table(["FILE", "STATUS", "IN", "RESULTS", "FOLDER"], &rows);
    for file in &view.files {
        if let Some(problem) = &file.file.error {
            let (name, code, message) = (units::plain(&file.file.name, 60), &problem.code, units::plain(&problem.message, 400));
            text.push_str(&format!("\n{name}: {code}: {message}\n"));
        }
    }
    text
}

fn row(file: &gristmill_engine::FileView, out: &Exported) -> [String; 5] {
    let produced: u64 = file.artifacts.iter().map(|a| a.artifact.bytes).sum();
    let results = format!("{} ({})", file.artifacts.len(), units::bytes(produced));
    [
        units::plain(&file.file.name, 48),
        file.file.status.to_string(),
        units::bytes(file.file.bytes),
        results,
        out.folder.display().to_string(),
    ]
}

/// The same for programs.
pub fn json(view: &JobView, exported: &[Exported]) -> Value {
    let files = view.files.iter().zip(exported).map(|(file, out)| {
        json!({
            "name": file.file.name,
            "status": file.file.status,
            "error": file.file.error,
            "folder": out.folder,
            "artifacts": file.artifacts.iter().map(|a| json!(a.artifact)).collect::<Vec<_>>(),
            "files": out.names,
        })
    });
    let counts = view.job.counts;
    json!({
        "id": view.job.id,
        "pipeline": view.job.pipeline,
        "status": view.job.status,
        "counts": {"files": counts.files, "succeeded": counts.succeeded, "skipped": counts.skipped, "failed": counts.failed, "cancelled": counts.cancelled},
        "files": files.collect::<Vec<_>>(),
    })
}
