//! How each type stands in columns, and the macro that ties a struct to its table.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gristmill_model::credits::{Credits, Kind};
use gristmill_model::id::Uuid;
use gristmill_model::job::{FileStatus, JobStatus, Priority};
use gristmill_model::operation::Class;
use gristmill_model::queue::Queue;
use gristmill_model::report::Artifact;
use gristmill_model::task::{State, Tally};
use gristmill_model::{EffectId, EndpointId, FileId, JobId, KeyId, Problem, TaskId, Timestamp, UploadId, WorkerId};
use serde_json::{Map, Value as Json};

use super::value::{Fields, Value, json, json_opt};
use crate::row::{EffectBody, EffectState, KeptBlob, Moment, Money, Notify, Password, Plan, RecordState, Role, Secret, Segment};
use crate::{Result, StoreError};

/// One or more columns as a value of a type.
pub(crate) trait Columns: Sized {
    /// Takes them.
    fn get(fields: &mut Fields) -> Result<Self>;
    /// Appends them.
    fn put(&self, row: &mut Vec<Value>);
}

/// The columns that name the row, or the rows, of an id.
pub(crate) fn key(id: &impl Columns) -> Vec<Value> {
    let mut key = Vec::new();
    id.put(&mut key);
    key
}

/// The same for each of these, as questions and changes take them.
pub(crate) fn keys<'i, I: Columns + 'i>(ids: impl IntoIterator<Item = &'i I>) -> Vec<Vec<Value>> {
    ids.into_iter().map(key).collect()
}

