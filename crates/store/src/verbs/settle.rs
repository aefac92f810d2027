//! `settle`: ends attempts in one transaction, however many they are.

use std::collections::BTreeSet;

use gristmill_model::{FileId, JobId, TaskId};

use super::load::ask;
use crate::Result;
use crate::book::line::{ArtifactLine, EndedLine, FileLine, JobLine, LeaseLine, RecordLine, TaskLine};
use crate::book::{self, Book};
use crate::row::{Settled, Settlement};
use crate::sql::column::{key, keys};
use crate::sql::value::values;
use crate::sql::{Hold, Line, Tx, lines};

pub(super) async fn settle(tx: &mut dyn Tx, settlements: Vec<Settlement>) -> Result<Vec<Settled>> {
    let mut book = load(tx, &settlements).await?;
    let settled = settlements.iter().map(|s| book::settle(&mut book, s)).collect();
    book.write(tx, Vec::new()).await?;
    Ok(settled)
}

async fn load(tx: &mut dyn Tx, settlements: &[Settlement]) -> Result<Book> {
    let tasks: BTreeSet<TaskId> = settlements.iter().map(|s| s.task).collect();
    let files: BTreeSet<FileId> = tasks.iter().map(|t| t.file).collect();
    let jobs: BTreeSet<JobId> = tasks.iter().map(|t| t.job()).collect();
    let parents: BTreeSet<TaskId> = tasks.iter().filter(|t| t.part > 0).map(|t| TaskId::new(t.file, t.step)).collect();
    let names = settlements.iter().flat_map(|s| s.artifacts.iter().map(|(a, _)| name_key(s.task.file, &a.name))).collect();
    let recorded: BTreeSet<FileId> = settlements.iter().filter(|s| s.record.is_some()).map(|s| s.task.file).collect();
    let asks = vec![
        ask::<JobLine>(keys(&jobs), Hold::Write),
        ask::<LeaseLine>(keys(&tasks), Hold::None),
        ask::<FileLine>(keys(&files), Hold::None),
        ask::<EndedLine>(keys(&files), Hold::None),
        ask::<TaskLine>(keys(&parents), Hold::None),
        ask::<ArtifactLine>(names, Hold::None),
        ask::<RecordLine>(keys(&recorded), Hold::Write),
    ];
    let mut rows = tx.find(asks).await?.into_iter();
    let mut next = || rows.next().unwrap_or_default();
    let mut book = Book::at(tx.now().await?);
    book.add_jobs(JobLine::read_all(next())?);
    book.add_leases(LeaseLine::read_all(next())?);
    book.add_files(FileLine::read_all(next())?);
    book.add_ended(EndedLine::read_all(next())?);
    book.parked.extend(TaskLine::read_all(next())?.into_iter().map(|t| (t.id, t)));
    for made in ArtifactLine::read_all(next())? {
        let by = TaskId { file: made.file, step: u16::try_from(made.step).unwrap_or(u16::MAX), part: made.part };
        book.makers.insert((made.file, made.name), by);
    }
    book.records.extend(RecordLine::read_all(next())?.into_iter().map(|r| (r.file, r)));
    load_next(tx, &mut book, &files).await?;
    Ok(book)
}

fn name_key(file: FileId, name: &str) -> Vec<crate::sql::Value> {
    values![file.job, file.no, name]
}

/// The files that may be let in when those of this batch end.
pub(super) async fn load_next(tx: &mut dyn Tx, book: &mut Book, files: &BTreeSet<FileId>) -> Result<()> {
    let mut wanted = Vec::new();
    for job in book.jobs.values().filter(|j| j.released < j.files) {
        let ending = files.iter().filter(|f| f.job == job.id).count();
        let most = job.files.min(job.released.saturating_add(u32::try_from(ending).unwrap_or(u32::MAX)));
        wanted.extend((job.released..most).map(|no| key(&FileId::new(job.id, no))));
    }
    if wanted.is_empty() {
        return Ok(());
    }
    for file in lines::<FileLine>(tx, wanted, Hold::None).await? {
        book.next.entry(file.id.job).or_default().push_back(file.clone());
        book.files.insert(file.id, file);
    }
    Ok(())
}
