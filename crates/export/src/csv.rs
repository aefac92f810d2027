//! CSV by RFC 4180.

use csv::{Terminator, WriterBuilder};
use serde_json::Value;

use crate::{ExportError, Row, columns, grid};

pub(crate) fn write(rows: &[Row]) -> Result<Vec<u8>, ExportError> {
    let columns = columns(rows);
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns.iter().map(|name| harmless(name)))?;
    let grid = grid(&columns, rows);
    for row in 0..rows.len() {
        writer.write_record(grid.iter().filter_map(|cells| cells.get(row)).map(|value| text(value)))?;
    }
    writer.into_inner().map_err(|e| ExportError::Csv(e.into_error().into()))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => harmless(text),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => harmless(&value.to_string()),
    }
}

/// Where spreadsheets of some countries begin a cell, quotes or not.
const SPLITS: [char; 4] = [';', '\t', '\r', '\n'];

/// Spreadsheets run text that begins like a formula, and what stands in these cells was written by strangers. An apostrophe makes it
/// text; numbers are left alone.
fn harmless(text: &str) -> String {
    let cells = text.split_inclusive(SPLITS);
    cells.map(|cell| if runs(cell) { format!("'{cell}") } else { cell.to_owned() }).collect()
}

fn runs(cell: &str) -> bool {
    let bare = cell.trim_matches(|c: char| c.is_whitespace() || SPLITS.contains(&c));
    bare.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && bare.parse::<f64>().is_err()
}
