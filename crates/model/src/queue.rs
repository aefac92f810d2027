//! The queues: where a task waits, how long it may, and how long what died there is kept.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::job::Priority;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// A named queue. Tasks wait in the first four; effects and events have one of their own each, with the same words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Queue {
    /// `upload.high-priority`: jobs that go first.
    High,
    /// `upload.normal`.
    Normal,
    /// `upload.batch`: jobs that may wait.
    Batch,
    /// `processing.images`: the later steps of pictures in normal jobs.
    Images,
    /// `notifications`: effects on their way.
    Notifications,
    /// `upload.events`: what happened to jobs.
    Events,
}

impl Queue {
    /// Every queue, in the order of their codes.
    pub const ALL: [Self; 6] = [Self::High, Self::Normal, Self::Batch, Self::Images, Self::Notifications, Self::Events];

    /// The queues that tasks wait in.
    pub const OF_TASKS: [Self; 4] = [Self::High, Self::Normal, Self::Batch, Self::Images];

    /// Where a task of a job waits. `first` when its step comes after none.
    pub fn of(priority: Priority, op: &str, first: bool) -> Self {
        match priority {
            Priority::High => Self::High,
            Priority::Low => Self::Batch,
            Priority::Normal if !first && op.starts_with("image.") => Self::Images,
            Priority::Normal => Self::Normal,
        }
    }

    /// Whose turn it is when nothing has aged: 0 goes first.
    pub fn tier(self) -> u8 {
        match self {
            Self::High => 0,
            Self::Normal | Self::Images => 1,
            Self::Batch | Self::Notifications | Self::Events => 2,
        }
    }

    /// How long a task may wait here before it expires; how long an effect is tried; how long events are kept.
    pub fn expires(self) -> Duration {
        Duration::from_secs(match self {
            Self::High => HOUR,
            Self::Normal | Self::Notifications => DAY,
            Self::Batch => 7 * DAY,
            Self::Images => 2 * HOUR,
            Self::Events => 30 * DAY,
        })
    }

    /// How long dead letters of this queue are kept.
    pub fn dead_kept(self) -> Duration {
        Duration::from_secs(match self {
            Self::High => 7 * DAY,
            Self::Normal | Self::Images | Self::Notifications | Self::Events => 30 * DAY,
            Self::Batch => 90 * DAY,
        })
    }

    /// The number that rows carry.
    pub fn code(self) -> i16 {
        match self {
            Self::High => 0,
            Self::Normal => 1,
            Self::Batch => 2,
            Self::Images => 3,
            Self::Notifications => 4,
            Self::Events => 5,
        }
    }

    /// The queue of that number.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|q| q.code() == code)
    }

    /// The name used in the API and the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "upload.high-priority",
            Self::Normal => "upload.normal",
            Self::Batch => "upload.batch",
            Self::Images => "processing.images",
            Self::Notifications => "notifications",
            Self::Events => "upload.events",
        }
    }

    /// The queue of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|q| q.as_str() == name)
    }
}

impl From<Queue> for String {
    fn from(queue: Queue) -> Self {
        queue.as_str().to_owned()
    }
}

impl TryFrom<String> for Queue {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::parse(&name).ok_or_else(|| format!("there is no queue `{name}`"))
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queues_are_what_was_agreed() {
        let table: String = Queue::ALL
            .map(|q| {
                format!(
                    "{q:<21} tier {} expires {:>4} h dead {:>3} d\n",
                    q.tier(),
                    q.expires().as_secs() / HOUR,
                    q.dead_kept().as_secs() / DAY
                )
            })
            .concat();
        insta::assert_snapshot!(table);
    }

    #[test]
    fn names_and_codes_survive_a_round_trip() {
        for queue in Queue::ALL {
            assert_eq!((Queue::parse(queue.as_str()), Queue::from_code(queue.code())), (Some(queue), Some(queue)));
        }
    }

    #[test]
    fn only_later_picture_steps_of_normal_jobs_wait_among_images() {
        assert_eq!(Queue::of(Priority::Normal, "image.resize", false), Queue::Images);
        assert_eq!(Queue::of(Priority::Normal, "image.resize", true), Queue::Normal);
        assert_eq!(Queue::of(Priority::High, "image.resize", false), Queue::High);
        assert_eq!(Queue::of(Priority::Low, "image.resize", false), Queue::Batch);
    }
}
