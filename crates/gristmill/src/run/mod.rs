//! `run`: files in, results out, no server. The whole engine runs in this process over a private data folder beside the results.

mod export;
pub mod folder;
mod guess;
pub mod set;
pub mod spool;
mod summary;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use gristmill_doorbell::Ear;
use gristmill_engine::worker::Settings;
use gristmill_engine::{Engine, EngineError, JobView, Pipelines, Request};
use gristmill_model::JobId;
use gristmill_operate::Registry;

use crate::cli::RunArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::{failed, misused};
use crate::print::{out, out_json};
use crate::progress::{Display, Seen, say};
use crate::signals::Signals;
use crate::wiring::{self, Mill, OWNER};

/// How often progress is written and cancellation seen; a person watches.
const BEAT: Duration = Duration::from_millis(250);
/// The shortest time between two looks at the job.
const LOOK: Duration = Duration::from_millis(100);
/// The longest time between two looks, in case a ring is lost.
const POLL: Duration = Duration::from_secs(1);

/// Processes the files to their end.
pub async fn run(args: RunArgs, config: &Config) -> anyhow::Result<Exit> {
    let mut signals = Signals::new()?;
    spool::check(&args.files)?;
    let passwords = spool::passwords(args.passwords.as_deref())?;
    let operations = Registry::standard();
    let request = request(&args, &wiring::pipelines(config, &operations)?)?;
    std::fs::create_dir_all(&args.output).with_context(|| format!("the folder {} cannot be made", args.output.display()))?;
    let private = private_folder(&args.output)?;
    let mut mill = Mill::open(&config.within(private.path()), operations).await?;
    mill.engine.check(&request).map_err(misunderstood)?;
    mill.work(Settings { beat: BEAT, ..wiring::settings(config) });
    mill.attend();
    let job = tokio::select! {
        job = submit(&mill.engine, request, &args.files, &passwords) => job?,
        () = signals.next() => return Err(stopped()),
    };
    let view = follow(&mill.engine, job, Display::new(args.json), &mut signals).await?;
    let engine = mill.engine.clone();
    mill.drain(Duration::ZERO).await;
    finish(&engine, &view, &args.output, args.json).await
}

fn request(args: &RunArgs, pipelines: &Pipelines) -> anyhow::Result<Request> {
    let options = set::overrides(&args.set)?;
    let pipeline = match &args.pipeline {
        Some(name) => name.clone(),
        None => guess::pipeline(pipelines, &args.files[0])?,
    };
    Ok(Request { owner: OWNER.to_owned(), pipeline, options, ..Request::default() })
}

async fn submit(engine: &Engine, request: Request, files: &[PathBuf], passwords: &spool::Passwords) -> anyhow::Result<JobId> {
    let given = spool::files(engine.blobs().spool(), files, passwords).await?;
    Ok(engine.submit(request, given).await.map_err(misunderstood)?.job)
}

async fn finish(engine: &Engine, view: &JobView, out_folder: &Path, json: bool) -> anyhow::Result<Exit> {
    let exported = export::all(engine, view, out_folder).await?;
    if json {
        out_json(&summary::json(view, &exported));
    } else {
        out(&summary::text(view, &exported));
    }
    Ok(Exit::of_files(view.files.iter().map(|f| f.file.status.as_str())))
}

/// Shows the job until it ends. The first Ctrl-C cancels it and its children are told; the second does not wait for them.
async fn follow(engine: &Engine, job: JobId, mut display: Display, signals: &mut Signals) -> anyhow::Result<JobView> {
    let mut ear = engine.listen();
    let mut stopping = false;
    loop {
        let view = engine.view(OWNER, job).await?;
        let seen = Seen::of(&view, engine.store().now().await?);
        display.show(&seen);
        if seen.ended() {
            display.finish();
            return Ok(view);
        }
        tokio::select! {
            () = signals.next() => {
                if std::mem::replace(&mut stopping, true) {
                    return Err(stopped());
                }
                say("stopping; the results that are done are kept");
                cancel(engine, job).await?;
            }
            () = look_again(&mut ear) => {}
        }
    }
}

async fn cancel(engine: &Engine, job: JobId) -> anyhow::Result<()> {
    match engine.cancel(OWNER, job).await {
        Ok(()) | Err(EngineError::Ended) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// Returns when there may be something new, but not at once: rings come in bursts.
async fn look_again(ear: &mut Ear) {
    let _ = tokio::time::timeout(POLL, ear.wait()).await;
    tokio::time::sleep(LOOK).await;
}

fn stopped() -> anyhow::Error {
    failed("stopped", "run the same command again; nothing of this run is left besides finished results")
}

/// Beside the results, so that a result can be linked instead of copied.
fn private_folder(out_folder: &Path) -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::Builder::new().prefix(".gristmill-").tempdir_in(out_folder);
    folder.with_context(|| format!("{} cannot be written", out_folder.display()))
}

fn misunderstood(error: EngineError) -> anyhow::Error {
    match error {
        EngineError::Invalid { message, .. } => {
            misused(message, "`gristmill pipelines list` and `gristmill pipelines show NAME` tell what there is")
        }
        other => other.into(),
    }
}
