//! What was measured in rounds: rates of each case, and the most memory it had.

use serde_json::{Value, json};

use super::MIB;
use super::process::Took;
use crate::bench::figures::{Figures, median};

/// One row a case, in the order of their first round.
pub struct Table {
    /// Bytes that are moved each time.
    bytes: u64,
    conditions: Value,
    rows: Vec<Row>,
}

struct Row {
    case: &'static str,
    /// MiB/s of each round.
    rates: Vec<f64>,
    peak: u64,
}

impl Table {
    /// Without rows; `conditions` are an object.
    pub fn new(bytes: u64, conditions: Value) -> Self {
        Self { bytes, conditions, rows: Vec::new() }
    }

    /// Notes a round of a case.
    pub fn note(&mut self, case: &'static str, took: Took) {
        let rate = self.bytes as f64 / MIB as f64 / took.seconds;
        match self.rows.iter_mut().find(|row| row.case == case) {
            Some(row) => {
                row.rates.push(rate);
                row.peak = row.peak.max(took.peak);
            }
            None => self.rows.push(Row { case, rates: vec![rate], peak: took.peak }),
        }
    }

    /// The middle rate of a case.
    fn rate(&self, case: &str) -> Option<f64> {
        self.rows.iter().find(|row| row.case == case).map(|row| median(&row.rates))
    }

    /// Prints each case, and then the ratios of those pairs of which both were measured.
    pub fn print(&self, figures: &Figures, ratios: &[(&str, &str)]) {
        for row in &self.rows {
            let mut conditions = self.conditions.clone();
            conditions["least"] = json!(row.rates.iter().copied().fold(f64::INFINITY, f64::min).round());
            conditions["most"] = json!(row.rates.iter().copied().fold(0.0, f64::max).round());
            conditions["peak memory of the client"] = json!(format!("{} MiB", row.peak / MIB));
            figures.print("blobs", row.case, median(&row.rates), "MiB/s", conditions);
        }
        for (case, other) in ratios {
            if let (Some(rate), Some(others)) = (self.rate(case), self.rate(other)) {
                figures.print("blobs", &format!("{case} / {other}"), rate / others, "x", self.conditions.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_told_by_its_middle_round_and_its_largest_memory() {
        let mut table = Table::new(100 * MIB, json!({}));
        for (seconds, peak) in [(1.0, 5), (4.0, 9), (2.0, 7)] {
            table.note("sent", Took { seconds, peak });
        }
        assert_eq!((table.rate("sent"), table.rows[0].peak, table.rate("fetched")), (Some(50.0), 9, None));
    }
}
