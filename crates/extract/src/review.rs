//! What a person makes of fields: corrections, and what is left to look at.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fields::{Field, Source, Status, reason, record};
use crate::schema::{Kind, Leaf, Schema};
use crate::slot::{normal, written};
use crate::validate::{normalise, validate};

/// Fields as they are after a person corrected some.
#[derive(Debug, Clone, PartialEq)]
pub struct Corrected {
    /// All of them.
    pub fields: Vec<Field>,
    /// Their values, nested.
    pub record: Value,
    /// What was changed: the path, what it was, what it is. A value that was confirmed as it was is not among them.
    pub changes: Vec<(String, Value, Value)>,
}

/// So many of the fields a person should look at.
pub fn doubts(fields: &[Field]) -> u32 {
    u32::try_from(fields.iter().filter(|f| reason(f).is_some()).count()).unwrap_or(u32::MAX)
}

/// How sure the least sure value is, 0..=1; 0 when there is none.
pub fn least_confidence(fields: &[Field]) -> f64 {
    fields.iter().filter(|f| !f.value.is_null()).map(|f| f.confidence).reduce(f64::min).unwrap_or(0.0)
}

/// Sets values by their paths as a person typed them. A value that a person gave, or confirmed by giving it again, is sure; null says that
/// the document has none. With the schema a value may be added at a path that no field has yet, such as the next row.
///
/// # Errors
/// A sentence for each value that cannot stand, by its path: what is wrong and what would be right. Nothing is changed then.
pub fn correct(
    mut fields: Vec<Field>,
    base: Value,
    schema: Option<&Schema>,
    typed: &BTreeMap<String, Value>,
) -> Result<Corrected, BTreeMap<String, String>> {
    let mut changes = Vec::new();
    let mut wrong = BTreeMap::new();
    for (path, given) in typed {
        match checked(&fields, schema, path, given) {
            Ok(value) => {
                let before = set(&mut fields, schema, path, value.clone());
                if before != value {
                    changes.push((path.clone(), before, value));
                }
            }
            Err(why) => {
                wrong.insert(path.clone(), why);
            }
        }
    }
    let record = record(base, &fields);
    if wrong.is_empty() { Ok(Corrected { fields, record, changes }) } else { Err(wrong) }
}

/// The value in its normal form: by the schema, or where that is not known by the type that the field has. What stands there already may
/// be confirmed whatever it is: check digits of a true document can be wrong.
fn checked(fields: &[Field], schema: Option<&Schema>, path: &str, given: &Value) -> Result<Value, String> {
    if fields.iter().any(|f| f.path == path && f.value == *given) {
        return Ok(given.clone());
    }
    if let Some(schema) = schema {
        return validate(schema, path, given);
    }
    let field = fields.iter().find(|f| f.path == path).ok_or_else(|| format!("There is no field `{path}`."))?;
    if given.is_null() {
        return Ok(Value::Null);
    }
    let leaf =
        Leaf { kind: field.kind, as_number: field.value.is_number(), past: false, pattern: None, options: Vec::new(), places: Vec::new() };
    let text = normal(given).ok_or("A value is text, a number, true or false, or null.")?;
    normalise(&leaf, &text).map(|value| written(&leaf, &value))
}

/// Sets a value and answers the one before.
fn set(fields: &mut Vec<Field>, schema: Option<&Schema>, path: &str, value: Value) -> Value {
    let at = match fields.iter().position(|f| f.path == path) {
        Some(at) => at,
        None => {
            let (label, kind) =
                schema.and_then(|s| s.leaf(path)).map_or((path.to_owned(), Kind::Text), |(p, leaf)| (p.title.clone(), leaf.kind));
            fields.push(added(path, label, kind));
            fields.len() - 1
        }
    };
    let Some(field) = fields.get_mut(at) else { return Value::Null };
    let before = std::mem::replace(&mut field.value, value);
    if before != field.value {
        // Where another value stood says nothing of this one.
        field.found_in_text = false;
        field.checks.clear();
        field.source = Some(Source::Person);
    }
    field.status = Status::Confirmed;
    field.confidence = 1.0;
    before
}

