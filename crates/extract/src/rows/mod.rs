//! Rows of values: tables below headings, lines of receipts, numbered answers, keys with values.

mod lines;
mod numbered;
mod pairs;
mod table;

use std::collections::HashSet;

use gristmill_layout::Document;

use crate::find::Found;
use crate::labels::{Label, Owner};
use crate::schema::{Group, MOST_ROWS, Property, Rows, Schema, Shape};
use crate::sheet::Sheet;
use crate::values::convention::Convention;

pub(crate) use pairs::pairs;

/// One row: a value a column, in the columns' order.
pub(crate) type Cells = Vec<Option<Found>>;

/// What a finder of rows looks at.
pub(crate) struct Looked<'a> {
    pub(crate) document: &'a Document,
    pub(crate) sheet: &'a Sheet<'a>,
    pub(crate) labels: &'a [Label],
    pub(crate) known: &'a Convention,
    /// The place of the property that holds the rows.
    pub(crate) field: usize,
}

/// The rows of a property, in the order they stand.
pub(crate) fn rows(looked: &Looked<'_>, group: &Group, style: Rows) -> Vec<Cells> {
    let mut found = match style {
        Rows::Table => table::table(looked, group),
        // Two headings tell no more than the lines themselves.
        Rows::Lines if table::columns(looked) < 3 => lines::lines(looked, group),
        Rows::Lines => table::table(looked, group),
        Rows::Numbered => numbered::numbered(looked, group),
        Rows::Pairs => pairs(looked, group),
    };
    found.truncate(MOST_ROWS);
    found
}

/// Rows of the sheet in which headings of columns stand: two or more of one property.
pub(crate) fn headers(sheet: &Sheet<'_>, schema: &Schema, labels: &[Label]) -> HashSet<usize> {
    let tables = schema.root.properties.iter().enumerate().filter(|(_, p)| is_table(p));
    tables.flat_map(|(field, _)| table::headings(sheet, labels, field).into_keys()).collect()
}

fn is_table(property: &Property) -> bool {
    matches!(property.shape, Shape::Rows(_, Rows::Table | Rows::Lines))
}

/// The row a label stands in.
pub(crate) fn row_of(sheet: &Sheet<'_>, token: usize) -> Option<usize> {
    Some(sheet.segments.get(sheet.tokens.get(token)?.segment)?.row)
}

/// Whether a row begins with a label of a single amount or the like: what ends the rows above it.
pub(crate) fn ends_rows(looked: &Looked<'_>, row: usize) -> bool {
    let tokens = looked.sheet.rows.get(row).map_or(0..0, |r| looked.sheet.row_tokens(r));
    let first = looked.labels.partition_point(|l| l.tokens.start < tokens.start);
    let leading = looked.labels.get(first).filter(|l| l.tokens.start < tokens.end);
    leading.is_some_and(|l| {
        let own = l.owners.iter().any(|o| matches!(o, Owner::Field(_)));
        (own || (l.owners.is_empty() && l.likeness > 0.0)) && l.leads && l.extra == 0
    })
}
