//! A transaction on one connection. Many rows travel as one statement with an array a column, and statements that need no answer of
//! each other are sent together.

use std::collections::BTreeMap;

use async_trait::async_trait;
use deadpool_postgres::Object;
use futures::future::{maybe_done, try_join_all};
use futures::poll;
use gristmill_model::queue::Queue;
use gristmill_model::{JobId, Timestamp};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::sql;
use super::value::{column, read};
use crate::Result;
use crate::book::line::lane;
use crate::sql::tx::jobs;
use crate::sql::value::values;
use crate::sql::{Ask, Change, Hold, Look, Row, Survey, Tx, Type, Value};

type Param = Box<dyn ToSql + Sync + Send>;

/// A statement in words, and what it is given.
type Question = (String, Vec<Param>);

/// The same, ready to be sent.
type Call = (Statement, Vec<Param>);

/// When the transaction began, in milliseconds; outside of one, now.
macro_rules! now {
    () => {
        "(extract(epoch FROM now()) * 1000)::bigint"
    };
}

const NOW: &str = concat!("SELECT ", now!());
const DUE: &str = concat!("SELECT 1 FROM task WHERE due <= ", now!(), " LIMIT 1");
const SLOTS: &str = concat!("SELECT slots_json FROM worker WHERE alive_until >= ", now!(), " AND draining = 0");

/// Claims take turns by this lock: any number that nobody else locks, "gristmim" in ASCII.
const TURN: i64 = 0x6772_6973_746d_696d;

/// One transaction. Unless it has not begun, or was ended for certain, its connection is closed when it is dropped: the server then
/// rolls back, and nobody is given a connection that is half done.
pub(super) struct PostgresTx {
    /// `None` once it has ended.
    client: Option<Object>,
    /// What begins it; `None` once that was sent.
    opening: Option<&'static str>,
    now: Timestamp,
    /// Written with the commit, or before the next question.
    pending: Vec<Call>,
}

/// The server's clock.
pub(super) async fn clock(client: &Object) -> Result<Timestamp> {
    let statement = client.prepare_cached(NOW).await?;
    Ok(Timestamp(client.query_one(&statement, &[]).await?.get(0)))
}

