//! Amounts as they are printed in a country, and as they stand in a record. They are counted in cents.

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// 1,234.50
    Point,
    /// 1234.50
    Plain,
    /// 1.234,50
    Comma,
    /// 1234,50
    Bare,
    /// 1 234,50
    Space,
}

impl Notation {
    fn signs(self) -> (&'static str, char) {
        match self {
            Self::Point => (",", '.'),
            Self::Plain => ("", '.'),
            Self::Comma => (".", ','),
            Self::Bare => ("", ','),
            Self::Space => (" ", ','),
        }
    }

    /// An amount with two decimals.
    pub(crate) fn amount(self, cents: i64) -> String {
        let (between, point) = self.signs();
        let whole = grouped(cents.unsigned_abs() / 100, between);
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}{whole}{point}{:02}", cents.unsigned_abs() % 100)
    }

    /// A number of thousandths without zeros at its end: 1.5, 8.25, 21.
    pub(crate) fn number(self, thousandths: i64) -> String {
        decimal(thousandths).replace('.', &self.signs().1.to_string())
    }
}

fn grouped(number: u64, between: &str) -> String {
    let digits = number.to_string();
    let head = digits.len() % 3;
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && n % 3 == head {
            out.push_str(between);
        }
        out.push(digit);
    }
    out
}

/// An amount as a record has it: `1234.50`.
pub(crate) fn recorded(cents: i64) -> String {
    Notation::Plain.amount(cents)
}

/// Thousandths as a decimal number without zeros at its end.
fn decimal(thousandths: i64) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Thousandths as a record has them: a number.
pub(crate) fn counted(thousandths: i64) -> serde_json::Value {
    match thousandths % 1000 {
        0 => (thousandths / 1000).into(),
        _ => (thousandths as f64 / 1000.0).into(),
    }
}

/// `amount * numerator / denominator`, rounded half up; for amounts that are not negative.
pub(crate) fn share(amount: i64, numerator: i64, denominator: i64) -> i64 {
    (2 * amount * numerator + denominator).div_euclid(2 * denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_each_country_does() {
        let shown = [Notation::Point, Notation::Plain, Notation::Comma, Notation::Bare, Notation::Space].map(|n| n.amount(123_456_705));
        assert_eq!(shown, ["1,234,567.05", "1234567.05", "1.234.567,05", "1234567,05", "1 234 567,05"]);
        assert_eq!(Notation::Comma.amount(-5), "-0,05");
    }

    #[test]
    fn numbers_lose_their_last_zeros() {
        assert_eq!([21_000, 1_500, 8_875].map(|n| Notation::Comma.number(n)), ["21", "1,5", "8,875"]);
        assert_eq!((counted(21_000), counted(5_500)), (21.into(), 5.5.into()));
    }

    #[test]
    fn halves_are_rounded_up() {
        assert_eq!([share(50, 21_000, 100_000), share(250, 1, 100), share(249, 1, 100)], [11, 3, 2]);
    }
}
