//! What an answer that is no success means.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::error::ServiceError;

/// The longest wait that a service may ask for.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The longest code that is one.
const LONGEST_CODE: usize = 48;

/// Of a status, the body that came with it, and how long the service wants us to wait.
pub(crate) fn failure(service: &'static str, status: u16, body: &[u8], after: Option<Duration>) -> ServiceError {
    let answer = serde_json::from_slice(body).unwrap_or_default();
    let word = code(&answer);
    let code = format!("{status} {word}").trim_end().to_owned();
    match (status, word.as_str()) {
        (413, _) => ServiceError::TooLarge { service, why: format!("it answered {code}") },
        (400, _) if tells_of_length(&answer) => {
            ServiceError::TooLarge { service, why: "it has more tokens than the model takes".to_owned() }
        }
        (402, _) | (_, "insufficient_quota" | "BILLING_DISABLED" | "SERVICE_DISABLED") => ServiceError::Credentials { service, code },
        (429, _) | (_, "RATE_LIMIT_EXCEEDED" | "RESOURCE_EXHAUSTED" | "rate_limit_exceeded") => {
            ServiceError::Quota { service, code, after }
        }
        (401 | 403, _) | (_, "API_KEY_INVALID" | "invalid_api_key" | "invalid_grant" | "invalid_client") => {
            ServiceError::Credentials { service, code }
        }
        (501, _) => ServiceError::Refused { service, code, retry: false, after },
        (408 | 425 | 500.., _) => ServiceError::Refused { service, code, retry: true, after },
        _ => ServiceError::Refused { service, code, retry: false, after },
    }
}

/// The most telling code that a body holds: Google's reason or status, the code or type of those that answer as OpenAI does, the word of
/// OAuth. Keys have digits and codes have none, so what has is not repeated.
fn code(answer: &Value) -> String {
    let error = answer.get("error").unwrap_or(answer);
    let reasons = error.get("details").and_then(Value::as_array).into_iter().flatten().filter_map(|d| d.get("reason"));
    let told = reasons.chain(["status", "code", "type"].iter().filter_map(|key| error.get(key))).chain([error]);
    let is_code = |t: &&str| !t.is_empty() && t.len() <= LONGEST_CODE && t.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
    told.filter_map(Value::as_str).find(is_code).unwrap_or_default().to_owned()
}

/// Whether a question was longer than the model's context: a code of OpenAI or of llama.cpp, or words of vLLM, which has no code for it.
fn tells_of_length(answer: &Value) -> bool {
    let error = answer.get("error").unwrap_or(answer);
    let says = |key: &str, part: &str| error.get(key).and_then(Value::as_str).is_some_and(|t| t.contains(part));
    says("code", "context_length_exceeded") || says("type", "exceed_context_size") || says("message", "maximum context length")
}

/// How long a service wants us to wait: Retry-After in either of its forms (RFC 9110, 10.2.3), where some write parts of a second too.
pub(crate) fn wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let said = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match said.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => httpdate::parse_http_date(said).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> ServiceError {
        failure("The service", status, body.as_bytes(), None)
    }

    #[test]
    fn each_answer_tells_whose_fault_it_is() {
        use crate::error::Blame::{Input, Service, Settings};
        for (status, body, code, retry, blame) in [
            (
                400,
                r#"{"error":{"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#,
                "API_KEY_INVALID",
                false,
                Settings,
            ),
            (403, r#"{"error":{"code":403,"status":"PERMISSION_DENIED"}}"#, "403 PERMISSION_DENIED", false, Settings),
            (403, r#"{"error":{"details":[{"reason":"RATE_LIMIT_EXCEEDED"}]}}"#, "RATE_LIMIT_EXCEEDED", true, Service),
            (400, r#"{"error":"invalid_grant","error_description":"x"}"#, "400 invalid_grant", false, Settings),
            (429, r#"{"error":{"code":"insufficient_quota"}}"#, "insufficient_quota", false, Settings),
            (429, "slow down", "429", true, Service),
            (404, r#"{"error":{"code":"model_not_found","type":"x"}}"#, "404 model_not_found", false, Settings),
            (400, r#"{"object":"error","type":"BadRequestError","code":400}"#, "400 BadRequestError", false, Settings),
            (400, r#"{"error":{"code":"context_length_exceeded"}}"#, "more tokens", false, Input),
            (302, "", "302", false, Settings),
            (503, "<html>", "503", true, Service),
        ] {
            let error = of(status, body);
            assert!(error.to_string().contains(code), "{error}");
            assert_eq!((error.retry(), error.blame()), (retry, blame), "{error}");
        }
    }

    #[test]
    fn what_a_service_writes_where_a_code_belongs_is_not_repeated() {
        let error = of(401, r#"{"error":{"code":"sk-proj-8a7f","type":"the key AIza is wrong","message":"AIza"}}"#);
        assert_eq!(error, ServiceError::Credentials { service: "The service", code: "401".into() });
    }

    #[test]
    fn a_service_says_when_in_seconds_or_by_date() {
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 09:51:52 GMT").unwrap();
        let after = |said: &str| wait(&[(RETRY_AFTER, said.parse().unwrap())].into_iter().collect(), now);
        assert_eq!(after("7.5"), Some(Duration::from_millis(7500)));
        assert_eq!(after("Sun, 22 Nov 2026 09:52:52 GMT"), Some(Duration::from_secs(60)));
        assert_eq!((after("1e9"), after("-1"), after("NaN"), after("soon")), (Some(LONGEST), None, None, None));
    }
}
