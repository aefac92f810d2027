//! Rows as the verbs hold them, each struct beside its table.

use std::sync::Arc;
use std::time::Duration;

use gristmill_model::credits::{Credits, Kind};
use gristmill_model::id::Uuid;
use gristmill_model::job::{FileStatus, JobStatus, Priority};
use gristmill_model::operation::Class;
use gristmill_model::queue::Queue;
use gristmill_model::report::Artifact;
use gristmill_model::schedule;
use gristmill_model::task::{State, Tally};
use gristmill_model::{EffectId, EndpointId, Fence, FileId, JobId, KeyId, Problem, TaskId, Timestamp, UploadId, WorkerId};
use serde_json::{Map, Value as Json};

use crate::row::{EffectBody, EffectState, KeptBlob, Moment, Money, Notify, Password, Plan, RecordState, Role, Secret, Segment};
use crate::sql::Value;
use crate::sql::column::{key, line};
use crate::sql::value::{json_opt, values};

line! {
    /// A job.
    JobLine = "job" [1] {
        id: JobId => "id" Id;
        owner: String => "owner" Text;
        pipeline: String => "pipeline" Text;
        pipeline_version: u32 => "pipeline_version" Int;
        plan: Arc<Plan> => "plan_json" Text;
        options: Map<String, Json> => "options_json" Text;
        metadata: Map<String, Json> => "metadata_json" Text;
        notify: Option<Notify> => "notify_json" Text;
        priority: Priority => "priority" Small;
        group: Option<String> => "group_name" Text;
        status: JobStatus => "status" Text;
        files: u32 => "files" Int;
        /// Files of it at once; 0 is all.
        open_files: u32 => "open_files" Int;
        /// Files that were let in, from the first.
        released: u32 => "released" Int;
        succeeded: u32 => "succeeded" Int;
        skipped: u32 => "skipped" Int;
        failed: u32 => "failed" Int;
        cancelled: u32 => "cancelled" Int;
        /// The number of its last event.
        events: i64 => "events" Big;
        work_ms: u64 => "work_ms" Big;
        done_ms: u64 => "done_ms" Big;
        requeued: bool => "requeued" Small;
        keep_files: bool => "keep_files" Small;
        warned: bool => "warned" Small;
        swept: bool => "swept" Small;
        timeout: Duration => "timeout_ms" Big;
        created_at: Timestamp => "created_at" Big;
        expires_at: Timestamp => "expires_at" Big;
        started_at: Option<Timestamp> => "started_at" Big;
        deadline_at: Option<Timestamp> => "deadline_at" Big;
        ended_at: Option<Timestamp> => "ended_at" Big;
        /// Files that are not there yet.
        awaits: u32 => "awaits" Int;
        /// Whether nothing of it is answered from what was made before.
        anew: bool => "anew" Small;
    }
}

line! {
    /// A file that is not there yet.
    AwaitedLine = "awaited" [2] {
        id: FileId => "job_id" Id, "no" Int;
        owner: String => "owner" Text;
        source: String => "source" Text;
        look_at: Timestamp => "look_at" Big;
        /// How often it was looked for.
        looks: u32 => "looks" Int;
    }
}

line! {
    /// A file.
    FileLine = "file" [2] {
        id: FileId => "job_id" Id, "no" Int;
        name: String => "name" Text;
        source: String => "source" Text;
        bytes: u64 => "bytes" Big;
        sha256: String => "sha256" Text;
        tag: Option<String> => "tag" Text;
        /// Predicted milliseconds of each step.
        estimates: Vec<u64> => "estimates_json" Text;
        price: Credits => "price" Big;
        status: FileStatus => "status" Text;
        money: Money => "money" Small;
        /// How often its price was held; each hold is ended once.
        round: u32 => "round" Int;
        error: Option<Problem> => "error_json" Text;
        ended_at: Option<Timestamp> => "ended_at" Big;
        password: Option<Password> => "password" Text;
    }
}

line! {
    /// A task that waits.
    TaskLine = "task" [4] {
        id: TaskId => "job_id" Id, "file_no" Int, "step" Small, "part" Int;
        class: Class => "class" Small;
        lane: i64 => "lane" Small;
        /// The owner, and the limit key if there is one: see [`line_of`].
        line: String => "line" Text;
        key: i64 => "key" Big;
        ready_at: Timestamp => "ready_at" Big;
        due: Option<Timestamp> => "due" Big;
        /// Parts that have not ended; while there are any it is parked.
        parts_open: u32 => "parts_open" Int;
        /// How many parts it was split into; 0 when it was not.
        parts: u32 => "parts" Int;
        attempts: u32 => "attempts" Int;
        tally: Tally => "failures" Int, "losses" Int;
        fence: Fence => "fence" Big;
        progress: f64 => "progress" Real;
        estimate: Duration => "estimate_ms" Big;
        limit_most: Option<u32> => "limit_most" Int;
        spec: Option<Json> => "spec_json" Text;
    }
}

