//! `claim`: the best ready tasks become leases. What may be claimed is offered by the dialect's survey and chosen by
//! `schedule::choose`; claims take turns, so limits that are counted from leases hold over all workers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gristmill_model::job::JobStatus;
use gristmill_model::operation::Class;
use gristmill_model::queue::Queue;
use gristmill_model::schedule::{self, Candidate, Live};
use gristmill_model::{FileId, JobId, TaskId, Timestamp};
use serde_json::json;

use super::load::ask;
use crate::Result;
use crate::book::line::{FileLine, JobLine, LeaseLine, TaskLine, is_large, of_line, queue_of};
use crate::book::{self, Book};
use crate::row::{Claim, Claimed, Moment, Room};
use crate::sql::column::{class_code, keys};
use crate::sql::value::values;
use crate::sql::{Change, Hold, Line, Look, Survey, Tx, select};

/// The most tasks whose time has come that are woken at once.
const WOKEN: u32 = 1000;

/// What a claim leased, and whether there were tasks whose time has come, which it did not look at.
pub(super) struct Leased {
    pub(super) tasks: Vec<Claimed>,
    pub(super) late: bool,
}

/// Tasks whose time has come wait like all others from now on. A transaction of its own, as it holds tasks without their jobs.
pub(super) async fn wake(tx: &mut dyn Tx) -> Result<u64> {
    tx.wake(WOKEN).await
}

pub(super) async fn claim(tx: &mut dyn Tx, claim: &Claim) -> Result<Leased> {
    let rooms: Vec<&Room> = claim.room.iter().filter(|r| r.free > 0).collect();
    let looks: Vec<Look> = rooms.iter().map(|r| Look { class: class_code(r.class), most: r.free }).collect();
    let survey = tx.survey(&looks, &claim.turn).await?;
    let mut chosen = Vec::new();
    let mut bounds = Bounds::of(&survey, claim)?;
    for (room, (heads, jobs)) in rooms.into_iter().zip(survey.heads.into_iter().zip(survey.jobs)) {
        let mut tasks = TaskLine::read_all(heads)?;
        if claim.most_jobs != u32::MAX {
            tasks.extend(of_jobs(tx, &claim.jobs, room).await?);
        }
        let jobs = jobs.into_iter().map(|row| row.fields().job()).collect::<Result<_>>()?;
        let picked = pick(tx, claim, room, tasks, jobs, &bounds).await?;
        bounds.count(&picked);
        chosen.extend(picked);
    }
    Ok(Leased { tasks: lease(tx, claim, chosen).await?, late: survey.due })
}

/// What is counted over all workers.
struct Bounds {
    of_key: BTreeMap<String, u32>,
    fleet: HashMap<Class, u32>,
    paused: Vec<Queue>,
    /// Jobs of which the worker runs something.
    jobs_here: Vec<JobId>,
}

impl Bounds {
    fn of(survey: &Survey, claim: &Claim) -> Result<Self> {
        let mut of_key = BTreeMap::new();
        for row in &survey.limited {
            let mut fields = row.clone().fields();
            let (line, running): (String, u32) = (fields.text()?, fields.int()?);
            *of_key.entry(of_line(&line).1.unwrap_or_default().to_owned()).or_default() += running;
        }
        let mut fleet = HashMap::new();
        for row in &survey.slots {
            for (class, slots) in row.clone().fields().json::<Vec<(Class, u32)>>()? {
                *fleet.entry(class).or_default() += slots;
            }
        }
        let paused = survey.paused.iter().map(|row| row.clone().fields().named(Queue::parse)).collect::<Result<_>>()?;
        Ok(Self { of_key, fleet, paused, jobs_here: claim.jobs.clone() })
    }

    /// Counts what was picked of one class, for those that come after it.
    fn count(&mut self, picked: &[TaskLine]) {
        self.jobs_here.extend(picked.iter().map(|t| t.id.job()));
        for key in picked.iter().filter_map(|t| of_line(&t.line).1) {
            *self.of_key.entry(key.to_owned()).or_default() += 1;
        }
    }
}

