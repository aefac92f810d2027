//! The store's traits for every dialect: each method is one verb in one transaction.

use std::time::Duration;

use async_trait::async_trait;
use gristmill_model::credits::Credits;
use gristmill_model::id::Uuid;
use gristmill_model::queue::Queue;
use gristmill_model::{EffectId, EndpointId, Fence, FileId, JobId, KeyId, TaskId, Timestamp, UploadId, WorkerId};

use super::{
    awaited, claim, cron, dead, endpoints, heartbeat, keys, ledger, outbox, queues, read, records, retry, settle, stop, submit, upkeep,
    upload,
};
use crate::row::{
    Account, ApiKey, Arrival, Arrived, Audit, Awaited, Begun, Checkpoint, Claim, Claimed, Correction, Cron, Dead, DeadFilter, Delivery,
    DeliveryFilter, Effect, EffectEnd, Endpoint, EndpointChange, Event, File, Growth, Heartbeat, Idempotency, Job, JobFilter, Made, NewJob,
    NewUpload, NewWorker, Overdue, Pace, Published, QueueState, Quota, Record, RecordFilter, Replay, Review, Reviewed, Settled, Settlement,
    Stop, Submitted, Task, Totals, Transfer, Upload, Worker,
};
use crate::sql::backend::work;
use crate::sql::{Backend, Hold};
use crate::{Arrivals, Endpoints, Jobs, Keys, Ledger, Outbox, Queues, Records, Result, Retried, RetryFrom, Upkeep, Uploads, Work};

#[async_trait]
impl<B: Backend> Jobs for B {
    async fn submit(&self, jobs: Vec<NewJob>) -> Result<Vec<Submitted>> {
        self.write(work!(tx => submit::submit(tx, jobs))).await
    }

    async fn stop(&self, job: JobId, why: Stop) -> Result<bool> {
        self.write(work!(tx => stop::stop(tx, job, &why))).await
    }

    async fn retry(&self, job: JobId, from: RetryFrom) -> Result<Retried> {
        self.write(work!(tx => retry::retry(tx, job, &from))).await
    }

    async fn delete(&self, job: JobId, prefix: String) -> Result<bool> {
        self.write(work!(tx => stop::delete(tx, job, prefix))).await
    }

    async fn job(&self, job: JobId) -> Result<Option<Job>> {
        self.read(work!(tx => read::job(tx, job))).await
    }

    async fn jobs(&self, filter: JobFilter) -> Result<Vec<Job>> {
        self.read(work!(tx => read::jobs(tx, &filter))).await
    }

    async fn files(&self, job: JobId) -> Result<Vec<File>> {
        self.read(work!(tx => read::files(tx, job))).await
    }

    async fn tasks(&self, job: JobId, file: Option<FileId>) -> Result<Vec<Task>> {
        self.read(work!(tx => read::tasks(tx, job, file))).await
    }

    async fn parts(&self, task: TaskId) -> Result<Vec<Task>> {
        self.read(work!(tx => read::parts(tx, task))).await
    }

    async fn artifacts(&self, job: JobId, file: Option<FileId>) -> Result<Vec<Published>> {
        self.read(work!(tx => read::artifacts(tx, job, file))).await
    }

    async fn events(&self, job: JobId, after: i64, limit: u32) -> Result<Vec<Event>> {
        self.read(work!(tx => read::events(tx, job, after, limit))).await
    }

    async fn totals(&self, owner: Option<String>, since: Timestamp) -> Result<Totals> {
        self.read(work!(tx => read::totals(tx, owner.as_deref(), since))).await
    }
}

