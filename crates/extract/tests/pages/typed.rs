//! Made-up pages: text as a typewriter would set it, each letter half as wide as a line is high.

use chrono::NaiveDate;
use gristmill_extract::{Fields, Schema, extract};
use gristmill_layout::{Block, BlockKind, Document, Line, Origin, Page, Rect, Unit, Word};

const WIDTH: f64 = 6.0;
const HEIGHT: f64 = 12.0;
const PITCH: f64 = 16.0;

/// A page of these lines; words with three blanks or more between them are lines of their own, as readers of pages see them.
pub fn page(text: &str) -> Document {
    let lines: Vec<Line> = text.lines().enumerate().flat_map(|(row, line)| pieces(row, line)).collect();
    let bounds = lines.iter().map(|l| l.bounds).reduce(Rect::union).expect("a page with words");
    let page = Page {
        number: 1,
        width: 600.0,
        height: PITCH * text.lines().count() as f64 + 40.0,
        unit: Unit::Pt,
        source: Origin::Ocr,
        engine: None,
        straightened: None,
        blocks: vec![Block { kind: BlockKind::Paragraph, bounds, lines }],
        form: Vec::new(),
        warnings: Vec::new(),
    };
    Document { pages: vec![page] }
}

fn pieces(row: usize, line: &str) -> Vec<Line> {
    let chars: Vec<char> = line.chars().collect();
    let mut lines: Vec<Vec<Word>> = Vec::new();
    let (mut at, mut end) = (0, None);
    while at < chars.len() {
        if chars[at] == ' ' {
            at += 1;
            continue;
        }
        let start = at;
        while at < chars.len() && chars[at] != ' ' {
            at += 1;
        }
        let y = PITCH * row as f64 + 20.0;
        let bounds = Rect::new(20.0 + start as f64 * WIDTH, y, 20.0 + at as f64 * WIDTH, y + HEIGHT);
        let word = Word { text: chars[start..at].iter().collect(), bounds, confidence: 0.98 };
        match lines.last_mut() {
            Some(last) if end.is_some_and(|e| start < e + 3) => last.push(word),
            _ => lines.push(vec![word]),
        }
        end = Some(at);
    }
    lines.into_iter().filter_map(Line::of).collect()
}

/// The day the tests take for today.
pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day")
}

/// The fields of a shipped schema on such a page.
pub fn fields(schema: &str, text: &str) -> Fields {
    extract(&page(text), &Schema::shipped(schema).expect("a shipped schema"), today())
}

/// Values and whether they are sure enough, by path.
#[track_caller]
pub fn expect(fields: &Fields, wanted: &[(&str, &str)]) {
    for (path, value) in wanted {
        let field = fields.at(path).unwrap_or_else(|| panic!("{path} is not there: {fields:#?}"));
        let got = field.value.as_str().map_or_else(|| field.value.to_string(), str::to_owned);
        assert_eq!(got, *value, "{path}: {field:#?}");
    }
}

/// As [`expect`], and nobody has to look at them.
#[track_caller]
pub fn expect_sure(fields: &Fields, wanted: &[(&str, &str)]) {
    expect(fields, wanted);
    for (path, _) in wanted {
        let field = fields.at(path).expect("it was there");
        assert!(field.confidence >= fields.threshold, "{path}: {field:#?}");
    }
}