/// What waits of these jobs, however far behind: a worker that may not begin another job still takes what is of its own.
async fn of_jobs(tx: &mut dyn Tx, jobs: &[JobId], room: &Room) -> Result<Vec<TaskLine>> {
    let mut found = Vec::new();
    for job in jobs {
        let rest = "WHERE class = $1 AND job_id = $2 AND due IS NULL AND parts_open = 0 ORDER BY key LIMIT $3";
        found.extend(select::<TaskLine>(tx, rest, values![class_code(room.class), *job, room.free]).await?);
    }
    Ok(found)
}

/// The best of these tasks. When one job would get half of the class, what waits of `jobs` is looked at too: it may stand
/// behind that job in the same line, where the survey does not see it.
async fn pick(
    tx: &mut dyn Tx,
    claim: &Claim,
    room: &Room,
    mut tasks: Vec<TaskLine>,
    jobs: Vec<JobId>,
    bounds: &Bounds,
) -> Result<Vec<TaskLine>> {
    let seen: BTreeSet<JobId> = tasks.iter().map(|t| t.id.job()).collect();
    let hidden: Vec<JobId> = jobs.into_iter().filter(|j| !seen.contains(j)).collect();
    let all: Vec<JobId> = seen.into_iter().chain(hidden.iter().copied()).collect();
    // One job alone waits for nobody, so nothing is counted for it.
    let running = if all.len() < 2 { BTreeMap::new() } else { tx.running(class_code(room.class), all).await? };
    let fleet = bounds.fleet.get(&room.class).copied().unwrap_or(0).max(room.slots);
    let live = Live { of_job: running, of_key: bounds.of_key.clone(), large: room.large, jobs_here: bounds.jobs_here.clone() };
    let space = schedule::Room { free: room.free, slots: room.slots, fleet, most_jobs: claim.most_jobs };
    let mut places = choose(&mut tasks, &live, space, claim, bounds, tx.now().await?);
    if !hidden.is_empty() && at_half(&tasks, &places, &live, space) {
        tasks.extend(of_jobs(tx, &hidden, room).await?);
        places = choose(&mut tasks, &live, space, claim, bounds, tx.now().await?);
    }
    let mut tasks: Vec<Option<TaskLine>> = tasks.into_iter().map(Some).collect();
    Ok(places.into_iter().filter_map(|place| tasks[place].take()).collect())
}

/// Whether a job would have half of its class with the tasks at these places.
fn at_half(tasks: &[TaskLine], places: &[usize], live: &Live, space: schedule::Room) -> bool {
    let mut of_job = live.of_job.clone();
    places.iter().for_each(|at| *of_job.entry(tasks[*at].id.job()).or_default() += 1);
    places.iter().any(|at| of_job[&tasks[*at].id.job()] >= schedule::half(space.fleet))
}

/// Puts the tasks in order, without those of paused queues, and answers the places of the best of them.
fn choose(tasks: &mut Vec<TaskLine>, live: &Live, space: schedule::Room, claim: &Claim, bounds: &Bounds, now: Timestamp) -> Vec<usize> {
    tasks.retain(|t| !bounds.paused.contains(&queue_of(t.lane)));
    tasks.sort_by_key(|t| (t.key, t.id));
    tasks.dedup_by_key(|t| t.id);
    let owners: BTreeSet<&str> = tasks.iter().map(|t| of_line(&t.line).0).chain([claim.turn.as_str()]).collect();
    let number: HashMap<&str, u32> = owners.into_iter().zip(0u32..).collect();
    let candidates: Vec<Candidate> = tasks.iter().map(|t| candidate(t, &number)).collect();
    schedule::choose(&candidates, live, space, number.get(claim.turn.as_str()).copied(), now)
}

fn candidate(task: &TaskLine, number: &HashMap<&str, u32>) -> Candidate {
    let (owner, key) = of_line(&task.line);
    Candidate {
        queue: queue_of(task.lane),
        large: is_large(task.lane),
        owner: number.get(owner).copied().unwrap_or(0),
        job: task.id.job(),
        ready_at: task.ready_at,
        key: task.key,
        limit: key.zip(task.limit_most).map(|(key, most)| (key.to_owned(), most)),
    }
}

