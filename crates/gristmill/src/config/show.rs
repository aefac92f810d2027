//! Prints effective values with where each came from, secrets hidden.

use serde_json::{Value, json};

use super::Config;
use super::keys::{KEYS, Key, Kind};
use crate::table::table;

/// A table for people.
pub fn text(config: &Config) -> String {
    let rows: Vec<[String; 3]> = KEYS
        .iter()
        .map(|key| {
            let said = &config.said[key.name];
            [key.name.to_owned(), shown(key, &said.value), said.source.to_string()]
        })
        .collect();
    table(["KEY", "VALUE", "FROM"], &rows)
}

/// The same for programs.
pub fn json(config: &Config) -> Value {
    let items = KEYS.iter().map(|key| {
        let said = &config.said[key.name];
        json!({"key": key.name, "value": shown(key, &said.value), "source": said.source.to_string(), "variable": key.variable(), "about": key.about})
    });
    json!({ "items": items.collect::<Vec<_>>() })
}

/// A value without its secrets.
fn shown(key: &Key, value: &str) -> String {
    if key.kind == Kind::Secret && !value.is_empty() { "***".to_owned() } else { hidden(value) }
}

/// A URL without the password between `:` and `@`.
pub fn hidden(value: &str) -> String {
    let value = without_parameter(value);
    let Some((scheme, rest)) = value.split_once("://") else { return value };
    let Some((login, host)) = rest.rsplit_once('@') else { return value };
    match login.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***@{host}"),
        None => format!("{scheme}://***@{host}"),
    }
}

/// A PostgreSQL URL may name its password as a parameter too.
fn without_parameter(value: &str) -> String {
    let Some((before, rest)) = value.split_once("password=") else { return value.to_owned() };
    let after = rest.find('&').map_or("", |end| &rest[end..]);
    format!("{before}password=***{after}")
}

#[cfg(test)]
mod tests {
    use super::super::keys::find;
    use super::{hidden, shown};

    #[test]
    fn a_password_is_never_printed() {
        assert_eq!(hidden("http://me:secret@host/x"), "http://me:***@host/x");
        assert_eq!(hidden("http://token@host/x"), "http://***@host/x");
        assert_eq!(hidden("postgres://host/db?password=secret&sslmode=disable"), "postgres://host/db?password=***&sslmode=disable");
        assert_eq!(hidden("file:/data"), "file:/data");
        let key = find("server.key").expect("the key of clients");
        assert_eq!((shown(key, "gm_x"), shown(key, "")), ("***".to_owned(), String::new()));
    }
}
