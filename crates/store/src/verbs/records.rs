//! Records: listed, judged and corrected. They are written by the settle of the step that read them.

use gristmill_model::FileId;
use gristmill_model::id::Uuid;

use crate::Result;
use crate::book::line::{CorrectionLine, RecordLine};
use crate::row::{Correction, Record, RecordFilter, Review, Reviewed};
use crate::sql::column::keys;
use crate::sql::value::values;
use crate::sql::{Change, Filter, Hold, Line, Tx, lines, select};

pub(super) async fn list(tx: &mut dyn Tx, filter: &RecordFilter) -> Result<Vec<Record>> {
    let mut only = Filter::default();
    only.only_if("owner = ?", filter.owner.as_deref());
    only.only_if("job_id = ?", filter.job);
    only.only_if("job_id IN (SELECT id FROM job WHERE job.owner = record.owner AND group_name = ?)", filter.group.as_deref());
    only.only_if("schema_name = ?", filter.schema.as_deref());
    only.only_if("state = ?", filter.state.map(|s| s.as_str()));
    if let Some(after) = filter.after {
        only.only("(job_id < ? OR (job_id = ? AND file_no > ?))", values![after.job, after.job, after.no]);
    }
    let (rest, values) = only.rest("job_id DESC, file_no", filter.limit.max(1));
    // The evidence of each field is ten times the rest, and nobody lists it.
    let columns = RecordLine::TABLE.list("").replace("fields_json", "CAST('null' AS TEXT)");
    let found = RecordLine::read_all(tx.query(&format!("SELECT {columns} FROM {} {rest}", RecordLine::TABLE.name), values).await?)?;
    Ok(found.into_iter().map(read).collect())
}

pub(super) async fn one(tx: &mut dyn Tx, file: FileId) -> Result<Option<Record>> {
    Ok(line(tx, file, Hold::None).await?.map(read))
}

async fn line(tx: &mut dyn Tx, file: FileId, hold: Hold) -> Result<Option<RecordLine>> {
    let found: Vec<RecordLine> = lines(tx, keys(&[file]), hold).await?;
    Ok(found.into_iter().next())
}

pub(super) async fn review(tx: &mut dyn Tx, review: Review) -> Result<Reviewed> {
    let Some(before) = line(tx, review.file, Hold::Write).await? else { return Ok(Reviewed::Missing) };
    if before.revision != review.seen {
        return Ok(Reviewed::Changed);
    }
    let now = tx.now().await?;
    let Review { file, reviewer, state, data, fields, confidence, doubts, corrections, .. } = review;
    let correction =
        |(path, before, after)| CorrectionLine { id: Uuid::now_v7(), file, path, before, after, reviewer: reviewer.clone(), at: now };
    let corrections: Vec<CorrectionLine> = corrections.into_iter().map(correction).collect();
    let record = RecordLine {
        state,
        data,
        fields,
        confidence,
        doubts,
        revision: before.revision + 1,
        changed_at: now,
        reviewer: Some(reviewer),
        reviewed_at: Some(now),
        ..before
    };
    let put = Change::Put(RecordLine::TABLE, vec![record.write()]);
    tx.apply(std::iter::once(put).chain(Change::insert(&corrections)).collect()).await?;
    Ok(Reviewed::Written(Box::new(read(record))))
}

pub(super) async fn corrections(tx: &mut dyn Tx, file: FileId) -> Result<Vec<Correction>> {
    let rest = "WHERE job_id = $1 AND file_no = $2 ORDER BY id";
    let found: Vec<CorrectionLine> = select(tx, rest, values![file.job, file.no]).await?;
    let read = |CorrectionLine { id, file, path, before, after, reviewer, at }| Correction { id, file, path, before, after, reviewer, at };
    Ok(found.into_iter().map(read).collect())
}

fn read(line: RecordLine) -> Record {
    let RecordLine { file, owner, name, schema, data, fields, confidence, doubts, state, revision, created_at, changed_at, .. } = line;
    let reviewed = line.reviewer.zip(line.reviewed_at);
    Record { file, owner, name, schema, data, fields, confidence, doubts, state, revision, created_at, changed_at, reviewed }
}
