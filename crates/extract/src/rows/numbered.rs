//! Answers by the number of their question: `1. B`, `2) Who wrote Hamlet? Shakespeare`, going on until the next number.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Cells, Looked};
use crate::find::{Found, read};
use crate::fold::pattern;
use crate::schema::{Group, Leaf};
use crate::sheet::Row;

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\(?(?:(?:[Qq]|[Qq]uestion|[Vv]raag|[Ff]rage|[Aa]ufgabe|[Pp]regunta|[Dd]omanda|[Nn]r\.?)\s?)?([0-9]{1,3}[a-z]?)(?:\s?[.):]+\s+|\s?[.):]+$|\s+|$)",
    )
});
static ANSWER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:[Aa]nswer|ANSWER|[Aa]ns|A|[Aa]ntwoord|[Aa]ntwort|[Rr]éponse|[Rr]espuesta|[Rr]isposta)\s?[.:]*$"));

/// What stands at the number of a question is its answer.
const BY_NUMBER: f64 = 0.88;
/// Which words of a line are the question and which the answer is a guess where nothing stands between them.
const BY_SENTENCE: f64 = 0.75;

/// Longer answers are essays, and what follows may be anything.
const MOST_LINES: usize = 80;

/// What stands from one number to the next.
struct Entry {
    number: Range<usize>,
    name: String,
    /// Words in rows; the first is that of the number.
    rows: Vec<Range<usize>>,
}

/// Rows that begin with a number that follows the one before it, with what stands until the next.
pub(crate) fn numbered(looked: &Looked<'_>, group: &Group) -> Vec<Cells> {
    let mut leaves = group.leaves().map(|(_, leaf)| leaf);
    let (Some(question), Some(answer)) = (leaves.next(), leaves.next()) else { return Vec::new() };
    let entries = entries(looked);
    // One number at the left may be anything, a list of one less likely answers.
    if entries.len() < 2 {
        return Vec::new();
    }
    let asked = entries.iter().any(|e| e.rows.iter().any(|r| looked.sheet.text(r.clone()).contains('?')));
    let cells = |entry: &Entry| {
        let mut cells = cells(looked, entry, (question, answer), asked);
        cells.resize(group.leaves().count(), None);
        cells
    };
    entries.iter().map(cells).collect()
}

fn entries(looked: &Looked<'_>) -> Vec<Entry> {
    let sheet = looked.sheet;
    let mut found: Vec<Entry> = Vec::new();
    let (mut last, mut above): (u32, Option<&Row>) = (0, None);
    for row in &sheet.rows {
        let tokens = sheet.row_tokens(row);
        let text = sheet.text(tokens.clone());
        let begins = NUMBER
            .captures(&text)
            .and_then(|c| Some((c.get(0)?.as_str().trim_end().matches(' ').count() + 1, c.get(1)?.as_str().to_owned())));
        let count = |written: &str| written.trim_end_matches(char::is_alphabetic).parse::<u32>().ok();
        let next = begins.filter(|(_, n)| count(n).is_some_and(|n| (1..=2).contains(&n.saturating_sub(last)) || (n == last && n > 0)));
        if let Some((length, name)) = next {
            last = count(&name).unwrap_or(last);
            let at = tokens.start + length;
            let rest = at..tokens.end;
            found.push(Entry { number: tokens.start..at, name, rows: Vec::from([rest]) });
        } else if let (Some(entry), Some(above)) = (found.last_mut(), above) {
            // An empty line and more ends the last answer.
            if entry.rows.len() < MOST_LINES && row.page == above.page && row.bounds.y0 - above.bounds.y1 < 2.0 * row.height {
                entry.rows.push(tokens);
            }
        }
        above = Some(row);
    }
    found
}

/// The question and the answer of an entry: what a mark, a gap, a question mark or a line's end parts, in this order.
fn cells(looked: &Looked<'_>, entry: &Entry, (question, answer): (&Leaf, &Leaf), asked: bool) -> Cells {
    let sheet = looked.sheet;
    let all: Vec<usize> = entry.rows.iter().cloned().flatten().collect();
    let word = |t: usize| sheet.tokens.get(t).map_or("", |t| t.text.as_str());
    let marked = |t: &usize| {
        let leads = entry.rows.iter().any(|r| r.start == *t);
        let key = sheet.tokens.get(*t).is_some_and(|t| t.key || t.text.ends_with('.'));
        ANSWER.is_match(word(*t)) && key && (leads || word(*t).len() > 2)
    };
    let place = |t: usize| all.iter().position(|a| *a == t).unwrap_or(all.len());
    let first = entry.rows.first().cloned().unwrap_or(0..0);
    let segment = |t: usize| sheet.tokens.get(t).map(|t| t.segment);
    let (end, begin, sure) = if let Some(mark) = all.iter().copied().find(|t| marked(t)) {
        (place(mark), place(mark) + 1, BY_NUMBER)
    } else if let Some(apart) = first.clone().skip(1).find(|t| segment(*t) != segment(first.start)) {
        (place(apart), place(apart), BY_NUMBER)
    } else if let Some(mark) = all.iter().copied().find(|t| word(*t).ends_with('?') && place(*t) + 1 < all.len()) {
        (place(mark) + 1, place(mark) + 1, BY_NUMBER)
    } else if asked && entry.rows.len() > 1 {
        (first.len(), first.len(), BY_SENTENCE)
    } else if let Some(stop) = first.clone().find(|t| asked && word(*t).ends_with(['.', ':']) && t + 1 < first.end) {
        (place(stop) + 1, place(stop) + 1, BY_SENTENCE)
    } else {
        (0, 0, BY_NUMBER)
    };
    let key = if end == 0 {
        let number = read(sheet, question, entry.number.clone(), looked.known).into_iter().next();
        number.map(|n| Found { value: entry.name.clone(), confidence: n.confidence * sure, ..n })
    } else {
        join(looked, question, all.get(..end).unwrap_or(&[]), sure)
    };
    vec![key, join(looked, answer, all.get(begin..).unwrap_or(&[]), sure)]
}

/// Words of several rows as one value.
fn join(looked: &Looked<'_>, leaf: &Leaf, tokens: &[usize], sure: f64) -> Option<Found> {
    let mut rows: Vec<Range<usize>> = Vec::new();
    for t in tokens {
        let row = |t: usize| super::row_of(looked.sheet, t);
        match rows.last_mut() {
            Some(last) if last.end == *t && row(last.start) == row(*t) => last.end += 1,
            _ => rows.push(*t..*t + 1),
        }
    }
    let mut parts = rows.into_iter().filter_map(|r| read(looked.sheet, leaf, r, looked.known).into_iter().next());
    let mut whole = parts.next()?;
    for part in parts {
        whole.value = format!("{} {}", whole.value, part.value);
        whole.text = format!("{}\n{}", whole.text, part.text);
        whole.bounds = whole.bounds.zip(part.bounds).map(|(a, b)| a.union(b));
        whole.tokens.extend(part.tokens);
        whole.legible = whole.legible.min(part.legible);
        whole.confidence = whole.confidence.min(part.confidence);
    }
    whole.confidence *= sure;
    Some(whole)
}
