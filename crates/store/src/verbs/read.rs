//! Reads: jobs, files, tasks, artifacts, events, counts. Steps that have no row of their own are told from the plan.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_model::operation::Class;
use gristmill_model::report::Artifact;
use gristmill_model::task::{State, Tally};
use gristmill_model::{FileId, JobId, TaskId, Timestamp};
use serde_json::{Map, Value as Json};

use crate::book::line::{ArtifactLine, EndedLine, EventLine, FileLine, JobLine, LeaseLine, ResultLine, TaskLine};
use crate::row::{Event, File, Job, JobFilter, Made, Plan, Published, Task, Totals};
use crate::sql::column::{key, keys};
use crate::sql::value::values;
use crate::sql::{Ask, Fields, Filter, Hold, Line, Row, Tx, Value, lines, select};
use crate::{Result, StoreError};

/// What of a job's work is done by tasks that have not ended, and what the furthest of them is doing.
const RUNNING: &str = "
    (SELECT coalesce(sum(progress * estimate_ms), 0.0) FROM lease WHERE job_id = job.id AND part = 0),
    (SELECT coalesce(sum(progress * estimate_ms), 0.0) FROM task WHERE job_id = job.id AND part = 0),
    (SELECT step || ':' || coalesce(phase, '') FROM lease WHERE job_id = job.id ORDER BY progress DESC, file_no LIMIT 1)";

pub(super) async fn job(tx: &mut dyn Tx, id: JobId) -> Result<Option<Job>> {
    Ok(find_jobs(tx, "WHERE id = $1", values![id]).await?.pop())
}

async fn find_jobs(tx: &mut dyn Tx, rest: &str, values: Vec<Value>) -> Result<Vec<Job>> {
    let sql = format!("SELECT {}, {RUNNING} FROM job {rest}", JobLine::TABLE.list(""));
    tx.query(&sql, values).await?.into_iter().map(read_job).collect()
}

fn read_job(row: Row) -> Result<Job> {
    let mut fields = row.fields();
    let line = JobLine::read(&mut fields)?;
    let running = fields.real()? + fields.real()?;
    let phase = fields.text_opt()?.and_then(|text| phase(&line.plan, &text)).filter(|_| !line.status.ended());
    Ok(Job {
        progress: progress(&line, running),
        phase,
        counts: line.counts(),
        id: line.id,
        owner: line.owner,
        pipeline: line.pipeline,
        pipeline_version: line.pipeline_version,
        options: line.options,
        plan: line.plan,
        priority: line.priority,
        group: line.group,
        metadata: line.metadata,
        notify: line.notify,
        status: line.status,
        created_at: line.created_at,
        awaits: line.awaits,
        expires_at: line.expires_at,
        started_at: line.started_at,
        ended_at: line.ended_at,
    })
}

/// 0..=1: the predicted time of what has ended and of what running tasks have done, over that of all.
fn progress(job: &JobLine, running_ms: f64) -> f64 {
    if job.status.ended() {
        return 1.0;
    }
    ((job.done_ms as f64 + running_ms) / (job.work_ms.max(1) as f64)).clamp(0.0, 1.0)
}

/// The operation's own words, or the step's name.
fn phase(plan: &Plan, text: &str) -> Option<String> {
    let (step, words) = text.split_once(':')?;
    let name = || plan.steps.get(step.parse::<usize>().ok()?).map(|s| s.id.clone());
    if words.is_empty() { name() } else { Some(words.to_owned()) }
}

pub(super) async fn jobs(tx: &mut dyn Tx, filter: &JobFilter) -> Result<Vec<Job>> {
    let mut only = Filter::default();
    only.only_if("owner = ?", filter.owner.as_deref());
    only.only_if("status = ?", filter.status.map(|s| s.as_str()));
    only.only_if("pipeline = ?", filter.pipeline.as_deref());
    only.only_if("group_name = ?", filter.group.as_deref());
    only.only_if("id < ?", filter.before);
    if let Some(text) = &filter.text {
        let any = "(id = ? OR lower(coalesce(group_name, '')) LIKE ? ESCAPE '!' OR EXISTS (
                    SELECT 1 FROM file WHERE file.job_id = job.id AND lower(file.name) LIKE ? ESCAPE '!'))";
        only.only(any, values![id_in(text), like(text), like(text)]);
    }
    let (rest, values) = only.rest("id DESC", filter.limit);
    find_jobs(tx, &rest, values).await
}

