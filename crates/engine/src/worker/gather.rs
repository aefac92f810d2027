//! What an attempt works on: the source, what earlier steps and ended parts left, and the checkpoint of an interrupted attempt.

use std::path::PathBuf;

use gristmill_blob::{HeldPath, hex};
use gristmill_model::TaskId;
use gristmill_model::task::State;
use gristmill_operate::{Checkpoint, Earlier, EarlierArtifact, Input, OperationError};
use gristmill_store::{Claimed, KeptBlob, Published, StoreError};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use super::Shared;
use super::source::{Reading, lost, lost_here, source};

/// What an operation's paths stand for, held so that none is removed for room while it works.
pub(super) type Held = Vec<HeldPath>;

/// Everything an operation is given beside its context.
pub(super) async fn gather(
    shared: &Shared,
    task: &Claimed,
    passes: Option<u32>,
    held: &mut Held,
) -> Result<(Input, Reading), OperationError> {
    let first = task.step().after.is_empty() && task.parts == 0;
    let (source, reading) = source(shared, task, passes, held).await?;
    let input = Input {
        source,
        name: task.name.clone(),
        bytes: task.bytes,
        password: task.password.as_ref().map(|p| p.0.clone().into()),
        accepts: task.plan.accepts.clone(),
        earlier: if first { Vec::new() } else { earlier(shared, task, held).await? },
        part: task.spec.clone(),
        parts: if task.parts == 0 { Vec::new() } else { parts(shared, task, held).await? },
        checkpoint: if task.attempt > 1 { checkpoint(shared, task.task, held).await? } else { None },
    };
    Ok((input, reading))
}

async fn earlier(shared: &Shared, task: &Claimed, held: &mut Held) -> Result<Vec<Earlier>, OperationError> {
    let store = &shared.engine.parts.store;
    let tasks = store.tasks(task.task.job(), Some(task.task.file)).await.map_err(store_failed)?;
    let published = store.artifacts(task.task.job(), Some(task.task.file)).await.map_err(store_failed)?;
    let mut all = Vec::new();
    for done in tasks.into_iter().filter(|t| t.state == State::Succeeded) {
        let artifacts = artifacts(shared, &published, done.id, held).await?;
        all.push(Earlier { step: done.step, op: done.op, report: done.report, artifacts });
    }
    Ok(all)
}

/// The ended parts of this task, in order.
async fn parts(shared: &Shared, task: &Claimed, held: &mut Held) -> Result<Vec<Earlier>, OperationError> {
    let store = &shared.engine.parts.store;
    let published = store.artifacts(task.task.job(), Some(task.task.file)).await.map_err(store_failed)?;
    let mut all = Vec::new();
    for part in store.parts(task.task).await.map_err(store_failed)? {
        let artifacts = artifacts(shared, &published, part.id, held).await?;
        all.push(Earlier { step: part.step, op: part.op, report: part.report, artifacts });
    }
    Ok(all)
}

async fn artifacts(shared: &Shared, published: &[Published], of: TaskId, held: &mut Held) -> Result<Vec<EarlierArtifact>, OperationError> {
    let mut artifacts = Vec::new();
    for p in published.iter().filter(|p| p.task == of) {
        let path = local(shared, &p.key, Some(&p.artifact.sha256), held).await?;
        artifacts.push(EarlierArtifact { name: p.artifact.name.clone(), media_type: p.artifact.media_type.clone(), path });
    }
    Ok(artifacts)
}

/// The last checkpoint, if every blob it names is there as it was. One that is not is left, and the work begins anew.
async fn checkpoint(shared: &Shared, task: TaskId, held: &mut Held) -> Result<Option<Checkpoint>, OperationError> {
    let Some(kept) = shared.engine.parts.store.kept(task).await.map_err(store_failed)? else { return Ok(None) };
    let mut files = Vec::new();
    for blob in &kept.blobs {
        match sound(shared, blob, held).await {
            Some(path) => files.push((blob.name.clone(), path)),
            None => {
                tracing::warn!(%task, blob = blob.key, "checkpoint.unsound");
                return Ok(None);
            }
        }
    }
    Ok(Some(Checkpoint { data: kept.data, files }))
}

async fn sound(shared: &Shared, blob: &KeptBlob, held: &mut Held) -> Option<PathBuf> {
    let path = local(shared, &blob.key, None, held).await.ok()?;
    let mut file = tokio::fs::File::open(&path).await.ok()?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0u64, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer).await.ok()?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    (bytes == blob.bytes && hex(&hash.finalize()) == blob.sha256).then_some(path)
}

async fn local(shared: &Shared, key: &str, sha256: Option<&str>, held: &mut Held) -> Result<PathBuf, OperationError> {
    let key = key.parse().map_err(|e: gristmill_blob::InvalidKey| lost().because(e))?;
    let path = shared.engine.parts.blobs.local(&key, sha256).await.map_err(|e| lost_here(&e).because(e))?;
    held.push(path.clone());
    Ok(path.to_path_buf())
}

pub(super) fn store_failed(error: StoreError) -> OperationError {
    OperationError::tool("store_failed", "The store could not be read; the step is tried again.").because(error)
}
