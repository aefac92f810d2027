//! How long to wait before a request is tried again: doubling from 100 ms to 5 s, of which a random part (full jitter), so that many
//! who failed together do not come back together.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// The wait after the `failed`th failure in a row, counted from 1.
pub(crate) fn after(failed: u32) -> Duration {
    // Without randomness all wait the longest, which is safe.
    jittered(failed, getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX)))
}

fn jittered(failed: u32, part: f64) -> Duration {
    let doubled = FIRST.saturating_mul(2u32.saturating_pow(failed.saturating_sub(1)));
    doubled.min(LONGEST).mul_f64(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_to_a_bound() {
        assert_eq!([1, 2, 3, 7, 99].map(|failed| jittered(failed, 1.0).as_millis()), [100, 200, 400, 5_000, 5_000]);
        assert_eq!(jittered(3, 0.5).as_millis(), 200);
    }
}