line! {
    /// The right of a worker to run a task.
    LeaseLine = "lease" [4] {
        id: TaskId => "job_id" Id, "file_no" Int, "step" Small, "part" Int;
        worker: WorkerId => "worker" Id;
        fence: Fence => "fence" Big;
        class: Class => "class" Small;
        lane: i64 => "lane" Small;
        line: String => "line" Text;
        ready_at: Timestamp => "ready_at" Big;
        parts: u32 => "parts" Int;
        attempts: u32 => "attempts" Int;
        tally: Tally => "failures" Int, "losses" Int;
        estimate: Duration => "estimate_ms" Big;
        limit_most: Option<u32> => "limit_most" Int;
        spec: Option<Json> => "spec_json" Text;
        started_at: Timestamp => "started_at" Big;
        deadline_at: Timestamp => "deadline_at" Big;
        progress: f64 => "progress" Real;
        phase: Option<String> => "phase" Text;
    }
}

line! {
    /// A task that has ended, told by its last attempt.
    EndedLine = "ended" [4] {
        id: TaskId => "job_id" Id, "file_no" Int, "step" Small, "part" Int;
        state: State => "state" Text;
        queue: Queue => "queue" Small;
        attempts: u32 => "attempts" Int;
        tally: Tally => "failures" Int, "losses" Int;
        fence: Fence => "fence" Big;
        worker: Option<WorkerId> => "worker" Id;
        started_at: Option<Timestamp> => "started_at" Big;
        ended_at: Timestamp => "ended_at" Big;
        error: Option<Problem> => "error_json" Text;
        report: Option<Json> => "report_json" Text;
        /// Until when it is kept as a dead letter.
        dead_until: Option<Timestamp> => "dead_until" Big;
    }
}

line! {
    /// An attempt that did not end its task.
    AttemptLine = "attempt" [5] {
        id: TaskId => "job_id" Id, "file_no" Int, "step" Small, "part" Int;
        fence: Fence => "fence" Big;
        number: u32 => "number" Int;
        worker: WorkerId => "worker" Id;
        started_at: Timestamp => "started_at" Big;
        ended_at: Timestamp => "ended_at" Big;
        outcome: String => "outcome" Text;
        error: Option<Problem> => "error_json" Text;
    }
}

line! {
    /// A published result.
    ArtifactLine = "artifact" [3] {
        file: FileId => "job_id" Id, "file_no" Int;
        name: String => "name" Text;
        step: u32 => "step" Small;
        part: u32 => "part" Int;
        artifact: Artifact => "media_type" Text, "bytes" Big, "sha256" Text;
        blob: String => "blob" Text;
    }
}

line! {
    /// What was read out of a file.
    RecordLine = "record" [2] {
        file: FileId => "job_id" Id, "file_no" Int;
        owner: String => "owner" Text;
        name: String => "name" Text;
        schema: String => "schema_name" Text;
        data: Json => "data_json" Text;
        fields: Json => "fields_json" Text;
        confidence: f64 => "confidence" Real;
        doubts: u32 => "doubts" Int;
        state: RecordState => "state" Text;
        revision: u32 => "revision" Int;
        created_at: Timestamp => "created_at" Big;
        changed_at: Timestamp => "changed_at" Big;
        reviewer: Option<String> => "reviewer" Text;
        reviewed_at: Option<Timestamp> => "reviewed_at" Big;
    }
}

line! {
    /// What a person changed in a record.
    CorrectionLine = "correction" [1] {
        id: Uuid => "id" Id;
        file: FileId => "job_id" Id, "file_no" Int;
        path: String => "path" Text;
        before: Option<Json> => "before_json" Text;
        after: Option<Json> => "after_json" Text;
        reviewer: String => "reviewer" Text;
        at: Timestamp => "at" Big;
    }
}

line! {
    /// Which task made what is known by a key.
    ResultLine = "result" [2] {
        owner: String => "owner" Text;
        key: String => "key" Text;
        task: TaskId => "job_id" Id, "file_no" Int, "step" Small, "part" Int;
    }
}

