//! Statements by way of `psql`, for tests that have no client of their own.

use std::process::Command;

use super::binaries;
use crate::port::unlike_others;

/// Runs one statement and answers its rows, a line each with `|` between columns.
///
/// # Errors
/// What the server (or `psql`, when there is none) said.
///
/// # Panics
/// When `psql` is not installed.
pub fn sql(url: &str, statement: &str) -> Result<String, String> {
    let mut command = Command::new(binaries::psql());
    command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement]);
    let output = command.output().expect("psql is installed: run scripts/setup test");
    let said = if output.status.success() { Ok(output.stdout) } else { Err(output.stderr) };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim_end().to_owned();
    said.map(text).map_err(text)
}

/// Creates a database on the server at `base` and answers its address.
pub(super) fn database(base: &str) -> String {
    let name = format!("test_{:x}_{:x}", std::process::id(), unlike_others());
    sql(&format!("{base}/postgres"), &format!("create database {name}")).expect("the server creates a database");
    format!("{base}/{name}")
}