fn added(path: &str, label: String, kind: Kind) -> Field {
    Field {
        path: path.to_owned(),
        label,
        kind,
        value: Value::Null,
        text: None,
        page: None,
        bounds: None,
        confidence: 1.0,
        status: Status::Confirmed,
        required: false,
        checks: Vec::new(),
        found_in_text: false,
        source: Some(Source::Person),
        alternatives: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Checked;
    use serde_json::json;

    fn fields() -> Vec<Field> {
        let total =
            Field { value: json!("12.50"), status: Status::FailedCheck, confidence: 0.4, ..added("/total", "Total".into(), Kind::Amount) };
        let vendor =
            Field { value: json!("Mlll"), status: Status::Grounded, confidence: 0.95, ..added("/vendor", "Vendor".into(), Kind::Name) };
        vec![total, vendor]
    }

    fn typed(path: &str, value: Value) -> BTreeMap<String, Value> {
        BTreeMap::from([(path.to_owned(), value)])
    }

    #[test]
    fn a_corrected_value_is_sure_and_told_with_what_it_was() {
        assert_eq!((doubts(&fields()), least_confidence(&fields())), (1, 0.4));
        let schema = Schema::shipped("receipt");
        let done = correct(fields(), json!({"total": "12.50", "kept": 1}), schema.as_ref(), &typed("/total", json!("13,50"))).unwrap();
        assert_eq!(done.changes, [("/total".to_owned(), json!("12.50"), json!("13.50"))]);
        assert_eq!(done.record, json!({"total": "13.50", "vendor": "Mlll", "kept": 1}));
        assert_eq!((doubts(&done.fields), least_confidence(&done.fields)), (0, 0.95));
    }

    #[test]
    fn a_value_given_again_is_confirmed_and_is_no_change() {
        let done = correct(fields(), json!({}), None, &typed("/total", json!("12.50"))).unwrap();
        assert!(done.changes.is_empty() && done.fields[0].status == Status::Confirmed);
    }

    #[test]
    fn what_cannot_stand_is_told_by_its_path_and_changes_nothing() {
        let wrong = correct(fields(), json!({}), None, &typed("/total", json!("twelve"))).unwrap_err();
        assert!(wrong["/total"].contains("1234.50"), "{wrong:?}");
        assert!(correct(fields(), json!({}), None, &typed("/nothing", json!("x"))).is_err());
    }

    #[test]
    fn a_value_that_goes_with_one_and_not_with_another_is_looked_at() {
        let check = |passed| Checked { name: "sum".into(), passed, detail: String::new() };
        let field = |checks| Field { status: Status::Grounded, confidence: 0.98, checks, ..added("/total", "Total".into(), Kind::Amount) };
        assert_eq!(doubts(&[field(vec![check(true)])]), 0);
        assert_eq!(doubts(&[field(vec![check(true), check(false)])]), 1);
    }

    #[test]
    fn a_value_that_no_check_would_pass_can_be_confirmed_as_it_stands() {
        let wrong =
            Field { value: json!("DE000000000"), status: Status::FailedCheck, ..added("/vendor_vat_id", "VAT".into(), Kind::VatId) };
        let schema = Schema::shipped("invoice");
        let confirmed = correct(vec![wrong.clone()], json!({}), schema.as_ref(), &typed("/vendor_vat_id", json!("DE000000000"))).unwrap();
        assert_eq!((confirmed.changes.len(), confirmed.fields[0].status), (0, Status::Confirmed));
        assert!(correct(vec![wrong], json!({}), schema.as_ref(), &typed("/vendor_vat_id", json!("DE000000001"))).is_err());
    }

    #[test]
    fn a_row_has_one_number_and_no_number_makes_more_than_a_record_holds() {
        let schema = Schema::shipped("receipt");
        for row in ["01", "+1", "1000", "4294967295", "-1", ""] {
            let path = format!("/items/{row}/description");
            let wrong = correct(fields(), json!({}), schema.as_ref(), &typed(&path, json!("Tea"))).unwrap_err();
            assert!(wrong[&path].contains("no field"), "{row}: {wrong:?}");
        }
        assert!(correct(fields(), json!({}), schema.as_ref(), &typed("/items/999/description", json!("Tea"))).is_ok());
    }

    #[test]
    fn a_row_can_be_added_where_the_schema_has_rows() {
        let schema = Schema::shipped("receipt");
        let done = correct(fields(), json!({}), schema.as_ref(), &typed("/items/0/description", json!("Tea"))).unwrap();
        assert_eq!(done.record["items"], json!([{"description": "Tea"}]));
        assert_eq!(done.fields[2].source, Some(Source::Person));
    }
}
