//! Ids that carry their kind: `job_…`, `file_…`, `task_…`, `worker_…`. Time-ordered, so rows of one hour lie together. A file
//! and a task are known by their place in the job, so that their rows lie beside each other and need no index of their own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
pub use uuid::Uuid;

/// Why a text is not an id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {kind} id; one looks like `{kind}_` and 32 hexadecimal digits (files and tasks: with numbers after them)")]
pub struct InvalidId {
    kind: &'static str,
    text: String,
}

/// The text of an id is its form in JSON.
macro_rules! text_form {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// An id from a fresh UUID (version 7, so that ids sort by birth).
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID alone, as stores keep it.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($kind, "_{}"), self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($kind, "_"))
                    .filter(|hex| hex.len() == 32)
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or_else(|| invalid($kind, text))
            }
        }

        text_form!($name);
    };
}

typed_id!(
    /// One request by one owner.
    JobId, "job"
);
typed_id!(
    /// One start of one worker process. A restart is another worker, so its predecessor's leases never look alive.
    WorkerId, "worker"
);

typed_id!(
    /// Something the world must see. Repeats of one effect carry the same id.
    EffectId, "effect"
);
typed_id!(
    /// Where an owner wants to be told of all their jobs.
    EndpointId, "endpoint"
);
typed_id!(
    /// Bytes on their way in, or waiting for a job.
    UploadId, "upload"
);
typed_id!(
    /// The public half of an API key.
    KeyId, "key"
);

/// One input of a job: the job and the place of the file in it, from 0. So a file is found without an index of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileId {
    /// Its job.
    pub job: JobId,
    /// Its place in the job, from 0.
    pub no: u32,
}

/// The claimable unit of work: one step on one file, or one part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaskId {
    /// Its file.
    pub file: FileId,
    /// The place of its step in the job's plan, from 0.
    pub step: u16,
    /// 0 for the whole step; parts of an expanded step count from 1.
    pub part: u32,
}

impl JobId {
    /// When it was made, to a millisecond; `None` for an id that does not tell.
    pub fn made_at(self) -> Option<crate::Timestamp> {
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        let millis = seconds.checked_mul(1000)?.checked_add(u64::from(nanos) / 1_000_000)?;
        i64::try_from(millis).ok().map(crate::Timestamp)
    }
}

impl FileId {
    /// File number `no` of a job.
    pub fn new(job: JobId, no: u32) -> Self {
        Self { job, no }
    }
}

impl TaskId {
    /// The whole of a step on a file.
    pub fn new(file: FileId, step: u16) -> Self {
        Self { file, step, part: 0 }
    }

    /// A part of the same step, counted from 1.
    pub fn part(self, part: u32) -> Self {
        Self { part, ..self }
    }

    /// Its job.
    pub fn job(self) -> JobId {
        self.file.job
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file_{}_{}", self.job.0.simple(), self.no)
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, step, part } = self;
        write!(f, "task_{}_{}_{step}", file.job.0.simple(), file.no)?;
        if *part == 0 { Ok(()) } else { write!(f, "_{part}") }
    }
}

/// The job and the numbers behind it, each in its one canonical form.
fn numbered(kind: &'static str, text: &str) -> Option<(JobId, Vec<u32>)> {
    let mut parts = text.strip_prefix(kind)?.strip_prefix('_')?.split('_');
    let job = format!("job_{}", parts.next()?).parse().ok()?;
    let number = |t: &str| t.parse::<u32>().ok().filter(|n| n.to_string() == t);
    Some((job, parts.map(number).collect::<Option<Vec<u32>>>()?))
}

fn invalid(kind: &'static str, text: &str) -> InvalidId {
    InvalidId { kind, text: text.chars().take(64).collect() }
}

impl FromStr for FileId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match numbered("file", text) {
            Some((job, numbers)) if numbers.len() == 1 => Ok(Self { job, no: numbers[0] }),
            _ => Err(invalid("file", text)),
        }
    }
}

impl FromStr for TaskId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (job, n) = numbered("task", text).ok_or_else(|| invalid("task", text))?;
        let step = n.get(1).and_then(|s| u16::try_from(*s).ok());
        match (n.len(), step, n.get(2)) {
            (2, Some(step), None) => Ok(Self { file: FileId::new(job, n[0]), step, part: 0 }),
            (3, Some(step), Some(&part)) if part > 0 => Ok(Self { file: FileId::new(job, n[0]), step, part }),
            _ => Err(invalid("task", text)),
        }
    }
}

text_form!(FileId);
text_form!(TaskId);

/// Grows with every claim of a task and is never used again. A holder of an older fence can write nothing.
pub type Fence = i64;

/// Which run of a task this is, counted from 1 when it is claimed.
pub type AttemptNumber = u32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_form() {
        let id = JobId::from_uuid(Uuid::from_u128(0x0192_0000_7000_8000_0000_0000_0000_002a));
        assert_eq!(id.to_string(), "job_0192000070008000000000000000002a");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn a_job_id_tells_when_it_was_made() {
        let id = JobId::from_uuid(Uuid::from_u128(0x0192_0000_7000_7000_8000_0000_0000_002a));
        assert_eq!(id.made_at().map(|t| t.0), Some(0x0192_0000_7000));
    }

    #[test]
    fn files_and_tasks_are_numbered_within_their_job() {
        let job = JobId::from_uuid(Uuid::from_u128(0x0192_0000_7000_8000_0000_0000_0000_002a));
        let file = FileId::new(job, 3);
        assert_eq!(file.to_string(), "file_0192000070008000000000000000002a_3");
        assert_eq!(file.to_string().parse(), Ok(file));
        for task in [TaskId::new(file, 1), TaskId::new(file, 1).part(7)] {
            assert_eq!(task.to_string().parse(), Ok(task));
        }
        let hex = "0192000070008000000000000000002a";
        for bad in [format!("file_{hex}"), format!("file_{hex}_03"), format!("file_{hex}_3_1"), format!("file_{hex}_x"), "file_".into()] {
            assert!(bad.parse::<FileId>().is_err(), "{bad}");
        }
        for bad in [format!("task_{hex}_3"), format!("task_{hex}_3_1_0"), format!("task_{hex}_3_70000"), format!("task_{hex}_3_1_+2")] {
            assert!(bad.parse::<TaskId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        assert!("file_0192000070008000000000000000002a".parse::<JobId>().is_err());
        assert!("job_0192".parse::<JobId>().is_err());
        assert!("job_{0192000070008000000000000000002}".parse::<JobId>().is_err());
    }
}