/// Turns chosen tasks into leases: those that still wait, of jobs that have not ended. A job whose plan cannot be read goes on the
/// critical-error path instead, so that it holds up nobody.
async fn lease(tx: &mut dyn Tx, claim: &Claim, chosen: Vec<TaskLine>) -> Result<Vec<Claimed>> {
    let mut book = Book::at(tx.now().await?);
    let place: HashMap<TaskId, usize> = chosen.iter().map(|t| t.id).zip(0..).collect();
    // What is taken and not leased is left over from jobs that are gone.
    let mut taken = take(tx, &mut book, place.keys().copied().collect()).await?;
    taken.sort_by_key(|t| place.get(&t.id));
    let unreadable: BTreeSet<JobId> = book.jobs.values().filter(|j| !j.status.ended() && !j.plan.is_readable()).map(|j| j.id).collect();
    for job in unreadable {
        book::begin_critical(&mut book, job, &book::plan_unreadable());
    }
    let claimed: Vec<(LeaseLine, Claimed)> = taken.into_iter().filter_map(|task| begin(&mut book, claim, task)).collect();
    let (leases, claimed): (Vec<LeaseLine>, Vec<Claimed>) = claimed.into_iter().unzip();
    let now = book.now;
    let mut more = Vec::new();
    if let Some(leased) = Change::insert(&leases) {
        more.extend([leased, super::heartbeat::alive(claim.worker, now, claim.lease)]);
    }
    book.write(tx, more).await?;
    Ok(claimed)
}

/// Takes these tasks as they are once their jobs are held: a job may have been stopped and run again since it was looked at. Their
/// jobs and files come into the book.
async fn take(tx: &mut dyn Tx, book: &mut Book, wanted: BTreeSet<TaskId>) -> Result<Vec<TaskLine>> {
    let jobs: BTreeSet<JobId> = wanted.iter().map(|t| t.job()).collect();
    let files: BTreeSet<FileId> = wanted.iter().map(|t| t.file).collect();
    // What is read of a file never changes while it has tasks, so it is read before others have to wait for the jobs.
    let asks = vec![
        ask::<FileLine>(keys(&files), Hold::None),
        ask::<JobLine>(keys(&jobs), Hold::Write),
        ask::<TaskLine>(keys(&wanted), Hold::Take),
    ];
    let mut rows = tx.find(asks).await?.into_iter();
    let mut next = || rows.next().unwrap_or_default();
    book.add_files(FileLine::read_all(next())?);
    book.add_jobs(JobLine::read_all(next())?);
    TaskLine::read_all(next())
}

/// Begins an attempt: the lease, the events, and the start of its job.
fn begin(book: &mut Book, claim: &Claim, task: TaskLine) -> Option<(LeaseLine, Claimed)> {
    let (now, id) = (book.now, task.id);
    let FileLine { name, source, tag, bytes, sha256, password, .. } = book.files.get(&id.file).filter(|f| !f.status.ended())?.clone();
    let job = book.jobs.get_mut(&id.job()).filter(|j| !j.status.ended())?;
    let (plan, owner, anew) = (job.plan.clone(), job.owner.clone(), job.anew);
    let step = plan.steps.get(usize::from(id.step))?;
    if job.status == JobStatus::Pending {
        (job.status, job.started_at, job.deadline_at) = (JobStatus::Processing, Some(now), Some(now + job.timeout));
        book.notes.jobs.insert(id.job());
        book.tell(id.job(), "job.started", json!({}));
        book.call_all(id.job(), Moment::Started);
    }
    // The number of the event that tells of the claim: it only grows within a job, also over retries and crashes.
    let (fence, attempt) = (book.next_number(id.job()), task.attempts + 1);
    book.tell(id.job(), "task.started", json!({"file_id": id.file, "task_id": id, "step": step.id, "attempt": attempt}));
    let claimed = Claimed {
        task: id,
        owner,
        fence,
        attempt,
        plan: plan.clone(),
        class: task.class,
        name,
        source,
        tag,
        bytes,
        sha256,
        password,
        anew,
        spec: task.spec.clone(),
        parts: task.parts,
        large: is_large(task.lane),
        progress: task.progress,
    };
    let lease = LeaseLine {
        id,
        worker: claim.worker,
        fence,
        class: task.class,
        lane: task.lane,
        line: task.line,
        ready_at: task.ready_at,
        parts: task.parts,
        attempts: attempt,
        tally: task.tally,
        estimate: task.estimate,
        limit_most: task.limit_most,
        spec: task.spec,
        started_at: now,
        deadline_at: now + step.timeout.0,
        progress: task.progress,
        phase: None,
    };
    Some((lease, claimed))
}
