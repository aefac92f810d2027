//! When a webhook that failed is tried again: the ten steps that the Standard Webhooks specification proposes, a little spread.

use std::time::Duration;

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// The wait before each attempt, from the failure of the one before: a bit more than three days in all.
pub const WAITS: [Duration; 10] = [
    Duration::ZERO,
    Duration::from_secs(5),
    minutes(5),
    minutes(30),
    minutes(2 * 60),
    minutes(5 * 60),
    minutes(10 * 60),
    minutes(14 * 60),
    minutes(20 * 60),
    minutes(24 * 60),
];

/// A wait is longer by up to one part in this many, so that a receiver that was down is not called by all at once.
const SPREAD: u32 = 10;

/// How long to wait after `tries` failed attempts, before the next; `None` when that was the last. No sooner than the receiver asked for
/// (`after`). `noise` is any number, another for each message.
pub fn wait(tries: u32, after: Option<Duration>, noise: u32) -> Option<Duration> {
    let step = *WAITS.get(usize::try_from(tries).ok()?)?;
    let more = (step / SPREAD).mul_f64(f64::from(noise) / f64::from(u32::MAX));
    Some((step + more).max(after.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ten_attempts_are_spread_over_three_days() {
        let waits: Vec<_> = (0..).map_while(|tries| wait(tries, None, 0)).collect();
        assert_eq!(waits, WAITS);
        assert_eq!(waits.iter().sum::<Duration>(), Duration::from_secs((75 * 60 + 35) * 60 + 5));
    }

    proptest! {
        #[test]
        fn a_wait_is_its_step_and_at_most_a_tenth_more(tries in 0u32..10, noise: u32) {
            let (step, waited) = (WAITS[tries as usize], wait(tries, None, noise).unwrap());
            prop_assert!(step <= waited && waited <= step + step / SPREAD, "{waited:?}");
        }

        #[test]
        fn whatever_the_noise_waits_only_grow(tries in 0u32..9, noise: u32, other: u32) {
            prop_assert!(wait(tries, None, noise) < wait(tries + 1, None, other));
        }

        #[test]
        fn a_receiver_that_names_a_time_is_not_called_sooner(tries in 0u32..10, noise: u32, seconds in 0u64..200_000) {
            let after = Duration::from_secs(seconds);
            prop_assert_eq!(wait(tries, Some(after), noise), wait(tries, None, noise).map(|w| w.max(after)));
        }

        #[test]
        fn after_ten_attempts_nothing_makes_another(tries in 10u32.., noise: u32, seconds: u32) {
            prop_assert_eq!(wait(tries, Some(Duration::from_secs(seconds.into())), noise), None);
        }
    }
}
