//! The pure middle of every verb. A verb loads the rows it needs into a [`Book`], the functions here decide and note what
//! changes, and the verb writes the noted changes. No function here does IO, so both dialects follow the same policy to the letter.

mod arrival;
mod close;
mod job;
pub(crate) mod line;
mod money;
pub(crate) mod retry;
mod settle;
mod step;
mod tell;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use gristmill_model::{FileId, JobId, TaskId, Timestamp};

use crate::sql::column::keys;
use crate::sql::value::values;
use crate::sql::{Change, Line};
use line::{
    ArtifactLine, AttemptLine, CheckpointLine, EffectLine, EndedLine, EventLine, FileLine, JobLine, LeaseLine, RecordLine, ResultLine,
    TaskLine, TransferLine,
};

pub(crate) use arrival::arrive;
pub(crate) use close::{begin_critical, expire_file, plan_unreadable, refund_all, requeue, set_failed, stop};
pub(crate) use money::{balances, transfer};
pub(crate) use settle::settle;
pub(crate) use step::first_tasks;
pub(crate) use tell::{announced, payload};

/// The rows a verb works on, and what it has noted to change.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// The store's clock.
    pub(crate) now: Timestamp,
    /// Jobs, held for writing.
    pub(crate) jobs: BTreeMap<JobId, JobLine>,
    /// Files, each with what of it has ended.
    pub(crate) files: HashMap<FileId, FileLine>,
    /// Ended tasks by file.
    pub(crate) ended: HashMap<FileId, Vec<EndedLine>>,
    /// Leases that may be settled.
    pub(crate) leases: HashMap<TaskId, LeaseLine>,
    /// Tasks that wait for their parts.
    pub(crate) parked: HashMap<TaskId, TaskLine>,
    /// The next files of a job that were not let in yet, in order.
    pub(crate) next: HashMap<JobId, VecDeque<FileLine>>,
    /// Which task made a result of that name.
    pub(crate) makers: HashMap<(FileId, String), TaskId>,
    /// What was read out of files before.
    pub(crate) records: HashMap<FileId, RecordLine>,
    /// What is to be written.
    pub(crate) notes: Notes,
}

/// What a verb has decided to write.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) jobs: BTreeSet<JobId>,
    pub(crate) files: BTreeSet<FileId>,
    pub(crate) leases_gone: Vec<TaskId>,
    /// Files of which nothing may wait or run any more.
    pub(crate) closed: Vec<FileId>,
    /// Steps of which nothing may wait or run any more.
    pub(crate) closed_steps: Vec<TaskId>,
    /// Steps that run again: their results and checkpoints are withdrawn.
    pub(crate) steps_again: Vec<TaskId>,
    pub(crate) tasks: Vec<TaskLine>,
    pub(crate) parked: BTreeSet<TaskId>,
    /// Jobs of which nothing may wait or run any more.
    pub(crate) wiped: BTreeSet<JobId>,
    pub(crate) ended: Vec<EndedLine>,
    pub(crate) ended_gone: Vec<TaskId>,
    pub(crate) attempts: Vec<AttemptLine>,
    pub(crate) artifacts: Vec<ArtifactLine>,
    /// By owner and key, so that each stands once and in order.
    pub(crate) results: BTreeMap<(String, String), ResultLine>,
    /// By file, so that of two in one batch the last stands.
    pub(crate) records: BTreeMap<FileId, RecordLine>,
    pub(crate) transfers: Vec<TransferLine>,
    pub(crate) effects: Vec<EffectLine>,
    pub(crate) events: BTreeMap<JobId, Vec<serde_json::Value>>,
    /// By owner and group: how many more of its jobs are open now, and the last of them that ended.
    pub(crate) groups: BTreeMap<(String, String), (i64, JobId)>,
}

impl Book {
    /// An empty book at this time.
    pub(crate) fn at(now: Timestamp) -> Self {
        Self { now, ..Self::default() }
    }

    /// Everything that was noted, in an order in which it can be written: what goes first, what comes after.
    pub(crate) fn changes(mut self) -> Vec<Change> {
        let events = self.number_events();
        let Self { jobs, files, parked, notes, .. } = self;
        let file_rows = |f: FileId| files.get(&f).map(FileLine::state);
        let job_rows = |j: JobId| jobs.get(&j).map(JobLine::state);
        let parked_rows = |t: TaskId| parked.get(&t).map(Line::write);
        [
            Change::delete(LeaseLine::TABLE, keys(&notes.wiped)),
            Change::delete(TaskLine::TABLE, keys(&notes.wiped)),
            Change::delete(LeaseLine::TABLE, keys(&notes.leases_gone)),
            Change::delete(LeaseLine::TABLE, keys(&notes.closed)),
            Change::delete(TaskLine::TABLE, keys(&notes.closed)),
            Change::delete(LeaseLine::TABLE, step_keys(&notes.closed_steps)),
            Change::delete(TaskLine::TABLE, step_keys(&notes.closed_steps)),
            Change::delete(EndedLine::TABLE, keys(&notes.ended_gone)),
            Change::delete(CheckpointLine::TABLE, step_keys(&notes.steps_again)),
            withdraw(&notes.steps_again),
            Change::insert(&notes.tasks),
            some(Change::Put, TaskLine::TABLE, notes.parked.into_iter().filter_map(parked_rows).collect()),
            some(Change::Put, EndedLine::TABLE, notes.ended.iter().map(Line::write).collect()),
            Change::insert(&notes.attempts),
            some(Change::Put, ArtifactLine::TABLE, notes.artifacts.iter().map(Line::write).collect()),
            some(Change::Put, ResultLine::TABLE, notes.results.values().map(Line::write).collect()),
            some(Change::Put, RecordLine::TABLE, notes.records.values().map(Line::write).collect()),
            set(FileLine::TABLE, FileLine::STATE, notes.files.into_iter().filter_map(file_rows).collect()),
            set(JobLine::TABLE, JobLine::STATE, notes.jobs.into_iter().filter_map(job_rows).collect()),
            Change::insert(&events),
            Change::insert(&notes.effects),
            Change::insert(&notes.transfers),
        ]
        .into_iter()
        .flatten()
        .chain(balances(&notes.transfers))
        .collect()
    }

    /// Gives the noted events of each job its next numbers.
    fn number_events(&mut self) -> Vec<EventLine> {
        let mut rows = Vec::new();
        for (id, items) in std::mem::take(&mut self.notes.events) {
            let Some(job) = self.jobs.get_mut(&id) else { continue };
            job.events += items.len() as i64;
            self.notes.jobs.insert(id);
            rows.push(EventLine { job: id, last: job.events, at: self.now, items });
        }
        rows
    }
}

type Rows = Vec<Vec<crate::sql::Value>>;

fn step_keys(tasks: &[TaskId]) -> Rows {
    tasks.iter().map(|t| values![t.file.job, t.file.no, t.step]).collect()
}

/// Results are known by their names, so those of a step are found by its number.
fn withdraw(steps: &[TaskId]) -> Option<Change> {
    (!steps.is_empty()).then(|| Change::DeleteBy(ArtifactLine::TABLE, &["job_id", "file_no", "step"], step_keys(steps)))
}

fn some(make: fn(&'static crate::sql::Table, Rows) -> Change, table: &'static crate::sql::Table, rows: Rows) -> Option<Change> {
    (!rows.is_empty()).then(|| make(table, rows))
}

fn set(table: &'static crate::sql::Table, columns: &'static [&'static str], rows: Rows) -> Option<Change> {
    (!rows.is_empty()).then_some(Change::Set(table, columns, rows))
}
