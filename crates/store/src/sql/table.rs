//! Tables as the verbs see them: a name and typed columns, the key first. [`Line`] ties a struct to one of them, so that reading
//! and writing stand beside each other in the order of the columns.

use super::value::{Fields, Row, Value};
use crate::Result;

/// What a column holds; SQLite needs only the value, PostgreSQL the type too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    /// 16 bits.
    Small,
    /// 32 bits.
    Int,
    /// 64 bits.
    Big,
    /// A fraction.
    Real,
    /// Text.
    Text,
    /// An id.
    Id,
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its columns, those of the key first.
    pub(crate) columns: &'static [(&'static str, Type)],
    /// How many columns are the key.
    pub(crate) key: usize,
}

impl Table {
    /// The columns of the key.
    pub(crate) fn key(&self) -> &'static [(&'static str, Type)] {
        &self.columns[..self.key]
    }

    /// The names of all columns, for a SELECT; with `prefix` before each.
    pub(crate) fn list(&self, prefix: &str) -> String {
        self.columns.iter().map(|(name, _)| format!("{prefix}{name}")).collect::<Vec<_>>().join(", ")
    }

    /// The type of a column.
    pub(crate) fn of(&self, column: &str) -> Type {
        self.columns.iter().find(|(name, _)| *name == column).map_or(Type::Text, |(_, t)| *t)
    }
}

/// A row of one table as a struct.
pub(crate) trait Line: Sized {
    /// Its table.
    const TABLE: &'static Table;

    /// From the columns in the table's order.
    fn read(fields: &mut Fields) -> Result<Self>;

    /// To the columns in the table's order.
    fn write(&self) -> Vec<Value>;

    /// All rows of an answer.
    fn read_all(rows: Vec<Row>) -> Result<Vec<Self>> {
        rows.into_iter().map(|row| Self::read(&mut row.fields())).collect()
    }
}
