//! Who is told of what happens to a job.

use gristmill_store as rows;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::names::mirror;

mirror! {
    /// A moment in a job's life.
    Moment of rows::Moment {
        /// Its first step began.
        Started,
        /// It ended with at least one file that succeeded.
        Finished,
        /// It ended without one, or was stopped.
        Failed,
        /// It ended, and credits for files of it were given back.
        Refunded,
        /// All jobs of its group have ended.
        Group,
    }
}

/// Who is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Notify {
    /// By mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// By a POST to these addresses when the job has ended, and when all jobs of its group have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<String>,
}

/// Mail about a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Email {
    /// Where it goes.
    #[schema(example = "a@example.org")]
    pub to: String,
    /// Of what; default `finished` and `failed`.
    #[serde(default = "ends")]
    pub on: Vec<Moment>,
}

fn ends() -> Vec<Moment> {
    vec![Moment::Finished, Moment::Failed]
}

impl From<&Notify> for rows::Notify {
    fn from(n: &Notify) -> Self {
        let on = n.email.iter().flat_map(|e| &e.on).map(|m| (*m).into()).collect();
        Self { email: n.email.as_ref().map(|e| e.to.clone()), on, webhooks: n.webhooks.clone(), ..Self::default() }
    }
}

impl From<&rows::Notify> for Notify {
    fn from(n: &rows::Notify) -> Self {
        let on: Vec<Moment> = n.on.iter().map(|m| (*m).into()).collect();
        Self { email: n.email.clone().map(|to| Email { to, on }), webhooks: n.webhooks.clone() }
    }
}
