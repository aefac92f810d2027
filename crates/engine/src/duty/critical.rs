//! The critical-error path (what is done when a job cannot go on), one effect a step. What follows what is decided by
//! `gristmill_model::critical`; the steps that are transactions are done by the store together with the end of their effect.

use gristmill_deliver::JobFacts;
use gristmill_deliver::mail::JobMail;
use gristmill_model::critical::Step;
use gristmill_model::{JobId, Problem};
use gristmill_store::{Effect, Stop};

use super::outbox::{Brought, Failure, Hope, delete, send};
use super::told::facts_of;
use crate::artifact::job_prefix;
use crate::engine::Engine;
use crate::error::EngineError;

/// How often a step is tried before the next thing is done.
pub(super) const TRIES: u32 = 5;

impl Engine {
    /// A job cannot go on: nothing of it runs any more, and the critical-error path begins.
    pub async fn stop_critically(&self, job: JobId, problem: Problem) -> Result<bool, EngineError> {
        let stopped = self.parts.store.stop(job, Stop::Critical(problem)).await?;
        self.ended().await;
        Ok(stopped)
    }
}

/// Does a step.
pub(super) async fn bring(engine: &Engine, effect: &Effect, step: Step, problem: &Problem) -> Result<Brought, Failure> {
    let Some(job) = effect.job else { return Ok(Brought::Done) };
    match step {
        Step::Refund | Step::Requeue | Step::SetFailed => {
            let done = engine.parts.store.do_critical(effect.id).await;
            // Whatever the store says, a refund that does not commit must come to the end of its tries.
            return done.map(|_| Brought::Ended).map_err(|e| Failure { hope: Hope::Later(None), ..e.into() });
        }
        Step::DeleteFiles => delete(engine, job_prefix(job).as_str()).await?,
        Step::TellOwner | Step::MailOwnerHelp => tell_owner(engine, effect, job, step).await?,
        Step::MailAdmin => tell_admin(engine, effect, job, problem).await?,
    }
    Ok(Brought::Done)
}

async fn tell_owner(engine: &Engine, effect: &Effect, job: JobId, step: Step) -> Result<(), Failure> {
    let row = engine.parts.store.job(job).await?;
    let Some(to) = row.and_then(|j| j.notify).and_then(|n| n.email) else { return Ok(()) };
    let mut facts = facts_of(engine, job).await?;
    if step == Step::MailOwnerHelp {
        facts.refunded = None;
    }
    let letter = engine.parts.terms.templates.job(JobMail::CriticalOwner, &facts)?;
    send(engine, effect, letter.to(to)).await
}

async fn tell_admin(engine: &Engine, effect: &Effect, job: JobId, problem: &Problem) -> Result<(), Failure> {
    tracing::error!(%job, code = problem.code, "job.needs_an_admin");
    let Some(to) = engine.parts.terms.admin.clone() else { return Ok(()) };
    let letter =
        engine.parts.terms.templates.job(JobMail::CriticalAdmin, &JobFacts { files: Vec::new(), ..facts_of(engine, job).await? })?;
    send(engine, effect, letter.to(to)).await
}
