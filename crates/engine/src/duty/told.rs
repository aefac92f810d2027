//! What people and their services are told: the facts of mails, and the payloads of webhooks, which are those of the Standard Webhooks
//! specification (`type`, `timestamp`, `data`).

use gristmill_deliver::mail::{GroupFacts, JobMail, Letter, LostFacts};
use gristmill_deliver::{Body, FileFacts, JobFacts, Secrets, webhook as hooks};
use gristmill_model::credits::Credits;
use gristmill_model::job::{FileStatus, JobStatus};
use gristmill_model::{EndpointId, JobId};
use gristmill_store::{Effect, EffectBody, Endpoint, File, Job, JobFilter, Moment, Money, Way};
use serde_json::{Value, json};

use super::outbox::{Failure, send, send_signed};
use crate::engine::Engine;

/// Jobs of a group that are read at once.
const PAGE: u32 = 500;
/// Files of a job that a mail names.
const FILES: usize = 20;
/// Jobs of a group that a webhook names.
const NAMED: usize = 100;

impl Engine {
    /// Where people look at a job.
    pub(crate) fn page_of(&self, job: JobId) -> Option<String> {
        self.page(&format!("jobs/{job}"))
    }

    fn page(&self, path: &str) -> Option<String> {
        self.parts.terms.public_url.as_ref().map(|url| format!("{}/{path}", url.trim_end_matches('/')))
    }
}

/// What somebody is told of.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    /// A moment of the effect's job.
    Job(Moment),
    /// The end of a group of its owner's.
    Group(&'a str),
}

/// Tells somebody; nobody, when there turns out to be nothing to tell.
pub(super) async fn tell(engine: &Engine, effect: &Effect, way: &Way, of: Subject<'_>) -> Result<(), Failure> {
    match way {
        Way::Mail(to) => match letter(engine, effect, of).await? {
            Some(letter) => send(engine, effect, letter.to(to.clone())).await,
            None => Ok(()),
        },
        Way::Url(url) => match payload(engine, effect, of).await? {
            Some(payload) => send(engine, effect, Body::Webhook { url: url.clone(), payload }).await,
            None => Ok(()),
        },
        Way::Endpoint(id) => {
            let endpoint = open(engine, *id).await?;
            match payload(engine, effect, of).await? {
                Some(payload) => post(engine, effect, endpoint, payload).await,
                None => Ok(()),
            }
        }
    }
}

async fn letter(engine: &Engine, effect: &Effect, of: Subject<'_>) -> Result<Option<Letter>, Failure> {
    match of {
        Subject::Job(about) => letter_of_job(engine, effect, about).await,
        Subject::Group(group) => digest(engine, effect, group).await.map(Some),
    }
}

/// That credits were given back is told only when some were.
async fn letter_of_job(engine: &Engine, effect: &Effect, about: Moment) -> Result<Option<Letter>, Failure> {
    let Some((job, kind)) = effect.job.zip(kind(about)) else { return Ok(None) };
    let facts = facts_of(engine, job).await?;
    if kind == JobMail::Refunded && facts.refunded.is_none() {
        return Ok(None);
    }
    Ok(Some(engine.parts.terms.templates.job(kind, &facts)?))
}

fn kind(about: Moment) -> Option<JobMail> {
    match about {
        Moment::Started => Some(JobMail::Started),
        Moment::Finished => Some(JobMail::Finished),
        Moment::Failed => Some(JobMail::Failed),
        Moment::Refunded => Some(JobMail::Refunded),
        Moment::Group => None,
    }
}

/// All jobs of a group in one mail.
async fn digest(engine: &Engine, effect: &Effect, group: &str) -> Result<Letter, Failure> {
    let jobs = jobs(engine, &effect.owner, group).await?;
    let (mut facts, mut refunded) = (Vec::with_capacity(jobs.len()), 0);
    for job in &jobs {
        let back = if job.counts.files == job.counts.succeeded { Credits::ZERO } else { given_back(engine, job.id).await? };
        refunded += back.0;
        facts.push(about_job(engine, job, back));
    }
    facts.sort_by_key(|f| f.failed == 0);
    Ok(engine.parts.terms.templates.digest(&GroupFacts {
        group: group.to_owned(),
        jobs: facts,
        refunded: (refunded > 0).then(|| Credits(refunded).to_string()),
        url: engine.page("jobs"),
    })?)
}

/// What a webhook says; nothing when there is nothing to say.
async fn payload(engine: &Engine, effect: &Effect, of: Subject<'_>) -> Result<Option<Value>, Failure> {
    let told = match of {
        Subject::Job(about) => of_job(engine, effect, about).await?.map(|data| (about, data)),
        Subject::Group(group) => Some((Moment::Group, of_group(group, &jobs(engine, &effect.owner, group).await?))),
    };
    Ok(told.map(|(about, data)| json!({"type": about.event(), "timestamp": effect.created_at.to_string(), "data": data})))
}

/// A mail to the admin about a message that was given up. Without an admin the log tells.
pub(super) async fn admin(engine: &Engine, effect: &Effect) -> Result<(), Failure> {
    let EffectBody::Undelivered { message, receiver, event, why } = &effect.body else { return Ok(()) };
    tracing::error!(%message, receiver, event, why, "message.undelivered");
    let Some(to) = engine.parts.terms.admin.clone() else { return Ok(()) };
    let letter = engine.parts.terms.templates.undelivered(&LostFacts {
        message: message.to_string(),
        event: event.clone(),
        receiver: receiver.clone(),
        owner: effect.owner.clone(),
        why: why.clone(),
        job: effect.job,
        url: effect.job.and_then(|job| engine.page_of(job)),
    })?;
    send(engine, effect, letter.to(to)).await
}

