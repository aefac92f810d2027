//! Dates in the ways of many countries, and times of the day.

use std::ops::Range;
use std::sync::LazyLock;

use chrono::{Datelike as _, NaiveDate, NaiveTime, Weekday};
use regex::{Captures, Regex};

use super::convention::Convention;
use super::month::{month, weekday};
use crate::fold::pattern;

/// Which of day and month comes first, as this date alone shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    DayFirst,
    MonthFirst,
}

/// A date that stands in a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dated {
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
    /// What it means.
    pub(crate) value: NaiveDate,
    /// What it means when day and month change places, where nothing tells which is right.
    pub(crate) other: Option<NaiveDate>,
    /// What it shows of the document's habit.
    pub(crate) order: Option<Order>,
    /// How surely it is a date at all, 0..=1.
    pub(crate) weight: f64,
}

static ISO: LazyLock<Regex> = LazyLock::new(|| pattern(r"([0-9]{4})\s?([-/.])\s?([0-9]{1,2})\s?([-/.])\s?([0-9]{1,2})(?:T[0-9:]+Z?)?"));
static NUMBERS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:(\pL{3,10})\.?,?\s)?([0-9]{1,2})\s?([-/.'’])\s?([0-9]{1,2})\s?([-/.'’])\s?([0-9]{4}|[0-9]{2})"));
static DAY_NAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"([0-9]{1,2})(?:st|nd|rd|th|er|º|°)?\.?[\s./-]{0,3}(?:(?:de|of)\s)?(\pL{3,12})\.?,?[\s./'’-]{0,3}(?:(?:de|del|of)\s)?([0-9]{4}|[0-9]{2})",
    )
});
static NAME_DAY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(\pL{3,12})\.?[\s-]{0,2}([0-9]{1,2})(?:st|nd|rd|th)?[\s,./'’-]{1,3}([0-9]{4})"));
static YEAR_NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"([0-9]{4})[\s./-]{1,3}(\pL{3,12})\.?[\s./-]{1,3}([0-9]{1,2})"));
static CHARACTERS: LazyLock<Regex> = LazyLock::new(|| pattern(r"([0-9]{4})\s?[年년]\s?([0-9]{1,2})\s?[月월]\s?([0-9]{1,2})\s?[日일]"));
static COMPACT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(20[0-9]{2})(0[1-9]|1[0-2])([0-3][0-9])"));
static TIME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"([01]?[0-9]|2[0-3])\s?([:hH])\s?([0-5][0-9])(?:\s?:\s?([0-5][0-9]))?(?:\s?([AaPp])\.?[Mm]\b)?"));

/// Every date of a text, from left to right, none overlapping another.
pub(crate) fn dates(text: &str, known: &Convention) -> Vec<Dated> {
    let mut found: Vec<Dated> = Vec::new();
    let readers: [(&Regex, Reader); 7] = [
        (&ISO, year_first),
        (&CHARACTERS, characters),
        (&YEAR_NAME, |c, _| named(c, 3, 2, 1)),
        (&DAY_NAME, |c, known| two_digit_named(c, known)),
        (&NAME_DAY, |c, _| named(c, 2, 1, 3)),
        (&NUMBERS, numbers),
        (&COMPACT, |c, _| by_numbers(c, 1, 2, 3, 0.6)),
    ];
    for (regex, reader) in readers {
        for c in regex.captures_iter(text) {
            let Some(dated) = reader(&c, known) else { continue };
            let free = found.iter().all(|f| f.span.end <= dated.span.start || dated.span.end <= f.span.start);
            if free && stands_alone(text, &dated.span) && (1900..=2100).contains(&dated.value.year()) {
                found.push(dated);
            }
        }
    }
    found.sort_by_key(|d| d.span.start);
    found
}

type Reader = fn(&Captures<'_>, &Convention) -> Option<Dated>;

/// No digit, and no mark that joins it to one, stands before or after.
fn stands_alone(text: &str, span: &Range<usize>) -> bool {
    let before = text.get(..span.start).unwrap_or("");
    let after = text.get(span.end..).unwrap_or("");
    let joined = |c: Option<char>, next: Option<char>| match c {
        Some(c) if c.is_ascii_digit() => true,
        Some('-' | '/' | '.') => next.is_some_and(|n| n.is_ascii_digit()),
        _ => false,
    };
    let (mut b, mut a) = (before.chars().rev(), after.chars());
    !joined(b.next(), b.next()) && !joined(a.next(), a.next())
}

fn part<'t>(c: &Captures<'t>, group: usize) -> Option<&'t str> {
    c.get(group).map(|m| m.as_str())
}

fn count(c: &Captures<'_>, group: usize) -> Option<u32> {
    part(c, group)?.parse().ok()
}

fn certain(c: &Captures<'_>, value: NaiveDate, weight: f64) -> Option<Dated> {
    Some(Dated { span: c.get(0)?.range(), value, other: None, order: None, weight })
}

