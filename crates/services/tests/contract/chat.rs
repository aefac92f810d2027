//! A language model is asked for JSON.

use std::time::Duration;

use gristmill_services::{Blame, Chat, ChatSettings, Secret, ServiceError, Usage};
use serde_json::{Value, json};

use crate::service::{Reply, Service};
use crate::vision::LONG;

pub const KEY: &str = "gsk-s3cr3t-8a7f";

pub fn settings(url: &str) -> ChatSettings {
    ChatSettings {
        url: format!("{url}/openai/v1"),
        key: Some(Secret::new(KEY)),
        model: "small".into(),
        timeout: LONG,
        most_output_tokens: 500,
        budget: 20_000,
    }
}

pub fn chat(service: &Service) -> Chat {
    Chat::new(&settings(&service.url)).unwrap()
}

/// A model says this, at the cost of a hundred tokens and ten.
pub fn said(words: &str) -> Reply {
    let choice = json!({"index": 0, "message": {"role": "assistant", "content": words}, "finish_reason": "stop"});
    Reply::Json(200, json!({"choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}}))
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"total": {"type": ["string", "null"]}}, "required": ["total"], "additionalProperties": false})
}

async fn ask(chat: &Chat) -> Result<(Value, Usage), ServiceError> {
    chat.ask("Answer with JSON.", "What is the total?", &schema()).await
}

async fn failed(reply: impl Fn() -> Reply + Send + Sync + 'static) -> ServiceError {
    let service = Service::start(move |_, _| reply()).await;
    let error = ask(&chat(&service)).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
    error
}

fn formats(service: &Service) -> Vec<String> {
    service.seen().iter().map(|r| r.json()["response_format"]["type"].as_str().unwrap_or("words").to_owned()).collect()
}

/// Answers in these formats only.
fn takes(taken: &'static [&'static str]) -> impl Fn(usize, &crate::service::Request) -> Reply + Send + Sync + 'static {
    move |_, request| {
        let body = request.json();
        match body["response_format"]["type"].as_str().unwrap_or("words") {
            format if taken.contains(&format) => said(r#"{"total": "5.00"}"#),
            format => Reply::Json(400, json!({"error": {"message": KEY, "type": format!("no_{format}")}})),
        }
    }
}

