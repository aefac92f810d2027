//! What Cloud Vision answers, as lines. Its answer is a tree of pages, blocks, paragraphs, words and symbols; lines are not in it, only
//! the breaks that follow symbols. What is nothing or 0 is left out of it, as everywhere in JSON that is made of Protocol Buffers.

use gristmill_layout::{Line, Rect, Word};
use serde::Deserialize;

use crate::error::ServiceError;

/// Blanks wider than this many heights of the words beside them part columns and cells rather than words.
const WIDE: f64 = 1.5;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    responses: Vec<Response>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Response {
    error: Option<Status>,
    full_text_annotation: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    code: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Text {
    pages: Vec<Page>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Page {
    blocks: Vec<Block>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Block {
    paragraphs: Vec<Paragraph>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Paragraph {
    bounding_box: Polygon,
    words: Vec<Piece>,
}

/// What Cloud Vision calls a word. Punctuation is one of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Piece {
    bounding_box: Polygon,
    confidence: f64,
    symbols: Vec<Symbol>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Symbol {
    text: String,
    property: Property,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Property {
    detected_break: Option<Break>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Break {
    #[serde(rename = "type")]
    kind: String,
    is_prefix: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Polygon {
    vertices: Vec<Vertex>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Vertex {
    x: f64,
    y: f64,
}

impl Polygon {
    /// Corners may lie beyond the picture.
    fn bounds(&self) -> Option<Rect> {
        Rect::around(self.vertices.iter().map(|v| (v.x.max(0.0), v.y.max(0.0))))
    }
}

/// The lines of an answer to a request with one picture, in pixels of it.
pub(super) fn lines(service: &'static str, body: &[u8]) -> Result<Vec<Line>, ServiceError> {
    let wrong = |why| ServiceError::Answer { service, why };
    let answer: Answer = serde_json::from_slice(body).map_err(|_| wrong("it is not the JSON of an annotation"))?;
    let response = answer.responses.into_iter().next().ok_or_else(|| wrong("it holds no annotation"))?;
    if let Some(status) = response.error {
        return Err(of_status(service, status.code));
    }
    let blocks = response.full_text_annotation.pages.iter().flat_map(|p| &p.blocks);
    Ok(blocks.flat_map(|b| &b.paragraphs).flat_map(of_paragraph).collect())
}

/// What a code of an error within an answer means (google.rpc.Code).
fn of_status(service: &'static str, code: i64) -> ServiceError {
    let refused = |code: &str, retry| ServiceError::Refused { service, code: code.to_owned(), retry, after: None };
    match code {
        3 | 11 => ServiceError::Unreadable { service, code: "INVALID_ARGUMENT".to_owned() },
        7 => ServiceError::Credentials { service, code: "PERMISSION_DENIED".to_owned() },
        16 => ServiceError::Credentials { service, code: "UNAUTHENTICATED".to_owned() },
        8 => ServiceError::Quota { service, code: "RESOURCE_EXHAUSTED".to_owned(), after: None },
        4 => refused("DEADLINE_EXCEEDED", true),
        10 => refused("ABORTED", true),
        13 => refused("INTERNAL", true),
        14 => refused("UNAVAILABLE", true),
        2 => refused("UNKNOWN", true),
        code => refused(&format!("code {code}"), false),
    }
}

fn of_paragraph(paragraph: &Paragraph) -> Vec<Line> {
    let mut lines = Lines::default();
    for piece in &paragraph.words {
        let broken = |symbol: Option<&Symbol>, prefix: bool| -> Option<String> {
            let found = symbol?.property.detected_break.as_ref()?;
            (found.is_prefix == prefix).then(|| found.kind.clone())
        };
        lines.broken(broken(piece.symbols.first(), true).as_deref());
        let text: String = piece.symbols.iter().flat_map(|s| s.text.chars()).filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        let bounds = piece.bounding_box.bounds().or_else(|| paragraph.bounding_box.bounds()).unwrap_or_default();
        if !text.is_empty() {
            lines.add(Word { text, bounds, confidence: piece.confidence.clamp(0.0, 1.0) });
        }
        lines.broken(broken(piece.symbols.last(), false).as_deref());
    }
    lines.end();
    lines.done
}

/// Lines as they grow.
#[derive(Default)]
struct Lines {
    done: Vec<Line>,
    words: Vec<Word>,
    /// A word that may go on.
    open: Option<Word>,
    /// Whether the service says that the blank before the next word is very wide.
    wide: bool,
}

impl Lines {
    /// Pieces with no break between them are one word: `12`, `.` and `50`. It is as sure as the least sure of them.
    fn add(&mut self, word: Word) {
        if let Some(open) = &mut self.open {
            open.text.push_str(&word.text);
            open.bounds = open.bounds.union(word.bounds);
            open.confidence = open.confidence.min(word.confidence);
            return;
        }
        let gap = self.words.last().map_or(0.0, |last| (word.bounds.x0 - last.bounds.x1).max(last.bounds.x0 - word.bounds.x1));
        if std::mem::take(&mut self.wide) && gap > WIDE * word.bounds.height() {
            self.end();
        }
        self.open = Some(word);
    }

    fn broken(&mut self, kind: Option<&str>) {
        match kind {
            Some("SPACE") => self.words.extend(self.open.take()),
            Some("SURE_SPACE") => {
                self.words.extend(self.open.take());
                self.wide = true;
            }
            // The hyphen is on the page and not in the answer.
            Some("HYPHEN") => {
                if let Some(open) = self.open.as_mut().filter(|w| !w.text.ends_with('-')) {
                    open.text.push('-');
                }
                self.end();
            }
            Some("EOL_SURE_SPACE" | "LINE_BREAK") => self.end(),
            _ => {}
        }
    }

    fn end(&mut self) {
        self.words.extend(self.open.take());
        self.done.extend(Line::of(std::mem::take(&mut self.words)));
        self.wide = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn piece(text: &str, x: f64, width: f64, kind: Option<&str>) -> Value {
        let mut symbols: Vec<Value> = text.chars().map(|c| json!({"text": c.to_string()})).collect();
        if let (Some(kind), Some(last)) = (kind, symbols.last_mut()) {
            last["property"] = json!({"detectedBreak": {"type": kind}});
        }
        let corners = [(x, 10.0), (x + width, 10.0), (x + width, 20.0), (x, 20.0)];
        let vertices: Vec<Value> = corners.iter().map(|(x, y)| json!({"x": x, "y": y})).collect();
        json!({"boundingBox": {"vertices": vertices}, "confidence": 0.9, "symbols": symbols})
    }

    fn read(words: &[Value]) -> Vec<Line> {
        let pages = json!([{"blocks": [{"paragraphs": [{"words": words}]}]}]);
        lines("x", json!({"responses": [{"fullTextAnnotation": {"pages": pages}}]}).to_string().as_bytes()).unwrap()
    }

    fn texts(words: &[Value]) -> Vec<String> {
        read(words).iter().map(Line::text).collect()
    }

    #[test]
    fn breaks_part_words_and_lines_and_what_has_none_between_is_one_word() {
        let mut sure = piece("12", 60.0, 10.0, None);
        sure["confidence"] = json!(0.99);
        let words = [
            piece("Total", 0.0, 40.0, None),
            piece(":", 40.0, 4.0, Some("SPACE")),
            sure,
            piece(".", 70.0, 2.0, None),
            piece("50", 72.0, 10.0, Some("EOL_SURE_SPACE")),
            piece("grist", 0.0, 30.0, Some("HYPHEN")),
            piece("mill", 0.0, 30.0, Some("LINE_BREAK")),
        ];
        assert_eq!(texts(&words), ["Total: 12.50", "grist-", "mill"]);
        let amount = read(&words)[0].words[1].clone();
        assert_eq!((amount.bounds, amount.confidence), (Rect::new(60.0, 10.0, 82.0, 20.0), 0.9));
    }

    #[test]
    fn a_very_wide_blank_parts_cells_and_a_blank_that_only_is_called_so_does_not() {
        let row = |x| [piece("Flour", 0.0, 40.0, Some("SURE_SPACE")), piece("9", x, 10.0, Some("LINE_BREAK"))];
        assert_eq!(texts(&row(300.0)), ["Flour", "9"]);
        assert_eq!(texts(&row(48.0)), ["Flour 9"]);
    }

    #[test]
    fn a_break_may_stand_before_a_word() {
        let mut second = piece("b", 0.0, 10.0, None);
        second["symbols"][0]["property"] = json!({"detectedBreak": {"type": "LINE_BREAK", "isPrefix": true}});
        assert_eq!(texts(&[piece("a", 0.0, 10.0, None), second]), ["a", "b"]);
    }

    #[test]
    fn coordinates_and_figures_that_are_not_there_are_nothing() {
        let mut word = piece("a", 0.0, 10.0, None);
        word["boundingBox"] = json!({"vertices": [{}, {"x": 9}, {"x": 9, "y": 5}, {"x": -3, "y": 5}]});
        word.as_object_mut().unwrap().remove("confidence");
        let line = &read(&[word, json!({}), json!({"symbols": [{"text": " "}]})])[0];
        assert_eq!((line.bounds, line.words[0].confidence, line.words.len()), (Rect::new(0.0, 0.0, 9.0, 5.0), 0.0, 1));
        assert_eq!(lines("x", br#"{"responses":[{}]}"#).unwrap(), []);
        assert!(lines("x", b"{}").is_err() && lines("x", b"[1]").is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_it_panic(pieces in proptest::collection::vec(
            ("[a-z \\u{0}-]{0,3}", -1e9..1e9f64, -9.0..1e9f64, "SPACE|SURE_SPACE|HYPHEN|LINE_BREAK|EOL_SURE_SPACE|X"), 0..30,
        )) {
            let words: Vec<Value> = pieces.iter().map(|(text, x, width, kind)| piece(text, *x, *width, Some(kind))).collect();
            for line in read(&words) {
                assert!(line.words.iter().all(|w| !w.text.is_empty() && (0.0..=1.0).contains(&w.confidence)));
            }
        }
    }
}
