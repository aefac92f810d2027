//! `doctor`: probes each part and says how to mend it. Makes the data folder if there is none, as `serve` would.

use std::path::Path;
use std::process::Command;

use gristmill_doorbell::State;
use gristmill_operate::Registry;
use gristmill_operate::models::{MODELS, Models};
use gristmill_operate::sandbox::Sandbox;
use serde::Serialize;
use serde_json::json;

use crate::announce;
use crate::config::{Config, show};
use crate::exit::Exit;
use crate::print::{out, out_json};
use crate::table::table;
use crate::wiring::{self, Mill};
use crate::{intake, serve, units};

/// Less free space than this is worth a warning.
const LITTLE_SPACE: u64 = 2 << 30;

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    /// Works with less, or not needed by everyone.
    Warning,
    /// Needed, and broken.
    Failed,
}

/// One part.
#[derive(Debug, Serialize)]
struct Finding {
    part: &'static str,
    verdict: Verdict,
    detail: String,
    mend: Option<String>,
}

impl Finding {
    fn ok(part: &'static str, detail: impl Into<String>) -> Self {
        Self { part, verdict: Verdict::Ok, detail: detail.into(), mend: None }
    }

    fn bad(part: &'static str, verdict: Verdict, detail: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { part, verdict, detail: detail.into(), mend: Some(mend.into()) }
    }
}

/// Probes everything and prints the verdicts.
pub async fn doctor(json: bool, config: &Config) -> anyhow::Result<Exit> {
    let mut found = vec![data_folder(&config.data), space(&config.data), store(config).await, doorbell(config).await];
    found.extend(announcements(config).await);
    found.extend(intake(config).await);
    found.extend(tools());
    found.push(models(config));
    found.extend([layers(&Sandbox::new()), pipelines(config), port(config).await]);
    let sick = found.iter().any(|f| f.verdict == Verdict::Failed);
    if json {
        out_json(&json!({"status": if sick { "failing" } else { "ok" }, "parts": found}));
    } else {
        out(&text(&found));
    }
    Ok(if sick { Exit::Failed } else { Exit::Done })
}

fn text(found: &[Finding]) -> String {
    let word = |v| match v {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::Failed => "FAILED",
    };
    let rows: Vec<[String; 3]> = found.iter().map(|f| [f.part.to_owned(), word(f.verdict).to_owned(), f.detail.clone()]).collect();
    let mut text = table(["PART", "VERDICT", "DETAIL"], &rows);
    for finding in found {
        if let Some(mend) = &finding.mend {
            text.push_str(&format!("\n{}: {mend}\n", finding.part));
        }
    }
    text
}

fn data_folder(folder: &Path) -> Finding {
    let shown = folder.display().to_string();
    let tried = std::fs::create_dir_all(folder).and_then(|()| tempfile::NamedTempFile::new_in(folder).map(drop));
    match tried {
        Ok(()) => Finding::ok("data folder", format!("{shown} can be written")),
        Err(e) => Finding::bad(
            "data folder",
            Verdict::Failed,
            format!("{shown}: {e}"),
            "make it writable for this user, or name another: --data DIR or GRISTMILL_DATA",
        ),
    }
}

fn space(folder: &Path) -> Finding {
    match free_bytes(folder) {
        Some(free) if free < LITTLE_SPACE => Finding::bad(
            "free space",
            Verdict::Warning,
            format!("{} free", units::bytes(free)),
            "free some space, or move the data folder to a larger disk",
        ),
        Some(free) => Finding::ok("free space", format!("{} free", units::bytes(free))),
        None => Finding::bad("free space", Verdict::Warning, "could not be measured", "look with `df` yourself"),
    }
}

/// Asked of `df`, whose output format `-P` is fixed by POSIX.
fn free_bytes(folder: &Path) -> Option<u64> {
    let said = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let line = String::from_utf8_lossy(&said.stdout).lines().nth(1)?.to_owned();
    line.split_whitespace().nth(3)?.parse::<u64>().ok()?.checked_mul(1024)
}

/// Opens the real store; when another process has it, that one is the proof that it works.
async fn store(config: &Config) -> Finding {
    let mend = "read the reason; a database of a newer gristmill needs that gristmill, a broken one can be moved away";
    let opened = Mill::open(config, Registry::standard()).await;
    let probed = match opened {
        Ok(mill) => {
            let probed = async { Ok::<_, anyhow::Error>((mill.engine.store().probe().await?, mill.engine.blobs().probe().await?)) }.await;
            mill.drain(std::time::Duration::ZERO).await;
            probed.map(drop)
        }
        Err(e) => Err(e),
    };
    let said = probed.err().map(|e| (matches!(e.downcast_ref(), Some(gristmill_store::StoreError::InUse { .. })), format!("{e:#}")));
    match said {
        None => Finding::ok("store", format!("{} opens, reads and writes", config.store)),
        Some((true, _)) => Finding::ok("store", "in use by a running gristmill"),
        Some((false, why)) => Finding::bad("store", Verdict::Failed, why, mend),
    }
}

/// Without it work starts late, not never.
async fn doorbell(config: &Config) -> Finding {
    let mend = "start its server, or correct doorbell.url; until then work of other processes begins up to a second later";
    let asked = async {
        let doorbell = wiring::open_doorbell(config).await?;
        let state = doorbell.state();
        doorbell.close().await;
        anyhow::Ok(state)
    };
    match asked.await {
        Ok(State { server, lost: None }) => Finding::ok("doorbell", format!("{server} is heard")),
        Ok(State { server, lost: Some(why) }) => Finding::bad("doorbell", Verdict::Warning, format!("{server} is not heard: {why}"), mend),
        Err(e) => Finding::bad("doorbell", Verdict::Failed, format!("{e:#}"), mend),
    }
}

