//! What the store takes and gives back. Plain data, one theme a file.

mod awaited;
mod checkpoint;
mod claim;
mod cron;
mod dead;
mod file;
mod job;
mod keys;
mod ledger;
mod notify;
mod outbox;
mod plan;
mod queues;
mod settle;
mod submit;
mod task;
mod upload;
mod worker;

pub use awaited::{Arrival, Arrived, Awaited, Come, Pace};
pub use checkpoint::{Checkpoint, KeptBlob};
pub use claim::{Claim, Claimed, Room};
pub use cron::Cron;
pub use dead::{Dead, DeadFilter};
pub use file::{File, Money};
pub use job::{Event, Job, JobFilter, Stop, Totals};
pub use keys::{ApiKey, Role};
pub use ledger::{Account, Audit, Transfer};
pub use notify::{Moment, Notify};
pub use outbox::{Effect, EffectBody, EffectEnd, EffectState};
pub use plan::Plan;
pub use queues::QueueState;
pub use settle::{Part, Settled, Settlement};
pub use submit::{Idempotency, NewFile, NewJob, Submitted};
pub use task::{Made, Published, Task};
pub use upload::{Begun, Growth, NewUpload, Quota, Segment, Upload};
pub use worker::{Beat, Heartbeat, NewWorker, Overdue, Worker};
