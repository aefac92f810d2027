//! Services outside that steps may ask: who reads pages, who finds fields. None unless the operator names it.

use std::collections::BTreeMap;
use std::time::Duration;

use gristmill_services::{ChatSettings, Credentials, Secret, VisionSettings};

use super::source::Said;
use crate::failure::misused;

/// How long a page may take, and an answer of a model.
const PAGE: Duration = Duration::from_secs(60);
const ANSWER: Duration = Duration::from_secs(120);
/// Tokens of one answer: the fields of a long invoice take two thousand.
const MOST_OUTPUT: u32 = 8_000;

/// What steps may ask.
#[derive(Debug, Clone, Default)]
pub struct ServicesSaid {
    /// Google Cloud Vision.
    pub vision: Option<VisionSettings>,
    /// A model behind an OpenAI-compatible endpoint.
    pub chat: Option<ChatSettings>,
}

impl ServicesSaid {
    /// What is said of them.
    pub fn of(said: &BTreeMap<&'static str, Said>) -> anyhow::Result<Self> {
        let text = |name: &str| said[name].value.trim().to_owned();
        let given = |name: &str| Some(text(name)).filter(|t| !t.is_empty());
        let vision = given("ocr.google_credentials").map(|text| VisionSettings {
            credentials: credentials(&text),
            url: said["ocr.google_url"].value.clone(),
            timeout: PAGE,
        });
        let chat = match (given("extract.url"), given("extract.model")) {
            (None, _) => None,
            (Some(_), None) => {
                return Err(misused(
                    "`extract.url` is set and `extract.model` is not",
                    "name the model as the server does, such as llama-3.3-70b-versatile",
                ));
            }
            (Some(url), Some(model)) => Some(ChatSettings {
                url,
                key: given("extract.key").map(|key| Secret::new(&key)),
                model,
                timeout: ANSWER,
                most_output_tokens: MOST_OUTPUT,
                budget: text("extract.budget_tokens").parse().unwrap_or(100_000),
            }),
        };
        Ok(Self { vision, chat })
    }
}

/// The JSON of a service account, or else a key.
fn credentials(text: &str) -> Credentials {
    if text.starts_with('{') { Credentials::ServiceAccount(Secret::new(text)) } else { Credentials::ApiKey(Secret::new(text)) }
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    fn of(values: &[(&'static str, &str)]) -> anyhow::Result<ServicesSaid> {
        let keys = ["ocr.google_credentials", "ocr.google_url", "extract.url", "extract.key", "extract.model", "extract.budget_tokens"];
        let value = |key| values.iter().find(|(k, _)| *k == key).map_or("", |(_, v)| *v);
        ServicesSaid::of(&keys.map(|key| (key, Said { value: value(key).into(), source: Source::Default })).into())
    }

    #[test]
    fn nothing_is_asked_unless_it_is_named() {
        let none = of(&[]).unwrap();
        assert!(none.vision.is_none() && none.chat.is_none());
        let both = of(&[("ocr.google_credentials", "AIza"), ("extract.url", "http://127.0.0.1:11434/v1"), ("extract.model", "m")]).unwrap();
        assert!(matches!(both.vision.unwrap().credentials, Credentials::ApiKey(_)));
        assert_eq!(both.chat.unwrap().model, "m");
        let account = of(&[("ocr.google_credentials", "{\"type\":\"service_account\"}")]).unwrap();
        assert!(matches!(account.vision.unwrap().credentials, Credentials::ServiceAccount(_)));
    }

    #[test]
    fn an_endpoint_without_a_model_is_refused() {
        assert!(of(&[("extract.url", "http://127.0.0.1:1/v1")]).unwrap_err().to_string().contains("extract.model"));
    }
}
