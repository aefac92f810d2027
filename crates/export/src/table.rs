//! How much one table holds. What does not fit is for the next.

use std::collections::HashSet;

use serde_json::Value;

use crate::Row;

const MOST_ROWS: usize = 10_000;
/// Records of many schemas have hardly a column in common, and every row has a cell in each.
const MOST_COLUMNS: usize = 1_000;
/// Of names and values, as JSON.
const MOST_BYTES: usize = 64 << 20;

/// Rows that fit into memory with ease, whoever filled them: at most 10,000, with at most 1,000 columns and 64 MiB together.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    columns: HashSet<String>,
    bytes: usize,
}

impl Table {
    /// Adds a row; `false` when it does not fit and was left out. The first always fits.
    pub fn add(&mut self, row: Row) -> bool {
        let bytes: usize = row.cells.iter().map(|(name, value)| name.len() + size(value)).sum();
        let new = row.cells.iter().filter(|(name, _)| !self.columns.contains(name)).count();
        let fits = self.rows.len() < MOST_ROWS && self.columns.len() + new <= MOST_COLUMNS && self.bytes + bytes <= MOST_BYTES;
        if !fits && !self.rows.is_empty() {
            return false;
        }
        self.columns.extend(row.cells.iter().map(|(name, _)| name.clone()));
        self.bytes += bytes;
        self.rows.push(row);
        true
    }

    /// In the order they were added.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(size).sum(),
        Value::Object(map) => map.iter().map(|(name, value)| name.len() + size(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(names: std::ops::Range<usize>, value: &str) -> Row {
        Row { cells: names.map(|n| (n.to_string(), value.into())).collect() }
    }

    fn filled(each: impl Fn(usize) -> Row) -> usize {
        let mut table = Table::default();
        (0..20_000).take_while(|n| table.add(each(*n))).count()
    }

    #[test]
    fn a_table_ends_at_ten_thousand_rows() {
        assert_eq!(filled(|_| row(0..2, "x")), 10_000);
    }

    #[test]
    fn a_table_ends_before_its_columns_are_too_many() {
        assert_eq!(filled(|n| row(n * 30..n * 30 + 40, "x")), 33, "ten columns are shared with the row before");
    }

    #[test]
    fn a_table_ends_before_it_is_too_large() {
        let long = "x".repeat(1 << 20);
        assert_eq!(filled(|_| row(0..1, &long)), 63);
    }

    #[test]
    fn a_row_larger_than_a_table_stands_in_one_alone() {
        let mut table = Table::default();
        assert!(table.add(row(0..2_000, "x")) && !table.add(row(0..1, "x")));
        assert_eq!(table.rows().len(), 1);
    }
}
