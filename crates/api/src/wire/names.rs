//! The closed sets of names, so that generated clients know every value.

use gristmill_model::{fault, job, task};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A set of names as the wire shows it, and the ways to and from the set of the same names below the door.
macro_rules! mirror {
    ($(#[$meta:meta])* $name:ident of $source:path { $($(#[$vmeta:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($(#[$vmeta])* $variant),+ }

        impl From<$source> for $name {
            fn from(value: $source) -> Self {
                use $source as Source;
                match value { $(Source::$variant => Self::$variant),+ }
            }
        }

        impl From<$name> for $source {
            fn from(value: $name) -> Self {
                use $source as Source;
                match value { $($name::$variant => Source::$variant),+ }
            }
        }
    };
}
pub(crate) use mirror;

mirror! {
    /// Where a job stands. `completed`: at least one file succeeded.
    JobStatus of job::JobStatus { Pending, Processing, Completed, Failed, Cancelled, Expired }
}

mirror! {
    /// Where a file stands. `skipped`: it did not qualify.
    FileStatus of job::FileStatus { Pending, Processing, Succeeded, Skipped, Failed, Cancelled }
}

mirror! {
    /// Where a step of a file stands. `parked`: it waits for its parts. `dead`: out of retries.
    TaskState of task::State { Waiting, Ready, Running, Parked, Succeeded, Skipped, Dead, Cancelled }
}

mirror! {
    /// Who goes first.
    Priority of job::Priority { High, Normal, Low }
}

mirror! {
    /// Whose fault it was: the file's (`input`), a limit's, a tool's or service's, or ours (`bug`).
    Fault of fault::Fault { Input, Limit, Tool, Bug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_has_the_names_that_rows_have() {
        for status in job::JobStatus::ALL {
            assert_eq!(serde_json::to_value(JobStatus::from(*status)).unwrap(), status.as_str());
        }
        for status in job::FileStatus::ALL {
            assert_eq!(serde_json::to_value(FileStatus::from(*status)).unwrap(), status.as_str());
        }
        for state in task::State::ALL {
            assert_eq!(serde_json::to_value(TaskState::from(state)).unwrap(), state.as_str());
        }
    }
}
