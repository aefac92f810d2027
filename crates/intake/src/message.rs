//! A message, and what becomes of it.

use crate::Content;

/// A message as its handler gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it is known by when it comes again; `None` when the broker says nothing that could tell.
    pub id: Option<String>,
    /// Whose it is, if it says so.
    pub owner: Option<String>,
    /// The priority of what comes by this queue, unless the request names one.
    pub priority: Option<&'static str>,
    /// The pipeline of what comes by this queue, unless the request names one.
    pub pipeline: Option<&'static str>,
    /// What it is.
    pub content: Content,
    /// Its body as it came.
    pub body: Vec<u8>,
}

impl Message {
    /// A message without a name, an owner or a queue that says something.
    pub(crate) fn new(body: Vec<u8>) -> Self {
        Self { id: None, owner: None, priority: None, pipeline: None, content: Content::of(&body), body }
    }
}

/// What its handler decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is done, durably: the broker may forget it.
    Accept,
    /// It can never be done, for this reason: it belongs to the dead letters.
    Refuse(String),
    /// It cannot be done at the moment, for this reason: it is to come again.
    Later(String),
}
