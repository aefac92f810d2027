//! API keys.

use gristmill_model::KeyId;

use crate::Result;
use crate::book::line::KeyLine;
use crate::row::ApiKey;
use crate::sql::value::values;
use crate::sql::{Change, Hold, Tx, column, lines, select};

pub(super) async fn add(tx: &mut dyn Tx, key: ApiKey) -> Result<()> {
    let ApiKey { id, name, owner, role, hash, revoked_at, used_at, .. } = key;
    let line = KeyLine { id, name, owner, role, hash, created_at: tx.now().await?, revoked_at, used_at };
    tx.apply(Change::insert(&[line]).into_iter().collect()).await
}

pub(super) async fn key(tx: &mut dyn Tx, id: KeyId) -> Result<Option<ApiKey>> {
    let found: Vec<KeyLine> = lines(tx, column::keys(&[id]), Hold::None).await?;
    Ok(found.into_iter().next().map(read))
}

pub(super) async fn keys(tx: &mut dyn Tx) -> Result<Vec<ApiKey>> {
    Ok(select::<KeyLine>(tx, "ORDER BY id", Vec::new()).await?.into_iter().map(read).collect())
}

pub(super) async fn revoke(tx: &mut dyn Tx, id: KeyId) -> Result<bool> {
    let now = tx.now().await?;
    Ok(tx.run("UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL", values![now, id.uuid()]).await? == 1)
}

fn read(line: KeyLine) -> ApiKey {
    let KeyLine { id, name, owner, role, hash, created_at, revoked_at, used_at } = line;
    ApiKey { id, name, owner, role, hash, created_at, revoked_at, used_at }
}
