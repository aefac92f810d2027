//! Dates as people of different countries write them.

use super::*;
use proptest::prelude::*;

fn known(day_first: Option<bool>) -> Convention {
    Convention { day_first, ..Convention::open(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()) }
}

fn only(text: &str, day_first: Option<bool>) -> (String, Option<String>) {
    let found = dates(text, &known(day_first));
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    (found[0].value.to_string(), found[0].other.map(|d| d.to_string()))
}

#[test]
fn dates_are_read_as_many_countries_write_them() {
    for (text, value) in [
        ("2025-04-03", "2025-04-03"),
        ("2025/4/3", "2025-04-03"),
        ("03.04.2025", "2025-04-03"),
        ("25/03/2025", "2025-03-25"),
        ("03/25/2025", "2025-03-25"),
        ("25-03-25", "2025-03-25"),
        ("6-sept-2026", "2026-09-06"),
        ("3 april 2025", "2025-04-03"),
        ("3. März 2025", "2025-03-03"),
        ("3 de abril de 2025", "2025-04-03"),
        ("1er février 2025", "2025-02-01"),
        ("12 gennaio 2025", "2025-01-12"),
        ("April 3, 2025", "2025-04-03"),
        ("Apr 3rd, 2025", "2025-04-03"),
        ("03 APR 25", "2025-04-03"),
        ("05JAN2018", "2018-01-05"),
        ("2025年4月3日", "2025-04-03"),
        ("20250403", "2025-04-03"),
        ("12/12/2025", "2025-12-12"),
        ("2018-03-29T10:22:00Z", "2018-03-29"),
        ("15/08/98", "1998-08-15"),
    ] {
        assert_eq!(only(text, None), (value.into(), None), "{text}");
    }
}

#[test]
fn a_date_that_may_be_two_says_so_unless_the_document_tells() {
    assert_eq!(only("03/04/2025", None), ("2025-04-03".into(), Some("2025-03-04".into())));
    assert_eq!(only("03/04/2025", Some(true)), ("2025-04-03".into(), None));
    assert_eq!(only("03/04/2025", Some(false)), ("2025-03-04".into(), None));
    assert_eq!(only("Tuesday 03/04/2025", None), ("2025-03-04".into(), None));
    assert_eq!(only("Thu 03/04/2025", None), ("2025-04-03".into(), None));
}

#[test]
fn what_is_no_date_is_none() {
    for text in ["31/02/2025", "12.50", "1/2", "192.168.10.20", "99/99/9999", "1234-56-78-90", "030-1234567", "2025-13-01"] {
        assert!(dates(text, &known(None)).is_empty(), "{text}: {:?}", dates(text, &known(None)));
    }
}

#[test]
fn times_are_read_on_both_clocks() {
    for (text, value) in [("14:05", "14:05"), ("2:05 PM", "14:05"), ("12:30am", "00:30"), ("9h30", "09:30"), ("23:59:58", "23:59:58")] {
        assert_eq!(times(text).first().map(|t| t.value.as_str()), Some(value), "{text}");
    }
    assert!(times("1:234").is_empty() && times("25:00").is_empty());
}

proptest! {
    #[test]
    fn a_written_date_is_read_as_the_same(days in 0i32..36_500) {
        let date = NaiveDate::from_num_days_from_ce_opt(737_000 - 30_000 + days).unwrap();
        for form in ["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%d.%m.%Y"] {
            prop_assert_eq!(only(&date.format(form).to_string(), None).0, date.to_string());
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*|[0-9./ :-]{0,24}|[0-9]{1,2}[ .]?\\pL{2,6}[ .]?[0-9]{2,4}") {
        for found in dates(&text, &known(None)) {
            prop_assert!(text.get(found.span).is_some());
        }
        for found in times(&text) {
            prop_assert!(text.get(found.span).is_some());
        }
    }
}
