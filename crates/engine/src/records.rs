//! Records: what was read out of files, as their owners look it up, check and correct it.

use std::collections::BTreeMap;

use gristmill_extract::{Corrected, Field, Schema, correct, doubts, least_confidence};
use gristmill_model::{FileId, JobId};
use gristmill_store::{Correction, Record, RecordFilter, RecordState, Review, Reviewed};
use serde_json::Value;

use crate::engine::Engine;
use crate::error::EngineError;

/// What a person makes of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// As which revision it was seen.
    pub seen: u32,
    /// Who.
    pub reviewer: String,
    /// Where it stands from now on; `None`: where it did.
    pub state: Option<RecordState>,
    /// Values by their paths, as they were typed; null says that there is none.
    pub corrections: BTreeMap<String, Value>,
}

impl Engine {
    /// Records of an owner.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn records(&self, owner: &str, filter: RecordFilter) -> Result<Vec<Record>, EngineError> {
        let filter = RecordFilter { owner: Some(owner.to_owned()), ..filter };
        Ok(self.parts.store.records(filter).await?)
    }

    /// A record, if it is this owner's, with what people changed in it.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] also when it belongs to someone else.
    pub async fn record(&self, owner: &str, file: FileId) -> Result<(Record, Vec<Correction>), EngineError> {
        let found = self.parts.store.record(file).await?.filter(|r| r.owner == owner);
        let record = found.ok_or_else(|| missing(file))?;
        Ok((record, self.parts.store.corrections(file).await?))
    }

    /// Accepts, rejects, reopens or corrects a record, and answers it as it is now.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]; [`EngineError::Invalid`] with `correction_invalid` for values that cannot stand, of which each is named;
    /// [`EngineError::Changed`] when somebody else changed it since it was seen.
    pub async fn review(&self, owner: &str, file: FileId, judgement: Judgement) -> Result<Record, EngineError> {
        let (record, _) = self.record(owner, file).await?;
        if record.revision != judgement.seen {
            return Err(EngineError::Changed);
        }
        let schema = self.schema_of(file.job, &record.schema).await?;
        let fields: Vec<Field> = serde_json::from_value(record.fields.clone()).unwrap_or_default();
        let done = correct(fields, record.data.clone(), schema.as_ref(), &judgement.corrections).map_err(|wrong| refused(&wrong))?;
        let review = written(&record, judgement, done);
        match self.parts.store.review(review).await? {
            Reviewed::Written(record) => Ok(*record),
            Reviewed::Changed => Err(EngineError::Changed),
            Reviewed::Missing => Err(missing(file)),
        }
    }

    /// The schema that a record was made by, out of the plan that was frozen with the job: pipelines change. A step that gives none
    /// has one that comes with the program.
    async fn schema_of(&self, job: JobId, name: &str) -> Result<Option<Schema>, EngineError> {
        let Some(job) = self.parts.store.job(job).await? else { return Ok(None) };
        let given = job.plan.steps.iter().filter_map(|step| step.options.get("schema"));
        Ok(given.filter_map(|option| Schema::given(option).ok()).find(|s| s.name() == name).or_else(|| Schema::shipped(name)))
    }
}

fn missing(file: FileId) -> EngineError {
    EngineError::NotFound { what: "record", id: file.to_string() }
}

fn refused(wrong: &BTreeMap<String, String>) -> EngineError {
    let told: Vec<String> = wrong.iter().map(|(path, why)| format!("{path}: {why}")).collect();
    EngineError::invalid("correction_invalid", told.join(" "))
}

fn written(record: &Record, judgement: Judgement, done: Corrected) -> Review {
    let Corrected { fields, record: data, changes } = done;
    let value = |v: Value| (!v.is_null()).then_some(v);
    Review {
        file: record.file,
        seen: judgement.seen,
        reviewer: judgement.reviewer,
        state: judgement.state.unwrap_or(record.state),
        confidence: least_confidence(&fields),
        doubts: doubts(&fields),
        data,
        fields: serde_json::to_value(&fields).unwrap_or_default(),
        corrections: changes.into_iter().map(|(path, before, after)| (path, value(before), value(after))).collect(),
    }
}
