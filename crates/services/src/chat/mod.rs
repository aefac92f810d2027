//! Language models behind an OpenAI-compatible endpoint for chat completions: Groq, Ollama, vLLM, the server of llama.cpp.

mod answer;
mod fields;
mod format;
mod purse;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use serde_json::{Value, json};

pub use fields::Boundary;
pub use purse::Usage;

use crate::error::ServiceError;
use crate::http::{Answer, Http, endpoint};
use crate::secret::Secret;
use answer::{Completion, broke_loose, object};
use format::Taken;
use purse::room;

/// As errors name it.
const NAME: &str = "The language model";

/// The largest answer that is read, in bytes.
const MOST: usize = 8 << 20;

/// How a language model is reached, and what it may cost.
#[derive(Clone)]
pub struct ChatSettings {
    /// The address up to the version, `https://api.groq.com/openai/v1` or `http://127.0.0.1:11434/v1`, or a whole one that ends in
    /// `chat/completions`.
    pub url: String,
    /// Sent as a bearer's token. Servers of one's own often ask for none.
    pub key: Option<Secret>,
    /// As the server names it. Its context must hold a question and an answer: Ollama silently cuts off what does not fit.
    pub model: String,
    /// How long one answer may take.
    pub timeout: Duration,
    /// Tokens of one answer. One that is cut off there is lost.
    pub most_output_tokens: u32,
    /// Tokens of all questions and answers about one document. It bounds what is begun: the question that is sent may have more tokens
    /// than could be known before.
    pub budget: u64,
}

impl fmt::Debug for ChatSettings {
    /// Without the key and the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("ChatSettings");
        all.field("model", &self.model).field("timeout", &self.timeout).field("budget", &self.budget).finish_non_exhaustive()
    }
}

/// A client of one model. One for a process: it keeps connections, and remembers how strictly the server can be asked for JSON.
pub struct Chat {
    http: Http,
    url: Url,
    headers: HeaderMap,
    model: String,
    most_output_tokens: u32,
    budget: u64,
    taken: Taken,
}

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat").field("host", &self.url.host_str()).field("model", &self.model).finish_non_exhaustive()
    }
}

/// One side of a conversation says something.
#[derive(Debug, Clone, Copy, Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

impl Chat {
    /// With settings that are looked at now, not when they are first needed. Nothing is sent.
    ///
    /// # Errors
    /// [`ServiceError::Settings`] tells which of them is wrong.
    pub fn new(settings: &ChatSettings) -> Result<Self, ServiceError> {
        let wrong = |why| ServiceError::Settings { service: NAME, why };
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        if let Some(key) = &settings.key {
            headers.insert(AUTHORIZATION, key.header("Bearer ").ok_or_else(|| wrong("its key is empty or no key"))?);
        }
        if settings.model.is_empty() {
            return Err(wrong("no model is named"));
        }
        if settings.budget == 0 || settings.most_output_tokens == 0 {
            return Err(wrong("it may not use any tokens"));
        }
        Ok(Self {
            http: Http::new(NAME, settings.timeout)?,
            url: endpoint(NAME, &settings.url, "chat/completions")?,
            headers,
            model: settings.model.clone(),
            most_output_tokens: settings.most_output_tokens,
            budget: settings.budget,
            taken: Taken::default(),
        })
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Asks for one JSON object, at temperature 0 and without tools. Servers that can are told to hold the answer to `schema` or at least
    /// to JSON, others are not: the words should ask for it too, and the answer may break the schema.
    ///
    /// # Errors
    /// Whatever [`ServiceError`] says, but for those of pictures; [`ServiceError::Answer`] when there is no object in the answer.
    pub async fn ask(&self, system: &str, user: &str, schema: &Value) -> Result<(Value, Usage), ServiceError> {
        let mut usage = Usage::default();
        let talk = [Message { role: "system", content: system }, Message { role: "user", content: user }];
        let words = self.say(&talk, schema, &mut usage).await?;
        object(&words).map(|answer| (answer, usage)).ok_or_else(|| self.http.senseless("it holds no JSON object"))
    }

    /// What the model says next. When the server does not take a format it is asked with weaker ones, and the one it takes is kept.
    async fn say(&self, talk: &[Message<'_>], schema: &Value, usage: &mut Usage) -> Result<String, ServiceError> {
        let asked: u64 = talk.iter().map(|m| m.content.chars().count() as u64).sum();
        let room = room(self.budget, *usage, asked, self.most_output_tokens)?;
        let mut format = self.taken.get();
        loop {
            let answer = self.http.post(&self.url, self.headers.clone(), self.request(talk, room, format.told(schema)), MOST).await?;
            match answer.status {
                200..300 => {
                    self.taken.set(format);
                    return self.words(&answer, asked, usage);
                }
                400 => {
                    if let Some(words) = broke_loose(&answer.body) {
                        usage.add(asked, words.chars().count() as u64, None);
                        return Ok(words);
                    }
                }
                _ => {}
            }
            match (answer.status, self.http.failure(&answer)) {
                (400 | 422 | 501, error @ ServiceError::Refused { .. }) => {
                    format = format.weaker().ok_or(error)?;
                }
                (_, error) => return Err(error),
            }
        }
    }

    fn request(&self, talk: &[Message<'_>], room: u64, format: Option<Value>) -> Bytes {
        let mut asks = json!({"model": self.model, "messages": talk, "temperature": 0, "max_tokens": room, "stream": false});
        if let Some(format) = format {
            asks["response_format"] = format;
        }
        asks.to_string().into()
    }

    fn words(&self, answer: &Answer, asked: u64, usage: &mut Usage) -> Result<String, ServiceError> {
        let wrong = |why| self.http.senseless(why);
        let mut completion: Completion =
            serde_json::from_slice(&answer.body).map_err(|_| wrong("it is not the JSON of a chat completion"))?;
        let choice = completion.choices.pop().ok_or_else(|| wrong("it holds no choice"))?;
        let words = choice.message.content.unwrap_or_default();
        usage.add(asked, words.chars().count() as u64, completion.usage.as_ref());
        match choice.finish_reason.as_deref() {
            Some("length") => Err(wrong("the model was cut off: it needs more output tokens, or a larger budget")),
            Some("content_filter") => Err(wrong("a filter of the service held it back")),
            _ => Ok(words),
        }
    }
}
