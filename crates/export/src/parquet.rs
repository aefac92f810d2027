//! Apache Parquet: a column of numbers is DOUBLE, one of true and false BOOLEAN, every other UTF-8 text; any cell may be null.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use serde_json::Value;

use crate::{ExportError, Row, columns, grid};

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cells {
    Numbers,
    Flags,
    Texts,
}

pub(crate) fn write(rows: &[Row]) -> Result<Vec<u8>, ExportError> {
    let columns = columns(rows);
    let grid = grid(&columns, rows);
    let kinds: Vec<Cells> = grid.iter().map(|cells| kind(cells)).collect();
    let fields = columns.iter().zip(&kinds).map(|(name, kind)| field(name, *kind)).collect::<Result<Vec<_>, _>>()?;
    let schema = Arc::new(Type::group_type_builder("record").with_fields(fields).build()?);
    let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    let mut out = Vec::new();
    let mut file = SerializedFileWriter::new(&mut out, schema, properties)?;
    let mut group = file.next_row_group()?;
    for (cells, kind) in grid.into_iter().zip(kinds) {
        if let Some(writer) = group.next_column()? {
            fill(writer, cells, kind)?;
        }
    }
    group.close()?;
    file.close()?;
    Ok(out)
}

fn kind(cells: &[&Value]) -> Cells {
    let all = |is: fn(&Value) -> bool| cells.iter().copied().filter(|value| !value.is_null()).all(is);
    match (all(Value::is_null), all(Value::is_number), all(Value::is_boolean)) {
        (false, true, _) => Cells::Numbers,
        (false, _, true) => Cells::Flags,
        _ => Cells::Texts,
    }
}

fn field(name: &str, kind: Cells) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match kind {
        Cells::Numbers => (Physical::DOUBLE, None),
        Cells::Flags => (Physical::BOOLEAN, None),
        Cells::Texts => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let builder = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    Ok(Arc::new(builder.with_logical_type(logical).build()?))
}

/// Writes the cells that are there; the levels say which rows have one.
fn fill(mut writer: SerializedColumnWriter<'_>, cells: Vec<&Value>, kind: Cells) -> Result<(), ParquetError> {
    let levels: Vec<i16> = cells.iter().map(|value| i16::from(!value.is_null())).collect();
    let there = cells.into_iter().filter(|value| !value.is_null());
    match kind {
        Cells::Numbers => {
            let values: Vec<f64> = there.map(|v| v.as_f64().unwrap_or(f64::NAN)).collect();
            writer.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
        }
        Cells::Flags => {
            let values: Vec<bool> = there.map(|v| v.as_bool().unwrap_or_default()).collect();
            writer.typed::<BoolType>().write_batch(&values, Some(&levels), None)?;
        }
        Cells::Texts => {
            let values: Vec<ByteArray> = there.map(|v| text(v).as_str().into()).collect();
            writer.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
        }
    }
    writer.close()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use serde_json::json;

    #[test]
    fn a_table_is_read_back_with_its_types_and_its_gaps() {
        let row = |cells: &[(&str, Value)]| Row { cells: cells.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect() };
        let rows = [
            row(&[("name", json!("a")), ("sure", json!(0.5)), ("ok", json!(true))]),
            row(&[("name", Value::Null), ("items", json!([{"amount": "1.00"}]))]),
        ];
        let reader = SerializedFileReader::new(bytes::Bytes::from(write(&rows).unwrap())).unwrap();
        let read: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(
            read,
            [r#"{name: "a", sure: 0.5, ok: true, items: null}"#, r#"{name: null, sure: null, ok: null, items: "[{"amount":"1.00"}]"}"#]
        );
    }
}
