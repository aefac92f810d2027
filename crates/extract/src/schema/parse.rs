//! Schemas from JSON; a hint that is not known is an error, for a misspelt one would silently do nothing.

use regex::RegexBuilder;
use serde_json::{Map, Value};

use super::{Check, Group, Kind, Leaf, Place, Property, Rows, Rule, Schema, Shape};
use crate::fold::nearest;

const GROUP_HINTS: [&str; 2] = ["x-checks", "x-order"];
const VALUE_HINTS: [&str; 5] = ["x-labels", "x-not", "x-type", "x-place", "x-when"];
const ROW_HINTS: [&str; 3] = ["x-labels", "x-not", "x-rows"];
/// Words of JSON Schema that would change what is accepted and that nothing here looks at.
const UNSUPPORTED: [&str; 8] = ["$ref", "oneOf", "anyOf", "allOf", "not", "if", "patternProperties", "prefixItems"];
/// A program of this size at most is made of a pattern.
const PATTERN_BYTES: usize = 1 << 20;
const MOST_PROPERTIES: usize = 200;
/// Of the name of a schema or a property, in characters.
const LONGEST_NAME: usize = 200;

impl Schema {
    /// Reads a JSON Schema: an object with `properties`, and arrays of objects for rows. `properties` keep the order of `x-order`, else of
    /// their names.
    ///
    /// # Errors
    ///
    /// Says which property is wrong and what would be right: an unknown hint or type (with the nearest known one), a pattern that cannot
    /// be compiled, a check of a property that is not there, or a part of JSON Schema that is not supported.
    pub fn parse(json: &Value) -> Result<Self, String> {
        let object = json.as_object().ok_or("A schema is a JSON object with `properties`.")?;
        let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
        let root = group(object, "", true)?;
        let name = text("$id").or_else(|| text("title")).unwrap_or_else(|| "custom".into());
        if !is_name(&name) {
            return Err(format!(
                "The name of a schema (`$id`, else `title`) has 1 to {LONGEST_NAME} characters and no control characters."
            ));
        }
        Ok(Self { name, about: text("description").unwrap_or_default(), root })
    }
}

fn group(object: &Map<String, Value>, path: &str, rows_allowed: bool) -> Result<Group, String> {
    hints(object, &GROUP_HINTS, path)?;
    let properties = object.get("properties").and_then(Value::as_object).filter(|p| !p.is_empty());
    let properties = properties.ok_or_else(|| format!("{}: an object needs `properties`.", here(path)))?;
    if properties.len() > MOST_PROPERTIES {
        return Err(format!("{}: {} properties are too many; {MOST_PROPERTIES} are allowed.", here(path), properties.len()));
    }
    let required = strings(object, "required", path)?;
    let mut order = strings(object, "x-order", path)?;
    for name in required.iter().chain(&order) {
        exists(name, properties, path)?;
    }
    let rest: Vec<String> = properties.keys().filter(|k| !order.contains(k)).cloned().collect();
    order.extend(rest);
    let read = |name: &String| {
        let json = properties.get(name).ok_or_else(|| format!("{path}/{name} is named twice in `x-order`."))?;
        property(name, json, &format!("{path}/{name}"), required.contains(name), rows_allowed)
    };
    let properties = order.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut group = Group { properties, checks: Vec::new() };
    group.checks = checks(object, &group, path)?;
    Ok(group)
}

fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn here(path: &str) -> &str {
    if path.is_empty() { "The schema" } else { path }
}

fn exists(name: &str, properties: &Map<String, Value>, path: &str) -> Result<(), String> {
    if properties.contains_key(name) {
        return Ok(());
    }
    let near = nearest(name, properties.keys().map(String::as_str)).unwrap_or_default();
    Err(format!("{}: there is no property `{name}`. Did you mean `{near}`?", here(path)))
}

