//! A transaction on the one writing connection, or a view on a reading one. Nothing here ever waits, so the verbs' futures are
//! ready at their first poll.

use std::collections::BTreeMap;

use async_trait::async_trait;
use gristmill_model::queue::Queue;
use gristmill_model::{JobId, Timestamp};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use crate::book::line::{TaskLine, lane};
use crate::sql::tx::{LINES, jobs, per_line};
use crate::sql::value::values;
use crate::sql::{Ask, Change, Hold, Line, Look, Row, Survey, Table, Tx, Value};
use crate::{Result, StoreError};

/// Statements on one connection.
pub(super) struct SqliteTx<'c> {
    connection: &'c mut Connection,
    now: Timestamp,
}

impl<'c> SqliteTx<'c> {
    pub(super) fn new(connection: &'c mut Connection, now: Timestamp) -> Self {
        Self { connection, now }
    }

    fn rows(&self, sql: &str, values: impl AsRef<[Value]>) -> Result<Vec<Row>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(values.as_ref()))?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(Row((0..columns).map(|i| read(row.get_ref(i)?)).collect::<Result<_>>()?));
        }
        Ok(all)
    }

    fn execute(&self, sql: &str, values: impl AsRef<[Value]>) -> Result<u64> {
        Ok(self.connection.prepare_cached(sql)?.execute(params_from_iter(values.as_ref()))? as u64)
    }

    /// Runs one statement for each of the rows.
    fn each(&self, sql: &str, rows: &[Vec<Value>]) -> Result<()> {
        let mut statement = self.connection.prepare_cached(sql)?;
        for row in rows {
            statement.execute(params_from_iter(row))?;
        }
        Ok(())
    }

    fn apply_one(&self, change: &Change) -> Result<()> {
        match change {
            Change::Insert(table, rows) => self.each(&insert("INSERT", table), rows),
            Change::Put(table, rows) => self.each(&insert("INSERT OR REPLACE", table), rows),
            Change::Delete(table, keys) => {
                let columns = keys.first().map_or(0, Vec::len);
                self.each(&format!("DELETE FROM {} WHERE {}", table.name, equal(names(&table.columns[..columns]), 1)), keys)
            }
            Change::DeleteBy(table, columns, rows) => {
                self.each(&format!("DELETE FROM {} WHERE {}", table.name, equal(columns.iter().copied(), 1)), rows)
            }
            Change::Set(table, columns, rows) => {
                let set: Vec<String> = columns.iter().zip(table.key + 1..).map(|(c, n)| format!("{c} = ?{n}")).collect();
                self.each(&format!("UPDATE {} SET {} WHERE {}", table.name, set.join(", "), equal(names(table.key()), 1)), rows)
            }
            Change::Run(sql, values) => self.execute(sql, values).map(drop),
        }
    }

    /// The first tasks of each line of a lane.
    fn heads(&self, look: Look, turn: &str) -> Result<Vec<Row>> {
        let lanes: Vec<i64> = Queue::OF_TASKS.into_iter().flat_map(|q| [lane(q, false), lane(q, true)]).collect();
        let mut lines = Vec::new();
        for lane in lanes {
            for line in self.lines(look.class, lane, turn)? {
                lines.push((lane, line));
            }
        }
        let most = per_line(lines.len(), look.most);
        let sql = format!(
            "SELECT {} FROM task WHERE class = ?1 AND lane = ?2 AND line = ?3 AND due IS NULL AND parts_open = 0 ORDER BY key LIMIT ?4",
            TaskLine::TABLE.list("")
        );
        let mut heads = Vec::new();
        for (lane, line) in lines {
            heads.extend(self.rows(&sql, values![look.class, lane, line, most])?);
        }
        Ok(heads)
    }

    /// Lines with ready tasks, one jump in the index each: after `turn`, then from the beginning.
    fn lines(&self, class: i16, lane: i64, turn: &str) -> Result<Vec<String>> {
        let sql =
            "SELECT line FROM task WHERE class = ?1 AND lane = ?2 AND line > ?3 AND due IS NULL AND parts_open = 0 ORDER BY line LIMIT 1";
        let mut found: Vec<String> = Vec::new();
        let (mut at, mut round) = (turn.to_owned(), turn.is_empty());
        while found.len() < LINES as usize {
            match self.rows(sql, values![class, lane, at.as_str()])?.pop() {
                Some(row) => at = row.fields().text()?,
                None if round => break,
                None => {
                    (at, round) = (String::new(), true);
                    continue;
                }
            }
            if found.first() == Some(&at) {
                break;
            }
            found.push(at.clone());
        }
        Ok(found)
    }
}

