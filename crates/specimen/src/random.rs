//! Chance that is the same on every machine: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
//! Only whole numbers and exact divisions are used, so the same seed gives the same choices everywhere.

/// A stream of choices.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The stream of one kind of thing and one seed: kinds with the same seed have nothing in common.
    pub(crate) fn new(kind: &str, seed: u64) -> Self {
        // FNV-1a spreads the name over all bits.
        let name = kind.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut stream = Self(name ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        stream.next();
        stream
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 when `n` is.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// A whole number of `low..=high`.
    pub(crate) fn whole(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as usize) as i64
    }

    /// A number of `low..high`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        low + unit * (high - low)
    }

    /// True so often out of once.
    pub(crate) fn chance(&mut self, often: f64) -> bool {
        self.between(0.0, 1.0) < often
    }

    /// One of a list that is not empty.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Up to `count` different ones of a list, in any order.
    pub(crate) fn sample<T: Copy>(&mut self, of: &[T], count: usize) -> Vec<T> {
        let mut rest = of.to_vec();
        (0..count.min(of.len())).map(|_| rest.swap_remove(self.below(rest.len()))).collect()
    }

    /// So many digits, the first of which is not 0.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|n| char::from(b'0' + self.whole(i64::from(n == 0), 9) as u8)).collect()
    }

    /// One of a few letters.
    pub(crate) fn letter(&mut self, of: &str) -> char {
        char::from(self.pick(of.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_stream_on_every_machine() {
        let mut stream = Random(0);
        // The first outputs for the state 0, as the paper's reference code has them.
        assert_eq!(stream.next(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(stream.next(), 0x6e78_9e6a_a1b9_65f4);
        assert_ne!(Random::new("form", 1).next(), Random::new("receipt", 1).next());
    }

    #[test]
    fn choices_stay_within_their_bounds() {
        let mut stream = Random::new("bounds", 7);
        for _ in 0..1000 {
            assert!(stream.below(7) < 7);
            assert!((-3..=3).contains(&stream.whole(-3, 3)));
            assert!((0.5..2.0).contains(&stream.between(0.5, 2.0)));
        }
        assert_eq!(stream.sample(&[1, 2, 3], 9).len(), 3);
        assert!(!stream.digits(4).starts_with('0'));
    }
}
