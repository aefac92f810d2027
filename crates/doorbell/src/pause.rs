//! How long to wait before a server that was lost is asked again.

use std::time::Duration;

/// Pauses that double from 0.1 s to 5 s, so that a server which comes back is found soon and one that does not is left in peace.
#[derive(Debug, Clone)]
pub struct Pause {
    next: Duration,
}

impl Pause {
    /// The first one.
    pub const FIRST: Duration = Duration::from_millis(100);
    /// The longest one. What lasted longer than this was no mere flicker.
    pub const LONGEST: Duration = Duration::from_secs(5);

    /// How long to wait this time; the next time it is longer.
    pub fn grow(&mut self) -> Duration {
        let now = self.next;
        self.next = Self::LONGEST.min(now * 2);
        now
    }

    /// Begins with the first one again.
    pub fn reset(&mut self) {
        self.next = Self::FIRST;
    }
}

impl Default for Pause {
    fn default() -> Self {
        Self { next: Self::FIRST }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew() {
        let mut pause = Pause::default();
        let first: Vec<u128> = (0..8).map(|_| pause.grow().as_millis()).collect();
        assert_eq!(first, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        pause.reset();
        assert_eq!(pause.grow(), Pause::FIRST);
    }
}
