//! Tesseract as a confined program: for languages that PP-OCR does not know, and where there are no models. It is given our own pixels, never
//! an owner's file: what it cannot recognise as a picture it takes for a list of file names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use gristmill_layout::{Line, Rect, Word};
use tokio::sync::OnceCell;

use super::super::documents::Document;
use super::super::wire::{Form, Straight, Work};
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
        let work = Work::Straighten { perspective: page.photo };
        let done: Straight =
            context.tools.documents.ask(&pixels, work, &[], std::slice::from_ref(&level), READING.wall, &context.cancel).await?;
        let (path, languages, dpi) = (level.to_string_lossy(), page.languages.join("+"), page.dpi.to_string());
        let args = vec![path.as_ref(), "stdout", "-l", &languages, "--oem", "1", "--psm", "3", "--dpi", &dpi, "tsv"];
        let ended = context.tools.sandbox.run(&tool(args, Some(&level)), &READING, &context.cancel, &mut |_| {}).await?;
        if !ended.success {
            let message = "Tesseract could not read this page; it may be damaged or of an extreme shape.";
            return Err(OperationError::input("ocr_failed", message).because(ended.stderr));
        }
        Ok(Reading { lines: lines(&ended.stdout), width: done.width, height: done.height, straightened: done.matrix })
    }
}

/// The lines of a table of results: twelve columns with tabs between, the last the text, which may hold anything but a tab.
fn lines(tsv: &str) -> Vec<Line> {
    let mut lines: Vec<(&str, Vec<Word>)> = Vec::new();
    for row in tsv.lines().skip(1) {
        let Some((place, word)) = word(row) else { continue };
        match lines.last_mut().filter(|(last, _)| *last == place) {
            Some((_, words)) => words.push(word),
            None => lines.push((place, vec![word])),
        }
    }
    lines.into_iter().filter_map(|(_, words)| Line::of(words)).collect()
}

/// A word with the block, paragraph and line it stands in.
fn word(row: &str) -> Option<(&str, Word)> {
    let columns: Vec<&str> = row.splitn(12, '\t').collect();
    let [WORD, _, _, _, _, _, x, y, width, height, confidence, text] = columns[..] else { return None };
    let number = |t: &str| t.parse::<f64>().ok().filter(|n| n.is_finite());
    let (x, y, width, height) = (number(x)?, number(y)?, number(width)?, number(height)?);
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
        let lines = lines(tsv);
        assert_eq!(lines.iter().map(Line::text).collect::<Vec<_>>(), ["The \"mill\"", "grinds"]);
        assert_eq!(lines[0].bounds, Rect::new(10.0, 10.0, 90.0, 22.0));
        assert!((lines[1].words[0].confidence - 0.1225).abs() < 1e-9);
    }

    proptest::proptest! {
        #[test]
        fn no_table_makes_it_panic(text in "[0-9\\t\\n .a-z-]{0,400}") {
            let _ = lines(&text);
        }
    }
}
