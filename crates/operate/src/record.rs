//! `record.save`: what was read out of a file becomes a row that its owner looks up, checks and corrects.

use std::time::Duration;

use async_trait::async_trait;
use gristmill_extract::{Fields, doubts, least_confidence};
use gristmill_model::operation::Class;
use serde::Deserialize;
use serde_json::json;

use crate::context::{Context, Input};
use crate::operation::{Operation, OperationError, Options, Outcome, Produced, Record, read_options};

/// Which records stand without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Accept {
    /// Those of which nothing must be looked at.
    #[default]
    Sure,
    /// None.
    Never,
}

/// What a step may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    accept: Accept,
}

/// The operation `record.save`.
pub(crate) struct Save;

#[async_trait]
impl Operation for Save {
    fn name(&self) -> &'static str {
        "record.save"
    }

    fn about(&self) -> &'static str {
        "A row in the table of records with the fields that an earlier step found, once for each file."
    }

    fn class(&self) -> Class {
        Class::Io
    }

    fn check_options(&self, options: &Options) -> Result<(), String> {
        read_options::<Settings>(options).map(drop)
    }

    fn estimate(&self, _bytes: u64) -> Duration {
        Duration::from_millis(10)
    }

    fn writes(&self) -> bool {
        false
    }

    async fn run(&self, _context: &Context, input: &Input, options: &Options) -> Result<Outcome, OperationError> {
        let settings: Settings = read_options(options).map_err(|why| OperationError::bug("options_invalid", why))?;
        let found = input.earlier.iter().flat_map(|e| &e.artifacts).find(|a| a.name == "fields.json");
        let Some(found) = found else {
            return Ok(Outcome::NotApplicable("no earlier step found any fields".to_owned()));
        };
        let text = std::fs::read(&found.path)?;
        let fields: Fields = serde_json::from_slice(&text)
            .map_err(|e| OperationError::bug("fields_invalid", "The fields of an earlier step cannot be read.").because(e))?;
        let record = record(&fields, settings.accept)?;
        let report = json!({ "schema": record.schema, "doubts": record.doubts, "accepted": record.accepted });
        Ok(Outcome::Done(Produced { report, record: Some(record), ..Produced::default() }))
    }
}

fn record(fields: &Fields, accept: Accept) -> Result<Record, OperationError> {
    let doubts = doubts(&fields.fields);
    // Nothing to doubt is not the same as nothing there.
    let any = fields.fields.iter().any(|field| !field.value.is_null());
    Ok(Record {
        schema: fields.schema.clone(),
        data: fields.record.clone(),
        fields: serde_json::to_value(&fields.fields).map_err(std::io::Error::from)?,
        confidence: least_confidence(&fields.fields),
        doubts,
        accepted: accept == Accept::Sure && any && doubts == 0 && !fields.review.needed,
    })
}
