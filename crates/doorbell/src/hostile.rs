//! A doorbell as bad as one may be, for tests: whatever is built on doorbells must do with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;

use crate::{Bell, Doorbell, Ear, State};

/// The longest delay of a ring, in milliseconds: shorter than a poll, so that late rings come among others.
const LONGEST_DELAY: u64 = 700;

/// The increment and the two factors of `SplitMix64` (Steele, Lea and Flood, 2014).
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
const MIX: [u64; 2] = [0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB];

/// Of the rings of another doorbell it loses two fifths, doubles a fifth and delays a fifth, so that they overtake each other. What
/// happens to the n-th ring depends on the seed alone.
pub struct Hostile {
    inner: Arc<dyn Doorbell>,
    dice: AtomicU64,
}

/// What becomes of a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Lost,
    Late(Duration),
    Doubled(Duration),
    Spared,
}

impl Hostile {
    /// Over another doorbell.
    pub fn over(inner: Arc<dyn Doorbell>, seed: u64) -> Self {
        Self { inner, dice: AtomicU64::new(seed) }
    }

    fn fate(&self) -> Fate {
        let dice = mixed(self.dice.fetch_add(GAMMA, Ordering::Relaxed));
        let delay = Duration::from_millis((dice >> 32) % LONGEST_DELAY);
        match dice % 5 {
            0 | 1 => Fate::Lost,
            2 => Fate::Late(delay),
            3 => Fate::Doubled(delay),
            _ => Fate::Spared,
        }
    }

    fn later(&self, bell: Bell, delay: Duration) {
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            sleep(delay).await;
            inner.ring(bell).await;
        });
    }
}

fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(MIX[0]);
    let n = (n ^ (n >> 27)).wrapping_mul(MIX[1]);
    n ^ (n >> 31)
}

#[async_trait]
impl Doorbell for Hostile {
    async fn ring(&self, bell: Bell) {
        match self.fate() {
            Fate::Lost => {}
            Fate::Late(delay) => self.later(bell, delay),
            Fate::Doubled(delay) => {
                self.later(bell, delay);
                self.inner.ring(bell).await;
            }
            Fate::Spared => self.inner.ring(bell).await,
        }
    }

    fn listen(&self, bell: Bell) -> Ear {
        self.inner.listen(bell)
    }

    fn state(&self) -> State {
        self.inner.state()
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;

    fn fates(seed: u64) -> Vec<Fate> {
        let hostile = Hostile::over(Arc::new(Memory::default()), seed);
        (0..1000).map(|_| hostile.fate()).collect()
    }

    #[test]
    fn a_seed_says_what_becomes_of_each_ring() {
        assert_eq!(fates(7), fates(7));
        assert_ne!(fates(7), fates(8));
    }

    #[test]
    fn every_fate_is_met_about_as_often_as_is_said() {
        let fates = fates(1);
        let count = |is: fn(&Fate) -> bool| fates.iter().filter(|fate| is(fate)).count();
        assert!((350..450).contains(&count(|fate| *fate == Fate::Lost)));
        assert!((150..250).contains(&count(|fate| matches!(fate, Fate::Late(_)))));
        assert!((150..250).contains(&count(|fate| matches!(fate, Fate::Doubled(_)))));
    }

    #[tokio::test]
    async fn a_ring_among_many_gets_through() {
        let hostile = Hostile::over(Arc::new(Memory::default()), 3);
        let mut ear = hostile.listen(Bell::Tasks);
        for _ in 0..100 {
            hostile.ring(Bell::Tasks).await;
        }
        tokio::time::timeout(Duration::from_secs(5), ear.wait()).await.expect("woken");
    }
}
