//! Decimal numbers as integers, so that sums are exact.

/// A number in ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Decimal(pub(crate) i64);

const SCALE: i64 = 10_000;

impl Decimal {
    /// Of digits before and after the point; none when there are none before it, more than four after it, or it grows too large.
    pub(crate) fn of(whole: &str, fraction: &str, negative: bool) -> Option<Self> {
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 13 || fraction.len() > 4 || !digits(whole) || !digits(fraction) {
            return None;
        }
        let fraction: i64 = format!("{fraction:0<4}").parse().ok()?;
        let size = whole.parse::<i64>().ok()?.checked_mul(SCALE)?.checked_add(fraction)?;
        Some(Self(if negative { -size } else { size }))
    }

    /// Reads what [`Self::money`] and [`Self::plain`] write.
    pub(crate) fn parse(normal: &str) -> Option<Self> {
        let (negative, rest) = normal.strip_prefix('-').map_or((false, normal), |r| (true, r));
        let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
        Self::of(whole, fraction, negative)
    }

    /// With two decimals, or more when it has more: `12.50`.
    pub(crate) fn money(self) -> String {
        self.written(2)
    }

    /// With as few decimals as it needs: `12.5`.
    pub(crate) fn plain(self) -> String {
        self.written(0)
    }

    /// For ratios, never for sums.
    pub(crate) fn to_f64(self) -> f64 {
        self.0 as f64 / SCALE as f64
    }

    fn written(self, least: usize) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        let mut fraction = format!("{:04}", size % SCALE.unsigned_abs());
        while fraction.len() > least && fraction.ends_with('0') {
            fraction.pop();
        }
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{}{point}{fraction}", size / SCALE.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(size in -9_999_999_999_999i64 * 10_000..=9_999_999_999_999i64 * 10_000) {
            let number = Decimal(size);
            prop_assert_eq!(Decimal::parse(&number.money()), Some(number));
            prop_assert_eq!(Decimal::parse(&number.plain()), Some(number));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = Decimal::parse(&text);
        }
    }

    #[test]
    fn money_has_two_decimals_and_a_number_as_few_as_it_needs() {
        let number = Decimal::parse("-12.5").unwrap();
        assert_eq!((number.money().as_str(), number.plain().as_str()), ("-12.50", "-12.5"));
        assert_eq!(Decimal::parse("3").unwrap().plain(), "3");
    }
}
