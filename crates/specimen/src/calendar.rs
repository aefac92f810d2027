//! Days and how they are written.

use chrono::{Datelike, Days, NaiveDate};

use crate::random::Random;

/// Whose words and customs a page follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tongue {
    /// The day stands first.
    British,
    /// The month stands first.
    American,
    /// Of Germany.
    German,
    /// Of the Netherlands.
    Dutch,
    /// Of France.
    French,
    /// Of Spain.
    Spanish,
}

impl Tongue {
    fn months(self) -> [&'static str; 12] {
        match self {
            Self::British | Self::American => {
                ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
            }
            Self::German => {
                ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"]
            }
            Self::Dutch => {
                ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"]
            }
            Self::French => {
                ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"]
            }
            Self::Spanish => [
                "enero",
                "febrero",
                "marzo",
                "abril",
                "mayo",
                "junio",
                "julio",
                "agosto",
                "septiembre",
                "octubre",
                "noviembre",
                "diciembre",
            ],
        }
    }

    /// Patterns of chrono, with `{M}` for the month's name and `{m}` for its first three letters.
    fn patterns(self) -> &'static [&'static str] {
        match self {
            Self::British => {
                &["%d/%m/%Y", "%d-%m-%Y", "%-d {M} %Y", "%d {m} %Y", "%d/%m/%y", "%d-{m}-%Y", "%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y"]
            }
            Self::American => &["%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "{M} %-d, %Y", "{m} %-d, %Y", "%-m/%-d/%Y", "%-m/%-d/%y"],
            Self::German => &["%d.%m.%Y", "%d.%m.%y", "%-d. {M} %Y", "%d.%m.%Y"],
            Self::Dutch => &["%d-%m-%Y", "%d/%m/%Y", "%-d {M} %Y", "%d-%m-%y", "%d.%m.%Y"],
            Self::French => &["%d/%m/%Y", "%-d {M} %Y", "%d/%m/%y", "%d.%m.%Y", "%d-%m-%Y"],
            Self::Spanish => &["%d/%m/%Y", "%d-%m-%Y", "%-d de {M} de %Y", "%d/%m/%y"],
        }
    }
}

/// One way to write a day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DateStyle(Tongue, &'static str);

impl DateStyle {
    /// Any way that a tongue writes days in.
    pub(crate) fn any(random: &mut Random, tongue: Tongue) -> Self {
        Self(tongue, random.pick(tongue.patterns()))
    }

    /// A way in digits only, which fits where there is little room.
    pub(crate) fn short(random: &mut Random, tongue: Tongue) -> Self {
        let short: Vec<&'static str> = tongue.patterns().iter().copied().filter(|p| !p.contains('{')).collect();
        Self(tongue, random.pick(&short))
    }

    /// A day, written.
    pub(crate) fn show(self, day: NaiveDate) -> String {
        let name = self.0.months()[day.month0() as usize];
        let short: String = name.chars().take(3).collect();
        day.format(self.1).to_string().replace("{M}", name).replace("{m}", &short)
    }
}

/// A day of the years `first..=last`.
pub(crate) fn day(random: &mut Random, first: i64, last: i64) -> NaiveDate {
    let (year, month, day) = (random.whole(first, last), random.whole(1, 12), random.whole(1, 28));
    NaiveDate::from_ymd_opt(year as i32, month as u32, day as u32).unwrap_or_default()
}

/// So many days later.
pub(crate) fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

/// As a record has it: ISO 8601.
pub(crate) fn recorded(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_in_words_and_digits() {
        let day = NaiveDate::from_ymd_opt(2021, 3, 7).unwrap();
        assert_eq!(DateStyle(Tongue::German, "%-d. {M} %Y").show(day), "7. März 2021");
        assert_eq!(DateStyle(Tongue::British, "%d-{m}-%Y").show(day), "07-Mar-2021");
        assert_eq!(recorded(later(day, 30)), "2021-04-06");
    }
}
