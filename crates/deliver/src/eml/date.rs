//! The Date header.

use gristmill_model::Timestamp;

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// RFC 5322 §3.3 in UTC: `Sun, 22 Nov 2026 09:51:52 +0000`. What is before 1970 is told as its first second.
pub(super) fn rfc_5322(at: Timestamp) -> String {
    let at = Timestamp(at.0.max(0));
    let rfc_3339 = at.to_string();
    let mut parts = rfc_3339.split(['-', 'T', '.']);
    let mut next = || parts.next().unwrap_or_default();
    let (year, month, day, time) = (next(), next(), next(), next());
    let month = month.parse().ok().and_then(|m: usize| MONTHS.get(m.wrapping_sub(1))).unwrap_or(&MONTHS[0]);
    format!("{}, {day} {month} {year} {time} +0000", weekday(at))
}

/// The epoch was a Thursday.
fn weekday(at: Timestamp) -> &'static str {
    DAYS[(at.0 / 86_400_000 + 4).rem_euclid(7) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_mail_writes_it() {
        assert_eq!(rfc_5322(Timestamp(0)), "Thu, 01 Jan 1970 00:00:00 +0000");
        assert_eq!(rfc_5322(Timestamp(951_782_400_123)), "Tue, 29 Feb 2000 00:00:00 +0000");
        assert_eq!(rfc_5322(Timestamp(1_795_341_112_999)), "Sun, 22 Nov 2026 09:51:52 +0000");
        assert_eq!(rfc_5322(Timestamp(-1)), rfc_5322(Timestamp(0)));
    }
}
