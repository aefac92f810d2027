//! JSON: an array with an object a line.

use serde_json::{Map, Value};

use crate::{ExportError, Row};

pub(crate) fn write(rows: &[Row]) -> Result<Vec<u8>, ExportError> {
    let mut out = b"[".to_vec();
    for (n, row) in rows.iter().enumerate() {
        out.extend_from_slice(if n == 0 { b"\n" } else { b",\n" });
        let object: Map<String, Value> = row.cells.iter().cloned().collect();
        serde_json::to_writer(&mut out, &object)?;
    }
    out.extend_from_slice(b"\n]\n");
    Ok(out)
}
