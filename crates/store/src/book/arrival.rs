//! A file that was waited for has come, or never can. With the last of them a job waits in its queue like any other.

use std::time::Duration;

use gristmill_model::credits::{Credits, Kind};
use gristmill_model::job::FileStatus;
use gristmill_model::queue::Queue;
use gristmill_model::{FileId, JobId, Problem};
use serde_json::json;

use super::line::FileLine;
use super::{Book, first_tasks, transfer};
use crate::row::{Come, Money};

/// Answers how many files of its job are not there yet. The job and its open files must be in the book.
pub(crate) fn arrive(book: &mut Book, file: FileId, found: Result<Come, Problem>) -> u32 {
    match found {
        Ok(come) => book.take(file, come),
        Err(problem) => book.end_file(file, FileStatus::Failed, Some(problem)),
    }
    let Some(job) = book.jobs.get_mut(&file.job) else { return 0 };
    job.awaits = job.awaits.saturating_sub(1);
    let left = job.awaits;
    if left == 0 && !book.end_job(file.job) {
        book.open(file.job);
    }
    left
}

impl Book {
    /// Takes a file that has come as what it is, and holds its price.
    fn take(&mut self, id: FileId, come: Come) {
        let now = self.now;
        let (Some(file), Some(job)) = (self.files.get_mut(&id), self.jobs.get_mut(&id.job)) else { return };
        let ms = |d: &Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX).max(1);
        (file.bytes, file.tag, file.price) = (come.bytes, come.tag, come.price);
        file.estimates = come.estimates.iter().map(ms).collect();
        job.work_ms += file.estimates.iter().sum::<u64>();
        if come.price > Credits::ZERO {
            (file.money, file.round) = (Money::Held, file.round + 1);
            self.notes.transfers.push(transfer(job, file, Kind::Hold, now));
        }
        self.tell(id.job, "file.arrived", json!({"file_id": id, "bytes": come.bytes}));
    }

    /// Lets the first files of a job in, now that all are there. From here on it waits in its queue like any other.
    fn open(&mut self, id: JobId) {
        let now = self.now;
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let most = if job.open_files == 0 { job.files } else { job.open_files };
        let mut open: Vec<&FileLine> = self.files.values().filter(|f| f.id.job == id && !f.status.ended()).collect();
        open.sort_unstable_by_key(|f| f.id);
        open.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        job.released = open.last().map_or(job.files, |f| f.id.no + 1);
        job.expires_at = job.expires_at.max(now + Queue::of(job.priority, "", true).expires());
        self.notes.tasks.extend(open.into_iter().flat_map(|file| first_tasks(job, file, now, None)));
        self.notes.jobs.insert(id);
    }
}
