//! Follows a running child to its end, or stops it: cancelled, too long, or silent for too long.

use std::io;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::group::Started;
use super::limits::Limits;
use super::output::{Lines, Tail};
use super::sys::Ended;

/// How long a killed child may take to go, and its pipes to close; the kernel needs milliseconds unless a disk hangs.
const GRACE: Duration = Duration::from_secs(5);

/// Why we stopped a child ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The attempt must end.
    Cancelled,
    /// [`Limits::wall`].
    Wall,
    /// [`Limits::silence`].
    Silence,
}

/// What was seen of a child.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) stop: Option<Stop>,
    pub(super) ended: Ended,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

type OnLine<'a> = &'a mut (dyn FnMut(&str) + Send);

/// Follows `started` until it has ended and is collected.
pub(super) async fn follow(started: Started, limits: &Limits, cancel: &CancellationToken, on_line: OnLine<'_>) -> io::Result<Observed> {
    let Started { group, stdout, stderr } = started;
    let mut outputs = Outputs { stdout: Some(stdout), stderr: Some(stderr), lines: Lines::default(), tail: Tail::default() };
    let wall = after(limits.wall);
    let mut silence = after(limits.silence);
    let stop = loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => break Some(Stop::Cancelled),
            () = sleep_until(wall) => break Some(Stop::Wall),
            () = sleep_until(silence) => break Some(Stop::Silence),
            told = outputs.read(on_line), if outputs.open() => if told? { silence = after(limits.silence) },
            end = group.ended() => { end?; break None }
        }
    };
    // From here on nothing of the group runs, so the pipes end by themselves.
    group.kill();
    timeout(GRACE, group.ended()).await.map_err(|_| io::ErrorKind::TimedOut)??;
    let _ = timeout(GRACE, outputs.drain(on_line)).await;
    let ended = group.collect()?;
    Ok(Observed { stop, ended, stdout: outputs.lines.finish(on_line), stderr: outputs.tail.finish() })
}

/// The moment `span` from now; a span beyond what clocks can tell is as good as a year.
fn after(span: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    Instant::now() + span.min(YEAR)
}

struct Outputs {
    stdout: Option<Receiver>,
    stderr: Option<Receiver>,
    lines: Lines,
    tail: Tail,
}

impl Outputs {
    fn open(&self) -> bool {
        self.stdout.is_some() || self.stderr.is_some()
    }

    /// Reads once from whichever has something; whether a line of output was told. Loses nothing when dropped.
    async fn read(&mut self, on_line: OnLine<'_>) -> io::Result<bool> {
        let (mut out, mut err) = ([0; 16 << 10], [0; 4 << 10]);
        tokio::select! {
            read = next(&mut self.stdout, &mut out) => Ok(self.lines.push(&out[..read?], on_line)),
            read = next(&mut self.stderr, &mut err) => { self.tail.push(&err[..read?]); Ok(false) }
        }
    }

    async fn drain(&mut self, on_line: OnLine<'_>) -> io::Result<()> {
        while self.open() {
            self.read(&mut *on_line).await?;
        }
        Ok(())
    }
}

/// Reads from `pipe` and closes it at its end; never returns for a closed one.
async fn next(pipe: &mut Option<Receiver>, buffer: &mut [u8]) -> io::Result<usize> {
    let Some(open) = pipe else { return std::future::pending().await };
    let read = open.read(buffer).await?;
    if read == 0 {
        *pipe = None;
    }
    Ok(read)
}