fn names(columns: &[(&'static str, crate::sql::Type)]) -> impl Iterator<Item = &'static str> {
    columns.iter().map(|(name, _)| *name)
}

fn equal<'n>(columns: impl Iterator<Item = &'n str>, from: usize) -> String {
    columns.zip(from..).map(|(c, n)| format!("{c} = ?{n}")).collect::<Vec<_>>().join(" AND ")
}

fn insert(verb: &str, table: &Table) -> String {
    let places = (1..=table.columns.len()).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
    format!("{verb} INTO {} ({}) VALUES ({places})", table.name, table.list(""))
}

/// All rows by the first columns of the key.
fn select(table: &Table, columns: usize) -> String {
    let order = names(table.key()).collect::<Vec<_>>().join(", ");
    format!("SELECT {} FROM {} WHERE {} ORDER BY {order}", table.list(""), table.name, equal(names(&table.columns[..columns]), 1))
}

/// Removes one by its whole key, and answers it.
fn take(table: &Table) -> String {
    format!("DELETE FROM {} WHERE {} RETURNING {}", table.name, equal(names(table.key()), 1), table.list(""))
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(*n),
            Self::Real(x) => ValueRef::Real(*x),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Id(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

fn read(value: ValueRef<'_>) -> Result<Value> {
    let corrupt = |what| StoreError::Corrupt { what };
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Real(x) => Value::Real(x),
        ValueRef::Text(text) => Value::Text(std::str::from_utf8(text).map_err(|_| corrupt("text"))?.to_owned()),
        ValueRef::Blob(bytes) => Value::Id(bytes.try_into().map(gristmill_model::id::Uuid::from_bytes).map_err(|_| corrupt("id"))?),
    })
}

#[async_trait]
impl Tx for SqliteTx<'_> {
    async fn now(&mut self) -> Result<Timestamp> {
        Ok(self.now)
    }

    async fn query(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        self.rows(sql, &values)
    }

    async fn run(&mut self, sql: &str, values: Vec<Value>) -> Result<u64> {
        self.execute(sql, &values)
    }

    async fn find(&mut self, asks: Vec<Ask>) -> Result<Vec<Vec<Row>>> {
        let mut answers = Vec::with_capacity(asks.len());
        for ask in asks {
            let mut rows = Vec::new();
            if let Some(first) = ask.keys.first() {
                let sql = if ask.hold == Hold::Take { take(ask.table) } else { select(ask.table, first.len()) };
                for key in &ask.keys {
                    rows.extend(self.rows(&sql, key)?);
                }
            }
            answers.push(rows);
        }
        Ok(answers)
    }

    async fn apply(&mut self, changes: Vec<Change>) -> Result<()> {
        changes.iter().try_for_each(|change| self.apply_one(change))
    }

    async fn survey(&mut self, looks: &[Look], turn: &str) -> Result<Survey> {
        Ok(Survey {
            heads: looks.iter().map(|look| self.heads(*look, turn)).collect::<Result<_>>()?,
            jobs: looks.iter().map(|look| self.rows(&jobs(), values![look.class])).collect::<Result<_>>()?,
            due: !self.rows("SELECT 1 FROM task WHERE due <= ?1 LIMIT 1", values![self.now])?.is_empty(),
            limited: self.rows("SELECT line, count(*) FROM lease WHERE limit_most IS NOT NULL GROUP BY line", [])?,
            slots: self.rows("SELECT slots_json FROM worker WHERE alive_until >= ?1 AND draining = 0", values![self.now])?,
            paused: self.rows("SELECT queue FROM paused", [])?,
        })
    }

    async fn wake(&mut self, limit: u32) -> Result<u64> {
        let sql = "UPDATE task SET due = NULL WHERE (job_id, file_no, step, part) IN (
                       SELECT job_id, file_no, step, part FROM task WHERE due <= ?1 ORDER BY due LIMIT ?2)";
        self.execute(sql, values![self.now, limit])
    }

    async fn running(&mut self, class: i16, jobs: Vec<JobId>) -> Result<BTreeMap<JobId, u32>> {
        let mut running = BTreeMap::new();
        for job in jobs {
            let row = self.rows("SELECT count(*) FROM lease WHERE job_id = ?1 AND class = ?2", values![job, class])?.pop();
            let count = row.map_or(Ok(0), |r| r.fields().int())?;
            if count > 0 {
                running.insert(job, count);
            }
        }
        Ok(running)
    }
}
