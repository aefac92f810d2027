//! Other programs on the same pages: Tesseract as it is installed, RapidOCR and OCRmyPDF of a Python environment.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context as _, ensure};
use futures::{StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use tokio::process::Command;

use super::rows::Read;
use crate::bench::usage::{Usage, Watch};
use crate::failure::misused;
use crate::wiring::cores;

/// Loads the library and its models, reads one page that does not count, then all; tells its own seconds, so that the start of Python is
/// not among them.
const RAPIDOCR: &str = "
import sys, time, json
from rapidocr import RapidOCR
to, files = sys.argv[1], sys.argv[2:]
engine = RapidOCR()
engine(files[0])
began, cpu, pages = time.monotonic(), time.process_time(), []
for file in files:
    read = engine(file)
    boxes = [] if read.boxes is None else read.boxes.tolist()
    pages.append([{'corners': box, 'text': text} for box, text in zip(boxes, read.txts or ())])
seconds, cpu = time.monotonic() - began, time.process_time() - cpu
json.dump({'seconds': seconds, 'cpu_seconds': cpu, 'pages': pages}, open(to, 'w'))
";

/// The bin folder of a Python environment.
pub struct Peers {
    folder: PathBuf,
    /// What they call themselves.
    pub versions: String,
}

#[derive(Deserialize)]
struct Told {
    seconds: f64,
    cpu_seconds: f64,
    pages: Vec<Vec<Line>>,
}

#[derive(Deserialize)]
struct Line {
    corners: [(f64, f64); 4],
    text: String,
}

impl Peers {
    /// Asks them who they are.
    pub async fn new(folder: &Path) -> anyhow::Result<Self> {
        let asked = "from importlib.metadata import version as v; print('RapidOCR', v('rapidocr') + ', OCRmyPDF', v('ocrmypdf'))";
        let folder = folder.canonicalize().with_context(|| folder.display().to_string())?;
        let said = told(Command::new(folder.join("python")).args(["-c", asked])).await;
        let said = said.map_err(|e| {
            misused(
                format!("the readers in {} cannot be used: {e}", folder.display()),
                "make a Python environment with rapidocr, onnxruntime and ocrmypdf, and name its bin folder",
            )
        })?;
        Ok(Self { folder, versions: String::from_utf8_lossy(&said.stdout).trim().to_owned() })
    }

    /// RapidOCR as it comes, one page after another on all cores.
    pub async fn rapidocr(&self, files: &[PathBuf], scratch: &Path) -> anyhow::Result<(Usage, Vec<Vec<Read>>)> {
        let to = scratch.join("rapidocr.json");
        let mut command = Command::new(self.folder.join("python"));
        command.args(["-c", RAPIDOCR]).arg(&to).args(files);
        let (whole, _) = watched(&mut command).await?;
        let said: Told = serde_json::from_slice(&std::fs::read(&to)?).context("RapidOCR's results")?;
        let page = |lines: Vec<Line>| lines.into_iter().map(|l| Read { corners: l.corners, text: l.text }).collect();
        Ok((Usage { seconds: said.seconds, cpu_seconds: said.cpu_seconds, ..whole }, said.pages.into_iter().map(page).collect()))
    }

    /// OCRmyPDF on all cores, as it is quickest: no archival copy, nothing optimised.
    pub async fn ocrmypdf(&self, file: &Path, to: &Path) -> anyhow::Result<Usage> {
        let mut command = Command::new(self.folder.join("ocrmypdf"));
        command.args(["--quiet", "--output-type", "pdf", "--optimize", "0", "--jobs", &cores().to_string()]).arg(file).arg(to);
        Ok(watched(&mut command).await?.0)
    }
}

/// Tesseract as it comes, a process a page and core.
pub async fn tesseract(files: &[PathBuf]) -> anyhow::Result<(Usage, Vec<Vec<Read>>)> {
    let watch = Watch::ours();
    let page = async |file: &PathBuf| {
        let mut command = Command::new("tesseract");
        let said = told(command.arg(file).args(["stdout", "tsv"]).env("OMP_THREAD_LIMIT", "1")).await?;
        anyhow::Ok(lines(&String::from_utf8_lossy(&said.stdout)))
    };
    let pages = futures::stream::iter(files).map(page).buffered(cores() as usize).try_collect().await?;
    Ok((watch.stop(), pages))
}

/// What it calls itself; `None` where it is not installed.
pub async fn tesseract_version() -> Option<String> {
    let said = told(Command::new("tesseract").arg("--version")).await.ok()?;
    String::from_utf8_lossy(&said.stdout).lines().next().map(str::to_owned)
}

/// Lines out of Tesseract's table: a row of level 4 is a line, those of level 5 after it its words.
fn lines(table: &str) -> Vec<Read> {
    let mut lines: Vec<Read> = Vec::new();
    for row in table.lines() {
        let columns: Vec<&str> = row.splitn(12, '\t').collect();
        match (&columns[..], lines.last_mut()) {
            (["4", _, _, _, _, _, x, y, width, height, ..], _) => {
                let [x, y, width, height] = [x, y, width, height].map(|n| n.parse::<f64>().unwrap_or_default());
                let corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)];
                lines.push(Read { corners, text: String::new() });
            }
            (["5", .., text], Some(line)) => line.text += &format!(" {text}"),
            _ => {}
        }
    }
    lines
}

/// Runs a command and watches the memory of its tree.
async fn watched(command: &mut Command) -> anyhow::Result<(Usage, Output)> {
    let name = command.as_std().get_program().display().to_string();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
    let watch = Watch::of(child.id().unwrap_or_default());
    let output = child.wait_with_output().await?;
    let used = watch.stop();
    ensure!(output.status.success(), "{name} failed: {}", last(&output.stderr));
    Ok((used, output))
}

async fn told(command: &mut Command) -> anyhow::Result<Output> {
    let name = command.as_std().get_program().display().to_string();
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.with_context(|| format!("{name} cannot be started"))?;
    ensure!(output.status.success(), "{name} failed: {}", last(&output.stderr));
    Ok(output)
}

fn last(stderr: &[u8]) -> String {
    String::from_utf8_lossy(stderr).trim().lines().last().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn words_of_tesseract_stand_in_their_lines() {
        let table = "level\tpage\n1\t1\t0\t0\t0\t0\t0\t0\t9\t9\t-1\t\n4\t1\t1\t1\t1\t0\t10\t20\t30\t8\t-1\t\n\
            5\t1\t1\t1\t1\t1\t10\t20\t12\t8\t96.1\tthe\n5\t1\t1\t1\t1\t2\t24\t20\t16\t8\t95\tmill\n";
        let read = lines(table);
        assert_eq!(read.len(), 1);
        assert_eq!((read[0].text.trim(), read[0].corners[2]), ("the mill", (40.0, 28.0)));
    }
}