line! {
    /// What an attempt had done when it was last heard of.
    CheckpointLine = "checkpoint" [4] {
        id: TaskId => "job_id" Id, "file_no" Int, "step" Small, "part" Int;
        fence: Fence => "fence" Big;
        at: Timestamp => "at" Big;
        data: Json => "data_json" Text;
        blobs: Vec<KeptBlob> => "blobs_json" Text;
    }
}

line! {
    /// Events of one transaction in one job.
    EventLine = "event" [2] {
        job: JobId => "job_id" Id;
        last: i64 => "last" Big;
        at: Timestamp => "at" Big;
        items: Vec<Json> => "items_json" Text;
    }
}

line! {
    /// Credits that moved.
    TransferLine = "transfer" [1] {
        id: Uuid => "id" Id;
        at: Timestamp => "at" Big;
        owner: String => "owner" Text;
        kind: Kind => "kind" Text;
        amount: Credits => "amount" Big;
        job: Option<JobId> => "job_id" Id;
        file: Option<u32> => "file_no" Int;
        round: u32 => "round" Int;
        side: u32 => "side" Small;
        note: Option<String> => "note" Text;
    }
}

line! {
    /// Something the world must see.
    EffectLine = "effect" [1] {
        id: EffectId => "id" Id;
        job: Option<JobId> => "job_id" Id;
        owner: String => "owner" Text;
        kind: String => "kind" Text;
        body: EffectBody => "body_json" Text;
        state: EffectState => "state" Text;
        tries: u32 => "tries" Int;
        error: Option<String> => "error" Text;
        created_at: Timestamp => "created_at" Big;
        due: Timestamp => "due" Big;
        ended_at: Option<Timestamp> => "ended_at" Big;
    }
}

line! {
    /// Where an owner is told of all their jobs.
    EndpointLine = "endpoint" [1] {
        id: EndpointId => "id" Id;
        owner: String => "owner" Text;
        url: String => "url" Text;
        on: Vec<Moment> => "on_json" Text;
        secrets: Vec<Secret> => "secrets_json" Text;
        created_at: Timestamp => "created_at" Big;
        disabled_at: Option<Timestamp> => "disabled_at" Big;
        disabled_why: Option<String> => "disabled_why" Text;
    }
}

line! {
    /// One try to tell somebody.
    DeliveryLine = "delivery" [1] {
        id: Uuid => "id" Id;
        effect: EffectId => "effect_id" Id;
        owner: String => "owner" Text;
        endpoint: Option<EndpointId> => "endpoint_id" Id;
        job: Option<JobId> => "job_id" Id;
        event: String => "event" Text;
        receiver: String => "receiver" Text;
        at: Timestamp => "at" Big;
        took: Duration => "took_ms" Big;
        number: u32 => "number" Int;
        state: EffectState => "state" Text;
        error: Option<String> => "error" Text;
    }
}

line! {
    /// A worker process.
    WorkerLine = "worker" [1] {
        id: WorkerId => "id" Id;
        name: String => "name" Text;
        version: String => "version" Text;
        slots: Vec<(Class, u32)> => "slots_json" Text;
        started_at: Timestamp => "started_at" Big;
        seen_at: Timestamp => "seen_at" Big;
        alive_until: Timestamp => "alive_until" Big;
        draining: bool => "draining" Small;
    }
}

line! {
    /// An API key; the secret half is only kept as its hash.
    KeyLine = "api_key" [1] {
        id: KeyId => "id" Id;
        name: String => "name" Text;
        owner: String => "owner" Text;
        role: Role => "role" Text;
        hash: String => "hash" Text;
        created_at: Timestamp => "created_at" Big;
        revoked_at: Option<Timestamp> => "revoked_at" Big;
        used_at: Option<Timestamp> => "used_at" Big;
    }
}

line! {
    /// Bytes on their way in.
    UploadLine = "upload" [1] {
        id: UploadId => "id" Id;
        owner: String => "owner" Text;
        name: String => "name" Text;
        metadata: String => "metadata" Text;
        partial: bool => "partial" Small;
        length: u64 => "length" Big;
        received: u64 => "received" Big;
        segments: Vec<Segment> => "segments_json" Text;
        hash: Option<String> => "hash" Text;
        prefixes: Vec<String> => "prefixes_json" Text;
        multipart: Option<String> => "multipart" Text;
        created_at: Timestamp => "created_at" Big;
        expires_at: Timestamp => "expires_at" Big;
    }
}

