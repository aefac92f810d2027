//! Values as they stand in documents, and what is made of them.

use super::*;
use chrono::NaiveDate;
use proptest::prelude::*;

fn leaf(kind: Kind) -> Leaf {
    Leaf { kind, as_number: false, places: Vec::new(), past: false, pattern: None, options: Vec::new() }
}

fn open() -> Convention {
    Convention::open(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap())
}

fn read(leaf: &Leaf, text: &str) -> Vec<String> {
    readings(leaf, text, &open()).into_iter().map(|r| r.value).collect()
}

#[test]
fn each_type_finds_its_own_and_leaves_the_rest() {
    for (kind, text, values) in [
        (Kind::Identifier, "INV-2025/001 of 03.04.2025 at 12.50", vec!["INV-2025/001"]),
        (Kind::Identifier, "# 4711", vec!["4711"]),
        (Kind::Name, "John Smith __", vec!["John Smith"]),
        (Kind::Name, "12345", vec![]),
        (Kind::Text, "  : Some  words, ", vec!["Some words"]),
        (Kind::Checkbox, "☑ I agree", vec!["true"]),
        (Kind::Checkbox, "No", vec!["false"]),
        (Kind::Percent, "21 %", vec!["21"]),
        (Kind::Number, "3 x 1,5", vec!["3", "1.5"]),
        (Kind::Bic, "BIC ABNANL2A", vec!["ABNANL2A"]),
    ] {
        assert_eq!(read(&leaf(kind), text), values, "{kind:?} {text}");
    }
}

#[test]
fn a_date_of_the_past_is_not_read_as_one_of_the_future() {
    let past = Leaf { past: true, ..leaf(Kind::Date) };
    let found = readings(&past, "05/12/2026", &open());
    assert_eq!((found[0].value.as_str(), found[0].other.as_deref()), ("2026-05-12", None));
    assert!(readings(&past, "25/12/2026", &open()).is_empty());
}

#[test]
fn patterns_and_options_narrow_what_is_found() {
    let class = Leaf { options: vec!["10".into(), "10A".into()], ..leaf(Kind::Text) };
    assert_eq!(read(&class, "class 10a"), ["10A"]);
    let order = Leaf { pattern: Some(Regex::new("PO-[0-9]{4}").unwrap()), ..leaf(Kind::Identifier) };
    assert_eq!(read(&order, "see PO-1234 or X9"), ["PO-1234"]);
}

proptest! {
    #[test]
    fn every_reading_lies_in_its_text_whatever_that_is(text in "\\PC*|[A-Za-z0-9.,:/ €$+-]{0,40}") {
        for (_, kind) in Kind::ALL {
            for r in readings(&leaf(kind), &text, &open()) {
                prop_assert!(text.get(r.span.clone()).is_some_and(|t| !t.is_empty()), "{kind:?} {r:?}");
                prop_assert!((0.0..=1.0).contains(&r.weight));
            }
        }
    }

    #[test]
    fn a_normal_form_is_read_as_itself(cents in -99_999_999i64..=99_999_999, minutes in 0u32..1440) {
        let amount = Decimal(cents * 100).money();
        prop_assert_eq!(read(&leaf(Kind::Amount), &amount), vec![amount]);
        let time = format!("{:02}:{:02}", minutes / 60, minutes % 60);
        prop_assert_eq!(read(&leaf(Kind::Time), &time), vec![time]);
    }
}
