//! `retry`: an ended job runs again.

use std::collections::BTreeSet;

use gristmill_model::credits::Credits;
use gristmill_model::{FileId, JobId};

use crate::book::{Book, retry as again};
use crate::sql::Tx;
use crate::{Result, Retried, RetryFrom};

pub(super) async fn retry(tx: &mut dyn Tx, id: JobId, from: &RetryFrom) -> Result<Retried> {
    let Some(book) = ended(tx, id).await? else { return Ok(Retried::Tasks(0)) };
    let files = again::chosen(&book, id, from);
    reopen(tx, id, book, &files).await
}

/// A book with an ended job and all that is below it.
async fn ended(tx: &mut dyn Tx, id: JobId) -> Result<Option<Book>> {
    let Some(book) = Book::of(tx, id).await? else { return Ok(None) };
    if book.jobs.get(&id).is_some_and(|j| !j.status.ended()) || super::outbox::on_critical_path(tx, id).await? {
        return Ok(None);
    }
    book.with_all(tx, id).await.map(Some)
}

/// Takes steps of files back from their ends, if the owner has what they cost.
pub(super) async fn reopen(tx: &mut dyn Tx, id: JobId, mut book: Book, files: &[(FileId, BTreeSet<u16>)]) -> Result<Retried> {
    if files.is_empty() {
        return Ok(Retried::Tasks(0));
    }
    let needed = again::price(&book, files);
    let owner = book.jobs.get(&id).map(|j| j.owner.clone()).unwrap_or_default();
    if needed > Credits::ZERO && !super::ledger::has(tx, &owner, needed).await? {
        let available = super::ledger::account(tx, &owner).await?.available;
        return Ok(Retried::Short { needed, available });
    }
    let tasks = again::reopen(&mut book, id, files);
    book.write(tx, Vec::new()).await?;
    Ok(Retried::Tasks(tasks))
}
