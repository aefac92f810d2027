//! Where values come from: flags, variables, one file, defaults, in this order. Unknown keys are refused by name and place.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::keys::{self, KEYS};
use crate::failure::misused;

/// Where a value was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// On the command line.
    Flag(String),
    /// In the environment.
    Variable(String),
    /// In the file, at this key.
    File(String),
    /// Nowhere.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::File(path) => write!(f, "file {path}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// What was said, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The value as text.
    pub value: String,
    /// Where.
    pub source: Source,
}

/// What may be said besides defaults.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Key, value and the flag's name.
    pub flags: Vec<(&'static str, String, &'static str)>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// The file that `--config` names.
    pub file: Option<PathBuf>,
}

/// Variables of ours that are not keys; those of tests begin with `GRISTMILL_TEST_`.
const OTHER_VARIABLES: [&str; 4] = ["GRISTMILL_LOG", "GRISTMILL_MEDIA", "GRISTMILL_CONFIG", "GRISTMILL_API_KEY"];

/// The file that is read when it is there and `--config` names no other.
const USUAL_FILE: &str = "gristmill.toml";

/// Puts all sources together, the strongest last.
pub fn gather(given: &Given) -> anyhow::Result<BTreeMap<&'static str, Said>> {
    let mut said = BTreeMap::new();
    for key in KEYS {
        said.insert(key.name, Said { value: key.default.to_owned(), source: Source::Default });
    }
    let named = given.file.as_deref();
    let path = named.unwrap_or(Path::new(USUAL_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => from_file(&text, &path.display().to_string(), &mut said)?,
        Err(e) if named.is_none() && e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => {
            return Err(misused(
                format!("the configuration file {} cannot be read: {e}", path.display()),
                "name a readable file with --config",
            ));
        }
    }
    for (key, old) in super::alias::settings(&given.environment) {
        set(key, old.value, old.source, &mut said)?;
    }
    from_environment(&given.environment, &mut said)?;
    for (name, value, flag) in &given.flags {
        set(name, value.clone(), Source::Flag((*flag).to_owned()), &mut said)?;
    }
    Ok(said)
}

fn from_file(text: &str, path: &str, said: &mut BTreeMap<&'static str, Said>) -> anyhow::Result<()> {
    let table: toml::Table = toml::from_str(text).map_err(|e| {
        let line = e.span().map_or(0, |s| text[..s.start.min(text.len())].lines().count().max(1));
        misused(format!("{path}:{line}: {}", e.message()), "mend the line; `gristmill config` prints every key there is")
    })?;
    for (name, value) in flat("", &table) {
        set(&name, value, Source::File(path.to_owned()), said)?;
    }
    Ok(())
}

/// Tables as dotted keys, values as text.
fn flat(prefix: &str, table: &toml::Table) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, value) in table {
        let name = format!("{prefix}{name}");
        match value {
            toml::Value::Table(inner) => found.extend(flat(&format!("{name}."), inner)),
            toml::Value::String(text) => found.push((name, text.clone())),
            other => found.push((name, other.to_string())),
        }
    }
    found
}

fn from_environment(environment: &[(String, String)], said: &mut BTreeMap<&'static str, Said>) -> anyhow::Result<()> {
    for (variable, value) in environment {
        let other = OTHER_VARIABLES.contains(&variable.as_str()) || variable.starts_with("GRISTMILL_TEST_");
        let Some(rest) = variable.strip_prefix("GRISTMILL_").filter(|_| !other) else { continue };
        let name = rest.to_lowercase().replace("__", ".");
        set(&name, value.clone(), Source::Variable(variable.clone()), said)?;
    }
    Ok(())
}

fn set(name: &str, value: String, source: Source, said: &mut BTreeMap<&'static str, Said>) -> anyhow::Result<()> {
    let Some(key) = keys::find(name) else {
        let like = keys::nearest(name).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        return Err(misused(format!("unknown key `{name}` ({source}){like}"), "`gristmill config` prints every key there is"));
    };
    key.check(&value).map_err(|why| misused(format!("`{name}` is `{value}` ({source}); {why}"), key.about.to_owned()))?;
    said.insert(key.name, Said { value, source });
    Ok(())
}