fn by_numbers(c: &Captures<'_>, year: usize, month: usize, day: usize, weight: f64) -> Option<Dated> {
    let value = NaiveDate::from_ymd_opt(part(c, year)?.parse().ok()?, count(c, month)?, count(c, day)?)?;
    certain(c, value, weight)
}

fn year_first(c: &Captures<'_>, _: &Convention) -> Option<Dated> {
    if part(c, 2) != part(c, 4) {
        return None;
    }
    by_numbers(c, 1, 3, 5, 1.0)
}

fn characters(c: &Captures<'_>, _: &Convention) -> Option<Dated> {
    by_numbers(c, 1, 2, 3, 1.0)
}

fn named(c: &Captures<'_>, day: usize, name: usize, year: usize) -> Option<Dated> {
    let value = NaiveDate::from_ymd_opt(part(c, year)?.parse().ok()?, month(part(c, name)?)?, count(c, day)?)?;
    certain(c, value, 1.0)
}

fn two_digit_named(c: &Captures<'_>, known: &Convention) -> Option<Dated> {
    let year = full_year(part(c, 3)?, known)?;
    certain(c, NaiveDate::from_ymd_opt(year, month(part(c, 2)?)?, count(c, 1)?)?, 1.0)
}

/// Two digits are a year of this century up to ten years from now, and else of the last.
fn full_year(written: &str, known: &Convention) -> Option<i32> {
    let year: i32 = written.parse().ok()?;
    Some(match written.len() {
        4 => year,
        _ if 2000 + year <= known.today.year() + 10 => 2000 + year,
        _ => 1900 + year,
    })
}

fn numbers(c: &Captures<'_>, known: &Convention) -> Option<Dated> {
    let mark = part(c, 3)?;
    if part(c, 5) != Some(mark) {
        return None;
    }
    let (first, second, last) = (count(c, 2)?, count(c, 4)?, part(c, 6)?);
    let year = full_year(last, known)?;
    let (day_first, month_first) = (NaiveDate::from_ymd_opt(year, second, first), NaiveDate::from_ymd_opt(year, first, second));
    let weight = if last.len() == 4 { 1.0 } else { 0.98 };
    let start = c.get(2)?.start();
    let told = |value, other, order| Some(Dated { span: start..c.get(0)?.end(), value, other, order, weight });
    match (day_first, month_first) {
        (Some(d), Some(m)) if d == m => told(d, None, None),
        (Some(d), Some(m)) => {
            let on = part(c, 1).and_then(weekday);
            let is = |date: NaiveDate, on: Weekday| date.weekday() == on;
            match (on, known.day_first) {
                (Some(on), _) if is(d, on) && !is(m, on) => told(d, None, Some(Order::DayFirst)),
                (Some(on), _) if is(m, on) && !is(d, on) => told(m, None, Some(Order::MonthFirst)),
                (_, Some(true)) => told(d, None, None),
                (_, Some(false)) => told(m, None, None),
                // Nobody who sets the month first writes points between the numbers.
                _ if mark == "." => told(d, None, None),
                _ => told(d, Some(m), None),
            }
        }
        (Some(d), None) => told(d, None, Some(Order::DayFirst)),
        (None, Some(m)) => told(m, None, (mark != ".").then_some(Order::MonthFirst)),
        (None, None) => short_year_first(c, known, first, second, last, start),
    }
}

/// `24/03/15` of the year 2024, when it can be nothing else.
fn short_year_first(c: &Captures<'_>, known: &Convention, first: u32, month: u32, last: &str, start: usize) -> Option<Dated> {
    let year = full_year(&format!("{first:02}"), known)?;
    let value = NaiveDate::from_ymd_opt(year, month, last.parse().ok()?)?;
    Some(Dated { span: start..c.get(0)?.end(), value, other: None, order: None, weight: 0.7 })
}

/// A time of the day that stands in a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Timed {
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
    /// `14:05`, or `14:05:33` when it tells seconds.
    pub(crate) value: String,
}

/// Every time of a text.
pub(crate) fn times(text: &str) -> Vec<Timed> {
    TIME.captures_iter(text).filter_map(|c| timed(&c).filter(|t| stands_alone(text, &t.span))).collect()
}

fn timed(c: &Captures<'_>) -> Option<Timed> {
    let (hour, minute, second) = (count(c, 1)?, count(c, 3)?, count(c, 4));
    let hour = match part(c, 5).map(str::to_ascii_lowercase).as_deref() {
        Some("p") if hour < 12 => hour + 12,
        Some("a") if hour == 12 => 0,
        _ => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, second.unwrap_or(0))?;
    let seconds = second.map_or(String::new(), |s| format!(":{s:02}"));
    Some(Timed { span: c.get(0)?.range(), value: format!("{hour:02}:{minute:02}{seconds}") })
}

#[cfg(test)]
mod tests;
