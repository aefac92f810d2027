//! Tesseract as a confined program: for languages that PP-OCR does not know, and where there are no models. It is given our own pixels, never
//! an owner's file: what it cannot recognise as a picture it takes for a list of file names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use gristmill_layout::{Line, Rect, Word};
use gristmill_ocr::Alphabet;
use tokio::sync::OnceCell;

use super::super::documents::Document;
use super::super::wire::{Form, Levelled, Work};
use super::{Engine, Pixels, Reading};
use crate::context::Context;
use crate::operation::OperationError;
use crate::sandbox::{Limits, Tool, found as on_this_machine};

/// A dense page of 300 dots an inch takes 3 s and 200 MB; one of noise a minute.
const READING: Limits = Limits {
    memory_bytes: 2 << 30,
    cpu: Duration::from_secs(120),
    file_bytes: 64 << 20,
    descriptors: 64,
    wall: Duration::from_secs(150),
    silence: Duration::from_secs(150),
};

/// Small Latin letters of so many pixels are enough: Tesseract draws each line anew, 36 pixels high with all it has. On dense pages at 300
/// dots an inch, whose letters are 24, this saves a fifth of its time; `bench documents` sees receipts read better so, and no kind of page
/// worse by more than half a point.
const LETTERS: f64 = 16.0;

/// Level of a word in its table of results.
const WORD: &str = "5";

#[derive(Debug, Default)]
pub(super) struct Tesseract {
    installed: OnceCell<Option<Installed>>,
}

#[derive(Debug)]
struct Installed {
    version: String,
    languages: BTreeSet<String>,
}

impl Tesseract {
    pub(super) fn there(&self) -> Option<String> {
        on_this_machine("tesseract").map(|_| "tesseract".to_owned())
    }

    async fn installed(&self, context: &Context) -> Result<Option<&Installed>, OperationError> {
        self.installed.get_or_try_init(|| found(context)).await.map(Option::as_ref)
    }
}

async fn found(context: &Context) -> Result<Option<Installed>, OperationError> {
    let said =
        |flag| async move { context.tools.sandbox.run(&tool(vec![flag], None), &Limits::GLANCE, &context.cancel, &mut |_| {}).await };
    let version = match said("--version").await {
        Ok(said) => said,
        Err(error) if error.problem.code == "tool_missing" => return Ok(None),
        Err(error) => return Err(error),
    };
    let version = format!("{}{}", version.stdout, version.stderr).lines().next().unwrap_or("tesseract").to_owned();
    let listed = said("--list-langs").await?;
    let languages = format!("{}{}", listed.stdout, listed.stderr).lines().skip(1).map(|l| l.trim().to_owned()).collect();
    Ok(Some(Installed { version, languages }))
}

fn tool(args: Vec<&str>, readable: Option<&Path>) -> Tool {
    Tool {
        program: "tesseract".into(),
        args: args.into_iter().map(Into::into).collect(),
        readable: readable.map(PathBuf::from).into_iter().collect(),
        writable: None,
        socket: None,
        connect: None,
    }
}

#[async_trait]
impl Engine for Tesseract {
    async fn name(&self, context: &Context) -> Result<String, OperationError> {
        Ok(self.installed(context).await?.map_or_else(|| "tesseract".to_owned(), |i| i.version.clone()))
    }

    async fn lacks(&self, context: &Context, languages: &[String]) -> Result<Option<String>, OperationError> {
        let Some(installed) = self.installed(context).await? else {
            return Ok(Some("Tesseract is not installed: `apt-get install tesseract-ocr`".to_owned()));
        };
        let unknown = languages.iter().find(|l| !installed.languages.contains(*l));
        Ok(unknown.map(|l| format!("Tesseract has no language `{l}`: `apt-get install tesseract-ocr-{}`", l.replace('_', "-"))))
    }

