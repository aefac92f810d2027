//! News of a bucket, as S3 writes them.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An event notification of S3. What is not named here is not looked at.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(crate) struct BucketEvents {
    /// What happened; a test message of S3 has none.
    #[serde(rename = "Records", default)]
    pub records: Vec<BucketEvent>,
}

/// Something that happened to an object.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct BucketEvent {
    /// What: `ObjectCreated:Put` and its like count.
    #[serde(rename = "eventName")]
    #[schema(example = "ObjectCreated:Put")]
    pub name: String,
    /// To which object.
    pub s3: BucketObject,
}

/// An object of an event.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct BucketObject {
    /// Its bucket.
    pub bucket: BucketName,
    /// Itself.
    pub object: ObjectName,
}

/// A bucket of an event.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct BucketName {
    /// Its name.
    pub name: String,
}

/// An object's name in an event.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct ObjectName {
    /// As S3 writes it: encoded like a form, with `+` for a space.
    pub key: String,
}

/// What news led to.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct Noticing {
    /// Files that are waited for and may have come.
    pub readied: u64,
    /// Jobs that were made, now or when the same was told before.
    pub jobs: Vec<String>,
}

impl BucketEvents {
    /// Buckets and names of objects that were put. An event by any other name is of no use here.
    pub(crate) fn put(&self) -> impl Iterator<Item = (String, String)> {
        let put = self.records.iter().filter(|event| event.name.trim_start_matches("s3:").starts_with("ObjectCreated"));
        put.map(|event| (event.s3.bucket.name.clone(), decoded(&event.s3.object.key)))
    }
}

fn decoded(key: &str) -> String {
    percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_found_and_nothing_else() {
        let text = r#"{"Records":[
            {"eventVersion":"2.1","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"in","arn":"a"},"object":{"key":"a+b/gr%C3%BC%2B.png","size":3,"sequencer":"0055"}}},
            {"eventName":"s3:ObjectCreated:CompleteMultipartUpload","s3":{"bucket":{"name":"in"},"object":{"key":"c"}}},
            {"eventName":"ObjectRemoved:Delete","s3":{"bucket":{"name":"in"},"object":{"key":"d"}}}]}"#;
        let events: BucketEvents = serde_json::from_str(text).unwrap();
        assert_eq!(events.put().collect::<Vec<_>>(), [("in".into(), "a b/grü+.png".into()), ("in".into(), "c".into())]);
        let test: BucketEvents = serde_json::from_str(r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"in"}"#).unwrap();
        assert_eq!(test.put().count(), 0);
    }
}
