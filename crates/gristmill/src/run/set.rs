//! `--set step.option=value`: options for one job, values as JSON where they read as JSON, else as text.

use gristmill_model::job::Overrides;
use serde_json::{Map, Value};

use crate::failure::misused;

/// All settings together; a later one wins.
pub fn overrides(settings: &[String]) -> anyhow::Result<Overrides> {
    let mut all = Overrides::new();
    for setting in settings {
        let (step, option, value) = parts(setting).ok_or_else(|| {
            misused(
                format!("`--set {setting}` is not step.option=value"),
                "write for example --set resize.quality=80; `gristmill pipelines show NAME` lists steps and options",
            )
        })?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        let options = all.entry(step).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(options) = options {
            options.insert(option.to_owned(), value);
        }
    }
    Ok(all)
}

fn parts(setting: &str) -> Option<(&str, &str, &str)> {
    let (name, value) = setting.split_once('=')?;
    let (step, option) = name.split_once('.')?;
    (!step.is_empty() && !option.is_empty()).then_some((step, option, value))
}

#[cfg(test)]
mod tests {
    use super::overrides;

    #[test]
    fn values_are_json_if_they_can_be_and_text_otherwise() {
        let set = ["resize.quality=80", "resize.format=webp", "encode.rungs=[720,360]", "a.b=x=y"].map(str::to_owned);
        let expected = serde_json::json!({"resize": {"quality": 80, "format": "webp"}, "encode": {"rungs": [720, 360]}, "a": {"b": "x=y"}});
        assert_eq!(serde_json::Value::Object(overrides(&set).unwrap()), expected);
    }

    #[test]
    fn a_setting_without_a_step_is_refused() {
        for bad in ["quality=80", "resize.quality", ".q=1", "r.=1"] {
            assert!(overrides(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
