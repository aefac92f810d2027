//! How a server is asked for JSON: as strictly as it can. What it takes is found out by asking.

use std::sync::atomic::{AtomicU8, Ordering};

use serde_json::{Value, json};

/// From the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// The answer is held to the schema while it is made.
    Schema,
    /// The answer is held to be some JSON object.
    Object,
    /// The words of the question alone ask for it.
    Words,
}

const ALL: [Format; 3] = [Format::Schema, Format::Object, Format::Words];

impl Format {
    /// The next that is less strict.
    pub(super) fn weaker(self) -> Option<Self> {
        ALL.get(self as usize + 1).copied()
    }

    /// What a request says of it.
    pub(super) fn told(self, schema: &Value) -> Option<Value> {
        match self {
            Self::Schema => Some(json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}})),
            Self::Object => Some(json!({"type": "json_object"})),
            Self::Words => None,
        }
    }
}

/// The strictest format that a server took, or may take.
#[derive(Debug, Default)]
pub(super) struct Taken(AtomicU8);

impl Taken {
    pub(super) fn get(&self) -> Format {
        ALL.get(usize::from(self.0.load(Ordering::Relaxed))).copied().unwrap_or(Format::Words)
    }

    pub(super) fn set(&self, format: Format) {
        self.0.store(format as u8, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_get_weaker_until_there_are_words_alone() {
        let taken = Taken::default();
        assert_eq!(taken.get(), Format::Schema);
        taken.set(Format::Words);
        assert_eq!((taken.get(), Format::Schema.weaker(), Format::Words.weaker()), (Format::Words, Some(Format::Object), None));
    }
}
