//! Checkpoints: files of an attempt go to blob storage under its fence, and a row names them with their hashes.

use std::sync::Arc;

use async_trait::async_trait;
use gristmill_blob::Blobs;
use gristmill_model::{Fence, TaskId};
use gristmill_operate::{Draft, OperationError};
use gristmill_store::{Checkpoint, Claimed, KeptBlob, Store};
use serde_json::Value;

use super::Shared;
use super::attempt::publish_failed;
use crate::artifact::artifact_key;

/// The place for one attempt's checkpoints.
pub(super) struct Keeper {
    store: Arc<dyn Store>,
    blobs: Arc<dyn Blobs>,
    task: TaskId,
    fence: Fence,
}

impl Keeper {
    pub(super) fn new(shared: &Shared, task: &Claimed) -> Self {
        let parts = &shared.engine.parts;
        Self { store: parts.store.clone(), blobs: parts.blobs.clone(), task: task.task, fence: task.fence }
    }

    async fn store_file(&self, draft: Draft) -> Result<KeptBlob, OperationError> {
        let bad = || OperationError::bug("checkpoint_invalid", format!("A checkpoint named a file `{}` that cannot be kept.", draft.name));
        let key = artifact_key(self.task, self.fence, &format!("checkpoint/{}", draft.name)).ok_or_else(bad)?;
        let stored = self.blobs.put_file(&key, &draft.path).await.map_err(publish_failed)?;
        Ok(KeptBlob { name: draft.name, key: key.to_string(), bytes: stored.bytes, sha256: stored.sha256 })
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").field("task", &self.task).finish_non_exhaustive()
    }
}

#[async_trait]
impl gristmill_operate::Keeper for Keeper {
    async fn keep(&self, data: Value, files: Vec<Draft>) -> Result<(), OperationError> {
        let mut blobs = Vec::with_capacity(files.len());
        for draft in files {
            blobs.push(self.store_file(draft).await?);
        }
        let checkpoint = Checkpoint { task: self.task, fence: self.fence, data, blobs };
        match self.store.keep(checkpoint).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(OperationError::tool("lease_lost", "The step runs elsewhere by now.")),
            Err(error) => Err(OperationError::tool("store_failed", "The checkpoint could not be written.").because(error)),
        }
    }
}
