//! How figures are printed: a line for people, or one object a line for programs.

use serde_json::{Map, Value, json};

use super::conditions::{build, conditions};
use crate::print::line;
use crate::progress::say;

/// Prints figures.
pub struct Figures {
    json: bool,
    conditions: Map<String, Value>,
}

impl Figures {
    /// For people, or for programs.
    pub fn new(json: bool) -> Self {
        Self { json, conditions: conditions() }
    }

    /// Says so when figures of this build mean little.
    pub fn warn(&self) {
        if build() == "debug" {
            say("warning: this is a debug build; its figures say nothing about a release build");
        }
    }

    /// One figure with the conditions that are its own.
    pub fn print(&self, bench: &str, case: &str, value: f64, unit: &str, own: Value) {
        let mut conditions = self.conditions.clone();
        if let Value::Object(own) = own {
            conditions.extend(own);
        }
        if self.json {
            line(&json!({"bench": bench, "case": case, "value": value, "unit": unit, "conditions": conditions}).to_string());
        } else {
            let said: Vec<String> =
                conditions.iter().map(|(k, v)| format!("{k} {}", v.as_str().map_or_else(|| v.to_string(), str::to_owned))).collect();
            line(&format!("{bench} {case}: {} {unit}   ({})", rounded(value), said.join(", ")));
        }
    }
}

/// Three digits that matter.
fn rounded(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The value below which `share` (0..=1) of the samples lie, by nearest rank; 0 without samples.
pub fn percentile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// The middle of the samples.
pub fn median(samples: &[f64]) -> f64 {
    percentile(samples, 0.5)
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn a_percentile_is_a_sample() {
        let samples: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!((percentile(&samples, 0.5), percentile(&samples, 0.99), percentile(&samples, 1.0)), (100.0, 198.0, 200.0));
        assert_eq!(percentile(&[], 0.5), 0.0);
    }
}
