//! Records: what was read out of a file, and what people made of it.

use gristmill_model::id::Uuid;
use gristmill_model::{FileId, JobId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a step reads out of a file, to be written with the step's end.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRecord {
    /// The schema it is of.
    pub schema: String,
    /// The values, as the schema nests them.
    pub data: Value,
    /// The same field by field, each with what speaks for it.
    pub fields: Value,
    /// How sure its least sure field is, 0..=1.
    pub confidence: f64,
    /// How many of its fields a person should look at.
    pub doubts: u32,
    /// Whether it stands as it is, without a person.
    pub accepted: bool,
}

/// A record as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The file it was read out of.
    pub file: FileId,
    /// Whose it is.
    pub owner: String,
    /// The owner's name for the file.
    pub name: String,
    /// What it holds.
    pub schema: String,
    /// The values, as the schema nests them; corrections are in them.
    pub data: Value,
    /// The same field by field; null in a list.
    pub fields: Value,
    /// How sure its least sure field is, 0..=1.
    pub confidence: f64,
    /// How many of its fields a person should look at.
    pub doubts: u32,
    /// Where it stands.
    pub state: RecordState,
    /// Grows with every change.
    pub revision: u32,
    /// When it was first written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// Who judged it last, and when; nobody did when it was accepted without a person.
    pub reviewed: Option<(String, Timestamp)>,
}

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// A person is to look at it.
    Open,
    /// It stands.
    Accepted,
    /// It is not to be used.
    Rejected,
}

impl RecordState {
    /// Its name in rows and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Open, Self::Accepted, Self::Rejected].into_iter().find(|s| s.as_str() == name)
    }
}

/// Which records to list, newest job first.
#[derive(Debug, Clone, Default)]
pub struct RecordFilter {
    /// Only this owner's.
    pub owner: Option<String>,
    /// Only of this job.
    pub job: Option<JobId>,
    /// Only of the jobs of this group.
    pub group: Option<String>,
    /// Only of this schema.
    pub schema: Option<String>,
    /// Only in this state.
    pub state: Option<RecordState>,
    /// Only those that come after this one in the list.
    pub after: Option<FileId>,
    /// How many at most.
    pub limit: u32,
}

/// What a person makes of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// The record.
    pub file: FileId,
    /// As which revision it was seen; a later one is not overwritten.
    pub seen: u32,
    /// Who.
    pub reviewer: String,
    /// Where it stands from now on.
    pub state: RecordState,
    /// Its values from now on.
    pub data: Value,
    /// The same field by field.
    pub fields: Value,
    /// How sure its least sure field is now.
    pub confidence: f64,
    /// How many fields are still to be looked at.
    pub doubts: u32,
    /// What was changed: the field, what it was, what it is.
    pub corrections: Vec<(String, Option<Value>, Option<Value>)>,
}

/// What came of a [`Review`].
#[derive(Debug, Clone, PartialEq)]
pub enum Reviewed {
    /// It was written; the record as it is now.
    Written(Box<Record>),
    /// Somebody else changed the record since it was seen. Nothing was written.
    Changed,
    /// There is no such record.
    Missing,
}

/// A change a person made in a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// Its id; sorts by time.
    pub id: Uuid,
    /// The record.
    pub file: FileId,
    /// The field.
    pub path: String,
    /// What it was.
    pub before: Option<Value>,
    /// What it is.
    pub after: Option<Value>,
    /// Who.
    pub reviewer: String,
    /// When.
    pub at: Timestamp,
}
