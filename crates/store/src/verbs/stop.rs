//! `stop` and `delete`: a job ends before its files have, and is forgotten.

use gristmill_model::JobId;
use gristmill_model::id::Uuid;

use crate::Result;
use crate::book::line::{EffectLine, JobLine};
use crate::book::{self, Book};
use crate::row::{EffectBody, EffectState, Stop};
use crate::sql::value::values;
use crate::sql::{Change, Hold, Tx, lines};

pub(super) async fn stop(tx: &mut dyn Tx, id: JobId, why: &Stop) -> Result<bool> {
    let Some(mut book) = Book::of(tx, id).await? else { return Ok(false) };
    book = book.with_open_files(tx, id).await?;
    book.add_leases(lines(tx, vec![vec![id.into()]], Hold::None).await?);
    let critical = matches!(why, Stop::Critical(_)) && super::outbox::on_critical_path(tx, id).await?;
    if critical || !book::stop(&mut book, id, why) {
        return Ok(false);
    }
    tx.apply(book.changes()).await?;
    Ok(true)
}

pub(super) async fn delete(tx: &mut dyn Tx, id: JobId, prefix: String) -> Result<bool> {
    let Some(mut book) = Book::of(tx, id).await? else { return Ok(false) };
    let Some(job) = book.jobs.remove(&id).filter(|j| j.status.ended()) else { return Ok(false) };
    for sql in [
        "DELETE FROM job WHERE id = $1",
        "DELETE FROM file WHERE job_id = $1",
        "DELETE FROM ended WHERE job_id = $1",
        "DELETE FROM attempt WHERE job_id = $1",
        "DELETE FROM artifact WHERE job_id = $1",
        "DELETE FROM checkpoint WHERE job_id = $1",
        "DELETE FROM event WHERE job_id = $1",
        "DELETE FROM effect WHERE state <> 'open' AND job_id = $1",
    ] {
        tx.run(sql, values![id]).await?;
    }
    tx.run("DELETE FROM idempotency WHERE owner = $1 AND job_id = $2", values![job.owner.as_str(), id]).await?;
    let effect = blobs_gone(&job, prefix, tx.now().await?);
    tx.apply(Change::insert(&[effect]).into_iter().collect()).await?;
    Ok(true)
}

fn blobs_gone(job: &JobLine, prefix: String, now: gristmill_model::Timestamp) -> EffectLine {
    let body = EffectBody::Delete { prefix };
    EffectLine {
        id: gristmill_model::EffectId::from_uuid(Uuid::now_v7()),
        job: Some(job.id),
        owner: job.owner.clone(),
        kind: body.kind().to_owned(),
        body,
        state: EffectState::Open,
        tries: 0,
        error: None,
        created_at: now,
        due: now,
        ended_at: None,
    }
}
