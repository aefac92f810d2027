//! Statements for many rows at once: each column of the rows is one array parameter.

use crate::book::line::TaskLine;
use crate::sql::tx::LINES;
use crate::sql::{Hold, Line, Table, Type};

fn array(of: Type) -> &'static str {
    match of {
        Type::Small => "int2[]",
        Type::Int => "int4[]",
        Type::Big => "int8[]",
        Type::Real => "float8[]",
        Type::Text => "text[]",
        Type::Id => "uuid[]",
    }
}

fn unnest(types: impl Iterator<Item = Type>) -> String {
    let places: Vec<String> = types.zip(1..).map(|(t, n)| format!("${n}::{}", array(t))).collect();
    format!("unnest({})", places.join(", "))
}

/// `unnest(…) AS k(a, b)`
fn rows_of(columns: &[(&'static str, Type)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(n, _)| *n).collect();
    format!("{} AS k({})", unnest(columns.iter().map(|(_, t)| *t)), names.join(", "))
}

fn same(table: &Table, columns: &[(&'static str, Type)]) -> String {
    columns.iter().map(|(n, _)| format!("{}.{n} = k.{n}", table.name)).collect::<Vec<_>>().join(" AND ")
}

pub(super) fn insert(table: &Table) -> String {
    let types = table.columns.iter().map(|(_, t)| *t);
    format!("INSERT INTO {} ({}) SELECT * FROM {}", table.name, table.list(""), unnest(types))
}

pub(super) fn put(table: &Table) -> String {
    let key: Vec<&str> = table.key().iter().map(|(n, _)| *n).collect();
    let set: Vec<String> = table.columns[table.key..].iter().map(|(n, _)| format!("{n} = excluded.{n}")).collect();
    format!("{} ON CONFLICT ({}) DO UPDATE SET {}", insert(table), key.join(", "), set.join(", "))
}

pub(super) fn delete(table: &Table, columns: &[(&'static str, Type)]) -> String {
    format!("DELETE FROM {} USING {} WHERE {}", table.name, rows_of(columns), same(table, columns))
}

fn take(table: &Table) -> String {
    format!("{} RETURNING {}", delete(table, table.key()), table.list(&format!("{}.", table.name)))
}

pub(super) fn set(table: &Table, columns: &[(&'static str, Type)]) -> String {
    let all = [table.key(), columns].concat();
    let set: Vec<String> = columns.iter().map(|(n, _)| format!("{n} = k.{n}")).collect();
    format!("UPDATE {} SET {} FROM {} WHERE {}", table.name, set.join(", "), rows_of(&all), same(table, table.key()))
}

pub(super) fn find(table: &Table, columns: usize, hold: Hold) -> String {
    if hold == Hold::Take {
        return take(table);
    }
    let asked = &table.columns[..columns];
    let prefix = format!("{}.", table.name);
    let order: Vec<String> = table.key().iter().map(|(n, _)| format!("{prefix}{n}")).collect();
    let held = match hold {
        Hold::None | Hold::Take => String::new(),
        Hold::Write => format!(" FOR UPDATE OF {}", table.name),
        Hold::Idle => format!(" FOR UPDATE OF {} SKIP LOCKED", table.name),
    };
    format!(
        "SELECT {} FROM {} JOIN {} ON {} ORDER BY {}{held}",
        table.list(&prefix),
        rows_of(asked),
        table.name,
        same(table, asked),
        order.join(", ")
    )
}

/// The first tasks of the lines of each lane. The lines are found by jumping from one to the next in the index, after `$3` and then
/// from the beginning, so the cost follows the number of lines and not of tasks. The end of a round is looked at after the jump, or
/// the jump would run through every task behind it.
pub(super) fn heads() -> String {
    let ready = "class = $1 AND due IS NULL AND parts_open = 0";
    format!(
        "WITH RECURSIVE visit(lane, until, line, n) AS (
             SELECT s.lane, s.until, first.line, 1
             FROM (SELECT lane, $3::text COLLATE \"C\" AS after, NULL::text COLLATE \"C\" AS until FROM unnest($2::int2[]) AS a(lane)
                   UNION ALL
                   SELECT lane, '' COLLATE \"C\", $3::text COLLATE \"C\" FROM unnest($2::int2[]) AS b(lane) WHERE $3 <> '') s
             CROSS JOIN LATERAL (SELECT line FROM task WHERE {ready} AND lane = s.lane AND line > s.after ORDER BY line LIMIT 1) first
             WHERE s.until IS NULL OR first.line <= s.until
             UNION ALL
             SELECT v.lane, v.until, next.line, v.n + 1
             FROM visit v
             CROSS JOIN LATERAL (SELECT line FROM task WHERE {ready} AND lane = v.lane AND line > v.line ORDER BY line LIMIT 1) next
             WHERE v.n < {LINES} AND (v.until IS NULL OR next.line <= v.until))
         SELECT {} FROM (SELECT lane, line, count(*) OVER () AS lines FROM visit) v
         CROSS JOIN LATERAL (SELECT * FROM task WHERE {ready} AND lane = v.lane AND line = v.line ORDER BY key
                             LIMIT CASE WHEN v.lines = 1 THEN $4::int8 ELSE greatest(4, (2 * $4::int8 + v.lines - 1) / v.lines) END) t",
        TaskLine::TABLE.list("t.")
    )
}

/// Tasks whose time has come, oldest first, are not late any more. It waits for no row, so it can be held up by nobody.
pub(super) const WAKE: &str = "
    WITH late AS (SELECT job_id, file_no, step, part FROM task WHERE due <= $1 ORDER BY due LIMIT $2 FOR UPDATE SKIP LOCKED)
    UPDATE task SET due = NULL FROM late
    WHERE task.job_id = late.job_id AND task.file_no = late.file_no AND task.step = late.step AND task.part = late.part";
