//! Records as tables that other programs read. PURE: rows in, bytes out.
//!
//! The columns are the union of those that rows have, in the order in which they first come. What is nested goes into its cell as JSON.

mod csv;
mod json;
mod parquet;
mod table;

use std::collections::HashMap;

use serde_json::Value;

pub use table::Table;

/// A row: names of columns and what stands in them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// In the order of the columns; a name stands once.
    pub cells: Vec<(String, Value)>,
}

/// As what a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, UTF-8, with a row of names.
    Csv,
    /// An array of objects.
    Json,
    /// For programs that work on columns.
    Parquet,
}

/// Why a table was not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Of a row that cannot be written.
    #[error("a row cannot be written as CSV")]
    Csv(#[from] ::csv::Error),
    /// Of a value that cannot be written.
    #[error("a value cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// Of a table that cannot be written.
    #[error("the table cannot be written as Parquet")]
    Parquet(#[from] ::parquet::errors::ParquetError),
}

impl Format {
    /// The format of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// The ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// Writes a table.
///
/// # Errors
/// [`ExportError`], which no rows of JSON values are known to cause.
pub fn write(format: Format, rows: &[Row]) -> Result<Vec<u8>, ExportError> {
    match format {
        Format::Csv => csv::write(rows),
        Format::Json => json::write(rows),
        Format::Parquet => parquet::write(rows),
    }
}

/// The names of all columns, in the order in which they first come.
fn columns(rows: &[Row]) -> Vec<&str> {
    let mut seen = std::collections::HashSet::new();
    rows.iter().flat_map(|row| &row.cells).map(|(name, _)| name.as_str()).filter(|name| seen.insert(*name)).collect()
}

/// What stands in each column, a value a row; null where nothing does. In one pass over the cells: there may be a million.
fn grid<'a>(columns: &[&'a str], rows: &'a [Row]) -> Vec<Vec<&'a Value>> {
    let places: HashMap<&str, usize> = columns.iter().zip(0..).map(|(name, at)| (*name, at)).collect();
    let mut grid = vec![vec![&Value::Null; rows.len()]; columns.len()];
    for (row, number) in rows.iter().zip(0..) {
        for (name, value) in &row.cells {
            let column = places.get(name.as_str()).and_then(|at| grid.get_mut(*at));
            if let Some(cell) = column.and_then(|cells: &mut Vec<&Value>| cells.get_mut(number)) {
                *cell = value;
            }
        }
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(value: Value) -> Row {
        Row { cells: value.as_object().unwrap().iter().map(|(k, v)| (k.clone(), v.clone())).collect() }
    }

    fn text(format: Format, rows: &[Row]) -> String {
        String::from_utf8(write(format, rows).unwrap()).unwrap()
    }

    #[test]
    fn columns_are_those_of_all_rows_in_the_order_they_come() {
        let rows = [row(json!({"a": 1, "b": "x"})), row(json!({"a": 2, "c": [1, {"d": true}]}))];
        assert_eq!(text(Format::Csv, &rows), "a,b,c\r\n1,x,\r\n2,,\"[1,{\"\"d\"\":true}]\"\r\n");
        assert_eq!(text(Format::Json, &rows), "[\n{\"a\":1,\"b\":\"x\"},\n{\"a\":2,\"c\":[1,{\"d\":true}]}\n]\n");
    }

    #[test]
    fn text_that_a_spreadsheet_would_run_is_made_plain() {
        let rows = [
            row(json!({"v": "=HYPERLINK(\"http://x\")"})),
            row(json!({"v": "-12.50"})),
            row(json!({"v": "@sum"})),
            row(json!({"v": "+31 6"})),
        ];
        assert_eq!(text(Format::Csv, &rows), "v\r\n\"'=HYPERLINK(\"\"http://x\"\")\"\r\n-12.50\r\n'@sum\r\n'+31 6\r\n");
    }

    #[test]
    fn what_a_spreadsheet_that_splits_at_other_signs_would_run_is_made_plain_too() {
        let rows = [
            row(json!({"=1+1": "ACME;=cmd|'/C calc'!A0;x"})),
            row(json!({"=1+1": "a\t =1"})),
            row(json!({"=1+1": [{"d": "x;@sum"}]})),
            row(json!({"=1+1": "1; -2;+3"})),
        ];
        let told = text(Format::Csv, &rows);
        assert_eq!(told, "'=1+1\r\nACME;'=cmd|'/C calc'!A0;x\r\na\t' =1\r\n\"[{\"\"d\"\":\"\"x;'@sum\"\"}]\"\r\n1; -2;+3\r\n");
    }

    #[test]
    fn no_rows_are_an_empty_table() {
        assert_eq!((text(Format::Csv, &[]), text(Format::Json, &[])), (String::new(), "[\n]\n".to_owned()));
    }
}
