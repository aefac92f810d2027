//! The mails about jobs: what they may say, and the words of each. The words stand in templates, as text and as HTML; nothing is said
//! that the facts do not say.

mod example;
mod templates;

use std::fmt;
use std::str::FromStr;

use gristmill_model::JobId;
use serde::Serialize;

pub use templates::Templates;

use crate::Body;

/// What a mail may say of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobFacts {
    /// Which.
    pub job: JobId,
    /// The name of its pipeline.
    pub pipeline: String,
    /// Files that succeeded.
    pub succeeded: u32,
    /// Files that did not qualify.
    pub skipped: u32,
    /// Files that failed.
    pub failed: u32,
    /// Where it stands, in a word or a few: `completed`.
    pub status: String,
    /// Its files, those first that did not succeed. A long list is cut, and the admin is shown none.
    pub files: Vec<FileFacts>,
    /// Credits given back, as people write them: `12.5`. `None` when none were.
    pub refunded: Option<String>,
    /// Where to look at it.
    pub url: Option<String>,
}

/// What a mail may say of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    /// As its owner called it.
    pub name: String,
    /// Where it stands: `succeeded`.
    pub status: String,
    /// Why it has no result, if it has none.
    pub cause: Option<String>,
}

/// What a mail may say of many jobs of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupFacts {
    /// The name that the jobs share.
    pub group: String,
    /// All of them, those first that should be seen first: a long list is cut.
    pub jobs: Vec<JobFacts>,
    /// Credits given back for all of them, as people write them. `None` when none were.
    pub refunded: Option<String>,
    /// Where to look at them.
    pub url: Option<String>,
}

/// What a mail may say of a message that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LostFacts {
    /// The message, as its receiver would know it.
    pub message: String,
    /// What it told of: `job.finished`.
    pub event: String,
    /// Who was to be told.
    pub receiver: String,
    /// Whose jobs it was about.
    pub owner: String,
    /// Why it was given up.
    pub why: String,
    /// The job, if it was about one.
    pub job: Option<JobId>,
    /// Where to look at that.
    pub url: Option<String>,
}

/// What a mail about one job is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobMail {
    /// To the owner: the job has started.
    Started,
    /// To the owner: the job ended with at least one file that succeeded.
    Finished,
    /// To the owner: the job ended without a file that succeeded.
    Failed,
    /// To the owner: credits of the job were given back.
    Refunded,
    /// To the owner: the job could not go on because of an error of ours. With a refund it says so; without one it says that the credits
    /// are safe and that an admin will act. Both say what the owner can do.
    CriticalOwner,
    /// To the admin: something of the critical-error path was left undone and needs a person.
    CriticalAdmin,
}

/// Every mail that there is. Its name is that of its templates: `finished` of `finished.txt` and `finished.html`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// About one job.
    Job(JobMail),
    /// To the owner: all jobs of a group have ended.
    Digest,
    /// To the admin: somebody could not be told.
    Undelivered,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Job(JobMail::Started),
        Self::Job(JobMail::Finished),
        Self::Job(JobMail::Failed),
        Self::Job(JobMail::Refunded),
        Self::Job(JobMail::CriticalOwner),
        Self::Job(JobMail::CriticalAdmin),
        Self::Digest,
        Self::Undelivered,
    ];

    /// Its name, such as `critical_owner`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Job(JobMail::Started) => "started",
            Self::Job(JobMail::Finished) => "finished",
            Self::Job(JobMail::Failed) => "failed",
            Self::Job(JobMail::Refunded) => "refunded",
            Self::Job(JobMail::CriticalOwner) => "critical_owner",
            Self::Job(JobMail::CriticalAdmin) => "critical_admin",
            Self::Digest => "digest",
            Self::Undelivered => "undelivered",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    /// Reads a [`name`](Self::name). The error lists all of them.
    fn from_str(name: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| format!("there is no mail `{name}`, but {}", names()))
    }
}

/// A mail without its receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same words as HTML. `None` when an operator wrote the text anew but not the HTML.
    pub html: Option<String>,
}

impl Letter {
    /// To one person.
    pub fn to(self, to: String) -> Body {
        let Self { subject, text, html } = self;
        Body::Mail { to, subject, text, html }
    }
}

/// What a mail of this kind looks like with its compiled-in words and facts that are made up.
pub fn preview(kind: Kind) -> Letter {
    Templates::default().preview(kind)
}

#[cfg(test)]
mod tests;