impl PostgresTx {
    /// One that begins with the first question. A view sees one state of the database throughout.
    pub(super) fn new(client: Object, view: bool) -> Self {
        let opening = Some(if view { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" } else { "BEGIN" });
        Self { client: Some(client), opening, now: Timestamp::default(), pending: Vec::new() }
    }

    fn client(&self) -> Result<&Object> {
        self.client.as_ref().ok_or(crate::StoreError::Closed)
    }

    /// Begins, unless it has begun. What writes waits for this, as without it each statement would stand for itself.
    async fn begin(&mut self) -> Result<()> {
        self.send(Vec::new()).await.map(drop)
    }

    /// Writes what is pending and commits, in one go.
    pub(super) async fn commit(mut self) -> Result<()> {
        if self.opening.is_some() && self.pending.is_empty() {
            return Ok(());
        }
        self.begin().await?;
        let mut calls = std::mem::take(&mut self.pending);
        calls.extend(prepared(self.client()?, vec![("COMMIT".to_owned(), Vec::new())]).await?);
        together(self.client()?, &calls).await?;
        drop(self.client.take());
        Ok(())
    }

    /// A failed rollback means a lost connection, with which the transaction is gone too.
    pub(super) async fn roll_back(mut self) {
        if self.opening.is_none()
            && let Some(client) = &self.client
            && client.batch_execute("ROLLBACK").await.is_ok()
        {
            drop(self.client.take());
        }
    }

    /// Writes what is pending.
    async fn flush(&mut self) -> Result<()> {
        if !self.pending.is_empty() {
            self.begin().await?;
            let pending = std::mem::take(&mut self.pending);
            together(self.client()?, &pending).await?;
        }
        Ok(())
    }

    /// Asks several questions at once, after what is pending.
    async fn ask(&mut self, questions: Vec<Question>) -> Result<Vec<Vec<Row>>> {
        self.flush().await?;
        self.send(questions).await
    }

    /// Sends questions; what begins the transaction goes before the first of all.
    async fn send(&mut self, questions: Vec<Question>) -> Result<Vec<Vec<Row>>> {
        let opening = self.opening.into_iter().flat_map(|begin| [begin, NOW]).map(|sql| (sql.to_owned(), Vec::new()));
        let calls = prepared(self.client()?, opening.chain(questions).collect()).await?;
        let begins = self.opening.take().is_some();
        let mut answers = together(self.client()?, &calls).await?;
        if begins && let Some(clock) = answers.drain(..2).flatten().next() {
            self.now = clock.fields().time()?;
        }
        Ok(answers)
    }
}

impl Drop for PostgresTx {
    fn drop(&mut self) {
        if self.opening.is_none()
            && let Some(client) = self.client.take()
        {
            drop(Object::take(client));
        }
    }
}

/// Statements, all prepared before the first of them is sent.
async fn prepared(client: &Object, statements: Vec<Question>) -> Result<Vec<Call>> {
    let prepared = statements.into_iter().map(|(sql, params)| async move { Ok((client.prepare_cached(&sql).await?, params)) });
    try_join_all(prepared).await
}

/// Sends calls one after the other without waiting, and takes their answers in the same order: so of several errors it is the first
/// that is told, the cause of those after it. A call that fails at once, as one that cannot be sent, keeps those after it from being
/// sent, the commit among them.
async fn together(client: &Object, calls: &[Call]) -> Result<Vec<Vec<Row>>> {
    let mut sent = Vec::with_capacity(calls.len());
    for (statement, params) in calls {
        let mut answer = Box::pin(maybe_done(async move { client.query(statement, &refs(params)).await }));
        // A query is sent when it is polled for the first time.
        let _ = poll!(&mut answer);
        let failed = answer.as_mut().output_mut().is_some_and(|answer| answer.is_err());
        sent.push(answer);
        if failed {
            break;
        }
    }
    let mut answers = Vec::with_capacity(calls.len());
    for mut answer in sent {
        answer.as_mut().await;
        let rows = answer.as_mut().take_output().transpose()?.unwrap_or_default();
        answers.push(rows.iter().map(read).collect::<Result<_>>()?);
    }
    Ok(answers)
}

fn refs(params: &[Param]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|p| &**p as &(dyn ToSql + Sync)).collect()
}

fn single(values: Vec<Value>) -> Vec<Param> {
    values.into_iter().map(|v| Box::new(v) as Param).collect()
}

/// Columns of rows as arrays.
fn arrays(types: impl Iterator<Item = Type>, rows: Vec<Vec<Value>>) -> Vec<Param> {
    let types: Vec<Type> = types.collect();
    let mut columns: Vec<Vec<Value>> = types.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    types.into_iter().zip(columns).map(|(t, values)| column(t, values)).collect()
}

fn statement(change: Change) -> Question {
    let of = |columns: &'static [(&'static str, Type)]| columns.iter().map(|(_, t)| *t);
    match change {
        Change::Insert(table, rows) => (sql::insert(table), arrays(of(table.columns), rows)),
        Change::Put(table, rows) => (sql::put(table), arrays(of(table.columns), rows)),
        Change::Delete(table, keys) => {
            let columns = &table.columns[..keys.first().map_or(0, Vec::len)];
            (sql::delete(table, columns), arrays(of(columns), keys))
        }
        Change::DeleteBy(table, names, rows) => {
            let columns: Vec<_> = names.iter().map(|n| (*n, table.of(n))).collect();
            (sql::delete(table, &columns), arrays(columns.iter().map(|(_, t)| *t), rows))
        }
        Change::Set(table, names, rows) => {
            let columns: Vec<_> = names.iter().map(|n| (*n, table.of(n))).collect();
            (sql::set(table, &columns), arrays(of(table.key()).chain(columns.iter().map(|(_, t)| *t)), rows))
        }
        Change::Run(sql, values) => (sql.to_owned(), single(values)),
    }
}

