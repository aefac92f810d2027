//! What the body of a message is: a request, or news of a bucket as S3 tells them, by itself or wrapped by SNS.

use serde_json::Value;

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The JSON of a request for a job; whether it is a good one is not known here.
    Request(Vec<u8>),
    /// An event notification of S3.
    Notice(Vec<u8>),
    /// A dead task that is to be run again: its id.
    Redrive(String),
}

impl Content {
    /// Tells by its form. What SNS has wrapped is unwrapped.
    pub(crate) fn of(body: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(body) else { return Self::Request(body.to_vec()) };
        match (value["Type"].as_str(), value["Message"].as_str()) {
            (Some("Notification"), Some(inner)) => Self::plain(serde_json::from_str(inner).ok(), inner.as_bytes()),
            _ => Self::plain(Some(value), body),
        }
    }

    fn plain(value: Option<Value>, body: &[u8]) -> Self {
        if value.is_some_and(|v| is_notice(&v)) { Self::Notice(body.to_vec()) } else { Self::Request(body.to_vec()) }
    }
}

/// S3 sends records, each with the bucket and the object; and once a test message when it is told of the queue.
fn is_notice(value: &Value) -> bool {
    let records = value["Records"].as_array().is_some_and(|records| records.iter().any(|record| record["s3"].is_object()));
    records || value["Event"] == "s3:TestEvent"
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTICE: &str = r#"{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"in"},"object":{"key":"a.png"}}}]}"#;

    fn notice(text: &str) -> Content {
        Content::Notice(text.into())
    }

    #[test]
    fn news_of_a_bucket_are_told_from_requests() {
        assert_eq!(Content::of(NOTICE.as_bytes()), notice(NOTICE));
        let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"in"}"#;
        assert_eq!(Content::of(test.as_bytes()), notice(test));
        for request in [r#"{"pipeline":"image"}"#, r#"{"Records":[]}"#, r#"{"Records":[{"sns":{}}]}"#, "not json", "", "[]", "null"] {
            assert_eq!(Content::of(request.as_bytes()), Content::Request(request.into()), "{request}");
        }
    }

    #[test]
    fn what_sns_has_wrapped_is_unwrapped() {
        let wrapped = |inner: &str| serde_json::json!({"Type": "Notification", "MessageId": "1", "Message": inner}).to_string();
        assert_eq!(Content::of(wrapped(NOTICE).as_bytes()), notice(NOTICE));
        assert_eq!(Content::of(wrapped("{}").as_bytes()), Content::Request("{}".into()));
    }
}
