//! Reads what ffmpeg says with `-progress pipe:1`: how far it is, and how fast. Pure.

/// A reading, complete at each `progress=` line.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Reading {
    /// How far, 0..=1; stays 0 when the duration is not known.
    pub fraction: f64,
    /// Frames encoded.
    pub frames: u64,
    /// Frames a second.
    pub fps: f64,
    /// Seconds of media a second of wall time.
    pub speed: f64,
    /// Whether ffmpeg said it was done.
    pub ended: bool,
}

/// Collects lines into readings.
#[derive(Debug)]
pub(crate) struct Progress {
    duration_us: f64,
    now: Reading,
}

impl Progress {
    /// For a source of this duration, if it is known.
    pub(crate) fn new(duration_ms: Option<u64>) -> Self {
        Self { duration_us: duration_ms.unwrap_or(0) as f64 * 1000.0, now: Reading::default() }
    }

    /// Takes one line; answers when it completes a reading. Fractions never go back.
    pub(crate) fn line(&mut self, line: &str) -> Option<Reading> {
        let (key, value) = line.split_once('=')?;
        let value = value.trim();
        match key.trim() {
            "frame" => self.now.frames = value.parse().unwrap_or(self.now.frames),
            "fps" => self.now.fps = number(value),
            "speed" => self.now.speed = number(value.trim_end_matches('x')),
            // Stands still at "N/A" until the first packet is written.
            "out_time_us" => self.reach(number(value)),
            "progress" => {
                self.now.ended = value == "end";
                if self.now.ended {
                    self.now.fraction = 1.0;
                }
                return Some(self.now);
            }
            _ => {}
        }
        None
    }

    fn reach(&mut self, us: f64) {
        if self.duration_us > 0.0 {
            self.now.fraction = self.now.fraction.max((us / self.duration_us).clamp(0.0, 1.0));
        }
    }
}

fn number(text: &str) -> f64 {
    text.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(progress: &mut Progress, text: &str) -> Option<Reading> {
        text.lines().filter_map(|l| progress.line(l)).last()
    }

    #[test]
    fn a_block_of_lines_becomes_one_reading() {
        let mut progress = Progress::new(Some(20_000));
        let text = "frame=150\nfps=75.5\nstream_0_0_q=28.0\ntotal_size=N/A\nout_time_us=5000000\nspeed=2.5x\nprogress=continue\n";
        let expected = Reading { fraction: 0.25, frames: 150, fps: 75.5, speed: 2.5, ended: false };
        assert_eq!(read(&mut progress, text), Some(expected));
    }

    #[test]
    fn the_fraction_never_goes_back_and_ends_at_one() {
        let mut progress = Progress::new(Some(10_000));
        assert_eq!(read(&mut progress, "out_time_us=6000000\nprogress=continue").map(|r| r.fraction), Some(0.6));
        assert_eq!(read(&mut progress, "out_time_us=5900000\nprogress=continue").map(|r| r.fraction), Some(0.6));
        assert_eq!(read(&mut progress, "out_time_us=9900000\nprogress=end").map(|r| r.fraction), Some(1.0));
    }

    #[test]
    fn an_unknown_duration_and_unknown_times_do_no_harm() {
        let mut progress = Progress::new(None);
        let text = "out_time_us=-9223372036854775807\nspeed=N/A\nfps=N/A\nno sense\nprogress=continue";
        assert_eq!(read(&mut progress, text), Some(Reading::default()));
    }
}
