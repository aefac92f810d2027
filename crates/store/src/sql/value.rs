//! Values as both dialects know them, and reading them back. What cannot be read back is told as corrupt, never guessed.

use std::time::Duration;

use gristmill_model::id::Uuid;
use gristmill_model::{FileId, JobId, TaskId, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Result, StoreError};

/// One column of one row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// Numbers, times in milliseconds, flags as 0 and 1.
    Int(i64),
    /// Progress.
    Real(f64),
    /// Text, names of states, JSON.
    Text(String),
    /// An id.
    Id(Uuid),
}

/// One row, in the order of the columns that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row(pub(crate) Vec<Value>);

impl Row {
    /// Its columns from the first on.
    pub(crate) fn fields(self) -> Fields {
        Fields(self.0.into_iter())
    }
}

/// The columns of a row, taken one after the other.
#[derive(Debug)]
pub(crate) struct Fields(std::vec::IntoIter<Value>);

fn corrupt<T>(what: &'static str) -> Result<T> {
    Err(StoreError::Corrupt { what })
}

impl Fields {
    fn next(&mut self) -> Value {
        self.0.next().unwrap_or(Value::Null)
    }

    pub(crate) fn int_opt(&mut self) -> Result<Option<i64>> {
        match self.next() {
            Value::Int(n) => Ok(Some(n)),
            Value::Null => Ok(None),
            _ => corrupt("number"),
        }
    }

    /// A number that fits.
    pub(crate) fn int<T: TryFrom<i64>>(&mut self) -> Result<T> {
        self.int_opt()?.and_then(|n| T::try_from(n).ok()).ok_or(StoreError::Corrupt { what: "number" })
    }

    pub(crate) fn real(&mut self) -> Result<f64> {
        match self.next() {
            Value::Real(x) => Ok(x),
            Value::Int(n) => Ok(n as f64),
            _ => corrupt("fraction"),
        }
    }

    pub(crate) fn flag(&mut self) -> Result<bool> {
        Ok(self.int::<i64>()? != 0)
    }

    pub(crate) fn text_opt(&mut self) -> Result<Option<String>> {
        match self.next() {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            _ => corrupt("text"),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String> {
        self.text_opt()?.ok_or(StoreError::Corrupt { what: "text" })
    }

    /// Text that names a state.
    pub(crate) fn named<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
        parse(&self.text()?).ok_or(StoreError::Corrupt { what: "name" })
    }

    /// A number that stands for something.
    pub(crate) fn coded<T>(&mut self, parse: impl Fn(i16) -> Option<T>) -> Result<T> {
        parse(self.int()?).ok_or(StoreError::Corrupt { what: "code" })
    }

    pub(crate) fn json_opt<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        self.text_opt()?.map(|t| serde_json::from_str(&t)).transpose().map_err(|_| StoreError::Corrupt { what: "JSON" })
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        self.json_opt()?.ok_or(StoreError::Corrupt { what: "JSON" })
    }

    pub(crate) fn id_opt(&mut self) -> Result<Option<Uuid>> {
        match self.next() {
            Value::Id(id) => Ok(Some(id)),
            Value::Null => Ok(None),
            _ => corrupt("id"),
        }
    }

    pub(crate) fn id(&mut self) -> Result<Uuid> {
        self.id_opt()?.ok_or(StoreError::Corrupt { what: "id" })
    }

    pub(crate) fn job(&mut self) -> Result<JobId> {
        self.id().map(JobId::from_uuid)
    }

    /// Two columns: job and number.
    pub(crate) fn file(&mut self) -> Result<FileId> {
        Ok(FileId::new(self.job()?, self.int()?))
    }

    /// Four columns: job, file, step, part.
    pub(crate) fn task(&mut self) -> Result<TaskId> {
        Ok(TaskId { file: self.file()?, step: self.int()?, part: self.int()? })
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp> {
        self.int().map(Timestamp)
    }

    pub(crate) fn time_opt(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.int_opt()?.map(Timestamp))
    }

    pub(crate) fn millis(&mut self) -> Result<Duration> {
        self.int().map(Duration::from_millis)
    }
}

/// A span in milliseconds; the longest there is when it is longer.
pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// JSON text.
pub(crate) fn json(value: &impl Serialize) -> Value {
    Value::Text(serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()))
}

/// JSON text, or null.
pub(crate) fn json_opt<T: Serialize>(value: Option<&T>) -> Value {
    value.map_or(Value::Null, |v| json(v))
}

macro_rules! from {
    ($($type:ty => $make:expr),+ $(,)?) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                ($make)(value)
            }
        })+
    };
}

from!(
    i64 => Value::Int,
    i32 => |n| Value::Int(i64::from(n)),
    i16 => |n| Value::Int(i64::from(n)),
    u16 => |n| Value::Int(i64::from(n)),
    u32 => |n| Value::Int(i64::from(n)),
    u64 => |n| Value::Int(i64::try_from(n).unwrap_or(i64::MAX)),
    bool => |b| Value::Int(i64::from(b)),
    f64 => Value::Real,
    String => Value::Text,
    &str => |t: &str| Value::Text(t.to_owned()),
    Uuid => Value::Id,
    JobId => |id: JobId| Value::Id(id.uuid()),
    Timestamp => |t: Timestamp| Value::Int(t.0),
    Duration => |d| Value::Int(millis(d)),
);

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Values in a row, each from its own type.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::sql::Value::from($value)),*] };
}
pub(crate) use values;