line! {
    /// Work that comes again and again.
    CronLine = "cron" [2] {
        owner: String => "owner" Text;
        name: String => "name" Text;
        rule: String => "rule" Text;
        body: Json => "body_json" Text;
        next_at: Timestamp => "next_at" Big;
        last_at: Option<Timestamp> => "last_at" Big;
        paused: bool => "paused" Small;
    }
}

/// What stands between an owner and a limit key in a line. No owner has it in its name.
const BAR: char = '\u{1f}';

/// The line of a task: its owner's, or one of its own for each limit key, so that a full key hides nothing behind it.
pub(crate) fn line_of(owner: &str, limit_key: Option<&str>) -> String {
    limit_key.map_or_else(|| owner.to_owned(), |key| format!("{owner}{BAR}{key}"))
}

/// The owner and the limit key of a line.
pub(crate) fn of_line(line: &str) -> (&str, Option<&str>) {
    line.split_once(BAR).map_or((line, None), |(owner, key)| (owner, Some(key)))
}

/// Where a task waits: the queue, and large work apart.
pub(crate) fn lane(queue: Queue, large: bool) -> i64 {
    i64::from(queue.code()) * 2 + i64::from(large)
}

/// Whether large work waits in a lane.
pub(crate) fn is_large(lane: i64) -> bool {
    lane % 2 == 1
}

/// The queue of a lane; an unknown one is the last.
pub(crate) fn queue_of(lane: i64) -> Queue {
    i16::try_from(lane / 2).ok().and_then(Queue::from_code).unwrap_or(Queue::Batch)
}

impl JobLine {
    /// The columns that change while it lives.
    pub(crate) const STATE: &'static [&'static str] = &[
        "status",
        "released",
        "succeeded",
        "skipped",
        "failed",
        "cancelled",
        "events",
        "done_ms",
        "requeued",
        "swept",
        "started_at",
        "deadline_at",
        "ended_at",
    ];

    /// Its key and the values of [`Self::STATE`].
    pub(crate) fn state(&self) -> Vec<Value> {
        values![
            self.id,
            self.status.as_str(),
            self.released,
            self.succeeded,
            self.skipped,
            self.failed,
            self.cancelled,
            self.events,
            self.done_ms,
            self.requeued,
            self.swept,
            self.started_at,
            self.deadline_at,
            self.ended_at,
        ]
    }
}

impl FileLine {
    /// The columns that change while it lives.
    pub(crate) const STATE: &'static [&'static str] = &["status", "money", "round", "error_json", "ended_at"];

    /// Its key and the values of [`Self::STATE`].
    pub(crate) fn state(&self) -> Vec<Value> {
        let mut row = key(&self.id);
        row.extend(values![self.status.as_str(), self.money.code(), self.round, json_opt(self.error.as_ref()), self.ended_at]);
        row
    }

    /// The predicted time of a step.
    pub(crate) fn estimate(&self, step: u16) -> Duration {
        Duration::from_millis(self.estimate_ms(step))
    }

    /// The same in milliseconds; a step without a prediction counts for nothing.
    pub(crate) fn estimate_ms(&self, step: u16) -> u64 {
        self.estimates.get(usize::from(step)).copied().unwrap_or(0)
    }
}

impl EffectLine {
    /// One that is to be done at once.
    pub(crate) fn open(job: Option<JobId>, owner: &str, body: EffectBody, now: Timestamp) -> Self {
        Self {
            id: EffectId::from_uuid(Uuid::now_v7()),
            job,
            owner: owner.to_owned(),
            kind: body.kind().to_owned(),
            body,
            state: EffectState::Open,
            tries: 0,
            error: None,
            created_at: now,
            due: now,
            ended_at: None,
        }
    }
}

impl LeaseLine {
    /// Its place in the plan.
    pub(crate) fn queue(&self) -> Queue {
        queue_of(self.lane)
    }

    /// The task as it waits again, in the place that its job's age gives it.
    pub(crate) fn back(&self, since: Timestamp, attempts: u32, tally: Tally) -> TaskLine {
        TaskLine {
            id: self.id,
            class: self.class,
            lane: self.lane,
            line: self.line.clone(),
            key: schedule::order_key(since, self.estimate),
            ready_at: self.ready_at,
            due: None,
            parts_open: 0,
            parts: self.parts,
            attempts,
            tally,
            fence: self.fence,
            progress: self.progress,
            estimate: self.estimate,
            limit_most: self.limit_most,
            spec: self.spec.clone(),
        }
    }
}
