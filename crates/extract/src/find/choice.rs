//! Options with boxes to tick beside a label: `( ) Cash (X) Check`, `☐ new ☑ renewal`. The words at the ticked box are the value.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Found;
use crate::fields::Source;
use crate::fold::pattern;
use crate::sheet::Sheet;

static BOX: LazyLock<Regex> = LazyLock::new(|| pattern(r"[(\[]\s?([xX✓✔✗✘*vV]?)\s?[)\]]|([☐□○])|([☑☒■✓✔✗✘●◉])"));

/// One box of several is ticked, and its words follow or precede it.
const TICKED: f64 = 0.94;

/// What boxes in a range of words say; none when there are none.
pub(crate) enum Choice {
    /// Exactly one is ticked.
    One(Box<Found>),
    /// None is, or several are: nobody can tell what is meant.
    Unclear,
}

/// Looks for boxes to tick, two at least or one that is ticked.
pub(crate) fn choice(sheet: &Sheet<'_>, range: Range<usize>) -> Option<Choice> {
    let text = sheet.text(range.clone());
    let boxes: Vec<(Range<usize>, bool)> = BOX.captures_iter(&text).filter_map(|c| Some((c.get(0)?.range(), ticked(&c)))).collect();
    let on: Vec<usize> = boxes.iter().enumerate().filter(|(_, b)| b.1).map(|(i, _)| i).collect();
    if boxes.is_empty() || (boxes.len() == 1 && on.is_empty()) {
        return None;
    }
    let [only] = on.as_slice() else { return Some(Choice::Unclear) };
    // Words before the first box and none after the last: the boxes stand behind their words.
    let before = text.get(..boxes.first()?.0.start)?.trim();
    let after = text.get(boxes.last()?.0.end..)?.trim();
    let words = if after.is_empty() && !before.is_empty() {
        only.checked_sub(1).and_then(|i| boxes.get(i)).map_or(0, |b| b.0.end)..boxes.get(*only)?.0.start
    } else {
        boxes.get(*only)?.0.end..boxes.get(only + 1).map_or(text.len(), |b| b.0.start)
    };
    let found = told(sheet, range.start, &text, words);
    Some(found.map_or(Choice::Unclear, |f| Choice::One(Box::new(f))))
}

fn ticked(c: &regex::Captures<'_>) -> bool {
    c.get(1).is_some_and(|m| !m.is_empty()) || c.get(3).is_some()
}

fn told(sheet: &Sheet<'_>, first: usize, text: &str, words: Range<usize>) -> Option<Found> {
    let option = text.get(words.clone())?;
    let bare = option.trim();
    if !bare.chars().any(char::is_alphanumeric) {
        return None;
    }
    let start = words.start + option.find(bare)?;
    let token = |at: usize| first + text.get(..at).unwrap_or("").matches(' ').count();
    let tokens = token(start)..token(start + bare.len() - 1) + 1;
    let legible = sheet.span(tokens.clone()).iter().map(|t| t.confidence).fold(1.0, f64::min);
    let page = sheet.row_of(tokens.start)?.page;
    Some(Found {
        text: bare.to_owned(),
        value: bare.to_owned(),
        other: None,
        proven: false,
        repaired: false,
        broken: false,
        confidence: legible * TICKED * sheet.clarity(page, false),
        legible,
        page,
        bounds: sheet.bounds(tokens.clone()),
        tokens: tokens.collect(),
        source: Source::Rules,
    })
}
