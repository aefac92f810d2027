//! Pages that nobody would write: nothing panics, and what is told holds together.

use gristmill_extract::{SHIPPED, Schema, extract, from_model, ground, prompt};
use gristmill_layout::{Block, BlockKind, Document, Line, Origin, Page, Rect, Unit, Word};
use proptest::prelude::*;
use serde_json::Value;

use crate::typed::today;

fn word() -> impl Strategy<Value = Word> {
    let text = prop_oneof![
        "\\PC{1,12}",
        "[-0-9.,:/€$%()xX*]{1,14}",
        Just("Total:".to_owned()),
        Just("Date".to_owned()),
        Just("Amount".to_owned()),
        Just("Description".to_owned()),
        Just("☑".to_owned()),
        Just("1.".to_owned()),
    ];
    let number = prop_oneof![-50.0..700.0f64, Just(0.0)];
    (text, number.clone(), number, 0.0..90.0f64, 0.0..30.0f64, 0.0..=1.0f64).prop_filter_map(
        "a word is not empty",
        |(t, x, y, w, h, confidence)| {
            let text: String = t.chars().filter(|c| !c.is_whitespace()).collect();
            (!text.is_empty()).then(|| Word { text, bounds: Rect::new(x, y, x + w, y + h), confidence })
        },
    )
}

fn document() -> impl Strategy<Value = Document> {
    let lines = prop::collection::vec(prop::collection::vec(word(), 1..6), 0..25);
    prop::collection::vec(lines, 0..3).prop_map(|pages| {
        let page = |(i, lines): (usize, Vec<Vec<Word>>)| {
            let lines: Vec<Line> = lines.into_iter().filter_map(Line::of).collect();
            let blocks = vec![Block { kind: BlockKind::Paragraph, bounds: Rect::new(0.0, 0.0, 600.0, 800.0), lines }];
            Page {
                number: u32::try_from(i).unwrap() + 1,
                width: 600.0,
                height: 800.0,
                unit: Unit::Px,
                source: Origin::Ocr,
                engine: None,
                straightened: None,
                blocks,
                form: Vec::new(),
                warnings: Vec::new(),
            }
        };
        Document { pages: pages.into_iter().enumerate().map(page).collect() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_stands_on_a_page_the_fields_hold_together(document in document()) {
        for (name, _) in SHIPPED {
            let schema = Schema::shipped(name).unwrap();
            let found = extract(&document, &schema, today());
            for field in &found.fields {
                prop_assert!((0.0..=1.0).contains(&field.confidence), "{field:?}");
                prop_assert_eq!(found.record.pointer(&field.path), Some(&field.value), "{}", field.path);
                prop_assert!(field.alternatives.len() <= 3);
                prop_assert_eq!(field.value.is_null(), field.source.is_none(), "{}", field.path);
            }
            prop_assert_eq!(found.review.needed, !found.review.reasons.is_empty());
            // What the rules say is a valid answer of a model, or told why not, and stands in the document as far as it is looked for.
            let _ = from_model(&document, &schema, &found.record, today());
            let (_, user) = prompt(&document, &schema, 200, "fence");
            prop_assert!(user.matches("fence").count() == 2);
        }
    }

    #[test]
    fn no_value_makes_looking_it_up_panic(document in document(), value in "\\PC{0,20}") {
        for kind in ["text", "amount", "date", "iban", "identifier"] {
            let kind = serde_json::from_value(Value::String(kind.into())).unwrap();
            let _ = ground(&document, &Value::String(value.clone()), kind);
        }
    }
}
