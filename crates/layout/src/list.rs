//! Lists in Markdown.

use crate::document::Line;
use crate::escape::line;
use crate::joined::joined;
use crate::mark::{Mark, is_bullet, mark};
use crate::script::mostly_right_to_left;
use crate::text::{plain, rows};

/// Items further in stand here: a list that goes in for ever must not cost its square in blanks.
const DEEPEST: usize = 6;

/// An item with the lines that belong to it.
struct Item {
    /// What Markdown begins it with.
    sign: String,
    /// How far in it begins, and how tall its first line is.
    place: (f64, f64),
    lines: Vec<String>,
}

/// The lines of a list: each mark begins an item, items that stand further in are items of the one above. Numbers stay as they are.
pub(crate) fn list(lines: &[Line]) -> String {
    let mut levels: Vec<f64> = Vec::new();
    let written = items(lines).into_iter().map(|item| {
        let (place, height) = item.place;
        levels.retain(|level| *level < place - 0.5 * height);
        levels.truncate(DEEPEST);
        let indent = "    ".repeat(levels.len());
        levels.push(place);
        format!("{indent}{} {}", item.sign, line(&joined(item.lines))).trim_end().to_owned()
    });
    written.collect::<Vec<_>>().join("\n")
}

fn items(lines: &[Line]) -> Vec<Item> {
    let leftwards = mostly_right_to_left(lines);
    let mut items: Vec<Item> = Vec::new();
    for row in rows(lines) {
        let Some(first) = row.first() else { continue };
        let place = (if leftwards { -first.bounds.x1 } else { first.bounds.x0 }, first.bounds.height());
        let text = row.iter().map(plain).collect::<Vec<_>>().join(" ");
        let found = first.words.first().and_then(|word| Some((word.text.as_str(), mark(word)?)));
        match (found, items.last_mut()) {
            (Some((word, mark)), _) => {
                let (sign, text) = parted(word, mark, &text);
                items.push(Item { sign, place, lines: vec![text] });
            }
            (None, Some(item)) => item.lines.push(text),
            (None, None) => items.push(Item { sign: "-".into(), place, lines: vec![text] }),
        }
    }
    items
}

/// The sign for a mark, and the text without what the sign says.
fn parted(word: &str, mark: Mark, text: &str) -> (String, String) {
    match mark {
        Mark::Bullet => ("-".into(), text.trim_start_matches(is_bullet).trim_start().into()),
        Mark::Dash => ("-".into(), text[word.len()..].trim_start().into()),
        Mark::Number(number) => {
            let end = if word.ends_with('.') { '.' } else { ')' };
            (format!("{number}{end}"), text[word.len()..].trim_start().into())
        }
        // Markdown knows no letters, and what may be no mark must not be lost: it stays part of the text.
        Mark::Letter(_) | Mark::Misread => ("-".into(), text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::list;
    use crate::document::{Line, Word};
    use crate::geometry::Rect;

    fn at(x: f64, y: f64, text: &str) -> Line {
        let word = |(i, w): (usize, &str)| {
            let x = x + 40.0 * i as f64;
            Word { text: w.into(), bounds: Rect::new(x, y, x + 35.0, y + 10.0), confidence: 1.0 }
        };
        Line::of(text.split(' ').enumerate().map(word).collect()).unwrap()
    }

    #[test]
    fn items_further_in_belong_to_the_item_above() {
        let lines = [
            at(0.0, 0.0, "1. One"),
            at(20.0, 12.0, "a) Half"),
            at(20.0, 24.0, "b) More"),
            at(30.0, 36.0, "of it"),
            at(0.0, 48.0, "2. Two"),
        ];
        assert_eq!(list(&lines), "1. One\n    - a) Half\n    - b) More of it\n2. Two");
    }

    #[test]
    fn a_mark_in_an_item_is_text() {
        assert_eq!(list(&[at(0.0, 0.0, "• - 1. <b>"), at(0.0, 12.0, "•Milk")]), "- \\- 1. \\<b\\>\n- Milk");
    }
}
