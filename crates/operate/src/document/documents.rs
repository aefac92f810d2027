//! What a worker has for documents: confined readers kept warm, the engines that read pages, and the models they need.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::engine::Engines;
use super::wire::{Form, Inspected, Limits, Request, Work};
use crate::child::{self, ChildCommand};
use crate::context::Password;
use crate::models::Models;
use crate::operation::OperationError;
use crate::sandbox::Sandbox;

/// A page of 100 megapixels as it is drawn, and the file it is on, held twice while its encryption is taken off. What a page of paper
/// takes is a fifth of it.
const MEMORY_BYTES: u64 = 3 << 30;

/// A look at headers.
const GLANCE: Duration = Duration::from_secs(60);

/// Readers of documents on one worker.
#[derive(Debug)]
pub struct Documents {
    children: child::Pool,
    limits: Limits,
    pub(crate) engines: Engines,
}

/// Which document is meant, and how it is opened.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub path: PathBuf,
    pub form: Form,
    pub password: Option<Password>,
}

impl Documents {
    /// At most `size` readers at a time, started by `command` in `sandbox`. The command must call [`super::child_main`] and nothing else.
    pub fn new(sandbox: Arc<Sandbox>, command: ChildCommand, size: usize, models: Models) -> Self {
        let children = child::Pool::new(sandbox, command, size, MEMORY_BYTES, "document");
        Self { children, limits: Limits::default(), engines: Engines::new(models) }
    }

    /// How many pages a document has, and what else can be said of it at once.
    ///
    /// # Errors
    /// Fault `Input` for what is damaged or asks for a password, `Limit` for what is too large.
    pub(crate) async fn inspect(&self, document: &Document, cancel: &CancellationToken) -> Result<Inspected, OperationError> {
        self.ask(document, Work::Inspect, &[], &[], GLANCE, cancel).await
    }

    /// Has a reader do a piece of work on a document. Besides the document it may read `inputs`; it writes `outputs`.
    ///
    /// # Errors
    /// The reader's refusal, `document_damaged` for what ends two readers, `document_timeout`, or `cancelled`.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        document: &Document,
        work: Work,
        inputs: &[&Path],
        outputs: &[PathBuf],
        wall: Duration,
        cancel: &CancellationToken,
    ) -> Result<T, OperationError> {
        let request = Request { form: document.form, password: document.password.clone(), limits: self.limits, work };
        let request = serde_json::to_vec(&request).map_err(|e| self.children.unreadable().because(e))?;
        let inputs: Vec<&Path> = std::iter::once(document.path.as_path()).chain(inputs.iter().copied()).collect();
        let errand = child::Errand { request: &request, inputs: &inputs, outputs, wall };
        let answer: Value = self.children.run(errand, cancel).await?;
        serde_json::from_value(answer).map_err(|e| self.children.unreadable().because(e))
    }
}
