//! The schemas that come with the program, compiled in.

use serde_json::Value;

use super::Schema;

/// The shipped schemas by name, as JSON.
pub const SHIPPED: [(&str, &str); 5] = [
    ("submission", include_str!("../../../../schemas/submission.json")),
    ("invoice", include_str!("../../../../schemas/invoice.json")),
    ("receipt", include_str!("../../../../schemas/receipt.json")),
    ("letter", include_str!("../../../../schemas/letter.json")),
    ("id-free", include_str!("../../../../schemas/id-free.json")),
];

impl Schema {
    /// The shipped schema of this name; none when there is none.
    pub fn shipped(name: &str) -> Option<Self> {
        let (_, json) = SHIPPED.iter().find(|(n, _)| *n == name)?;
        Self::parse(&serde_json::from_str(json).ok()?).ok()
    }

    /// The schema that the option `schema` of a step names or is.
    ///
    /// # Errors
    /// A sentence that back-quotes `schema` first.
    pub fn given(option: &Value) -> Result<Self, String> {
        match option {
            Value::String(name) => Self::shipped(name).ok_or_else(|| {
                let known = SHIPPED.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                format!("`schema` is `{name}`, which does not come with this program; there are {known}")
            }),
            Value::Object(_) => Self::parse(option).map_err(|why| format!("`schema` cannot be used: {why}")),
            _ => Err("`schema` is the name of a schema, or a JSON Schema".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_schema_can_be_read_and_bears_its_name() {
        for (name, json) in SHIPPED {
            let schema = Schema::parse(&serde_json::from_str(json).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(schema.name(), name);
            assert!(!schema.root.properties.is_empty());
        }
    }
}
