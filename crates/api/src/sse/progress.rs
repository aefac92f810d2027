//! Progress is not kept as events: it is the difference between two looks at a job.

use std::collections::BTreeMap;

use gristmill_engine::{JobView, eta};
use gristmill_model::task::State;
use gristmill_model::{FileId, JobId, TaskId, Timestamp};
use serde_json::{Map, Value, json};

use crate::wire::Event;

/// What a listener was last told of a job's progress.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Snapshot {
    /// Progress and phase of the job; none before it has started or after it has ended.
    job: Option<(f64, Option<String>)>,
    eta_seconds: Option<f64>,
    tasks: BTreeMap<TaskId, Running>,
}

/// A running task.
#[derive(Debug, Clone, PartialEq)]
struct Running {
    file: FileId,
    step: String,
    progress: f64,
    phase: Option<String>,
}

impl Snapshot {
    /// A look at a job.
    pub(super) fn of(view: &JobView, now: Timestamp) -> Self {
        let open = view.job.started_at.is_some() && !view.job.status.ended();
        let running = view.files.iter().flat_map(|f| &f.tasks).filter(|t| t.state == State::Running).map(|t| {
            let line = Running { file: t.id.file, step: t.step.clone(), progress: t.progress, phase: t.phase.clone() };
            (t.id, line)
        });
        Self {
            job: open.then(|| (view.job.progress, view.job.phase.clone())),
            eta_seconds: eta(&view.job, now).map(|d| (d.as_secs_f64() * 10.0).round() / 10.0),
            tasks: running.collect(),
        }
    }
}

/// What to tell a listener who knows `before`: tasks first, then the job. A change of the estimate alone is not told.
pub(super) fn changes(before: &Snapshot, after: &Snapshot, job: JobId, now: Timestamp) -> Vec<Event> {
    let event = |kind: &str, data: Value| Event {
        seq: None,
        at: now.to_string(),
        kind: kind.to_owned(),
        job_id: job.to_string(),
        data: if let Value::Object(map) = data { map } else { Map::new() },
    };
    let moved = after.tasks.iter().filter(|(id, task)| before.tasks.get(id) != Some(task));
    let mut told: Vec<Event> = moved.map(|(id, t)| event("task.progress", task(*id, t))).collect();
    if let Some((progress, phase)) = after.job.as_ref().filter(|_| after.job != before.job) {
        let data = json!({"progress": progress, "phase": phase, "eta_seconds": after.eta_seconds});
        told.push(event("job.progress", data));
    }
    told
}

fn task(id: TaskId, t: &Running) -> Value {
    json!({"file_id": t.file, "task_id": id, "step": t.step, "progress": t.progress, "phase": t.phase})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<T: std::str::FromStr>(kind: &str, n: u32) -> T {
        let text = match kind {
            "job" => format!("job_{n:032x}"),
            "file" => format!("file_{n:032x}_0"),
            _ => format!("task_{n:032x}_0_0"),
        };
        text.parse().unwrap_or_else(|_| panic!("{text}"))
    }

    fn looks(progress: f64, tasks: &[(u32, f64)]) -> Snapshot {
        let running = |p| Running { file: id("file", 1), step: "resize".into(), progress: p, phase: None };
        let tasks = tasks.iter().map(|(n, p)| (id("task", *n), running(*p))).collect();
        Snapshot { job: Some((progress, None)), eta_seconds: Some(1.0), tasks }
    }

    fn kinds(before: &Snapshot, after: &Snapshot) -> Vec<String> {
        changes(before, after, id("job", 1), Timestamp(0)).into_iter().map(|e| e.kind).collect()
    }

    #[test]
    fn a_new_listener_is_told_everything_that_runs() {
        assert_eq!(kinds(&Snapshot::default(), &looks(0.5, &[(1, 0.2), (2, 0.0)])), ["task.progress", "task.progress", "job.progress"]);
    }

    #[test]
    fn what_did_not_move_is_not_told() {
        let before = looks(0.5, &[(1, 0.2), (2, 0.3)]);
        assert!(kinds(&before, &before).is_empty());
        assert_eq!(kinds(&before, &looks(0.5, &[(1, 0.2), (2, 0.4)])), ["task.progress"]);
        assert_eq!(kinds(&before, &looks(0.6, &[(2, 0.3)])), ["job.progress"]);
    }

    #[test]
    fn an_ended_job_has_no_progress_to_tell() {
        assert!(kinds(&looks(0.9, &[(1, 0.9)]), &Snapshot::default()).is_empty());
    }

    #[test]
    fn progress_is_told_with_its_file_and_step_and_without_a_place_in_the_order() {
        let told = changes(&Snapshot::default(), &looks(0.5, &[(1, 0.2)]), id("job", 1), Timestamp(0));
        let first = serde_json::to_value(&told[0]).unwrap();
        assert_eq!((&first["step"], &first["progress"], &first["seq"]), (&json!("resize"), &json!(0.2), &Value::Null));
        assert_eq!(first["file_id"], format!("file_{:032x}_0", 1));
    }
}