/// A struct that is a row of a table: each field names its columns, in the order of the table, the key first.
macro_rules! line {
    ($(#[$doc:meta])* $name:ident = $table:literal [$key:literal] {
        $($(#[$about:meta])* $field:ident: $type:ty => $($column:literal $kind:ident),+;)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub(crate) struct $name { $($(#[$about])* pub(crate) $field: $type,)+ }

        impl $crate::sql::Line for $name {
            const TABLE: &'static $crate::sql::Table = &$crate::sql::Table {
                name: $table,
                key: $key,
                columns: &[$($(($column, $crate::sql::Type::$kind)),+),+],
            };

            fn read(fields: &mut $crate::sql::Fields) -> $crate::Result<Self> {
                Ok(Self { $($field: $crate::sql::column::Columns::get(fields)?,)+ })
            }

            fn write(&self) -> Vec<$crate::sql::Value> {
                let mut row = Vec::with_capacity(Self::TABLE.columns.len());
                $($crate::sql::column::Columns::put(&self.$field, &mut row);)+
                row
            }
        }
    };
}
pub(crate) use line;

macro_rules! columns {
    ($($type:ty: |$fields:ident| $get:expr, |$value:ident| $put:expr;)+) => {
        $(impl Columns for $type {
            fn get($fields: &mut Fields) -> Result<Self> {
                $get
            }
            fn put(&self, row: &mut Vec<Value>) {
                let $value = self;
                row.push($put);
            }
        })+
    };
}

columns!(
    i64: |f| f.int(), |v| (*v).into();
    u64: |f| f.int(), |v| (*v).into();
    u32: |f| f.int(), |v| (*v).into();
    f64: |f| f.real(), |v| (*v).into();
    bool: |f| f.flag(), |v| (*v).into();
    String: |f| f.text(), |v| v.as_str().into();
    Option<String>: |f| f.text_opt(), |v| v.clone().into();
    Option<Password>: |f| Ok(f.text_opt()?.map(Password)), |v| v.clone().map(|p| p.0).into();
    RecordState: |f| f.named(Self::parse), |v| v.as_str().into();
    Option<u32>: |f| Ok(f.int_opt()?.and_then(|n| n.try_into().ok())), |v| (*v).into();
    Uuid: |f| f.id(), |v| (*v).into();
    JobId: |f| f.job(), |v| (*v).into();
    Option<JobId>: |f| Ok(f.id_opt()?.map(Self::into_job)), |v| v.map(|id| id.uuid()).into();
    WorkerId: |f| f.id().map(Self::from_uuid), |v| v.uuid().into();
    Option<WorkerId>: |f| Ok(f.id_opt()?.map(WorkerId::from_uuid)), |v| v.map(|id| id.uuid()).into();
    EffectId: |f| f.id().map(Self::from_uuid), |v| v.uuid().into();
    EndpointId: |f| f.id().map(Self::from_uuid), |v| v.uuid().into();
    Option<EndpointId>: |f| Ok(f.id_opt()?.map(EndpointId::from_uuid)), |v| v.map(|id| id.uuid()).into();
    UploadId: |f| f.id().map(Self::from_uuid), |v| v.uuid().into();
    KeyId: |f| f.id().map(Self::from_uuid), |v| v.uuid().into();
    Duration: |f| f.millis(), |v| (*v).into();
    Timestamp: |f| f.time(), |v| (*v).into();
    Option<Timestamp>: |f| f.time_opt(), |v| (*v).into();
    Class: |f| f.coded(class_of), |v| class_code(*v).into();
    Queue: |f| f.coded(Queue::from_code), |v| v.code().into();
    Priority: |f| f.int().map(Self::from_rank), |v| v.rank().into();
    Money: |f| f.coded(Money::from_code), |v| v.code().into();
    Credits: |f| f.int().map(Self), |v| v.0.into();
    Kind: |f| f.named(Kind::parse), |v| v.as_str().into();
    JobStatus: |f| f.named(Self::parse), |v| v.as_str().into();
    FileStatus: |f| f.named(Self::parse), |v| v.as_str().into();
    State: |f| f.named(Self::parse), |v| v.as_str().into();
    EffectState: |f| f.named(Self::parse), |v| v.as_str().into();
    Role: |f| f.named(Self::parse), |v| v.as_str().into();
    Arc<Plan>: |f| Ok(plan(f.text()?)), |v| v.text().into();
    Map<String, Json>: |f| f.json(), |v| json(v);
    Json: |f| f.json(), |v| json(v);
    Option<Json>: |f| f.json_opt(), |v| json_opt(v.as_ref());
    Option<Notify>: |f| f.json_opt(), |v| json_opt(v.as_ref());
    Option<Problem>: |f| f.json_opt(), |v| json_opt(v.as_ref());
    EffectBody: |f| f.json().map_err(|_| StoreError::Corrupt { what: "effect" }), |v| json(v);
    Vec<u64>: |f| f.json(), |v| json(v);
    Vec<Json>: |f| f.json(), |v| json(v);
    Vec<Segment>: |f| f.json(), |v| json(v);
    Vec<String>: |f| f.json(), |v| json(v);
    Vec<Moment>: |f| f.json(), |v| json(v);
    Vec<Secret>: |f| f.json(), |v| json(v);
    Vec<KeptBlob>: |f| f.json(), |v| json(v);
    Vec<(Class, u32)>: |f| f.json(), |v| json(v);
);

/// Ids that may be missing.
trait IntoJob {
    fn into_job(id: Uuid) -> JobId;
}

impl IntoJob for Option<JobId> {
    fn into_job(id: Uuid) -> JobId {
        JobId::from_uuid(id)
    }
}

impl Columns for FileId {
    fn get(fields: &mut Fields) -> Result<Self> {
        fields.file()
    }
    fn put(&self, row: &mut Vec<Value>) {
        row.extend([self.job.into(), self.no.into()]);
    }
}

impl Columns for TaskId {
    fn get(fields: &mut Fields) -> Result<Self> {
        fields.task()
    }
    fn put(&self, row: &mut Vec<Value>) {
        self.file.put(row);
        row.extend([self.step.into(), self.part.into()]);
    }
}

impl Columns for Tally {
    fn get(fields: &mut Fields) -> Result<Self> {
        Ok(Self { failures: fields.int()?, losses: fields.int()? })
    }
    fn put(&self, row: &mut Vec<Value>) {
        row.extend([self.failures.into(), self.losses.into()]);
    }
}

impl Columns for Artifact {
    fn get(fields: &mut Fields) -> Result<Self> {
        Ok(Self { media_type: fields.text()?, bytes: fields.int()?, sha256: fields.text()?, name: String::new() })
    }
    fn put(&self, row: &mut Vec<Value>) {
        row.extend([self.media_type.as_str().into(), self.bytes.into(), self.sha256.as_str().into()]);
    }
}

/// The number that rows carry for a class.
pub(crate) fn class_code(class: Class) -> i16 {
    match class {
        Class::Io => 0,
        Class::CpuSmall => 1,
        Class::CpuLarge => 2,
    }
}

fn class_of(code: i16) -> Option<Class> {
    Class::ALL.into_iter().find(|c| class_code(*c) == code)
}

/// Plans that were read lately, by their text: jobs of one pipeline with the same options share one.
const PLANS: usize = 256;

thread_local! {
    static READ: RefCell<HashMap<String, Arc<Plan>>> = RefCell::default();
}

fn plan(text: String) -> Arc<Plan> {
    READ.with_borrow_mut(|read| {
        if let Some(plan) = read.get(&text) {
            return plan.clone();
        }
        let plan = Arc::new(Plan::from_text(text.clone()));
        if read.len() >= PLANS {
            read.clear();
        }
        read.insert(text, plan.clone());
        plan
    })
}
