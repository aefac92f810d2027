//! The rules and a model together: the rules first, the model for what they leave open, a person where they disagree.

use std::collections::HashSet;

use serde_json::Value;

use crate::fields::{Alternative, Field, Fields, Review, Status, THRESHOLD, record};

/// Values on which both disagree are below [`THRESHOLD`] whatever each was sure of.
const DISPUTED: f64 = 0.8;
/// Two readers of the same words are never surer than this together.
const MOST: f64 = 0.99;
const MOST_ALTERNATIVES: usize = 3;

/// One set of fields of both, which must be of the same schema. Where both say the same it is surer; where they differ the surer one
/// stands, the other is an alternative, and the review says so. Rows are taken from the rules when these are sure of all of them, else
/// from the model if it has any.
pub fn merge(rules: Fields, model: Fields) -> Fields {
    let mut reasons = Vec::new();
    let lists = lists(&rules, &model);
    let of_model: HashSet<String> = lists.iter().filter(|l| model_has_rows(&rules, &model, l)).cloned().collect();
    let mut merged: Vec<Field> = Vec::new();
    for field in rules.fields.iter().filter(|f| !of_model.contains(list(&f.path))) {
        merged.push(match model.at(&field.path) {
            Some(other) => both(field.clone(), other.clone(), &mut reasons),
            None => field.clone(),
        });
    }
    for field in &model.fields {
        let open = rules.at(&field.path).is_none() && !list(&field.path).is_empty() && !lists.contains(list(&field.path));
        if of_model.contains(list(&field.path)) {
            let same = rules.at(&field.path).filter(|r| r.value == field.value && !r.value.is_null());
            merged.push(same.map_or_else(|| field.clone(), |r| both(r.clone(), field.clone(), &mut reasons)));
        } else if open {
            merged.push(field.clone());
        }
    }
    let mut base = rules.record.clone();
    for name in &of_model {
        base[name.as_str()] = Value::Array(Vec::new());
        if rows(&rules, name) > 0 && rows(&rules, name) != rows(&model, name) {
            reasons.push(format!("/{name} has {} rows by the rules and {} by the model.", rows(&rules, name), rows(&model, name)));
        }
    }
    let mut review = Review::of(&merged);
    let empty =
        rules.review.reasons.iter().filter(|r| {
            lists.iter().any(|l| r.starts_with(&format!("/{l} "))) && !of_model.iter().any(|l| r.starts_with(&format!("/{l} ")))
        });
    review.reasons.extend(empty.cloned());
    review.reasons.extend(reasons);
    review.needed = !review.reasons.is_empty();
    let record = record(base, &merged);
    Fields {
        schema: rules.schema,
        extractor: format!("{}+{}", rules.extractor, model.extractor),
        threshold: THRESHOLD,
        fields: merged,
        record,
        review,
    }
}

/// The property a row's path begins with; nothing for a single value.
fn list(path: &str) -> &str {
    path.strip_prefix('/').and_then(|p| p.split_once('/')).map_or("", |(name, _)| name)
}

/// The properties that hold rows.
fn lists(rules: &Fields, model: &Fields) -> HashSet<String> {
    let arrays =
        |f: &Fields| f.record.as_object().into_iter().flatten().filter(|(_, v)| v.is_array()).map(|(k, _)| k.clone()).collect::<Vec<_>>();
    arrays(rules).into_iter().chain(arrays(model)).collect()
}

fn rows(fields: &Fields, name: &str) -> usize {
    fields.record.get(name).and_then(Value::as_array).map_or(0, Vec::len)
}

fn model_has_rows(rules: &Fields, model: &Fields, name: &str) -> bool {
    let mut own = rules.fields.iter().filter(|f| list(&f.path) == name).peekable();
    let sure = own.peek().is_some() && own.all(|f| f.confidence >= THRESHOLD || f.status == Status::Missing);
    rows(model, name) > 0 && !sure
}

fn both(rule: Field, model: Field, reasons: &mut Vec<String>) -> Field {
    let silent = |f: &Field| f.value.is_null();
    match (silent(&rule), silent(&model)) {
        (_, true) => return rule,
        (true, _) => return model,
        _ => {}
    }
    if rule.value == model.value {
        return agreed(rule, &model);
    }
    let chosen_by_model = rule.status == Status::Ambiguous && rule.alternatives.iter().any(|a| a.value == model.value);
    reasons.push(format!("{}: the rules say {}, the model says {}.", rule.path, rule.value, model.value));
    let first = if chosen_by_model || model.confidence > rule.confidence { (model, rule) } else { (rule, model) };
    let (mut field, other) = first;
    field.confidence *= DISPUTED;
    let said = Alternative {
        text: other.text.unwrap_or_default(),
        value: other.value,
        page: other.page,
        bounds: other.bounds,
        confidence: other.confidence,
    };
    field.alternatives.retain(|a| a.value != said.value);
    field.alternatives.insert(0, said);
    field.alternatives.truncate(MOST_ALTERNATIVES);
    field
}

/// Two that say the same. A failed check is not outvoted, and what may mean two things is no clearer because a model prefers one.
fn agreed(mut rule: Field, model: &Field) -> Field {
    let sound = matches!(rule.status, Status::Grounded) && matches!(model.status, Status::Grounded);
    let together = (1.0 - (1.0 - rule.confidence) * (1.0 - model.confidence)).min(MOST);
    rule.confidence = if sound { together.max(rule.confidence) } else { rule.confidence };
    rule
}
