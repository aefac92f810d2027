//! Fields of a document by a language model, which is asked, held to the schema, and told once where it broke it.

use std::fmt::Write;

use chrono::NaiveDate;
use gristmill_extract::{Fields, Schema, from_model, prompt, response_schema};
use gristmill_layout::Document;
use serde_json::Value;

use super::answer::object;
use super::{Chat, Message, Usage};
use crate::error::ServiceError;

/// Violations that a model is told of; when there are more, it understood nothing.
const MOST_TOLD: usize = 20;

/// Characters of one that it is told; the answer's own words may be in it.
const LONGEST_TOLD: usize = 300;

/// What is put around a document, so that it ends where we say. It is random: no document can hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary(String);

impl Boundary {
    /// A new one of 128 random bits. Make one for each document.
    ///
    /// # Errors
    /// [`ServiceError::Settings`] when the system gives no random numbers.
    pub fn random() -> Result<Self, ServiceError> {
        let mut bits = [0; 16];
        getrandom::fill(&mut bits)
            .map_err(|_| ServiceError::Settings { service: super::NAME, why: "the system gives no random numbers" })?;
        Ok(Self(format!("document-{:032x}", u128::from_be_bytes(bits))))
    }

    /// Its characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A text without it, for whatever a model wrote. A blank takes its place: what stood on both sides of it may be its halves.
    fn out_of(&self, text: &str) -> String {
        text.replace(&self.0, " ")
    }
}

impl Chat {
    /// The fields of a document, with what they cost. The whole of it is given: take its first pages when it may be long. An answer that
    /// breaks the schema is given back once, with every violation.
    ///
    /// Looking the values up in the document takes the calling thread a while, some milliseconds for a page.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] when the second answer breaks the schema too, [`ServiceError::Budget`] before a question that surely costs
    /// more than is left, and whatever else [`ServiceError`] says, but for those of pictures.
    pub async fn extract(
        &self,
        document: &Document,
        schema: &Schema,
        today: NaiveDate,
        boundary: &Boundary,
    ) -> Result<(Fields, Usage), ServiceError> {
        let (system, user) = prompt(document, schema, usize::MAX, boundary.as_str());
        let (form, mut usage) = (response_schema(schema), Usage::default());
        let asked = [Message { role: "system", content: &system }, Message { role: "user", content: &user }];
        let read = |words: &str| from_model(document, schema, &object(words).unwrap_or(Value::Null), today);
        let words = self.say(&asked, &form, &mut usage).await?;
        let violations = match read(&words) {
            Ok(fields) => return Ok((fields, usage)),
            Err(violations) => violations,
        };
        let (words, told) = (boundary.out_of(&words), boundary.out_of(&told(&violations)));
        let again = [asked[0], asked[1], Message { role: "assistant", content: &words }, Message { role: "user", content: &told }];
        let words = self.say(&again, &form, &mut usage).await?;
        read(&words).map(|fields| (fields, usage)).map_err(|violations| ServiceError::Invalid { violations })
    }
}

/// The words by which an answer is given back.
fn told(violations: &[String]) -> String {
    let mut told = "Your answer breaks the schema:\n".to_owned();
    for violation in violations.iter().take(MOST_TOLD) {
        let short: String = violation.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_TOLD).collect();
        let _written = writeln!(told, "- {short}");
    }
    told.push_str("Answer once more with the whole JSON object, corrected. What the document does not hold is null.");
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_differ_and_are_long() {
        let (a, b) = (Boundary::random().unwrap(), Boundary::random().unwrap());
        assert!(a != b && a.as_str().len() == 41, "{a:?}");
    }

    #[test]
    fn violations_are_told_one_a_line_few_and_short() {
        let told = told(&vec!["/total: `a\nb` is no amount. ".repeat(40); 30]);
        assert_eq!(told.lines().filter(|l| l.starts_with("- /total: `a b`")).count(), MOST_TOLD);
        assert!(told.len() < (MOST_TOLD + 2) * (LONGEST_TOLD + 10));
    }
}