/// Declares what must be there, as the start does. Nothing where nothing is announced.
async fn announcements(config: &Config) -> Option<Finding> {
    let mend = "start RabbitMQ, or correct announce.url; its user needs to configure, write and read upload.*, processing.images, notifications and gristmill.*";
    let url = config.messages.announce.as_deref()?;
    let probed = async { announce::open(url)?.deliver.probe().await };
    Some(match probed.await {
        Ok(()) => Finding::ok("announcements", format!("{} has the queues and takes them", show::hidden(url))),
        Err(why) => Finding::bad("announcements", Verdict::Warning, format!("they wait: {why}"), mend),
    })
}

/// Only if there is one. No message is taken.
async fn intake(config: &Config) -> Option<Finding> {
    let said = config.intake.as_ref()?;
    let mend = "start its broker, or correct intake.url; until then requests by message wait there";
    Some(match gristmill_intake::probe(&said.url).await.map(|state| intake::told(&state)) {
        Ok(Ok(detail)) => Finding::ok("intake", detail),
        Ok(Err(detail)) => Finding::bad("intake", Verdict::Warning, detail, mend),
        Err(e) => Finding::bad("intake", Verdict::Failed, e.to_string(), mend),
    })
}

/// Program, the argument that makes it tell its version, the Debian package, whether it is needed.
const TOOLS: [(&str, &str, &str, Verdict); 6] = [
    ("ffmpeg", "-version", "ffmpeg", Verdict::Failed),
    ("ffprobe", "-version", "ffmpeg", Verdict::Failed),
    ("heif-convert", "--help", "libheif-examples", Verdict::Warning),
    ("tesseract", "--version", "tesseract-ocr", Verdict::Warning),
    ("pdftoppm", "-v", "poppler-utils", Verdict::Warning),
    ("soffice", "--version", "libreoffice", Verdict::Warning),
];

fn tools() -> Vec<Finding> {
    TOOLS.map(|(program, argument, package, missing)| tool(program, argument, package, missing)).into()
}

fn tool(program: &'static str, argument: &str, package: &str, missing: Verdict) -> Finding {
    let mend = format!("install the Debian package {package}: apt-get install {package}");
    match Command::new(program).arg(argument).stdin(std::process::Stdio::null()).output() {
        Ok(said) => {
            let text = [said.stdout, said.stderr].concat();
            let first =
                String::from_utf8_lossy(&text).lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or("no version told").to_owned();
            Finding::ok(program, units::plain(first.split(" Copyright").next().unwrap_or(&first), 80))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Finding::bad(program, missing, "not installed", mend),
        Err(e) => Finding::bad(program, missing, e.to_string(), mend),
    }
}

/// What scans and photos are read with best.
fn models(config: &Config) -> Finding {
    let kept = Models::new(&config.models);
    match MODELS.iter().filter(|m| kept.file(m).is_none()).count() {
        0 => Finding::ok("models", format!("{} in {}", MODELS.len(), config.models.display())),
        missing => Finding::bad(
            "models",
            Verdict::Warning,
            format!("{missing} of {} are not in {}", MODELS.len(), config.models.display()),
            "fetch them: gristmill models fetch ocr; until then Tesseract reads scans, if it is installed",
        ),
    }
}

/// The needed tools in one sentence, for `/health`; the error says which is missing and how to get it.
pub fn tools_sentence() -> Result<String, String> {
    let needed = TOOLS.into_iter().filter(|(.., missing)| *missing == Verdict::Failed);
    let sick =
        needed.map(|(program, argument, package, missing)| tool(program, argument, package, missing)).find(|f| f.verdict != Verdict::Ok);
    match sick {
        None => Ok("ffmpeg and ffprobe answer".to_owned()),
        Some(f) => Err(format!("{}: {}; {}", f.part, f.detail, f.mend.as_deref().unwrap_or_default())),
    }
}

fn layers(sandbox: &Sandbox) -> Finding {
    let layers = sandbox.layers();
    let detail = layers.to_string();
    let mend = "use a kernel with Landlock (5.13 or newer) and seccomp, and allow both in the container's profile; until then decoders run with fewer layers";
    match layers {
        l if !l.limits => Finding::bad("sandbox", Verdict::Failed, detail, "gristmill confines decoders on Linux only; run it there"),
        l if l.landlock == 0 || !l.seccomp => Finding::bad("sandbox", Verdict::Warning, detail, mend),
        _ => Finding::ok("sandbox", detail),
    }
}

fn pipelines(config: &Config) -> Finding {
    match wiring::pipelines(config, &Registry::standard()) {
        Ok(all) => Finding::ok("pipelines", all.all().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ")),
        Err(e) => Finding::bad(
            "pipelines",
            Verdict::Failed,
            format!("{e:#}"),
            "mend the declaration; `gristmill pipelines check FILE` tells every reason",
        ),
    }
}

async fn port(config: &Config) -> Finding {
    match serve::listen(&config.listen).await {
        Ok(_) => Finding::ok("port", format!("{} is free", config.listen)),
        Err(e) => Finding::bad(
            "port",
            Verdict::Warning,
            format!("{e:#}"),
            "if a gristmill server is running there, all is well; else choose another with --listen or GRISTMILL_LISTEN",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_names_its_debian_package() {
        let finding = tool("gristmill-has-no-such-tool", "-v", "ffmpeg", Verdict::Failed);
        assert_eq!(finding.verdict, Verdict::Failed);
        assert!(finding.mend.is_some_and(|m| m.contains("apt-get install ffmpeg")));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(data_folder(&file.path().join("below")).verdict, Verdict::Failed);
    }

    #[test]
    fn free_space_is_measured() {
        assert!(free_bytes(Path::new("/")).is_some());
    }
}
