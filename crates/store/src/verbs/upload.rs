//! Uploads. An upload grows by comparing: whoever brings the next piece says how much there was before, and of two who say the
//! same one is refused. So no lock is held while bytes travel, and any number of servers may take pieces of one upload.

use std::collections::BTreeMap;

use gristmill_model::{Timestamp, UploadId};

use crate::Result;
use crate::book::line::{EffectLine, UploadLine};
use crate::row::{Begun, EffectBody, Growth, NewUpload, Quota, Upload};
use crate::sql::value::values;
use crate::sql::{Change, Hold, Line, Tx, lines, select};

pub(super) async fn begin(tx: &mut dyn Tx, new: NewUpload, quota: Quota) -> Result<Begun> {
    let now = tx.now().await?;
    if let Some(full) = full(tx, &new, quota, now).await? {
        return Ok(full);
    }
    insert(tx, line(new, now)).await
}

/// The begins of one owner take turns, or many at once would each find room.
async fn full(tx: &mut dyn Tx, new: &NewUpload, quota: Quota, now: Timestamp) -> Result<Option<Begun>> {
    super::ledger::wait_for(tx, &new.owner).await?;
    let sql = "SELECT count(*), CAST(coalesce(sum(length), 0) AS bigint) FROM upload WHERE owner = $1 AND expires_at > $2";
    let Some(mut fields) = tx.query(sql, values![new.owner.as_str(), now]).await?.pop().map(crate::sql::Row::fields) else {
        return Ok(None);
    };
    let (uploads, bytes): (u32, u64) = (fields.int()?, fields.int()?);
    let full = uploads >= quota.uploads || bytes.saturating_add(new.length) > quota.bytes;
    Ok(full.then_some(Begun::Full { uploads, bytes }))
}

async fn insert(tx: &mut dyn Tx, line: UploadLine) -> Result<Begun> {
    tx.apply(Change::insert(&[line]).into_iter().collect()).await?;
    Ok(Begun::Created)
}

fn line(new: NewUpload, now: Timestamp) -> UploadLine {
    UploadLine {
        id: new.id,
        owner: new.owner,
        name: new.name,
        metadata: new.metadata,
        partial: new.partial,
        length: new.length,
        received: 0,
        segments: Vec::new(),
        hash: None,
        prefixes: vec![new.prefix],
        multipart: new.multipart,
        created_at: now,
        expires_at: now + new.kept,
    }
}

/// Makes one upload of complete pieces, which are no uploads of their own any more: their blobs are the new one's. Each is found once
/// only, also by a request that names it twice.
pub(super) async fn join(tx: &mut dyn Tx, new: NewUpload, pieces: &[UploadId]) -> Result<Begun> {
    if pieces.is_empty() {
        return Ok(Begun::Unfinished(new.id));
    }
    let now = tx.now().await?;
    let keys = || pieces.iter().map(|id| vec![id.uuid().into()]).collect();
    let found: Vec<UploadLine> = lines(tx, keys(), Hold::Write).await?;
    let mut found: BTreeMap<UploadId, UploadLine> = found.into_iter().map(|u| (u.id, u)).collect();
    let mut whole = UploadLine { length: 0, ..line(new, now) };
    for id in pieces {
        let Some(piece) = found.remove(id).filter(|u| u.owner == whole.owner && joinable(u, now)) else {
            return Ok(Begun::Unfinished(*id));
        };
        whole.length += piece.length;
        whole.received += piece.received;
        whole.segments.extend(piece.segments);
        whole.prefixes.extend(piece.prefixes);
    }
    tx.apply(Change::delete(UploadLine::TABLE, keys()).into_iter().collect()).await?;
    insert(tx, whole).await
}

fn joinable(piece: &UploadLine, now: Timestamp) -> bool {
    piece.partial && piece.received == piece.length && piece.multipart.is_none() && piece.expires_at > now
}

pub(super) async fn upload(tx: &mut dyn Tx, id: UploadId) -> Result<Option<Upload>> {
    let now = tx.now().await?;
    let found: Vec<UploadLine> = lines(tx, vec![vec![id.uuid().into()]], Hold::None).await?;
    Ok(found.into_iter().find(|u| u.expires_at > now).map(read))
}

fn read(line: UploadLine) -> Upload {
    let UploadLine { id, owner, name, metadata, partial, length, received, segments, hash, prefixes, multipart, created_at, expires_at } =
        line;
    Upload { id, owner, name, metadata, length, received, partial, segments, hash, prefixes, multipart, created_at, expires_at }
}

/// Adds a piece if the upload still stands where the piece begins; a multipart upload of the object store ends with it.
pub(super) async fn grow(tx: &mut dyn Tx, growth: Growth) -> Result<bool> {
    let now = tx.now().await?;
    let key = || vec![vec![growth.id.uuid().into()]];
    let found: Vec<UploadLine> = lines(tx, key(), Hold::Write).await?;
    let Some(mut upload) = found.into_iter().next().filter(|u| u.received == growth.from && u.expires_at > now) else {
        return Ok(false);
    };
    if growth.segment.bytes > upload.length - upload.received {
        return Ok(false);
    }
    upload.received += growth.segment.bytes;
    upload.segments.push(growth.segment);
    upload.hash = growth.hash;
    upload.multipart = None;
    upload.expires_at = now + growth.kept;
    tx.apply(vec![Change::Put(UploadLine::TABLE, vec![upload.write()])]).await?;
    Ok(true)
}

/// Forgets an upload, and leaves effects that remove its blobs.
pub(super) async fn end(tx: &mut dyn Tx, id: UploadId) -> Result<bool> {
    let found: Vec<UploadLine> = lines(tx, vec![vec![id.uuid().into()]], Hold::Write).await?;
    let there = !found.is_empty();
    forget(tx, found).await?;
    Ok(there)
}

/// Forgets uploads to which nothing came for too long.
pub(super) async fn prune(tx: &mut dyn Tx, limit: u32) -> Result<u64> {
    let now = tx.now().await?;
    let stale: Vec<UploadLine> = select(tx, "WHERE expires_at < $1 ORDER BY expires_at LIMIT $2", values![now, limit]).await?;
    // Held, and looked at again: a piece may have come meanwhile.
    let keys = stale.iter().map(|u| vec![u.id.uuid().into()]).collect();
    let mut held: Vec<UploadLine> = lines(tx, keys, Hold::Write).await?;
    held.retain(|u| u.expires_at < now);
    let count = held.len() as u64;
    forget(tx, held).await?;
    Ok(count)
}

async fn forget(tx: &mut dyn Tx, uploads: Vec<UploadLine>) -> Result<()> {
    let now = tx.now().await?;
    let removal = |u: &UploadLine, prefix: &String| EffectLine::open(None, &u.owner, EffectBody::Delete { prefix: prefix.clone() }, now);
    let effects: Vec<EffectLine> = uploads.iter().flat_map(|u| u.prefixes.iter().map(|p| removal(u, p))).collect();
    let gone = uploads.iter().map(|u| vec![u.id.uuid().into()]).collect();
    tx.apply(Change::delete(UploadLine::TABLE, gone).into_iter().chain(Change::insert(&effects)).collect()).await
}
