//! Values that somebody types or a model writes, in their normal form or refused with what would be right.

use chrono::NaiveDate;
use serde_json::Value;

use crate::fold::{fold, nearest};
use crate::schema::{Kind, Leaf, Schema, Shape};
use crate::slot::{normal, written};
use crate::values::convention::Convention;
use crate::values::{Reading, currency_of, known_currency, masked, readings};

/// A value longer than this was not typed by anybody.
const MOST_CHARS: usize = 20_000;

/// Normalises a correction: `12,50` becomes `12.50`, `3 april 2025` becomes `2025-04-03`, an IBAN loses its blanks. Null stays null: it
/// says that the document has no such value.
///
/// # Errors
///
/// Says what is wrong and what would be right, for the person who typed it: no such path (with the nearest), a value that is not of the
/// type, check digits that are wrong, a date or number that may mean two things.
pub fn validate(schema: &Schema, path: &str, value: &Value) -> Result<Value, String> {
    let Some((_, leaf)) = schema.leaf(path) else { return Err(unknown(schema, path)) };
    if value.is_null() {
        return Ok(Value::Null);
    }
    let text = normal(value).ok_or("A value is text, a number, true or false, or null.")?;
    normalise(leaf, &text).map(|value| written(leaf, &value))
}

fn unknown(schema: &Schema, path: &str) -> String {
    let paths = schema.root.properties.iter().flat_map(|p| match &p.shape {
        Shape::Value(_) => vec![format!("/{}", p.name)],
        Shape::Rows(group, _) => group.properties.iter().map(|c| format!("/{}/0/{}", p.name, c.name)).collect(),
    });
    let paths: Vec<String> = paths.collect();
    let near = nearest(path, paths.iter().map(String::as_str)).unwrap_or_default();
    format!("There is no field `{path}`. Did you mean `{near}`?")
}

/// A text as the normal form of a value.
pub(crate) fn normalise(leaf: &Leaf, text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MOST_CHARS {
        return Err(format!("A value has 1 to {MOST_CHARS} characters; say null if there is none."));
    }
    let value = if leaf.options.is_empty() { of_kind(leaf, text)? } else { option(leaf, text)? };
    match &leaf.pattern {
        Some(pattern) if !pattern.is_match(&value) => Err(format!("`{text}` does not match the pattern `{pattern}`.")),
        _ => Ok(value),
    }
}

fn option(leaf: &Leaf, text: &str) -> Result<String, String> {
    let same = leaf.options.iter().find(|o| fold(o) == fold(text));
    same.cloned().ok_or_else(|| format!("`{text}` is not one of: {}.", leaf.options.join(", ")))
}

fn of_kind(leaf: &Leaf, text: &str) -> Result<String, String> {
    let tidy = || text.split_whitespace().collect::<Vec<_>>().join(" ");
    match leaf.kind {
        Kind::Text | Kind::Name | Kind::Address | Kind::Identifier => Ok(masked(&tidy())),
        Kind::Currency => {
            known_currency(text).map(str::to_owned).ok_or_else(|| format!("`{text}` is no currency. Write its code, such as EUR."))
        }
        Kind::Percent if !text.contains('%') => number(leaf, &format!("{text}%"), text),
        Kind::Iban => exact(leaf, &text.to_uppercase(), text, "its check digits must be right"),
        Kind::Bic => exact(leaf, &text.replace(' ', "").to_uppercase(), text, "8 or 11 letters and digits"),
        Kind::VatId | Kind::Reference => exact(leaf, &text.to_uppercase(), text, "its check digits must be right"),
        Kind::Card => card(text),
        Kind::Date => exact(leaf, text, text, "write it as YYYY-MM-DD"),
        Kind::Time => exact(leaf, text, text, "write it as HH:MM"),
        Kind::Amount | Kind::Number | Kind::Percent => number(leaf, text, text),
        Kind::Email | Kind::Phone | Kind::Url | Kind::Checkbox => exact(leaf, text, text, "look for a missing or extra character"),
    }
}

/// No day is named: years of two digits are of this century.
fn open() -> Convention {
    Convention::open(NaiveDate::from_ymd_opt(2100, 1, 1).unwrap_or_default())
}

