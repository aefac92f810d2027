//! Values as PostgreSQL knows them.

use std::error::Error;

use gristmill_model::id::Uuid;
use tokio_postgres::Row as PgRow;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type as Oid, to_sql_checked};

use crate::sql::{Row, Type, Value};
use crate::{Result, StoreError};

type Written = std::result::Result<IsNull, Box<dyn Error + Sync + Send>>;

impl ToSql for Value {
    /// Writes a number as wide as the server asks for.
    fn to_sql(&self, of: &Oid, out: &mut BytesMut) -> Written {
        match (self, of) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(n), &Oid::INT2) => i16::try_from(*n)?.to_sql(of, out),
            (Self::Int(n), &Oid::INT4) => i32::try_from(*n)?.to_sql(of, out),
            (Self::Int(n), &Oid::FLOAT8) => (*n as f64).to_sql(of, out),
            (Self::Int(n), _) => n.to_sql(of, out),
            (Self::Real(x), _) => x.to_sql(of, out),
            (Self::Text(text), _) => text.to_sql(of, out),
            (Self::Id(id), _) => id.to_sql(of, out),
        }
    }

    fn accepts(_of: &Oid) -> bool {
        true
    }

    to_sql_checked!();
}

/// One column of many rows as an array.
pub(super) fn column(of: Type, values: Vec<Value>) -> Box<dyn ToSql + Sync + Send> {
    match of {
        Type::Small => Box::new(values.iter().map(|v| int(v).and_then(|n| i16::try_from(n).ok())).collect::<Vec<_>>()),
        Type::Int => Box::new(values.iter().map(|v| int(v).and_then(|n| i32::try_from(n).ok())).collect::<Vec<_>>()),
        Type::Big => Box::new(values.iter().map(int).collect::<Vec<_>>()),
        Type::Real => Box::new(values.iter().map(real).collect::<Vec<_>>()),
        Type::Text => Box::new(values.into_iter().map(text).collect::<Vec<_>>()),
        Type::Id => Box::new(values.iter().map(id).collect::<Vec<_>>()),
    }
}

fn int(value: &Value) -> Option<i64> {
    if let Value::Int(n) = value { Some(*n) } else { None }
}

fn real(value: &Value) -> Option<f64> {
    match value {
        Value::Real(x) => Some(*x),
        Value::Int(n) => Some(*n as f64),
        _ => None,
    }
}

fn text(value: Value) -> Option<String> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

fn id(value: &Value) -> Option<Uuid> {
    if let Value::Id(id) = value { Some(*id) } else { None }
}

/// A row by the types that the server says its columns have.
pub(super) fn read(row: &PgRow) -> Result<Row> {
    (0..row.len()).map(|i| value(row, i)).collect::<Result<_>>().map(Row)
}

fn value(row: &PgRow, i: usize) -> Result<Value> {
    let value = match *row.columns()[i].type_() {
        Oid::INT2 => row.try_get::<_, Option<i16>>(i)?.map(Value::from),
        Oid::INT4 => row.try_get::<_, Option<i32>>(i)?.map(Value::from),
        Oid::INT8 => row.try_get::<_, Option<i64>>(i)?.map(Value::from),
        Oid::FLOAT8 => row.try_get::<_, Option<f64>>(i)?.map(Value::from),
        Oid::TEXT => row.try_get::<_, Option<String>>(i)?.map(Value::from),
        Oid::UUID => row.try_get::<_, Option<Uuid>>(i)?.map(Value::from),
        _ => return Err(StoreError::Corrupt { what: "column type" }),
    };
    Ok(value.unwrap_or(Value::Null))
}