/// The id that a text is, or one that no job has.
fn id_in(text: &str) -> gristmill_model::id::Uuid {
    text.trim().parse::<JobId>().map(JobId::uuid).unwrap_or_default()
}

/// A pattern for any text around this one.
fn like(text: &str) -> String {
    let literal = text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{literal}%")
}

pub(super) async fn files(tx: &mut dyn Tx, id: JobId) -> Result<Vec<File>> {
    let begun = begun(tx, id).await?;
    let lines: Vec<FileLine> = lines(tx, keys(&[id]), Hold::None).await?;
    let status = |l: &FileLine| if l.status == FileStatus::Pending && begun.contains(&l.id.no) { FileStatus::Processing } else { l.status };
    let file = |l: FileLine| File {
        status: status(&l),
        id: l.id,
        name: l.name,
        source: l.source,
        bytes: l.bytes,
        sha256: l.sha256,
        error: l.error,
        price: l.price,
        money: l.money,
        ended_at: l.ended_at,
    };
    Ok(lines.into_iter().map(file).collect())
}

/// The numbers of files of which something has been claimed.
async fn begun(tx: &mut dyn Tx, id: JobId) -> Result<BTreeSet<u32>> {
    let sql = "SELECT file_no FROM lease WHERE job_id = $1 UNION SELECT file_no FROM ended WHERE job_id = $2
               UNION SELECT file_no FROM task WHERE job_id = $3 AND attempts > 0";
    tx.query(sql, values![id, id, id]).await?.into_iter().map(|row| row.fields().int()).collect()
}

/// The key of what is below a job, or below one of its files.
fn below(job: JobId, file: Option<FileId>) -> Vec<Value> {
    file.map_or_else(|| key(&job), |file| key(&file))
}

/// The rows there.
struct Below {
    files: Vec<FileLine>,
    waiting: HashMap<TaskId, TaskLine>,
    leases: HashMap<TaskId, LeaseLine>,
    ended: HashMap<TaskId, EndedLine>,
}

impl Below {
    async fn load(tx: &mut dyn Tx, job: JobId, file: Option<FileId>) -> Result<Self> {
        let keys = vec![below(job, file)];
        let ask = |table| Ask { table, keys: keys.clone(), hold: Hold::None };
        let asks = vec![ask(FileLine::TABLE), ask(TaskLine::TABLE), ask(LeaseLine::TABLE), ask(EndedLine::TABLE)];
        let mut rows = tx.find(asks).await?.into_iter();
        let mut next = || rows.next().unwrap_or_default();
        Ok(Self {
            files: FileLine::read_all(next())?,
            waiting: TaskLine::read_all(next())?.into_iter().map(|t| (t.id, t)).collect(),
            leases: LeaseLine::read_all(next())?.into_iter().map(|l| (l.id, l)).collect(),
            ended: EndedLine::read_all(next())?.into_iter().map(|e| (e.id, e)).collect(),
        })
    }

    /// A step of a file as a task, whichever row tells of it.
    fn task(&self, plan: &Plan, file: &FileLine, step: u16) -> Task {
        let (id, declared) = (TaskId::new(file.id, step), &plan.steps[usize::from(step)]);
        let planned = Task {
            id,
            step: declared.id.clone(),
            op: declared.op.clone(),
            after: declared.after.clone(),
            state: if file.status.ended() { State::Cancelled } else { State::Waiting },
            attempts: 0,
            tally: Tally::default(),
            progress: 0.0,
            phase: None,
            estimate: file.estimate(step),
            optional: declared.optional,
            due: None,
            started_at: None,
            ended_at: file.ended_at,
            error: None,
            report: Json::Null,
        };
        match (self.ended.get(&id), self.leases.get(&id), self.waiting.get(&id)) {
            (Some(e), _, _) => ended(planned, e),
            (_, Some(l), _) => running(planned, l),
            (_, _, Some(t)) => waiting(planned, t, self.part_progress(id, t.parts)),
            _ => planned,
        }
    }

