//! Bars on a terminal: one a file, and one over all with percent, speed and the time left.

use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::plain::because;
use super::seen::{Seen, SeenFile};
use crate::units;

/// A thousand steps make a bar smooth.
const STEPS: u64 = 1000;
/// More bars than this would not fit a screen; the overall bar tells the rest.
const MOST_BARS: usize = 20;

/// The bars of one job.
pub struct Bars {
    screen: MultiProgress,
    overall: ProgressBar,
    files: Vec<ProgressBar>,
    begun: Instant,
}

impl Bars {
    /// No bars yet; they appear with the first [`Bars::show`].
    pub fn new() -> Self {
        let screen = MultiProgress::new();
        let overall = screen.add(bar("{prefix:.bold} [{bar:30.green}] {percent:>3}%  {msg}"));
        overall.set_prefix(format!("{:<32}", "all files"));
        Self { screen, overall, files: Vec::new(), begun: Instant::now() }
    }

    /// Moves the bars to where the job is.
    pub fn show(&mut self, seen: &Seen) {
        while self.files.len() < seen.files.len().min(MOST_BARS) {
            let style = bar("{prefix} [{bar:30.cyan}] {percent:>3}%  {wide_msg}");
            self.files.push(self.screen.insert_before(&self.overall, style));
        }
        for (file, bar) in seen.files.iter().zip(&self.files) {
            bar.set_prefix(format!("{:<32}", units::plain(&file.name, 32)));
            bar.set_position(position(file.progress));
            bar.set_message(said_of(file));
        }
        self.overall.set_position(position(seen.progress));
        self.overall.set_message(self.speed(seen));
    }

    /// Leaves the bars where they are and draws no more.
    pub fn finish(&mut self) {
        self.files.iter().chain([&self.overall]).for_each(ProgressBar::abandon);
    }

    /// `2 of 5 files · 3.1 MiB/s · 12 s left`
    fn speed(&self, seen: &Seen) -> String {
        let ended = seen.files.iter().filter(|f| !matches!(f.status.as_str(), "pending" | "processing")).count();
        let done: f64 = seen.files.iter().map(|f| f.bytes as f64 * f.progress).sum();
        let rate = done / self.begun.elapsed().as_secs_f64().max(0.1);
        let left = seen
            .eta_seconds
            .filter(|_| !seen.ended())
            .map_or(String::new(), |s| format!(" · {} left", units::span(Duration::try_from_secs_f64(s).unwrap_or_default())));
        format!("{ended} of {} files · {}/s{left}", seen.files.len(), units::bytes(rate as u64))
    }
}

fn bar(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(STEPS).with_style(style.progress_chars("=> "))
}

fn position(fraction: f64) -> u64 {
    (fraction.clamp(0.0, 1.0) * STEPS as f64) as u64
}

fn said_of(file: &SeenFile) -> String {
    match file.status.as_str() {
        "pending" | "processing" => units::plain(file.phase.as_deref().unwrap_or("waits"), 60),
        ended => format!("{ended}{}", because(file.error.as_ref())),
    }
}
