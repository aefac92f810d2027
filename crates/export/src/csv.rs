//! CSV by RFC 4180.

use csv::{Terminator, WriterBuilder};
use serde_json::Value;

use crate::{ExportError, Row, cell, columns};

pub(crate) fn write(rows: &[Row]) -> Result<Vec<u8>, ExportError> {
    let columns = columns(rows);
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(&columns)?;
    for row in rows {
        writer.write_record(columns.iter().map(|column| text(cell(row, column))))?;
    }
    writer.into_inner().map_err(|e| ExportError::Csv(e.into_error().into()))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => harmless(text),
        other => other.to_string(),
    }
}

/// Spreadsheets run text that begins like a formula, and what stands in these cells was written by strangers. An apostrophe makes it
/// text; numbers are left alone.
fn harmless(text: &str) -> String {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if runs { format!("'{text}") } else { text.to_owned() }
}
