//! The schema as others understand it: plain JSON Schema without our hints, for models whose output is held to it.

use serde_json::{Map, Value, json};

use super::{Group, Kind, Leaf, Property, Schema, Shape};

/// Plain JSON Schema of the wanted record, in the subset that schema-constrained output understands: every property required, every value
/// allowed to be null, nothing beside.
pub fn response_schema(schema: &Schema) -> Value {
    group(&schema.root)
}

fn group(group: &Group) -> Value {
    let properties: Map<String, Value> = group.properties.iter().map(|p| (p.name.clone(), property(p))).collect();
    let names: Vec<&str> = group.properties.iter().map(|p| p.name.as_str()).collect();
    json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
}

fn property(property: &Property) -> Value {
    match &property.shape {
        Shape::Rows(rows, _) => json!({"type": "array", "description": about(property, ""), "items": group(rows)}),
        Shape::Value(leaf) => value(property, leaf),
    }
}

fn value(property: &Property, leaf: &Leaf) -> Value {
    let json_type = match leaf.kind {
        Kind::Checkbox => "boolean",
        _ if leaf.as_number => "number",
        _ => "string",
    };
    let mut told = json!({"type": [json_type, "null"], "description": about(property, form(leaf.kind))});
    if !leaf.options.is_empty() {
        let options: Vec<Value> = leaf.options.iter().map(|o| json!(o)).chain([Value::Null]).collect();
        told["enum"] = Value::Array(options);
    }
    told
}

fn about(property: &Property, form: &str) -> String {
    let about = if property.about.is_empty() { &property.title } else { &property.about };
    if form.is_empty() { about.clone() } else { format!("{about} ({form})") }
}

fn form(kind: Kind) -> &'static str {
    match kind {
        Kind::Date => "YYYY-MM-DD",
        Kind::Time => "HH:MM, 24 hours",
        Kind::Amount => "decimal with a point and no currency, such as 1234.50",
        Kind::Currency => "ISO 4217 code",
        Kind::Percent => "the number before the percent sign",
        Kind::Card => "the last four digits only",
        Kind::Iban | Kind::VatId => "without blanks",
        _ => "",
    }
}