    async fn read(&self, context: &Context, page: &Pixels<'_>) -> Result<Reading, OperationError> {
        let level = page.scratch.join("level.pgm");
        let pixels = Document { path: page.path.to_owned(), form: Form::Picture, password: None };
        let work = Work::Level { perspective: page.photo, letters: letters(page.languages) };
        let done: Levelled =
            context.tools.documents.ask(&pixels, work, &[], std::slice::from_ref(&level), READING.wall, &context.cancel).await?;
        let (path, languages, dpi) = (level.to_string_lossy(), page.languages.join("+"), dpi(page.dpi, done.scale).to_string());
        let args = vec![path.as_ref(), "stdout", "-l", &languages, "--oem", "1", "--psm", "3", "--dpi", &dpi, "tsv"];
        let ended = context.tools.sandbox.run(&tool(args, Some(&level)), &READING, &context.cancel, &mut |_| {}).await?;
        if !ended.success {
            let message = "Tesseract could not read this page; it may be damaged or of an extreme shape.";
            return Err(OperationError::input("ocr_failed", message).because(ended.stderr));
        }
        let straight = done.straight;
        Ok(Reading {
            lines: lines(&ended.stdout, done.scale),
            width: straight.width,
            height: straight.height,
            straightened: straight.matrix,
        })
    }
}

fn letters(languages: &[String]) -> Option<f64> {
    (Alphabet::of(languages.iter().map(String::as_str)) == Some(Alphabet::Latin)).then_some(LETTERS)
}

/// Dots an inch of a page that was made smaller; fewer than 70 Tesseract does not believe.
fn dpi(page: u32, scale: f64) -> u32 {
    ((f64::from(page) * scale).round() as u32).max(70)
}

/// The lines of a table of results: twelve columns with tabs between, the last the text, which may hold anything but a tab. It is of a
/// picture with `scale` pixels for each of the page.
fn lines(tsv: &str, scale: f64) -> Vec<Line> {
    let mut lines: Vec<(&str, Vec<Word>)> = Vec::new();
    for row in tsv.lines().skip(1) {
        let Some((place, word)) = word(row, scale) else { continue };
        match lines.last_mut().filter(|(last, _)| *last == place) {
            Some((_, words)) => words.push(word),
            None => lines.push((place, vec![word])),
        }
    }
    lines.into_iter().filter_map(|(_, words)| Line::of(words)).collect()
}

/// A word with the block, paragraph and line it stands in.
fn word(row: &str, scale: f64) -> Option<(&str, Word)> {
    let columns: Vec<&str> = row.splitn(12, '\t').collect();
    let [WORD, _, _, _, _, _, x, y, width, height, confidence, text] = columns[..] else { return None };
    let number = |t: &str| t.parse::<f64>().ok().filter(|n| n.is_finite());
    let pixels = |t: &str| number(t).map(|n| n / scale);
    let (x, y, width, height) = (pixels(x)?, pixels(y)?, pixels(width)?, pixels(height)?);
    let text: String = text.split_whitespace().collect();
    let place = row.match_indices('\t').nth(4).map(|(at, _)| &row[..at])?;
    let bounds = Rect::new(x, y, x + width, y + height);
    let confidence = (number(confidence)? / 100.0).clamp(0.0, 1.0);
    (!text.is_empty()).then_some((place, Word { text, bounds, confidence }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_in_lines_with_boxes_and_confidences() {
        let tsv = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            1\t1\t0\t0\t0\t0\t0\t0\t200\t100\t-1\t\n\
            4\t1\t1\t1\t1\t0\t10\t10\t80\t12\t-1\t\n\
            5\t1\t1\t1\t1\t1\t10\t10\t30\t12\t96.5\tThe\n\
            5\t1\t1\t1\t1\t2\t45\t10\t45\t12\t91\t\"mill\"\n\
            5\t1\t1\t1\t2\t1\t10\t30\t20\t12\t12.25\tgrinds\n\
            5\t1\t1\t1\t2\t2\t40\t30\t20\t12\t95\t \n\
            5\t1\t1\t1\n";
        let found = lines(tsv, 0.5);
        assert_eq!(found.iter().map(Line::text).collect::<Vec<_>>(), ["The \"mill\"", "grinds"]);
        assert_eq!(found[0].bounds, Rect::new(20.0, 20.0, 180.0, 44.0), "in pixels of the page");
        assert!((found[1].words[0].confidence - 0.1225).abs() < 1e-9);
    }

    #[test]
    fn only_latin_letters_are_known_to_need_no_more() {
        let of = |languages: &[&str]| letters(&languages.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["eng", "deu"]), Some(LETTERS));
        assert_eq!(of(&["eng", "kor"]), None);
        assert_eq!(of(&["jpn"]), None);
    }

    proptest::proptest! {
        #[test]
        fn no_table_makes_it_panic(text in "[0-9\\t\\n .a-z-]{0,400}") {
            let _ = lines(&text, 1.0);
        }
    }
}
