//! `Idempotency-Key`: reading it, knowing which are running now, and the fingerprint of a request.
//!
//! Which key belongs to which finished request is a row of the store, written with the job. Only what runs now is known here.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, StatusCode};
use gristmill_model::id::Uuid;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::form::Received;
use crate::problem::Problem;

/// The longest key.
const LONGEST: usize = 255;

type Running = Arc<Mutex<HashSet<(String, String)>>>;

/// Keys of requests that are running in this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    running: Running,
}

/// A running request with a key. Dropping it ends it, however the request ended.
#[derive(Debug)]
pub(crate) struct Guard {
    running: Running,
    key: (String, String),
}

impl Keys {
    /// Marks a key of an owner as running, unless it is.
    pub(crate) fn enter(&self, owner: &str, key: &str) -> Result<Guard, Problem> {
        let key = (owner.to_owned(), key.to_owned());
        let new = self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        if new {
            return Ok(Guard { running: self.running.clone(), key });
        }
        let detail = "a request with this Idempotency-Key is still running; wait for its answer and send it again";
        Err(Problem::new(StatusCode::CONFLICT, "idempotency_key_running", detail))
    }
}

/// The id of the one thing that a request of this owner with this key makes, for things whose secret cannot be shown twice.
pub(crate) fn id_of(owner: &str, key: &str) -> Uuid {
    let digest = Sha256::new().chain_update((owner.len() as u64).to_le_bytes()).chain_update(owner).chain_update(key).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::from_bytes(bytes)
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// The key of a request, if it has one.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().ok().filter(|t| !t.trim().is_empty() && t.len() <= LONGEST);
    let detail = format!("an Idempotency-Key is 1 to {LONGEST} printable ASCII characters, such as a UUID");
    text.map(|t| Some(t.to_owned())).ok_or_else(|| Problem::bad("idempotency_key_invalid", detail))
}

/// A hash over what a request says: the order of object keys and the form's boundary do not count, everything else does.
pub(crate) fn fingerprint<T: Serialize>(asked: &T, files: &[Received]) -> String {
    let mut sha = Sha256::new();
    let mut part = |bytes: &[u8]| {
        sha.update((bytes.len() as u64).to_le_bytes());
        sha.update(bytes);
    };
    part(canonical(&serde_json::to_value(asked).unwrap_or_default()).as_bytes());
    for file in files {
        part(file.name.as_bytes());
        part(&file.sha256);
    }
    sha.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// JSON with sorted keys and no spaces.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().map(|(k, v)| format!("{}:{}", Value::from(k.as_str()), canonical(v))).collect();
            pairs.sort();
            format!("{{{}}}", pairs.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::CreateJob;

    fn asked(text: &str) -> CreateJob {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_order_of_keys_does_not_change_a_fingerprint_and_a_value_does() {
        let one = fingerprint(&asked(r#"{"pipeline":"image","options":{"a":{"x":1,"y":[2,3]}}}"#), &[]);
        let same = fingerprint(&asked(r#"{ "options":{"a":{"y":[2,3],"x":1}}, "pipeline":"image" }"#), &[]);
        let other = fingerprint(&asked(r#"{"pipeline":"image","options":{"a":{"x":1,"y":[3,2]}}}"#), &[]);
        assert_eq!(one, same);
        assert_ne!(one, other);
    }

    #[test]
    fn a_files_name_and_bytes_change_a_fingerprint() {
        let file = |name: &str, byte| {
            let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
            Received { name: name.to_owned(), path, sha256: [byte; 32] }
        };
        let request = asked(r#"{"pipeline":"image"}"#);
        let prints = [vec![], vec![file("a", 1)], vec![file("b", 1)], vec![file("a", 2)], vec![file("a", 1), file("a", 1)]]
            .map(|files| fingerprint(&request, &files));
        assert_eq!(prints.iter().collect::<HashSet<_>>().len(), prints.len());
    }

    #[test]
    fn a_running_key_is_refused_until_its_request_ends() {
        let keys = Keys::default();
        let first = keys.enter("me", "k").unwrap();
        assert_eq!(keys.enter("me", "k").unwrap_err().code, "idempotency_key_running");
        assert!(keys.enter("you", "k").is_ok());
        drop(first);
        assert!(keys.enter("me", "k").is_ok());
    }

    #[test]
    fn a_key_is_short_printable_text() {
        let with = |text: &[u8]| {
            key(&[("idempotency-key".parse().unwrap(), axum::http::HeaderValue::from_bytes(text).unwrap())].into_iter().collect())
        };
        assert_eq!(key(&HeaderMap::new()).unwrap(), None);
        assert_eq!(with(b"abc").unwrap().as_deref(), Some("abc"));
        assert!(with(b"").is_err() && with("é".as_bytes()).is_err() && with(&[b'a'; 256]).is_err());
    }
}