/// Every key with `x-` must be one of these.
fn hints(object: &Map<String, Value>, known: &[&'static str], path: &str) -> Result<(), String> {
    for key in object.keys() {
        if UNSUPPORTED.contains(&key.as_str()) {
            return Err(format!("{}: `{key}` is not supported. Write out what it stands for.", here(path)));
        }
        if key.starts_with("x-") && !known.contains(&key.as_str()) {
            let near = nearest(key, known.iter().copied()).unwrap_or_default();
            return Err(format!("{}: the hint `{key}` is not known here. Did you mean `{near}`?", here(path)));
        }
    }
    Ok(())
}

fn property(name: &str, json: &Value, path: &str, required: bool, rows_allowed: bool) -> Result<Property, String> {
    let object = json.as_object().ok_or_else(|| format!("{path} must be a JSON object."))?;
    if !is_name(name) || name.contains(['/', '~', '.']) || name.parse::<u32>().is_ok() {
        let rule = format!("has 1 to {LONGEST_NAME} characters, is no number, and holds no `/`, `~`, point or control character");
        return Err(format!("{path}: the name of a property {rule}."));
    }
    let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
    let title = text("title").unwrap_or_else(|| name.replace(['_', '-'], " "));
    let shape = match json_type(object) {
        "array" if rows_allowed => rows(object, path)?,
        "array" => return Err(format!("{path}: rows cannot hold rows.")),
        "object" => return Err(format!("{path}: an object in an object is not supported. Put its properties beside the others.")),
        other => Shape::Value(leaf(object, other, path)?),
    };
    let mut labels = strings(object, "x-labels", path)?;
    if labels.is_empty() {
        labels = vec![title.clone()];
    }
    let decoys = strings(object, "x-not", path)?;
    Ok(Property { name: name.to_owned(), title, about: text("description").unwrap_or_default(), required, labels, decoys, shape })
}

/// The first type that is not `null`.
fn json_type(object: &Map<String, Value>) -> &str {
    match object.get("type") {
        Some(Value::String(one)) => one,
        Some(Value::Array(some)) => some.iter().filter_map(Value::as_str).find(|t| *t != "null").unwrap_or("string"),
        _ => "string",
    }
}

fn rows(object: &Map<String, Value>, path: &str) -> Result<Shape, String> {
    hints(object, &ROW_HINTS, path)?;
    let items = object.get("items").and_then(Value::as_object).filter(|i| i.contains_key("properties"));
    let items = items.ok_or_else(|| format!("{path}: `items` of an array must be an object with `properties`."))?;
    let style = match object.get("x-rows").and_then(Value::as_str) {
        None | Some("table") => Rows::Table,
        Some("lines") => Rows::Lines,
        Some("numbered") => Rows::Numbered,
        Some("pairs") => Rows::Pairs,
        Some(other) => {
            let near = nearest(other, ["table", "lines", "numbered", "pairs"]).unwrap_or_default();
            return Err(format!("{path}: `x-rows` may not be `{other}`. Did you mean `{near}`?"));
        }
    };
    Ok(Shape::Rows(group(items, &format!("{path}/items"), false)?, style))
}

fn leaf(object: &Map<String, Value>, json_type: &str, path: &str) -> Result<Leaf, String> {
    hints(object, &VALUE_HINTS, path)?;
    let kind = match object.get("x-type").and_then(Value::as_str) {
        Some(name) => Kind::named(name).ok_or_else(|| {
            let near = nearest(name, Kind::ALL.iter().map(|(n, _)| *n)).unwrap_or_default();
            format!("{path}: the type `{name}` is not known. Did you mean `{near}`?")
        })?,
        None => implied(object, json_type),
    };
    let past = match object.get("x-when").and_then(Value::as_str) {
        None | Some("any") => false,
        Some("past") => true,
        Some(other) => return Err(format!("{path}: `x-when` may be `past` or `any`, not `{other}`.")),
    };
    let pattern = object.get("pattern").and_then(Value::as_str).map(|p| RegexBuilder::new(p).size_limit(PATTERN_BYTES).build());
    let pattern = pattern.transpose().map_err(|e| format!("{path}: the pattern cannot be compiled: {e}"))?;
    let as_number = matches!(json_type, "number" | "integer") && kind.is_numeric();
    Ok(Leaf { kind, as_number, places: places(object, path)?, past, pattern, options: strings(object, "enum", path)? })
}

/// What plain JSON Schema says of a value.
fn implied(object: &Map<String, Value>, json_type: &str) -> Kind {
    match (json_type, object.get("format").and_then(Value::as_str)) {
        ("number" | "integer", _) => Kind::Number,
        ("boolean", _) => Kind::Checkbox,
        (_, Some("date")) => Kind::Date,
        (_, Some("time")) => Kind::Time,
        (_, Some("email")) => Kind::Email,
        (_, Some("uri")) => Kind::Url,
        _ => Kind::Text,
    }
}

fn places(object: &Map<String, Value>, path: &str) -> Result<Vec<Place>, String> {
    let place = |name: String| match name.as_str() {
        "top" => Ok(Place::Top),
        "bottom" => Ok(Place::Bottom),
        "largest" => Ok(Place::Largest),
        "anywhere" => Ok(Place::Anywhere),
        other => Err(format!("{path}: `x-place` may be `top`, `bottom`, `largest` or `anywhere`, not `{other}`.")),
    };
    strings(object, "x-place", path)?.into_iter().map(place).collect()
}

/// A list of texts, or one text.
fn strings(object: &Map<String, Value>, key: &str, path: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("{}: `{key}` must be a list of texts.", here(path));
    match object.get(key) {
        None => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(some)) => some.iter().filter(|v| !v.is_null()).map(|v| v.as_str().map(str::to_owned).ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

fn checks(object: &Map<String, Value>, group: &Group, path: &str) -> Result<Vec<Check>, String> {
    let Some(list) = object.get("x-checks") else { return Ok(Vec::new()) };
    let list = list.as_array().ok_or_else(|| format!("{}: `x-checks` must be a list.", here(path)))?;
    list.iter().map(|json| check(json, group, path)).collect()
}

fn check(json: &Value, group: &Group, path: &str) -> Result<Check, String> {
    let forms = "`{sum, less, equals}`, `{product, equals}`, `{percent, of, equals}` or `{date, not_before}`";
    let wrong = || format!("{}: a check is one of {forms}.", here(path));
    let object = json.as_object().ok_or_else(wrong)?;
    let list = |key: &str| strings(object, key, path);
    let one = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned).ok_or_else(wrong);
    let rule = if object.contains_key("sum") {
        Rule::Sum { sum: list("sum")?, less: list("less")?, equals: list("equals")? }
    } else if object.contains_key("product") {
        Rule::Product { factors: list("product")?, equals: one("equals")? }
    } else if object.contains_key("percent") {
        Rule::Percent { percent: one("percent")?, of: one("of")?, equals: one("equals")? }
    } else {
        Rule::NotBefore { date: one("date")?, not_before: one("not_before")? }
    };
    for name in rule.names() {
        let (first, column) = name.split_once('.').map_or((name, None), |(f, c)| (f, Some(c)));
        let found = group.property(first).is_some_and(|p| match (&p.shape, column) {
            (Shape::Value(_), None) => true,
            (Shape::Rows(rows, _), Some(column)) => rows.property(column).is_some(),
            _ => false,
        });
        if !found {
            return Err(format!("{}: a check names `{name}`, which is no property.", here(path)));
        }
    }
    let tolerance = object.get("tolerance").and_then(Value::as_f64).unwrap_or(0.0);
    let name = object.get("name").and_then(Value::as_str).map_or_else(|| rule.to_string(), str::to_owned);
    Ok(Check { name, rule, tolerance: (tolerance * 10_000.0).round() as i64 })
}

impl Rule {
    /// Every property it looks at.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Sum { sum, less, equals } => sum.iter().chain(less).chain(equals).map(String::as_str).collect(),
            Self::Product { factors, equals } => factors.iter().chain([equals]).map(String::as_str).collect(),
            Self::Percent { percent, of, equals } => vec![percent, of, equals],
            Self::NotBefore { date, not_before } => vec![date, not_before],
        }
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sum { sum, less, equals } => {
                let minus: String = less.iter().map(|l| format!(" - {l}")).collect();
                write!(f, "{}{minus} = {}", sum.join(" + "), equals.join(" or "))
            }
            Self::Product { factors, equals } => write!(f, "{} = {equals}", factors.join(" × ")),
            Self::Percent { percent, of, equals } => write!(f, "{percent} % of {of} = {equals}"),
            Self::NotBefore { date, not_before } => write!(f, "{date} ≥ {not_before}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn properties_keep_their_order_and_hints() {
        let schema = Schema::parse(&json!({
            "title": "slip", "required": ["b"], "x-order": ["b"],
            "properties": {"a": {"type": "number"}, "b": {"type": ["string", "null"], "format": "date", "x-labels": ["Date"], "x-place": "top"}},
        }))
        .unwrap();
        assert_eq!(schema.name(), "slip");
        let names: Vec<_> = schema.root.properties.iter().map(|p| (p.name.as_str(), p.required)).collect();
        assert_eq!(names, [("b", true), ("a", false)]);
        assert_eq!(schema.leaf("/b").unwrap().1.kind, Kind::Date);
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        for (json, told) in [
            (json!({"properties": {"a": {"x-lables": ["A"]}}}), "`x-labels`"),
            (json!({"properties": {"a": {"x-type": "amout"}}}), "`amount`"),
            (json!({"properties": {"total": {}}, "required": ["totl"]}), "`total`"),
            (json!({"properties": {"a": {"type": "object"}}}), "beside the others"),
            (json!({"properties": {"a": {"pattern": "("}}}), "cannot be compiled"),
            (json!({"properties": {"a": {"$ref": "#"}}}), "not supported"),
            (json!({"properties": {"a": {}}, "x-checks": [{"sum": ["b"], "equals": "a"}]}), "names `b`"),
            (json!({"properties": {"a": {"type": "array", "items": {"type": "string"}}}}), "object with `properties`"),
            (json!({"title": "a\u{0}b", "properties": {"a": {}}}), "no control characters"),
            (json!({"properties": {"a\n": {}}}), "control character"),
            (json!({"properties": {"a.b": {}}}), "point"),
            (json!({"properties": {}}), "needs `properties`"),
            (json!([]), "JSON object"),
        ] {
            let error = Schema::parse(&json).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
