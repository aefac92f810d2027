//! Loading a book, and writing what it noted. Jobs are always held first and in the order of their ids, so that no two verbs wait for each other.

use gristmill_model::JobId;

use crate::Result;
use crate::book::Book;
use crate::book::line::{EndedLine, FileLine, JobLine, LeaseLine};
use crate::sql::column::keys;
use crate::sql::{Ask, Change, Hold, Line, Tx, lines, select};

/// A question for rows of a struct's table.
pub(super) fn ask<L: Line>(keys: Vec<Vec<crate::sql::Value>>, hold: Hold) -> Ask {
    Ask { table: L::TABLE, keys, hold }
}

impl Book {
    /// A book with one job, held; `None` when there is none.
    pub(super) async fn of(tx: &mut dyn Tx, id: JobId) -> Result<Option<Self>> {
        let mut book = Self::at(tx.now().await?);
        book.add_jobs(lines(tx, keys(&[id]), Hold::Write).await?);
        Ok(book.jobs.contains_key(&id).then_some(book))
    }

    /// Adds the files of a job that have not ended.
    pub(super) async fn with_open_files(mut self, tx: &mut dyn Tx, id: JobId) -> Result<Self> {
        self.add_files(select(tx, "WHERE job_id = $1 AND ended_at IS NULL", vec![id.into()]).await?);
        Ok(self)
    }

    /// Adds all files of a job and all its ended tasks.
    pub(super) async fn with_all(mut self, tx: &mut dyn Tx, id: JobId) -> Result<Self> {
        let key = || keys(&[id]);
        let mut rows = tx.find(vec![ask::<FileLine>(key(), Hold::None), ask::<EndedLine>(key(), Hold::None)]).await?.into_iter();
        self.add_files(FileLine::read_all(rows.next().unwrap_or_default())?);
        self.add_ended(EndedLine::read_all(rows.next().unwrap_or_default())?);
        Ok(self)
    }

    /// Writes everything that was noted, and `more` with it. Groups come last: whoever holds one waits for nothing else any more.
    pub(super) async fn write(mut self, tx: &mut dyn Tx, more: Vec<Change>) -> Result<()> {
        let groups = std::mem::take(&mut self.notes.groups);
        let mut changes = self.changes();
        changes.extend(more);
        tx.apply(changes).await?;
        super::groups::count(tx, groups).await
    }

    pub(super) fn add_jobs(&mut self, jobs: Vec<JobLine>) {
        self.jobs.extend(jobs.into_iter().map(|j| (j.id, j)));
    }

    pub(super) fn add_files(&mut self, files: Vec<FileLine>) {
        self.files.extend(files.into_iter().map(|f| (f.id, f)));
    }

    pub(super) fn add_ended(&mut self, ended: Vec<EndedLine>) {
        for line in ended {
            self.ended.entry(line.id.file).or_default().push(line);
        }
    }

    pub(super) fn add_leases(&mut self, leases: Vec<LeaseLine>) {
        self.leases.extend(leases.into_iter().map(|l| (l.id, l)));
    }
}
