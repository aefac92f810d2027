//! `fields.json`: each wanted value with where it stands, how sure it is, and what speaks against it.

use gristmill_layout::Rect;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::schema::Kind;

/// At and above this confidence a value is taken without a person looking at it. Confidences are set so that of those at 0.9 or more at
/// least 95 in a hundred are right on pages nobody tuned the rules for.
pub const THRESHOLD: f64 = 0.9;

/// All that was found for a schema: what `fields.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fields {
    /// The schema's name.
    pub schema: String,
    /// `rules`, `model`, or `rules+model` when both have a part in it.
    pub extractor: String,
    /// [`THRESHOLD`].
    pub threshold: f64,
    /// Every single value in the order of the schema, then those of rows: `/items/0/amount`.
    pub fields: Vec<Field>,
    /// The values alone, nested as the schema has them; null where there is none.
    pub record: Value,
    /// Whether a person should look.
    pub review: Review,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// A JSON pointer into [`Fields::record`].
    pub path: String,
    /// For people.
    pub label: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// In its normal form: an ISO date, a decimal as text; null when there is none.
    pub value: Value,
    /// As it stands in the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The number of its page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Where it stands on it.
    #[serde(rename = "box", default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Rect>,
    /// 0..=1, to a thousandth in JSON; compare it with [`Fields::threshold`].
    #[serde(serialize_with = "thousandths")]
    pub confidence: f64,
    /// How it was established.
    pub status: Status,
    /// The schema requires it.
    pub required: bool,
    /// The checks it took part in.
    #[serde(default)]
    pub checks: Vec<Checked>,
    /// Whether it stands in the document: on a page as it was read, or in a field of a form.
    pub found_in_text: bool,
    /// Who found it; none when nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What else it may be, three at most.
    #[serde(default)]
    pub alternatives: Vec<Alternative>,
}

/// How a value was established.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It stands in the document.
    Grounded,
    /// A model says so, and it stands nowhere.
    Ungrounded,
    /// There is none.
    Missing,
    /// Something stands there that is no value of its type.
    InvalidFormat,
    /// It does not go with other values.
    FailedCheck,
    /// It may mean two things.
    Ambiguous,
    /// A person gave or confirmed it.
    Confirmed,
}

/// Who found a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Labels, geometry and types.
    Rules,
    /// The file states it.
    Form,
    /// A language model.
    Model,
    /// A person.
    Person,
}

/// A check a value took part in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// As the schema calls it.
    pub name: String,
    /// Whether it came out.
    pub passed: bool,
    /// In figures: `10.00 + 2.10 = 12.10`.
    pub detail: String,
}

/// What a value may be instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// As it stands.
    pub text: String,
    /// In its normal form.
    pub value: Value,
    /// The number of its page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Where it stands on it.
    #[serde(rename = "box", default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Rect>,
    /// 0..=1.
    #[serde(serialize_with = "thousandths")]
    pub confidence: f64,
}

/// Whether a person should look, and at what.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Review {
    /// Whether there is a reason.
    pub needed: bool,
    /// In sentences, each beginning with the path it is about.
    pub reasons: Vec<String>,
}

impl Fields {
    /// The value at a path.
    pub fn at(&self, path: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.path == path)
    }
}

impl Review {
    /// Every reason that fields give: what is missing, unsure, or does not fit.
    pub(crate) fn of(fields: &[Field]) -> Self {
        let reasons: Vec<String> = fields.iter().filter_map(reason).collect();
        Self { needed: !reasons.is_empty(), reasons }
    }
}

pub(crate) fn reason(field: &Field) -> Option<String> {
    let why = match field.status {
        Status::Missing if field.required => "is required and was not found",
        Status::Missing => return None,
        Status::Ungrounded => "does not stand in the document",
        Status::InvalidFormat => "stands there in a form that cannot be read",
        Status::FailedCheck => "does not go with the other values",
        Status::Ambiguous => "may mean two things",
        Status::Grounded if field.checks.iter().any(|check| !check.passed) => "does not go with some of the other values",
        Status::Grounded if field.confidence < THRESHOLD => "is not sure enough",
        Status::Grounded | Status::Confirmed => return None,
    };
    Some(format!("{} {why}.", field.path))
}

/// The values of fields nested by their paths; what `base` holds beside them stays.
pub(crate) fn record(mut base: Value, fields: &[Field]) -> Value {
    for field in fields {
        let mut parts = field.path.split('/').skip(1);
        let Some(root) = base.as_object_mut() else { return base };
        match (parts.next(), parts.next().map(str::parse::<usize>), parts.next()) {
            (Some(name), None, _) => {
                root.insert(name.to_owned(), field.value.clone());
            }
            (Some(name), Some(Ok(row)), Some(column)) => {
                let rows = root.entry(name).or_insert_with(|| Value::Array(Vec::new()));
                let Some(rows) = rows.as_array_mut() else { continue };
                while rows.len() <= row {
                    rows.push(Value::Object(Map::new()));
                }
                if let Some(object) = rows.get_mut(row).and_then(Value::as_object_mut) {
                    object.insert(column.to_owned(), field.value.clone());
                }
            }
            _ => {}
        }
    }
    base
}

pub(crate) fn thousandths<S: serde::Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((value * 1000.0).round() / 1000.0)
}
