//! `document.extract`: the fields of a schema with their evidence, out of what was read.

use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDate;
use gristmill_extract::{Fields, Schema, merge};
use gristmill_layout::{Document, Page};
use gristmill_model::operation::Class;
use gristmill_services::{Boundary, Chat, ServiceError, Usage};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::files;
use crate::context::{Context, Input, Tools};
use crate::operation::{Draft, Operation, OperationError, Options, Outcome, Produced, read_options};
use crate::services::{answer, failed};

/// The name of the result.
pub(crate) const FILE: &str = "fields.json";

/// Why the extractor `model` does nothing.
const NO_MODEL: &str = "no language model is set up on this server";

/// The layout of ten thousand dense pages.
const MOST_BYTES: u64 = 1 << 30;

/// What a step may set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// The name of a schema that comes with the program, or a JSON Schema with hints.
    schema: Value,
    /// So many pages are looked at from the beginning: what a record is made of stands there.
    pages: u32,
    /// Who looks for the values.
    extractor: Extractor,
}

/// Who looks for the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Extractor {
    /// Labels, geometry and types.
    #[default]
    Rules,
    /// The language model that the operator set up. The text leaves this machine.
    Model,
    /// The rules, and the model too when a person would have to look.
    RulesThenModel,
}

impl Default for Settings {
    fn default() -> Self {
        Self { schema: json!("id-free"), pages: 50, extractor: Extractor::Rules }
    }
}

impl Settings {
    fn read(options: &Options) -> Result<(Self, Schema), String> {
        let settings: Self = read_options(options)?;
        if settings.pages == 0 {
            return Err("`pages` is 0; at least one page is looked at".to_owned());
        }
        let schema = Schema::given(&settings.schema)?;
        Ok((settings, schema))
    }
}

pub(super) struct Extract;

#[async_trait]
impl Operation for Extract {
    fn name(&self) -> &'static str {
        "document.extract"
    }

    fn about(&self) -> &'static str {
        "The fields of a schema, each with its page, place, source text, confidence and checks."
    }

    fn version(&self) -> Option<u32> {
        Some(1)
    }

    fn depends_on(&self, tools: &Tools) -> Vec<String> {
        tools.services.chat.iter().map(|chat| chat.model().to_owned()).collect()
    }

    fn class(&self) -> Class {
        Class::CpuSmall
    }

    fn check_options(&self, options: &Options) -> Result<(), String> {
        Settings::read(options).map(drop)
    }

    fn estimate(&self, _bytes: u64) -> Duration {
        Duration::from_millis(100)
    }

    async fn run(&self, context: &Context, input: &Input, options: &Options) -> Result<Outcome, OperationError> {
        let (settings, schema) = Settings::read(options).map_err(|why| OperationError::bug("options_invalid", why))?;
        let Some(layout) = input.artifacts_of("document.ocr").find(|a| a.name == "layout.json") else {
            return Ok(Outcome::NotApplicable("the document was not read: a `document.ocr` step must come before".to_owned()));
        };
        let document = first_pages(files::json(&layout.path, MOST_BYTES)?, settings.pages);
        let today = chrono::Utc::now().date_naive();
        let wanted = Wanted { document: &document, schema: &schema, today };
        let found = match (settings.extractor, &context.tools.services.chat) {
            (Extractor::Rules, _) => Found::of(wanted.by_rules()),
            (Extractor::Model, None) => {
                return Ok(Outcome::NotApplicable(format!("{NO_MODEL}: choose the extractor `rules`")));
            }
            (Extractor::Model, Some(chat)) => {
                let (fields, usage) = answer(&context.cancel, wanted.by_model(chat)).await?;
                Found { usage: Some(usage), ..Found::of(fields) }
            }
            (Extractor::RulesThenModel, chat) => wanted.by_both(context, chat.as_deref()).await?,
        };
        let fields = &found.fields;
        let path = context.scratch.join(FILE);
        std::fs::write(&path, serde_json::to_vec_pretty(fields).map_err(std::io::Error::from)?)?;
        let draft = Draft { name: FILE.into(), media_type: "application/json".into(), path };
        let makeshift = !found.warnings.is_empty();
        Ok(Outcome::Done(Produced { report: report(&found), artifacts: vec![draft], makeshift, ..Produced::default() }))
    }
}

/// What was found, and by which means.
struct Found {
    fields: Fields,
    /// What a model took.
    usage: Option<Usage>,
    warnings: Vec<String>,
}

impl Found {
    fn of(fields: Fields) -> Self {
        Self { fields, usage: None, warnings: Vec::new() }
    }
}

/// A document and what is wanted of it.
struct Wanted<'a> {
    document: &'a Document,
    schema: &'a Schema,
    today: NaiveDate,
}

impl Wanted<'_> {
    fn by_rules(&self) -> Fields {
        gristmill_extract::extract(self.document, self.schema, self.today)
    }

    async fn by_model(&self, chat: &Chat) -> Result<(Fields, Usage), ServiceError> {
        chat.extract(self.document, self.schema, self.today, &Boundary::random()?).await
    }

    /// The rules alone when they leave nothing to a person, and when the model can help neither now nor later.
    async fn by_both(&self, context: &Context, chat: Option<&Chat>) -> Result<Found, OperationError> {
        let rules = self.by_rules();
        if !rules.review.needed {
            return Ok(Found::of(rules));
        }
        let Some(chat) = chat else { return Ok(Found { warnings: vec![format!("{NO_MODEL}.")], ..Found::of(rules) }) };
        match answer(&context.cancel, async { Ok(self.by_model(chat).await) }).await? {
            Ok((model, usage)) => Ok(Found { usage: Some(usage), ..Found::of(merge(rules, model)) }),
            Err(error) if error.retry() => Err(failed(error)),
            Err(error) => Ok(Found { warnings: vec![format!("Only the rules were used. {error}")], ..Found::of(rules) }),
        }
    }
}

fn first_pages(document: Document, most: u32) -> Document {
    let pages: Vec<Page> = document.pages.into_iter().take(most as usize).collect();
    Document { pages }
}

fn report(of: &Found) -> Value {
    let fields = &of.fields;
    let found = fields.fields.iter().filter(|f| !f.value.is_null()).count();
    let mut report = json!({
        "schema": fields.schema,
        "extractor": fields.extractor,
        "fields": fields.fields.len(),
        "found": found,
        "review": fields.review,
    });
    if let Some(usage) = of.usage {
        report["model"] = json!(usage);
    }
    if !of.warnings.is_empty() {
        report["warnings"] = json!(of.warnings);
    }
    report
}
