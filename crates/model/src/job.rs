//! Jobs and files: their states, priorities, and the request that makes them.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

macro_rules! named_states {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name used in rows and the API.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value of that name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|s| s.as_str() == name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

named_states! {
    /// Where a job stands.
    JobStatus {
        /// Nothing of it has started.
        Pending = "pending",
        /// At least one task was claimed.
        Processing = "processing",
        /// Ended with at least one file that succeeded.
        Completed = "completed",
        /// Ended without a file that succeeded.
        Failed = "failed",
        /// The owner stopped it.
        Cancelled = "cancelled",
        /// Its time in the queue ran out before it started.
        Expired = "expired",
    }
}

named_states! {
    /// Where a file of a job stands.
    FileStatus {
        /// Nothing of it has started.
        Pending = "pending",
        /// At least one of its tasks was claimed.
        Processing = "processing",
        /// Every step ended well.
        Succeeded = "succeeded",
        /// It did not qualify; the reason is in its error.
        Skipped = "skipped",
        /// A step is out of retries.
        Failed = "failed",
        /// Stopped by the owner.
        Cancelled = "cancelled",
    }
}

named_states! {
    /// Who goes first. Stored as a number so that an index can order it.
    Priority {
        /// Before normal and low.
        High = "high",
        /// The default.
        Normal = "normal",
        /// After the others; waiting makes up for it.
        Low = "low",
    }
}

impl Priority {
    /// 0 goes first.
    pub fn rank(self) -> i64 {
        match self {
            Self::High => 0,
            Self::Normal => 1,
            Self::Low => 2,
        }
    }

    /// The priority of that rank; anything unknown is `Low`.
    pub fn from_rank(rank: i64) -> Self {
        match rank {
            0 => Self::High,
            1 => Self::Normal,
            _ => Self::Low,
        }
    }
}

impl JobStatus {
    /// Whether it never changes again, except by an explicit retry.
    pub fn ended(self) -> bool {
        !matches!(self, Self::Pending | Self::Processing)
    }
}

impl FileStatus {
    /// Whether it never changes again, except by an explicit retry.
    pub fn ended(self) -> bool {
        !matches!(self, Self::Pending | Self::Processing)
    }
}

/// Per-step options that a job sets over those of its pipeline: step id to option name to value.
pub type Overrides = Map<String, Value>;
