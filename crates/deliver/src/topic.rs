//! To whom an announcement is: subscribers, who are told what happens and asked for nothing.

use std::fmt;
use std::str::FromStr;

use gristmill_model::queue::Queue;
use serde::{Deserialize, Serialize};

use crate::DeliverError;

/// Where an announcement goes. In JSON it is its name: `events`, `notifications`, or `dead:` and a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Topic {
    /// What happens to jobs, for whoever wants to know.
    Events,
    /// What people are to be told, for services that tell them.
    Notifications,
    /// Tasks that died in this queue. The payload's `task` says which, and whoever moves the message back redrives it.
    Dead(Queue),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events => f.pad("events"),
            Self::Notifications => f.pad("notifications"),
            Self::Dead(queue) => write!(f, "dead:{queue}"),
        }
    }
}

impl FromStr for Topic {
    type Err = DeliverError;
    fn from_str(name: &str) -> Result<Self, DeliverError> {
        let dead = || name.strip_prefix("dead:").and_then(Queue::parse).map(Self::Dead);
        match name {
            "events" => Ok(Self::Events),
            "notifications" => Ok(Self::Notifications),
            _ => dead().ok_or_else(|| DeliverError::Refused("a topic is events, notifications, or dead: and the name of a queue".into())),
        }
    }
}

impl From<Topic> for String {
    fn from(topic: Topic) -> Self {
        topic.to_string()
    }
}

impl TryFrom<String> for Topic {
    type Error = DeliverError;
    fn try_from(name: String) -> Result<Self, DeliverError> {
        name.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_a_round_trip_and_no_other_is_read() {
        for topic in Queue::ALL.map(Topic::Dead).into_iter().chain([Topic::Events, Topic::Notifications]) {
            assert_eq!(topic.to_string().parse::<Topic>().unwrap(), topic);
        }
        for bad in ["", "event", "dead", "dead:", "dead:upload", "Events"] {
            assert!(bad.parse::<Topic>().is_err(), "{bad:?}");
        }
    }
}
