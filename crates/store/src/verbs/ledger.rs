//! Credits: what was decided elsewhere is written as transfers, and each account follows its transfers in the same transaction.

use gristmill_model::JobId;
use gristmill_model::credits::{Credits, Kind};
use gristmill_model::id::Uuid;

use crate::Result;
use crate::book::balances;
use crate::book::line::TransferLine;
use crate::row::{Account, Audit, Idempotency, Submitted, Transfer};
use crate::sql::value::values;
use crate::sql::{Change, Tx, select};

/// Sets credits of an owner aside; `false` when there are not enough.
pub(super) async fn hold(tx: &mut dyn Tx, owner: &str, amount: Credits) -> Result<bool> {
    let sql = "UPDATE account SET available = available - $1, held = held + $2 WHERE owner = $3 AND available >= $4";
    Ok(tx.run(sql, values![amount.0, amount.0, owner, amount.0]).await? == 1)
}

/// Whether an owner has as much; held until the end of the transaction.
pub(super) async fn has(tx: &mut dyn Tx, owner: &str, amount: Credits) -> Result<bool> {
    let sql = "UPDATE account SET available = available WHERE owner = $1 AND available >= $2";
    Ok(tx.run(sql, values![owner, amount.0]).await? == 1)
}

/// Waits until no other transaction works on the account of an owner, and lets none until the end of this one. Makes an empty account if
/// there is none, as nothing else of an owner can be held.
pub(super) async fn wait_for(tx: &mut dyn Tx, owner: &str) -> Result<()> {
    let sql = "INSERT INTO account (owner, available, held) VALUES ($1, 0, 0) ON CONFLICT (owner) DO UPDATE SET held = account.held";
    tx.run(sql, values![owner]).await.map(drop)
}

pub(super) async fn account(tx: &mut dyn Tx, owner: &str) -> Result<Account> {
    let rows = tx.query("SELECT available, held FROM account WHERE owner = $1", values![owner]).await?;
    let Some(row) = rows.into_iter().next() else { return Ok(Account::default()) };
    let mut fields = row.fields();
    Ok(Account { available: Credits(fields.int()?), held: Credits(fields.int()?) })
}

pub(super) async fn grant(tx: &mut dyn Tx, owner: String, amount: Credits, note: Option<String>) -> Result<Account> {
    give(tx, Uuid::now_v7(), &owner, amount, note).await?;
    account(tx, &owner).await
}

/// The key is kept as those of jobs are, with the transfer in the place of the job.
pub(super) async fn grant_once(
    tx: &mut dyn Tx,
    by: &str,
    key: Option<Idempotency>,
    owner: String,
    amount: Credits,
    note: Option<String>,
) -> Result<Option<Transfer>> {
    let mut id = Uuid::now_v7();
    let before = match &key {
        Some(key) => super::submit::remember(tx, by, key, JobId::from_uuid(id)).await?,
        None => None,
    };
    match before {
        None => give(tx, id, &owner, amount, note).await?,
        Some(Submitted::Before(job)) => id = job.uuid(),
        Some(_) => return Ok(None),
    }
    let lines: Vec<TransferLine> = select(tx, "WHERE id = $1", values![id]).await?;
    Ok(lines.into_iter().next().map(read))
}

async fn give(tx: &mut dyn Tx, id: Uuid, owner: &str, amount: Credits, note: Option<String>) -> Result<()> {
    let sql = "INSERT INTO account (owner, available, held) VALUES ($1, 0, 0) ON CONFLICT (owner) DO NOTHING";
    tx.run(sql, values![owner]).await?;
    let transfer = TransferLine {
        id,
        at: tx.now().await?,
        owner: owner.to_owned(),
        kind: Kind::Grant,
        amount,
        job: None,
        file: None,
        round: 0,
        side: 0,
        note,
    };
    let changes: Vec<Change> = Change::insert(std::slice::from_ref(&transfer)).into_iter().chain(balances(&[transfer])).collect();
    tx.apply(changes).await
}

fn read(l: TransferLine) -> Transfer {
    let TransferLine { id, at, owner, kind, amount, job, file, note, .. } = l;
    Transfer { id, at, owner, kind, amount, job, file, note }
}

pub(super) async fn transfers(tx: &mut dyn Tx, owner: &str, before: Option<Uuid>, limit: u32) -> Result<Vec<Transfer>> {
    let last = before.unwrap_or(Uuid::max());
    let lines: Vec<TransferLine> =
        select(tx, "WHERE owner = $1 AND id < $2 ORDER BY id DESC LIMIT $3", values![owner, last, limit]).await?;
    Ok(lines.into_iter().map(read).collect())
}

pub(super) async fn audit(tx: &mut dyn Tx) -> Result<Audit> {
    let wrong_balances = count(
        tx,
        "SELECT count(*) FROM account a LEFT JOIN (
             SELECT owner, sum(CASE kind WHEN 'grant' THEN amount WHEN 'refund' THEN amount WHEN 'reverse' THEN amount WHEN 'hold' THEN -amount ELSE 0 END) AS available,
                    sum(CASE kind WHEN 'hold' THEN amount WHEN 'capture' THEN -amount WHEN 'refund' THEN -amount ELSE 0 END) AS held
             FROM transfer GROUP BY owner) t ON t.owner = a.owner
         WHERE a.available <> coalesce(t.available, 0) OR a.held <> coalesce(t.held, 0)",
    )
    .await?;
    let wrong_holds = count(
        tx,
        "SELECT count(*) FROM file WHERE (ended_at IS NOT NULL AND money = 1) OR (ended_at IS NULL AND price > 0 AND money IN (0, 3))",
    )
    .await?;
    let wrong_ends = count(
        tx,
        "SELECT count(*) FROM (
             SELECT job_id, file_no, round FROM transfer WHERE job_id IS NOT NULL GROUP BY job_id, file_no, round
             HAVING sum(CASE side WHEN 0 THEN 1 ELSE 0 END) <> 1 OR sum(CASE side WHEN 1 THEN 1 ELSE 0 END) > 1) wrong",
    )
    .await?;
    let held = count(tx, "SELECT CAST(coalesce(sum(held), 0) AS bigint) FROM account").await?;
    let prices = count(tx, "SELECT CAST(coalesce(sum(price), 0) AS bigint) FROM file WHERE money = 1").await?;
    let held_difference = held as i64 - prices as i64;
    Ok(Audit { wrong_balances, wrong_holds, wrong_ends, held_difference })
}

async fn count(tx: &mut dyn Tx, sql: &str) -> Result<u64> {
    tx.query(sql, Vec::new()).await?.pop().map_or(Ok(0), |row| row.fields().int())
}
