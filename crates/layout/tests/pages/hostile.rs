//! Boxes and words that somebody made to hurt.

use gristmill_layout::{Block, BlockKind, Document, Line, Origin, Page, Rect, Unit, Word, arrange};
use proptest::prelude::*;

use crate::sheet::{HEIGHT, WIDTH, line};

fn document(blocks: Vec<Block>, width: f64, height: f64) -> Document {
    let page = Page {
        number: 1,
        width,
        height,
        unit: Unit::Px,
        source: Origin::Ocr,
        engine: None,
        straightened: None,
        blocks,
        form: Vec::new(),
        warnings: Vec::new(),
    };
    Document { pages: vec![page] }
}

fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => 0.0..600.0,
        2 => (0..12_i32).prop_map(|v| f64::from(v) * 50.0),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(-1e300), Just(f64::MAX), Just(0.0)],
    ]
}

fn word() -> impl Strategy<Value = Word> {
    let text = prop_oneof![4 => "[a-zA-Z0-9א-ת]{1,9}", 2 => "[-+*_#<>|`~=.:!&$\\[\\]()\\\\0-9a-z•]{1,6}", 1 => "\\PC{1,4}", 1 => "[\\x00-\\x20<a-z]{1,4}"];
    // Not through `Rect::new`: what is read from JSON or worked out may be upside down.
    (text, [coordinate(), coordinate(), coordinate(), coordinate()], 0.0..1.0).prop_map(|(text, [x0, y0, x1, y1], confidence)| Word {
        text,
        bounds: Rect { x0, y0, x1, y1 },
        confidence,
    })
}

fn free_line() -> impl Strategy<Value = Line> {
    prop::collection::vec(word(), 1..5).prop_map(|words| Line::of(words).unwrap())
}

/// A line as high as others, on a grid, so that columns, tables and lists come about.
fn set_line() -> impl Strategy<Value = Line> {
    (0..6_i32, 0..40_i32, prop::collection::vec(word(), 1..5)).prop_map(|(column, row, mut words)| {
        let (mut x, y) = (f64::from(column) * 100.0, f64::from(row) * 12.0);
        for word in &mut words {
            let width = 4.0 * word.text.chars().count() as f64;
            word.bounds = Rect::new(x, y, x + width, y + 10.0);
            x += width + 4.0;
        }
        Line::of(words).unwrap()
    })
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(prop_oneof![1 => free_line(), 3 => set_line()], 0..40)
}

/// Not by `==`, for which a box that is not a number equals nothing.
fn sorted(lines: impl IntoIterator<Item = Line>) -> Vec<String> {
    let mut all: Vec<String> = lines.into_iter().map(|l| format!("{l:?}")).collect();
    all.sort();
    all
}

/// Whether each of some characters has a backslash of its own before it.
fn all_escaped(text: &str, special: &[char]) -> bool {
    let mut escaped = false;
    text.chars().all(|c| {
        let fine = escaped || !special.contains(&c);
        escaped = c == '\\' && !escaped;
        fine
    })
}

