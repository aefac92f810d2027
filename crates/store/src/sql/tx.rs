//! A transaction as verbs use it. Statements are written once, with `$1, $2, …` that appear in this order, which both dialects read.

use std::collections::BTreeMap;

use async_trait::async_trait;
use gristmill_model::{JobId, Timestamp};

use super::table::{Line, Table};
use super::value::{Row, Value};
use crate::Result;

/// What a verb writes once it has decided.
#[derive(Debug)]
pub(crate) enum Change {
    /// New rows; a row that is there already is an error.
    Insert(&'static Table, Vec<Vec<Value>>),
    /// New rows, or the same rows with new values.
    Put(&'static Table, Vec<Vec<Value>>),
    /// Removes rows by the first columns of the key; how many columns is as many as are given.
    Delete(&'static Table, Vec<Vec<Value>>),
    /// Removes rows by these columns.
    DeleteBy(&'static Table, &'static [&'static str], Vec<Vec<Value>>),
    /// Sets columns of rows by the key: the key's values first, then those of the columns.
    Set(&'static Table, &'static [&'static str], Vec<Vec<Value>>),
    /// Anything else.
    Run(&'static str, Vec<Value>),
}

/// How rows that are read are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Not at all.
    None,
    /// Against every other writer until the end of the transaction, in the order of the key.
    Write,
    /// The same, but rows that another writer holds are left out instead of waited for.
    Idle,
    /// Removed. The keys are whole.
    Take,
}

/// One transaction, or a reader's view. An error ends it: a verb passes each on, as PostgreSQL would answer the commit of a transaction
/// that has failed as if all were well, and write nothing.
#[async_trait]
pub(crate) trait Tx: Send {
    /// The store's clock at the begin of the transaction.
    async fn now(&mut self) -> Result<Timestamp>;

    /// The rows of a query.
    async fn query(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>>;

    /// Runs a statement and answers how many rows it touched.
    async fn run(&mut self, sql: &str, values: Vec<Value>) -> Result<u64>;

    /// The answers of several questions, in their order; each sees what those before it held or removed.
    async fn find(&mut self, asks: Vec<Ask>) -> Result<Vec<Vec<Row>>>;

    /// Writes, in order. Errors may come only with the end of the transaction.
    async fn apply(&mut self, changes: Vec<Change>) -> Result<()>;

    /// Waits until no other claim runs, over all workers, and looks at what could be claimed.
    async fn survey(&mut self, looks: &[Look], turn: &str) -> Result<Survey>;

    /// Lets tasks whose time has come wait like all others, at most `limit`, and answers how many there were. Waits for nobody.
    async fn wake(&mut self, limit: u32) -> Result<u64>;

    /// How many tasks of a class run of each of these jobs; jobs without any are left out.
    async fn running(&mut self, class: i16, jobs: Vec<JobId>) -> Result<BTreeMap<JobId, u32>>;
}

/// A question for rows of a table.
#[derive(Debug)]
pub(crate) struct Ask {
    /// The table.
    pub(crate) table: &'static Table,
    /// The first columns of the key, as many as are given, of each row that is wanted. All have the same number.
    pub(crate) keys: Vec<Vec<Value>>,
    /// Whether they are held.
    pub(crate) hold: Hold,
}

/// What a claim has room for, of one class.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// The class.
    pub(crate) class: i16,
    /// Tasks it could lease.
    pub(crate) most: u32,
}

/// What could be claimed, and what bounds it.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// For each look the first tasks of up to [`LINES`] lines of every lane, by key.
    pub(crate) heads: Vec<Vec<Row>>,
    /// For each look up to [`JOBS`] jobs that have ready tasks, the oldest first.
    pub(crate) jobs: Vec<Vec<Row>>,
    /// Whether there are tasks whose time has come.
    pub(crate) due: bool,
    /// Line and number of running tasks, of those that share a limit.
    pub(crate) limited: Vec<Row>,
    /// Slots of the workers that are alive and claim.
    pub(crate) slots: Vec<Row>,
    /// Names of paused queues.
    pub(crate) paused: Vec<Row>,
}

/// The most lines (owners, or an owner's limited work) that one claim looks at; others come with the next, in turn.
pub(crate) const LINES: u32 = 64;

/// The most jobs that a survey names.
pub(crate) const JOBS: u32 = 8;

/// The oldest jobs with ready tasks of a class, found by jumping from one to the next in the index.
pub(crate) fn jobs() -> String {
    let ready = "SELECT job_id FROM task WHERE class = $1 AND due IS NULL AND parts_open = 0";
    format!(
        "WITH RECURSIVE oldest(job_id, n) AS (
             SELECT job_id, 1 FROM ({ready} ORDER BY job_id LIMIT 1) first
             UNION ALL
             SELECT ({ready} AND job_id > oldest.job_id ORDER BY job_id LIMIT 1), n + 1 FROM oldest WHERE job_id IS NOT NULL AND n < {JOBS})
         SELECT job_id FROM oldest WHERE job_id IS NOT NULL"
    )
}

/// How many tasks of each line a claim looks at when `lines` share room for `most`: enough to fill it although some are passed over.
pub(crate) fn per_line(lines: usize, most: u32) -> u32 {
    let lines = u32::try_from(lines).unwrap_or(u32::MAX).max(1);
    if lines == 1 { most } else { (2 * most).div_ceil(lines).max(4) }
}

/// Rows of a table as structs.
pub(crate) async fn lines<L: Line>(tx: &mut dyn Tx, keys: Vec<Vec<Value>>, hold: Hold) -> Result<Vec<L>> {
    let rows = tx.find(vec![Ask { table: L::TABLE, keys, hold }]).await?;
    L::read_all(rows.into_iter().flatten().collect())
}

/// Rows of a query over one table as structs; `rest` is what stands after `FROM table`.
pub(crate) async fn select<L: Line>(tx: &mut dyn Tx, rest: &str, values: Vec<Value>) -> Result<Vec<L>> {
    let sql = format!("SELECT {} FROM {} {rest}", L::TABLE.list(""), L::TABLE.name);
    L::read_all(tx.query(&sql, values).await?)
}

impl Change {
    /// New rows from structs; `None` when there are none.
    pub(crate) fn insert<L: Line>(lines: &[L]) -> Option<Self> {
        (!lines.is_empty()).then(|| Self::Insert(L::TABLE, lines.iter().map(Line::write).collect()))
    }

    /// Removed rows; `None` when there are none.
    pub(crate) fn delete(table: &'static Table, keys: Vec<Vec<Value>>) -> Option<Self> {
        (!keys.is_empty()).then_some(Self::Delete(table, keys))
    }
}
