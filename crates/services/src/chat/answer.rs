//! What a server answers to a chat, and the JSON object within a model's words.

use serde::Deserialize;
use serde_json::{Deserializer, Value};

/// How many braces may begin no object: more than stand in words around one.
const MOST_TRIES: usize = 64;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Completion {
    pub(super) choices: Vec<Choice>,
    pub(super) usage: Option<Counted>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    pub(super) message: Said,
    pub(super) finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    pub(super) content: Option<String>,
}

/// Tokens, as the server counted them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Counted {
    pub(super) prompt_tokens: u64,
    pub(super) completion_tokens: u64,
}

/// What a model wrote when its server held it to JSON and it broke loose; the server answers that as a failure (Groq does). None when the
/// failure is another.
pub(super) fn broke_loose(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let error = answer.get("error").filter(|e| e["code"] == "json_validate_failed")?;
    Some(error["failed_generation"].as_str().unwrap_or_default().to_owned())
}

/// The last JSON object in a text: the text itself, or what stands between code fences or among words. Models think first and answer then,
/// and what stands in their thoughts is passed over.
pub(super) fn object(text: &str) -> Option<Value> {
    let text = text.rsplit_once("</think>").map_or(text, |(_, after)| after);
    let (mut at, mut tries, mut last) = (0, 0, None);
    while let Some(rest) = text.get(at..).and_then(|t| t.get(t.find('{')?..)).filter(|_| tries < MOST_TRIES) {
        let mut values = Deserializer::from_str(rest).into_iter::<Value>();
        at = text.len() - rest.len();
        match values.next() {
            Some(Ok(object)) => {
                at += values.byte_offset();
                last = Some(object);
            }
            _ => (at, tries) = (at + 1, tries + 1),
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_is_found_alone_in_fences_among_words_and_after_thoughts() {
        for text in [
            r#"{"total": "5.00"}"#,
            "```json\n{\"total\": \"5.00\"}\n```",
            "The form is {\"total\": {\"a\": \"b\"}}, so {as you} wished: {\"total\": \"5.00\"} :-}",
            "<think>maybe {\"total\": \"4.00\"}?</think>\n{\"total\": \"5.00\"}",
        ] {
            assert_eq!(object(text), Some(json!({"total": "5.00"})), "{text}");
        }
        for text in ["", "I cannot.", "[1, 2]", "{\"total\": ", "{{{{"] {
            assert_eq!(object(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_words_make_it_panic(text in "[{}\\[\\]\":a,`é<>/think-]{0,300}") {
            assert!(object(&text).is_none_or(|o| o.is_object()));
        }
    }
}
