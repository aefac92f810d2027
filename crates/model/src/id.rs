//! Ids that carry their kind: `job_…`, `file_…`, `task_…`, `worker_…`. Time-ordered, so rows of one hour lie together.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
pub use uuid::Uuid;

/// Why a text is not an id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {kind} id; one looks like `{kind}_` and 32 hexadecimal digits")]
pub struct InvalidId {
    kind: &'static str,
    text: String,
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
                    .ok_or_else(|| InvalidId { kind: $kind, text: text.chars().take(64).collect() })
            }
        }

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

typed_id!(
    /// One request by one owner.
    JobId, "job"
);
typed_id!(
    /// One input of a job.
    FileId, "file"
);
typed_id!(
    /// The claimable unit of work: one step on one file.
    TaskId, "task"
);
typed_id!(
    /// One start of one worker process. A restart is another worker, so its predecessor's leases never look alive.
    WorkerId, "worker"
);

/// Grows by one with every claim of a task, and never otherwise. A holder of an older fence can write nothing.
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
    fn an_id_of_another_kind_is_refused() {
        assert!("file_0192000070008000000000000000002a".parse::<JobId>().is_err());
        assert!("job_0192".parse::<JobId>().is_err());
        assert!("job_{0192000070008000000000000000002}".parse::<JobId>().is_err());
    }
}