#[async_trait]
impl Tx for PostgresTx {
    async fn now(&mut self) -> Result<Timestamp> {
        self.begin().await?;
        Ok(self.now)
    }

    async fn query(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        Ok(self.ask(vec![(sql.to_owned(), single(values))]).await?.pop().unwrap_or_default())
    }

    async fn run(&mut self, sql: &str, values: Vec<Value>) -> Result<u64> {
        self.flush().await?;
        self.begin().await?;
        let client = self.client()?;
        let statement = client.prepare_cached(sql).await?;
        Ok(client.execute(&statement, &refs(&single(values))).await?)
    }

    async fn find(&mut self, asks: Vec<Ask>) -> Result<Vec<Vec<Row>>> {
        if asks.iter().any(|ask| ask.hold == Hold::Take) {
            self.begin().await?;
        }
        let empty: Vec<bool> = asks.iter().map(|a| a.keys.is_empty()).collect();
        let asked = asks.into_iter().filter(|a| !a.keys.is_empty()).map(|ask| {
            let columns = ask.keys.first().map_or(0, Vec::len);
            let types = ask.table.columns[..columns].iter().map(|(_, t)| *t);
            (sql::find(ask.table, columns, ask.hold), arrays(types, ask.keys))
        });
        let mut answers = self.ask(asked.collect()).await?.into_iter();
        Ok(empty.into_iter().map(|none| if none { Vec::new() } else { answers.next().unwrap_or_default() }).collect())
    }

    async fn apply(&mut self, changes: Vec<Change>) -> Result<()> {
        let prepared = prepared(self.client()?, changes.into_iter().map(statement).collect()).await?;
        self.pending.extend(prepared);
        Ok(())
    }

    async fn survey(&mut self, looks: &[Look], turn: &str) -> Result<Survey> {
        let lanes: Vec<Value> = Queue::OF_TASKS.into_iter().flat_map(|q| [lane(q, false), lane(q, true)]).map(Value::Int).collect();
        let mut questions = vec![("SELECT pg_advisory_xact_lock($1)::text".to_owned(), single(values![TURN]))];
        for look in looks {
            let mut params = single(values![look.class]);
            params.push(column(Type::Small, lanes.clone()));
            params.extend(single(values![turn, look.most]));
            questions.push((sql::heads(), params));
            questions.push((jobs(), single(values![look.class])));
        }
        questions.push((DUE.to_owned(), Vec::new()));
        questions.push(("SELECT line, count(*) FROM lease WHERE limit_most IS NOT NULL GROUP BY line".to_owned(), Vec::new()));
        questions.push((SLOTS.to_owned(), Vec::new()));
        questions.push(("SELECT queue FROM paused".to_owned(), Vec::new()));
        let mut answers = self.ask(questions).await?.into_iter().skip(1);
        let mut next = || answers.next().unwrap_or_default();
        let (heads, jobs) = looks.iter().map(|_| (next(), next())).unzip();
        Ok(Survey { heads, jobs, due: !next().is_empty(), limited: next(), slots: next(), paused: next() })
    }

    async fn wake(&mut self, limit: u32) -> Result<u64> {
        let now = self.now().await?;
        self.run(sql::WAKE, values![now, limit]).await
    }

    async fn running(&mut self, class: i16, jobs: Vec<JobId>) -> Result<BTreeMap<JobId, u32>> {
        let sql = "SELECT k.job_id, (SELECT count(*) FROM lease WHERE lease.job_id = k.job_id AND class = $1) FROM unnest($2::uuid[]) AS k(job_id)";
        let ids: Vec<Value> = jobs.into_iter().map(Value::from).collect();
        let mut params = single(values![class]);
        params.push(column(Type::Id, ids));
        let rows = self.ask(vec![(sql.to_owned(), params)]).await?.pop().unwrap_or_default();
        let mut running = BTreeMap::new();
        for row in rows {
            let mut fields = row.fields();
            let (job, count) = (fields.job()?, fields.int()?);
            if count > 0 {
                running.insert(job, count);
            }
        }
        Ok(running)
    }
}
