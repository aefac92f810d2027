//! Reads what a child wrote: never more than it may be.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::operation::OperationError;

/// A file of JSON.
pub(super) fn json<T: DeserializeOwned>(path: &Path, most: u64) -> Result<T, OperationError> {
    serde_json::from_reader(bounded(path, most)?).map_err(unreadable)
}

/// A file of JSON, a value a line. A last line that is not whole is left out: its writer was stopped there.
pub(super) fn lines<T: DeserializeOwned>(path: &Path, most: u64) -> Result<Vec<T>, OperationError> {
    let mut values = Vec::new();
    let stream = serde_json::Deserializer::from_reader(bounded(path, most)?).into_iter();
    for value in stream {
        match value {
            Ok(value) => values.push(value),
            Err(error) if error.is_eof() => break,
            Err(error) => return Err(unreadable(error)),
        }
    }
    Ok(values)
}

fn bounded(path: &Path, most: u64) -> Result<impl Read, OperationError> {
    Ok(BufReader::new(File::open(path)?.take(most)))
}

fn unreadable(error: serde_json::Error) -> OperationError {
    OperationError::bug("document_answer_invalid", "What a reader of documents wrote could not be read. This is a bug; please report it.")
        .because(error)
}