#[tokio::test]
async fn the_answer_is_held_to_the_schema_at_temperature_0_without_tools() {
    let service = Service::start(|_, _| said(r#"{"total": "5.00"}"#)).await;
    let (answer, usage) = ask(&chat(&service)).await.unwrap();
    assert_eq!(answer, json!({"total": "5.00"}));
    assert_eq!(usage, Usage { prompt_tokens: 100, completion_tokens: 10, answers: 1 });
    let [request] = &service.seen()[..] else { panic!("it was asked once") };
    assert_eq!((request.path.as_str(), request.header("authorization")), ("/openai/v1/chat/completions", &*format!("Bearer {KEY}")));
    assert_eq!(
        request.json(),
        json!({
            "model": "small",
            "messages": [{"role": "system", "content": "Answer with JSON."}, {"role": "user", "content": "What is the total?"}],
            "temperature": 0,
            "max_tokens": 500,
            "stream": false,
            "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema()}},
        })
    );
}

#[tokio::test]
async fn a_server_that_takes_no_schema_is_asked_for_an_object_from_then_on() {
    let service = Service::start(takes(&["json_object", "words"])).await;
    let chat = chat(&service);
    for _ in 0..2 {
        assert_eq!(ask(&chat).await.unwrap().0["total"], "5.00");
    }
    assert_eq!(formats(&service), ["json_schema", "json_object", "json_object"]);
}

#[tokio::test]
async fn a_server_that_takes_no_format_is_asked_in_words_and_its_fences_are_taken_off() {
    let fenced = "Here you are:\n```json\n{\"total\": \"5.00\"}\n```\nAnything else?";
    let service = Service::start(move |_, request| match request.json().get("response_format") {
        Some(_) => Reply::Json(422, json!({"detail": "extra fields not permitted"})),
        None => said(fenced),
    })
    .await;
    let chat = chat(&service);
    for _ in 0..2 {
        assert_eq!(ask(&chat).await.unwrap().0, json!({"total": "5.00"}));
    }
    assert_eq!(formats(&service), ["json_schema", "json_object", "words", "words"]);
}

#[tokio::test]
async fn a_question_that_is_wrong_in_every_format_is_told_and_nothing_is_remembered() {
    let service = Service::start(takes(&[])).await;
    let chat = chat(&service);
    let error = ask(&chat).await.unwrap_err();
    assert_eq!(error.to_string(), "The language model refused (400 no_words): check its address and what is asked of it.");
    assert!(ask(&chat).await.is_err());
    assert_eq!(formats(&service), ["json_schema", "json_object", "words", "json_schema", "json_object", "words"]);
}

#[tokio::test]
async fn a_question_that_is_too_long_is_not_asked_in_other_formats() {
    for error in [
        json!({"code": "context_length_exceeded"}),
        json!({"code": 400, "type": "exceed_context_size_error"}),
        json!({"code": 400, "type": "BadRequestError", "message": "This model's maximum context length is 4096 tokens."}),
    ] {
        let service = Service::start(move |_, _| Reply::Json(400, json!({"error": error}))).await;
        let error = ask(&chat(&service)).await.unwrap_err();
        assert_eq!((error.blame(), service.seen().len()), (Blame::Input, 1), "{error}");
    }
}

#[tokio::test]
async fn each_status_means_something() {
    for (status, body, retry, blame) in [
        (
            401,
            json!({"error": {"code": "invalid_api_key", "message": format!("Incorrect API key provided: {KEY}")}}),
            false,
            Blame::Settings,
        ),
        (404, json!({"error": {"code": "model_not_found"}}), false, Blame::Settings),
        (500, json!({"error": KEY}), true, Blame::Service),
        (503, json!({}), true, Blame::Service),
    ] {
        let error = failed(move || Reply::Json(status, body.clone())).await;
        assert_eq!((error.retry(), error.blame()), (retry, blame), "{error:?}");
    }
    let error = failed(|| Reply::Headed(429, ("retry-after", "2.5".into()), json!({"error": {"code": "rate_limit_exceeded"}}))).await;
    assert_eq!((error.retry(), error.after()), (true, Some(Duration::from_millis(2500))));
}

#[tokio::test]
async fn a_server_that_hangs_is_left() {
    for stalls in [false, true] {
        let service = Service::start(move |_, _| if stalls { Reply::Stall } else { Reply::Hang }).await;
        let limit = Duration::from_millis(150);
        let chat = Chat::new(&ChatSettings { timeout: limit, ..settings(&service.url) }).unwrap();
        assert_eq!(ask(&chat).await.unwrap_err(), ServiceError::TooSlow { service: "The language model", limit });
    }
}

#[tokio::test]
async fn answers_that_make_no_sense_are_told_apart() {
    let cut = json!({"choices": [{"message": {"content": "{\"total\": "}, "finish_reason": "length"}]});
    let filtered = json!({"choices": [{"message": {"content": null}, "finish_reason": "content_filter"}]});
    for (body, why) in [
        (cut, "more output tokens"),
        (filtered, "filter"),
        (json!({"choices": []}), "no choice"),
        (json!({"choices": [{"message": {"content": "I cannot."}}]}), "no JSON object"),
        (json!([1]), "not the JSON of a chat completion"),
    ] {
        let error = failed(move || Reply::Json(200, body.clone())).await;
        assert!(matches!(&error, ServiceError::Answer { why: told, .. } if told.contains(why)), "{error:?}");
    }
    assert!(matches!(failed(|| Reply::Blanks(100 << 20)).await, ServiceError::Answer { .. }));
}

#[tokio::test]
async fn what_surely_costs_too_much_is_not_sent() {
    let service = Service::start(|_, _| said("{}")).await;
    let chat = Chat::new(&ChatSettings { budget: 100, ..settings(&service.url) }).unwrap();
    let error = chat.ask("", &"figures ".repeat(200), &schema()).await.unwrap_err();
    assert_eq!(error, ServiceError::Budget { least: 200, left: 100 });
    assert_eq!((error.retry(), error.blame(), service.seen().len()), (false, Blame::Settings, 0));
    chat.ask("", &"figures ".repeat(30), &schema()).await.unwrap();
    assert_eq!(service.seen()[0].json()["max_tokens"], 70);
}

#[test]
fn settings_are_looked_at_at_once_and_never_printed() {
    let good = ChatSettings { key: None, ..settings("http://127.0.0.1:11434") };
    assert!(Chat::new(&good).is_ok());
    let told = format!("{:?} {:?}", settings("http://a.example"), Chat::new(&settings("http://a.example")).unwrap());
    assert!(told.contains("small") && !told.contains("s3cr3t"), "{told}");
    for wrong in [
        ChatSettings { url: "http://me:s3cr3t@a.example".into(), ..good.clone() },
        ChatSettings { model: String::new(), ..good.clone() },
        ChatSettings { budget: 0, ..good.clone() },
        ChatSettings { most_output_tokens: 0, ..good.clone() },
        ChatSettings { key: Some(Secret::new("a\nb")), ..good.clone() },
    ] {
        assert!(!format!("{wrong:?}").contains("s3cr3t"));
        let error = Chat::new(&wrong).unwrap_err();
        assert!(matches!(error, ServiceError::Settings { .. }) && !error.to_string().contains("s3cr3t"), "{error}");
    }
}