    /// How far the parts of a task are, 0..=1.
    fn part_progress(&self, whole: TaskId, parts: u32) -> f64 {
        let of = |part: u32| {
            let id = whole.part(part);
            let waiting = || self.waiting.get(&id).map_or(0.0, |t| t.progress);
            if self.ended.contains_key(&id) { 1.0 } else { self.leases.get(&id).map_or_else(waiting, |l| l.progress) }
        };
        if parts == 0 { 0.0 } else { (1..=parts).map(of).sum::<f64>() / f64::from(parts) }
    }
}

fn ended(planned: Task, e: &EndedLine) -> Task {
    Task {
        state: e.state,
        attempts: e.attempts,
        tally: e.tally,
        progress: 1.0,
        started_at: e.started_at,
        ended_at: Some(e.ended_at),
        error: e.error.clone(),
        report: e.report.clone().unwrap_or_default(),
        ..planned
    }
}

fn running(planned: Task, l: &LeaseLine) -> Task {
    Task {
        state: State::Running,
        attempts: l.attempts,
        tally: l.tally,
        progress: l.progress,
        phase: l.phase.clone(),
        started_at: Some(l.started_at),
        ended_at: None,
        ..planned
    }
}

fn waiting(planned: Task, t: &TaskLine, parts: f64) -> Task {
    let state = if t.parts_open > 0 { State::Parked } else { State::Ready };
    Task { state, attempts: t.attempts, tally: t.tally, progress: t.progress.max(parts), due: t.due, ended_at: None, ..planned }
}

pub(super) async fn tasks(tx: &mut dyn Tx, id: JobId, file: Option<FileId>) -> Result<Vec<Task>> {
    let jobs: Vec<JobLine> = lines(tx, keys(&[id]), Hold::None).await?;
    let Some(job) = jobs.into_iter().next() else { return Ok(Vec::new()) };
    let below = Below::load(tx, id, file).await?;
    let steps = u16::try_from(job.plan.steps.len()).unwrap_or(u16::MAX);
    let of_file = |f| (0..steps).map(move |step| (f, step));
    Ok(below.files.iter().flat_map(of_file).map(|(f, step)| below.task(&job.plan, f, step)).collect())
}

pub(super) async fn parts(tx: &mut dyn Tx, whole: TaskId) -> Result<Vec<Task>> {
    let jobs: Vec<JobLine> = lines(tx, keys(&[whole.job()]), Hold::None).await?;
    let Some(job) = jobs.into_iter().next() else { return Ok(Vec::new()) };
    let below = Below::load(tx, whole.job(), Some(whole.file)).await?;
    let Some(file) = below.files.first() else { return Ok(Vec::new()) };
    let mut parts: Vec<&EndedLine> = below.ended.values().filter(|e| e.id.step == whole.step && e.id.part > 0).collect();
    parts.sort_unstable_by_key(|e| e.id);
    Ok(parts.into_iter().map(|e| Task { id: e.id, ..ended(below.task(&job.plan, file, whole.step), e) }).collect())
}

pub(super) async fn artifacts(tx: &mut dyn Tx, id: JobId, file: Option<FileId>) -> Result<Vec<Published>> {
    let made: Vec<ArtifactLine> = lines(tx, vec![below(id, file)], Hold::None).await?;
    let published = |a: ArtifactLine| Published {
        task: TaskId { file: a.file, step: u16::try_from(a.step).unwrap_or(u16::MAX), part: a.part },
        file: a.file,
        artifact: Artifact { name: a.name, ..a.artifact },
        key: a.blob,
    };
    Ok(made.into_iter().map(published).collect())
}

pub(super) async fn made(tx: &mut dyn Tx, owner: &str, key: &str) -> Result<Option<Made>> {
    let Some(line) = lines::<ResultLine>(tx, vec![values![owner, key]], Hold::None).await?.pop() else { return Ok(None) };
    let ended: Vec<EndedLine> = lines(tx, keys(&[line.task]), Hold::None).await?;
    let Some(report) = ended.into_iter().find(|e| e.state == State::Succeeded).and_then(|e| e.report) else { return Ok(None) };
    let mut artifacts = artifacts(tx, line.task.job(), Some(line.task.file)).await?;
    artifacts.retain(|a| a.task == line.task);
    Ok(Some(Made { task: line.task, report, artifacts }))
}