#[async_trait]
impl<B: Backend> Work for B {
    async fn enlist(&self, worker: NewWorker, lease: Duration) -> Result<()> {
        self.write(work!(tx => heartbeat::enlist(tx, worker, lease))).await
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>> {
        let again = claim.clone();
        let leased = self.write(work!(tx => claim::claim(tx, &claim))).await?;
        if !leased.late {
            return Ok(leased.tasks);
        }
        // What is already leased stands, whatever becomes of the rest.
        let more = left(again, &leased.tasks);
        let woken = match self.write(work!(tx => claim::wake(tx))).await {
            Ok(_) => self.write(work!(tx => claim::claim(tx, &more))).await.map(|l| l.tasks),
            Err(error) => Err(error),
        };
        match woken {
            Err(error) if leased.tasks.is_empty() => Err(error),
            woken => Ok([leased.tasks, woken.unwrap_or_default()].concat()),
        }
    }

    async fn next_due(&self) -> Result<Option<Duration>> {
        self.read(work!(tx => read::next_due(tx))).await
    }

    async fn heartbeat(&self, beat: Heartbeat) -> Result<Vec<(TaskId, Fence)>> {
        self.write(work!(tx => heartbeat::heartbeat(tx, &beat))).await
    }

    async fn leases(&self, worker: WorkerId) -> Result<Vec<(TaskId, Fence)>> {
        self.read(work!(tx => heartbeat::leases(tx, worker))).await
    }

    async fn made(&self, owner: String, key: String) -> Result<Option<Made>> {
        self.read(work!(tx => read::made(tx, &owner, &key))).await
    }

    async fn settle(&self, settlements: Vec<Settlement>) -> Result<Vec<Settled>> {
        self.write(work!(tx => settle::settle(tx, settlements))).await
    }

    async fn keep(&self, checkpoint: Checkpoint) -> Result<bool> {
        self.write(work!(tx => heartbeat::keep(tx, checkpoint))).await
    }

    async fn kept(&self, task: TaskId) -> Result<Option<Checkpoint>> {
        self.read(work!(tx => heartbeat::kept(tx, task))).await
    }

    async fn overdue(&self, limit: u32) -> Result<Vec<Overdue>> {
        self.read(work!(tx => heartbeat::overdue(tx, limit))).await
    }

    async fn orphans(&self, worker: WorkerId) -> Result<Vec<Overdue>> {
        self.read(work!(tx => heartbeat::orphans(tx, worker))).await
    }

    async fn workers(&self) -> Result<Vec<Worker>> {
        self.read(work!(tx => heartbeat::workers(tx))).await
    }
}

/// What is left to ask for after these were leased.
fn left(mut claim: Claim, leased: &[Claimed]) -> Claim {
    for room in &mut claim.room {
        let of_class = || leased.iter().filter(|t| t.class == room.class);
        let large = of_class().filter(|t| t.large).count();
        room.free -= u32::try_from(of_class().count()).unwrap_or(u32::MAX).min(room.free);
        room.large += u32::try_from(large).unwrap_or(0);
    }
    claim.jobs.extend(leased.iter().map(|t| t.task.job()));
    claim.turn = leased.last().map_or(claim.turn, |t| t.owner.clone());
    claim
}

#[async_trait]
impl<B: Backend> Queues for B {
    async fn queues(&self) -> Result<Vec<QueueState>> {
        self.read(work!(tx => queues::queues(tx))).await
    }

    async fn pause(&self, queue: Queue, paused: bool, who: String) -> Result<()> {
        self.write(work!(tx => queues::pause(tx, queue, paused, &who))).await
    }

    async fn dead(&self, filter: DeadFilter) -> Result<Vec<Dead>> {
        self.read(work!(tx => dead::dead(tx, &filter))).await
    }

    async fn redrive(&self, filter: DeadFilter) -> Result<u64> {
        let jobs = self.read(work!(tx => dead::jobs_of(tx, &filter))).await?;
        let mut redriven = 0;
        for (job, tasks) in jobs {
            redriven += self.write(work!(tx => dead::redrive(tx, job, &tasks))).await?;
        }
        Ok(redriven)
    }

    async fn purge(&self, filter: DeadFilter) -> Result<u64> {
        self.write(work!(tx => dead::purge(tx, &filter))).await
    }
}

#[async_trait]
impl<B: Backend> Ledger for B {
    async fn grant(&self, owner: String, amount: Credits, note: Option<String>) -> Result<Account> {
        self.write(work!(tx => ledger::grant(tx, owner, amount, note))).await
    }