/// What mails tell of a job.
pub(super) async fn facts_of(engine: &Engine, id: JobId) -> Result<JobFacts, Failure> {
    let job = row(engine, id).await?;
    let files = engine.parts.store.files(id).await?;
    Ok(JobFacts { files: about_files(&files), ..about_job(engine, &job, refunded(&files)) })
}

/// Those first that have no result: they are what somebody looks for.
fn about_files(files: &[File]) -> Vec<FileFacts> {
    let (well, not): (Vec<&File>, Vec<&File>) = files.iter().partition(|f| f.status == FileStatus::Succeeded);
    let about = |file: &File| FileFacts {
        name: file.name.clone(),
        status: file.status.to_string(),
        cause: file.error.as_ref().map(|problem| problem.message.clone()),
    };
    not.into_iter().chain(well).take(FILES).map(about).collect()
}

fn about_job(engine: &Engine, job: &Job, refunded: Credits) -> JobFacts {
    JobFacts {
        job: job.id,
        pipeline: job.pipeline.clone(),
        succeeded: job.counts.succeeded,
        skipped: job.counts.skipped,
        failed: job.counts.failed,
        status: job.status.to_string(),
        files: Vec::new(),
        refunded: (refunded > Credits::ZERO).then(|| refunded.to_string()),
        url: engine.page_of(job.id),
    }
}

/// A job that was deleted meanwhile is told of by nobody.
async fn row(engine: &Engine, id: JobId) -> Result<Job, Failure> {
    engine.parts.store.job(id).await?.ok_or_else(|| Failure::for_good("the job was deleted".to_owned()))
}

async fn given_back(engine: &Engine, id: JobId) -> Result<Credits, Failure> {
    Ok(refunded(&engine.parts.store.files(id).await?))
}

fn refunded(files: &[File]) -> Credits {
    Credits(files.iter().filter(|f| f.money == Money::Refunded).map(|f| f.price.0).sum())
}

/// All jobs of a group, newest first.
async fn jobs(engine: &Engine, owner: &str, group: &str) -> Result<Vec<Job>, Failure> {
    let mut all: Vec<Job> = Vec::new();
    loop {
        let (owner, group) = (Some(owner.to_owned()), Some(group.to_owned()));
        let filter = JobFilter { owner, group, before: all.last().map(|j| j.id), limit: PAGE, ..JobFilter::default() };
        let page = engine.parts.store.jobs(filter).await?;
        let last = page.len() < PAGE as usize;
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}

/// The endpoint, if it may be sent to.
async fn open(engine: &Engine, id: EndpointId) -> Result<Endpoint, Failure> {
    let gone = || Failure::for_good("the endpoint was removed".to_owned());
    let endpoint = engine.parts.store.endpoint(id).await?.ok_or_else(gone)?;
    match &endpoint.disabled {
        Some((_, why)) => Err(Failure::for_good(format!("the endpoint is disabled ({why}); enable it and replay the message"))),
        None => Ok(endpoint),
    }
}

async fn post(engine: &Engine, effect: &Effect, endpoint: Endpoint, payload: Value) -> Result<(), Failure> {
    let now = engine.parts.store.now().await?;
    let signing = endpoint.secrets.into_iter().filter(|s| s.until.is_none_or(|until| until > now));
    let secrets = Secrets(signing.map(|s| s.text).collect());
    send_signed(engine, effect, Body::Webhook { url: endpoint.url, payload }, secrets).await
}

async fn of_job(engine: &Engine, effect: &Effect, about: Moment) -> Result<Option<Value>, Failure> {
    let Some(id) = effect.job else { return Ok(None) };
    let job = row(engine, id).await?;
    let mut data = json!({
        "id": id, "status": job.status, "pipeline": job.pipeline, "group": job.group, "metadata": job.metadata,
        "counts": {"files": job.counts.files, "succeeded": job.counts.succeeded, "skipped": job.counts.skipped, "failed": job.counts.failed},
        "url": engine.page_of(id),
    });
    if about == Moment::Refunded {
        let refunded = given_back(engine, id).await?;
        if refunded == Credits::ZERO {
            return Ok(None);
        }
        data["refunded"] = json!(refunded.to_string());
    }
    // The owner's own data is what may make a payload too large to be sent.
    if data.to_string().len() > hooks::LARGEST / 2 {
        (data["metadata"], data["metadata_left_out"]) = (Value::Null, json!(true));
    }
    Ok(Some(json!({"job": data})))
}

fn of_group(group: &str, jobs: &[Job]) -> Value {
    let count = |status: JobStatus| jobs.iter().filter(|j| j.status == status).count();
    let counts: serde_json::Map<String, Value> = [JobStatus::Completed, JobStatus::Failed, JobStatus::Cancelled, JobStatus::Expired]
        .map(|s| (s.to_string(), json!(count(s))))
        .into_iter()
        .collect();
    let named: Vec<Value> = jobs.iter().take(NAMED).map(|j| json!({"id": j.id, "status": j.status})).collect();
    json!({"group": {"name": group, "jobs": jobs.len(), "counts": counts, "newest": named}})
}