pub(super) async fn events(tx: &mut dyn Tx, job: JobId, after: i64, limit: u32) -> Result<Vec<Event>> {
    let pages: Vec<EventLine> = select(tx, "WHERE job_id = $1 AND last > $2 ORDER BY last LIMIT $3", values![job, after, limit]).await?;
    let mut events = Vec::new();
    for page in pages {
        let first = page.last - page.items.len() as i64 + 1;
        for (seq, item) in (first..).zip(page.items) {
            events.push(event(seq, job, page.at, item)?);
        }
    }
    events.retain(|e| e.seq > after);
    events.truncate(limit as usize);
    Ok(events)
}

fn event(seq: i64, job: JobId, at: Timestamp, item: Json) -> Result<Event> {
    let (kind, data): (String, Map<String, Json>) = serde_json::from_value(item).map_err(|_| StoreError::Corrupt { what: "event" })?;
    Ok(Event { seq, job, at, kind, data })
}

pub(super) async fn totals(tx: &mut dyn Tx, owner: Option<&str>, since: Timestamp) -> Result<Totals> {
    let (only, whose) = owner.map_or(("", Vec::new()), |o| (" WHERE owner = $1", values![o]));
    let rows = tx.query(&format!("SELECT status, count(*) FROM job{only} GROUP BY status"), whose).await?;
    let jobs = rows.into_iter().map(|row| status_count(&mut row.fields())).collect::<Result<Vec<_>>>()?;
    let (and, mut values) = owner.map_or(("", values![since]), |o| (" AND owner = $2", values![since, o]));
    let sql = format!(
        "SELECT coalesce(sum(CASE WHEN status = 'completed' THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN status <> 'completed' THEN 1 ELSE 0 END), 0),
                CAST(coalesce(sum(ended_at - coalesce(started_at, ended_at)), 0) AS bigint), CAST(coalesce(sum(coalesce(started_at, ended_at) - created_at), 0) AS bigint)
         FROM job WHERE ended_at >= $1{and}"
    );
    let row = tx.query(&sql, std::mem::take(&mut values)).await?.pop();
    let mut fields = row.unwrap_or(Row(vec![Value::Int(0); 4])).fields();
    let (ended_since, spent_ms) = ((fields.int()?, fields.int()?), (fields.int()?, fields.int()?));
    Ok(Totals { jobs, tasks: open_tasks(tx, owner).await?, ended_since, spent_ms })
}

fn status_count(fields: &mut Fields) -> Result<(JobStatus, u64)> {
    Ok((fields.named(JobStatus::parse)?, fields.int()?))
}

async fn open_tasks(tx: &mut dyn Tx, owner: Option<&str>) -> Result<Vec<(State, Class, u64)>> {
    let of = |n: u8| {
        owner.map_or_else(String::new, |_| format!(" WHERE job_id IN (SELECT id FROM job WHERE owner = ${n} AND ended_at IS NULL)"))
    };
    let sql = format!(
        "SELECT class, CASE WHEN parts_open > 0 THEN 1 ELSE 0 END, count(*) FROM task{} GROUP BY 1, 2
         UNION ALL SELECT class, 2, count(*) FROM lease{} GROUP BY 1",
        of(1),
        of(2)
    );
    let mut counts: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    for row in tx.query(&sql, owner.map_or_else(Vec::new, |o| values![o, o])).await? {
        let mut fields = row.fields();
        counts.insert((fields.int()?, fields.int()?), fields.int()?);
    }
    let state = |n: i64| [State::Ready, State::Parked, State::Running][usize::try_from(n).unwrap_or(0).min(2)];
    let class = |n: i64| Class::ALL[usize::try_from(n).unwrap_or(0).min(2)];
    Ok(counts.into_iter().map(|((c, s), n)| (state(s), class(c), n)).collect())
}

pub(super) async fn next_due(tx: &mut dyn Tx) -> Result<Option<Duration>> {
    let now = tx.now().await?;
    let row = tx.query("SELECT min(due) FROM task WHERE due IS NOT NULL AND due > $1", values![now]).await?.pop();
    Ok(row.map(|r| r.fields().time_opt()).transpose()?.flatten().map(|due| due - now))
}