    async fn grant_once(
        &self,
        by: String,
        key: Option<Idempotency>,
        owner: String,
        amount: Credits,
        note: Option<String>,
    ) -> Result<Option<Transfer>> {
        self.write(work!(tx => ledger::grant_once(tx, &by, key, owner, amount, note))).await
    }

    async fn account(&self, owner: String) -> Result<Account> {
        self.read(work!(tx => ledger::account(tx, &owner))).await
    }

    async fn transfers(&self, owner: String, before: Option<Uuid>, limit: u32) -> Result<Vec<Transfer>> {
        self.read(work!(tx => ledger::transfers(tx, &owner, before, limit))).await
    }

    async fn audit(&self) -> Result<Audit> {
        self.read(work!(tx => ledger::audit(tx))).await
    }
}

#[async_trait]
impl<B: Backend> Outbox for B {
    async fn take_effects(&self, limit: u32, lease: Duration) -> Result<Vec<Effect>> {
        self.write(work!(tx => outbox::take(tx, limit, lease))).await
    }

    async fn end_effect(&self, id: EffectId, end: EffectEnd) -> Result<()> {
        self.write(work!(tx => outbox::end(tx, id, &end, None))).await
    }

    async fn end_delivery(&self, id: EffectId, end: EffectEnd, took: Duration) -> Result<()> {
        self.write(work!(tx => outbox::end(tx, id, &end, Some(took)))).await
    }

    async fn do_critical(&self, id: EffectId) -> Result<bool> {
        self.write(work!(tx => outbox::do_critical(tx, id))).await
    }

    async fn effects(&self, job: JobId) -> Result<Vec<Effect>> {
        self.read(work!(tx => outbox::of_job(tx, job))).await
    }
}

#[async_trait]
impl<B: Backend> Endpoints for B {
    async fn add_endpoint(&self, endpoint: Endpoint) -> Result<Endpoint> {
        self.write(work!(tx => endpoints::add(tx, endpoint))).await
    }

    async fn endpoints(&self, owner: Option<String>) -> Result<Vec<Endpoint>> {
        self.read(work!(tx => endpoints::of(tx, owner.as_deref()))).await
    }

    async fn endpoint(&self, id: EndpointId) -> Result<Option<Endpoint>> {
        self.read(work!(tx => endpoints::one(tx, id, Hold::None))).await
    }

    async fn change_endpoint(&self, id: EndpointId, change: EndpointChange) -> Result<Option<Endpoint>> {
        self.write(work!(tx => endpoints::change(tx, id, change))).await
    }

    async fn deliveries(&self, filter: DeliveryFilter) -> Result<Vec<Delivery>> {
        self.read(work!(tx => endpoints::deliveries(tx, &filter))).await
    }

    async fn replay(&self, owner: String, what: Replay) -> Result<u64> {
        self.write(work!(tx => endpoints::replay(tx, &owner, what))).await
    }
}

#[async_trait]
impl<B: Backend> Keys for B {
    async fn add_key(&self, key: ApiKey) -> Result<()> {
        self.write(work!(tx => keys::add(tx, key))).await
    }

    async fn key(&self, id: KeyId) -> Result<Option<ApiKey>> {
        self.read(work!(tx => keys::key(tx, id))).await
    }

    async fn keys(&self) -> Result<Vec<ApiKey>> {
        self.read(work!(tx => keys::keys(tx))).await
    }

    async fn revoke_key(&self, id: KeyId) -> Result<bool> {
        self.write(work!(tx => keys::revoke(tx, id))).await
    }
}

#[async_trait]
impl<B: Backend> Arrivals for B {
    async fn looks(&self, pace: Pace, limit: u32) -> Result<Vec<Awaited>> {
        self.write(work!(tx => awaited::looks(tx, pace, limit))).await
    }

