//! How far each reader of a link has come without a jump. Tools close a connection to jump and open another; one that reads picture and
//! sound from two places in turn has two runs. Pure.

use std::ops::Range;

/// How many are remembered; the one that was used least recently is forgotten.
const KEPT: usize = 8;

/// A jump forward over so little is none: tools skip what they do not need of a stretch that they read.
const SKIPPED: u64 = 1 << 20;

/// The runs of one link, the last used one at the end.
#[derive(Debug, Default)]
pub(crate) struct Runs(Vec<Range<u64>>);

impl Runs {
    /// Bytes up to `to` were read after those up to `from`. Answers how long the run is that they belong to.
    pub(crate) fn read(&mut self, from: u64, to: u64) -> u64 {
        let found = self.0.iter().rposition(|run| (run.start..=run.end.saturating_add(SKIPPED)).contains(&from));
        let mut run = found.map_or(from..from, |found| self.0.remove(found));
        // What was skipped was not read.
        let skipped = from.saturating_sub(run.end);
        run = run.start + skipped..run.end.max(to);
        let length = run.end - run.start;
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        self.0.push(run);
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn reading_on_makes_a_run_longer_and_a_jump_begins_another() {
        let mut runs = Runs::default();
        assert_eq!(runs.read(0, 100), 100);
        assert_eq!(runs.read(100, 300), 300);
        assert_eq!(runs.read(9 * MIB, 9 * MIB), 0);
        assert_eq!(runs.read(9 * MIB, 9 * MIB + 5), 5);
        assert_eq!(runs.read(300, 400), 400, "the first is not forgotten");
    }

    #[test]
    fn a_short_skip_is_no_jump_but_does_not_count_as_read() {
        let mut runs = Runs::default();
        runs.read(0, MIB);
        assert_eq!(runs.read(MIB + 1000, MIB + 2000), MIB + 1000);
    }

    #[test]
    fn reading_again_does_not_make_a_run_longer() {
        let mut runs = Runs::default();
        runs.read(0, 1000);
        assert_eq!(runs.read(200, 300), 1000);
    }

    #[test]
    fn only_a_few_are_remembered() {
        let mut runs = Runs::default();
        (0..100).for_each(|n| assert_eq!(runs.read(n * 10 * MIB, n * 10 * MIB + 1), 1));
        assert_eq!(runs.0.len(), KEPT);
    }
}
