//! `stop` and `delete`: a job ends before its files have, and is forgotten.

use gristmill_model::JobId;

use crate::Result;
use crate::book::line::EffectLine;
use crate::book::{self, Book};
use crate::row::{EffectBody, Stop};
use crate::sql::column::keys;
use crate::sql::value::values;
use crate::sql::{Change, Hold, Tx, lines};

pub(super) async fn stop(tx: &mut dyn Tx, id: JobId, why: &Stop) -> Result<bool> {
    let Some(mut book) = Book::of(tx, id).await? else { return Ok(false) };
    book = book.with_open_files(tx, id).await?;
    book.add_leases(lines(tx, keys(&[id]), Hold::None).await?);
    let critical = matches!(why, Stop::Critical(_)) && super::outbox::on_critical_path(tx, id).await?;
    if critical || !book::stop(&mut book, id, why) {
        return Ok(false);
    }
    book.write(tx, Vec::new()).await?;
    Ok(true)
}

pub(super) async fn delete(tx: &mut dyn Tx, id: JobId, prefix: String) -> Result<bool> {
    let Some(mut book) = Book::of(tx, id).await? else { return Ok(false) };
    let Some(job) = book.jobs.remove(&id).filter(|j| j.status.ended()) else { return Ok(false) };
    for sql in [
        "DELETE FROM job WHERE id = $1",
        "DELETE FROM file WHERE job_id = $1",
        "DELETE FROM awaited WHERE job_id = $1",
        "DELETE FROM result WHERE job_id = $1",
        "DELETE FROM ended WHERE job_id = $1",
        "DELETE FROM attempt WHERE job_id = $1",
        "DELETE FROM artifact WHERE job_id = $1",
        "DELETE FROM record WHERE job_id = $1",
        "DELETE FROM correction WHERE job_id = $1",
        "DELETE FROM checkpoint WHERE job_id = $1",
        "DELETE FROM event WHERE job_id = $1",
        "DELETE FROM delivery WHERE job_id = $1",
        "DELETE FROM effect WHERE state <> 'open' AND job_id = $1",
    ] {
        tx.run(sql, values![id]).await?;
    }
    tx.run("DELETE FROM idempotency WHERE owner = $1 AND job_id = $2", values![job.owner.as_str(), id]).await?;
    let effect = EffectLine::open(Some(job.id), &job.owner, EffectBody::Delete { prefix }, tx.now().await?);
    tx.apply(Change::insert(&[effect]).into_iter().collect()).await?;
    Ok(true)
}