    async fn look_now(&self, source: String, owner: Option<String>) -> Result<u64> {
        self.write(work!(tx => awaited::look_now(tx, &source, owner.as_deref()))).await
    }

    async fn arrive(&self, arrival: Arrival) -> Result<Arrived> {
        let again = arrival;
        self.write(work!(tx => awaited::arrive(tx, again.clone()))).await
    }
}

#[async_trait]
impl<B: Backend> Uploads for B {
    async fn begin_upload(&self, new: NewUpload, quota: Quota) -> Result<Begun> {
        self.write(work!(tx => upload::begin(tx, new, quota))).await
    }

    async fn join_uploads(&self, new: NewUpload, pieces: Vec<UploadId>) -> Result<Begun> {
        self.write(work!(tx => upload::join(tx, new, &pieces))).await
    }

    async fn upload(&self, id: UploadId) -> Result<Option<Upload>> {
        self.read(work!(tx => upload::upload(tx, id))).await
    }

    async fn grow_upload(&self, growth: Growth) -> Result<bool> {
        self.write(work!(tx => upload::grow(tx, growth))).await
    }

    async fn end_upload(&self, id: UploadId) -> Result<bool> {
        self.write(work!(tx => upload::end(tx, id))).await
    }

    async fn prune_uploads(&self, limit: u32) -> Result<u64> {
        self.write(work!(tx => upload::prune(tx, limit))).await
    }
}

#[async_trait]
impl<B: Backend> Upkeep for B {
    async fn too_long(&self, limit: u32) -> Result<Vec<(JobId, Stop)>> {
        self.read(work!(tx => upkeep::too_long(tx, limit))).await
    }

    async fn warn_waiting(&self, longer: Duration, limit: u32) -> Result<u64> {
        self.write(work!(tx => upkeep::warn_waiting(tx, longer, limit))).await
    }

    async fn expire_tasks(&self, limit: u32) -> Result<u64> {
        self.write(work!(tx => upkeep::expire_tasks(tx, limit))).await
    }

    async fn prune(&self, limit: u32) -> Result<u64> {
        self.write(work!(tx => upkeep::prune(tx, limit))).await
    }

    async fn unswept(&self, limit: u32) -> Result<Vec<JobId>> {
        self.read(work!(tx => upkeep::unswept(tx, limit))).await
    }

    async fn swept(&self, job: JobId) -> Result<()> {
        self.write(work!(tx => upkeep::swept(tx, job))).await
    }

    async fn put_cron(&self, cron: Cron) -> Result<()> {
        self.write(work!(tx => cron::put(tx, cron))).await
    }

    async fn delete_cron(&self, owner: String, name: String) -> Result<bool> {
        self.write(work!(tx => cron::delete(tx, &owner, &name))).await
    }

    async fn crons(&self, owner: Option<String>) -> Result<Vec<Cron>> {
        self.read(work!(tx => cron::all(tx, owner.as_deref()))).await
    }

    async fn fire(&self, cron: Cron, next: Timestamp, job: NewJob) -> Result<bool> {
        self.write(work!(tx => cron::fire(tx, cron, next, job))).await
    }

    async fn now(&self) -> Result<Timestamp> {
        self.clock().await
    }

    async fn probe(&self) -> Result<()> {
        self.write(Box::new(|tx| Box::pin(async move { tx.run("DELETE FROM paused WHERE queue = ''", Vec::new()).await.map(drop) }))).await
    }
}

#[async_trait]
impl<B: Backend> Records for B {
    async fn records(&self, filter: RecordFilter) -> Result<Vec<Record>> {
        self.read(work!(tx => records::list(tx, &filter))).await
    }

    async fn record(&self, file: FileId) -> Result<Option<Record>> {
        self.read(work!(tx => records::one(tx, file))).await
    }

    async fn review(&self, review: Review) -> Result<Reviewed> {
        self.write(work!(tx => records::review(tx, review))).await
    }

    async fn corrections(&self, file: FileId) -> Result<Vec<Correction>> {
        self.read(work!(tx => records::corrections(tx, file))).await
    }
}
