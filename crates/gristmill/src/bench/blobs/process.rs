//! Work that is measured in a process of its own, ours and others' alike: how long it took, and the most memory it had.

use std::pin::pin;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::bench::conditions::peak_bytes_of;

/// How often its memory is looked at. The kernel keeps the peak: only what grows after the last look is missed.
const LOOK: Duration = Duration::from_millis(5);

/// What it took.
#[derive(Debug, Clone, Copy)]
pub struct Took {
    /// Seconds by its own clock if it prints some, else from its start to its end.
    pub seconds: f64,
    /// Its largest resident memory in bytes.
    pub peak: u64,
}

/// Runs a command, with `input` where it reads what must not stand among its arguments.
///
/// # Errors
/// When it cannot be started or fails; with what it said.
pub async fn run(mut command: Command, input: &str) -> anyhow::Result<Took> {
    let name = command.as_std().get_program().display().to_string();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let began = Instant::now();
    let mut child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
    let pid = child.id().unwrap_or_default().to_string();
    if let Some(mut stdin) = child.stdin.take() {
        // One that wants no input may have closed it.
        let _told = stdin.write_all(input.as_bytes()).await;
    }
    let (mut peak, mut looks, mut ended) = (0, tokio::time::interval(LOOK), pin!(child.wait_with_output()));
    let output = loop {
        tokio::select! {
            biased;
            output = &mut ended => break output?,
            _ = looks.tick() => peak = peak.max(peak_bytes_of(&pid).unwrap_or_default()),
        }
    };
    let elapsed = began.elapsed().as_secs_f64();
    ensure!(output.status.success(), "{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    let told = String::from_utf8_lossy(&output.stdout);
    Ok(Took { seconds: told.trim().parse().unwrap_or(elapsed), peak })
}