/// The one reading that takes all of a text.
fn exact(leaf: &Leaf, text: &str, typed: &str, hint: &str) -> Result<String, String> {
    let plain = Leaf { kind: leaf.kind, as_number: leaf.as_number, past: false, pattern: None, options: Vec::new(), places: Vec::new() };
    let found = readings(&plain, text, &open());
    let whole = found.into_iter().find(|r| covers(r, text) && !r.repaired && !r.broken);
    let reading = whole.ok_or_else(|| format!("`{typed}` is no {}: {hint}.", leaf.kind.name().replace('_', " ")))?;
    match reading.other {
        Some(other) => Err(format!("`{typed}` may mean {} or {other}. Write the one that is meant.", reading.value)),
        None => Ok(reading.value),
    }
}

fn number(leaf: &Leaf, text: &str, typed: &str) -> Result<String, String> {
    exact(leaf, text, typed, "write it like 1234.50")
        .map_err(|e| e.replace("Write the one that is meant.", "Write it with two or four decimals."))
}

/// Whether nothing but blanks, points and a currency stands beside a reading.
fn covers(reading: &Reading, text: &str) -> bool {
    let beside = [text.get(..reading.span.start), text.get(reading.span.end..)];
    let nothing = |t: &str| {
        let bare = t.trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | ',' | ':'));
        bare.is_empty() || currency_of(bare).is_some()
    };
    beside.into_iter().flatten().all(nothing)
}

fn card(text: &str) -> Result<String, String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let last = digits.len().checked_sub(4).and_then(|at| digits.get(at..));
    last.map(|last| format!("**** {last}")).ok_or_else(|| "Write the last four digits of the card.".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn check(path: &str, value: Value) -> Result<Value, String> {
        validate(&Schema::shipped("invoice").unwrap(), path, &value)
    }

    #[test]
    fn corrections_are_put_in_their_normal_form() {
        for (path, typed, value) in [
            ("/total", json!("12,50"), json!("12.50")),
            ("/total", json!("€ 1.234,50"), json!("1234.50")),
            ("/total", json!(12), json!("12.00")),
            ("/total", json!(12.5), json!("12.50")),
            ("/date", json!("3 april 2025"), json!("2025-04-03")),
            ("/date", json!("2025-04-03"), json!("2025-04-03")),
            ("/iban", json!("nl91 abna 0417 1643 00"), json!("NL91ABNA0417164300")),
            ("/currency", json!("€"), json!("EUR")),
            ("/tax_rate", json!("21"), json!(21)),
            ("/tax_rate", json!("5,5 %"), json!(5.5)),
            ("/vendor", json!("  Mill   Ltd "), json!("Mill Ltd")),
            ("/items/7/quantity", json!("2"), json!(2)),
            ("/total", json!(null), json!(null)),
        ] {
            assert_eq!(check(path, typed.clone()), Ok(value), "{path} {typed}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        for (path, typed, told) in [
            ("/totl", json!("1"), "`/total`"),
            ("/total", json!("twelve"), "1234.50"),
            ("/total", json!("1.234"), "may mean"),
            ("/date", json!("03/04/2025"), "2025-04-03 or 2025-03-04"),
            ("/date", json!("soon"), "YYYY-MM-DD"),
            ("/iban", json!("NL92 ABNA 0417 1643 00"), "check digits"),
            ("/total", json!([1]), "text, a number"),
            ("/items/x/amount", json!("1"), "no field"),
            ("/vendor", json!(" "), "null"),
        ] {
            let error = check(path, typed).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }

    proptest! {
        #[test]
        fn a_normal_form_is_its_own_and_nothing_panics(text in "\\PC*|[-0-9., €]{1,12}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}") {
            for path in ["/total", "/date", "/vendor", "/iban", "/currency", "/tax_rate", "/invoice_number", "/vendor_vat_id", "/bic", "/items/0/quantity"] {
                if let Ok(value) = check(path, json!(text)) {
                    // Three decimals are a thousand to some: they have to be written out.
                    let again = check(path, value.clone());
                    prop_assert!(again == Ok(value.clone()) || again.is_err_and(|e| e.contains("may mean")), "{path} {value}");
                }
            }
        }
    }
}