fn counts_fit(block: &Block) -> bool {
    match &block.kind {
        BlockKind::Table(rows) => rows.iter().flatten().map(|c| *c as usize).sum::<usize>() == block.lines.len(),
        _ => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_line_is_there_once(lines in lines(), width in coordinate(), height in coordinate()) {
        let blocks = arrange(lines.clone(), width, height);
        prop_assert!(blocks.iter().all(|b| !b.lines.is_empty() && counts_fit(b)));
        prop_assert!(blocks.iter().all(|b| <[f64; 4]>::from(b.bounds).iter().all(|v| v.is_finite())));
        prop_assert_eq!(sorted(blocks.into_iter().flat_map(|b| b.lines)), sorted(lines));
    }

    #[test]
    fn the_order_in_which_lines_come_means_nothing(lines in prop::collection::vec(set_line(), 0..40)) {
        // Two boxes that are the same leave nothing to tell them by.
        let mut seen = std::collections::HashSet::new();
        let lines: Vec<Line> = lines.into_iter().filter(|l| seen.insert((l.bounds.x0 as i64, l.bounds.y0 as i64))).collect();
        let backwards: Vec<Line> = lines.iter().rev().cloned().collect();
        prop_assert_eq!(arrange(lines, WIDTH, HEIGHT), arrange(backwards, WIDTH, HEIGHT));
    }

    #[test]
    fn every_word_is_in_the_text(lines in lines()) {
        let text = document(arrange(lines.clone(), WIDTH, HEIGHT), WIDTH, HEIGHT).text();
        for word in lines.iter().flat_map(|l| &l.words) {
            let shown = word.text.replace(|c: char| c.is_control() || c.is_whitespace(), " ");
            prop_assert!(text.contains(&shown), "{:?} is not in {:?}", shown, text);
        }
    }

    #[test]
    fn markdown_holds_no_markup_of_the_document(lines in lines()) {
        let blocks = arrange(lines, WIDTH, HEIGHT);
        let tables = blocks.iter().any(|b| matches!(b.kind, BlockKind::Table(_)));
        let markdown = document(blocks, WIDTH, HEIGHT).markdown();
        prop_assert!(all_escaped(&markdown, &['<', '>', '[', ']', '`', '*', '_', '~', '$']), "{}", markdown);
        prop_assert!(tables || all_escaped(&markdown, &['|']), "{}", markdown);
        prop_assert!(!markdown.contains(|c: char| c.is_control() && c != '\n'), "{:?}", markdown);
    }

    #[test]
    fn hocr_is_well_formed_and_its_boxes_lie_on_the_page(lines in lines(), width in coordinate(), height in coordinate()) {
        let words: usize = lines.iter().map(|l| l.words.len()).sum();
        let hocr = document(arrange(lines, width, height), width, height).hocr();
        let mut reader = quick_xml::Reader::from_str(&hocr);
        let mut seen = 0;
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Start(tag)) => {
                    let class = tag.try_get_attribute("class").unwrap();
                    seen += usize::from(class.is_some_and(|c| c.value.as_ref() == b"ocrx_word"));
                }
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(_) => {}
                Err(error) => prop_assert!(false, "{error}: {hocr}"),
            }
        }
        prop_assert_eq!(seen, words);
        for numbers in hocr.split("bbox ").skip(1) {
            let end = numbers.find(['"', ';']).unwrap();
            prop_assert!(numbers[..end].split(' ').all(|n| n.parse::<u32>().is_ok()), "{}", &numbers[..end]);
        }
    }
}

/// Pages of a hundred thousand words. They are not timed; what costs the square of that does not come back.
mod large {
    use super::*;

    const MANY: usize = 100_000;

    fn arranged(lines: impl Iterator<Item = Line>) -> Document {
        let lines: Vec<Line> = lines.collect();
        let count = lines.len();
        let blocks = arrange(lines, 1e6, 1e6);
        assert_eq!(blocks.iter().map(|b| b.lines.len()).sum::<usize>(), count);
        document(blocks, 1e6, 1e6)
    }

    fn word_at(x: f64, y: f64, text: &str) -> Line {
        line(x, y, 10.0, text)
    }

    #[test]
    fn words_on_a_lattice() {
        let document = arranged((0..MANY).map(|i| word_at((i % 300) as f64 * 40.0, (i / 300) as f64 * 12.0, "word")));
        assert_eq!(document.text().matches("word").count(), MANY);
        assert_eq!(document.markdown().matches("word").count(), MANY);
        assert_eq!(document.hocr().matches("word_1_").count(), MANY);
    }

    #[test]
    fn words_down_a_staircase() {
        arranged((0..MANY).map(|i| word_at(i as f64 * 9.0, i as f64 * 9.0, "step")));
        arranged((0..MANY).map(|i| word_at(i as f64 * 25.0, i as f64 * 3.0, "step")));
    }

    #[test]
    fn pairs_whose_gutters_creep() {
        arranged((0..MANY / 2).flat_map(|i| [word_at(i as f64 * 8.0, i as f64 * 12.0, "a"), word_at(9e5, i as f64 * 12.0, "b")]));
        arranged(
            (0..MANY / 2)
                .flat_map(|i| [word_at(i as f64 * 8.0, i as f64 * 12.0, "a"), word_at(i as f64 * 8.0 + 40.0, i as f64 * 12.0, "b")]),
        );
    }

    #[test]
    fn a_list_that_goes_in_for_ever() {
        let document = arranged((0..MANY / 2).map(|i| word_at(i as f64 * 10.0, i as f64 * 12.0, "• item")));
        assert!(document.markdown().len() < 40 * MANY);
    }

    #[test]
    fn a_text_with_many_notes() {
        let text = "and so it went on and on for years";
        arranged(
            (0..MANY / 8).flat_map(|i| {
                [(200.0, text), (20.0, "note")].into_iter().take(1 + i % 2).map(move |(x, t)| word_at(x, i as f64 * 12.0, t))
            }),
        );
    }

    #[test]
    fn words_all_in_one_place_and_marks_that_lead_nowhere() {
        arranged((0..MANY).map(|_| word_at(5.0, 5.0, "same")));
        arranged((0..MANY).map(|i| word_at(5.0, i as f64 * 12.0, "5. again")));
        arranged((0..MANY).map(|i| word_at((i % 2) as f64 * 20.0, i as f64 * 12.0, if i % 2 == 0 { "1. item" } else { "goes on" })));
    }
}
