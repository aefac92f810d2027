//! Runs ffmpeg and ffprobe in the sandbox: limits, progress, and what a bad end means. Arguments come from the callers.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::diagnosis::{self, Reading as Whose};
use super::progress::{Progress, Reading};
use crate::context::Context;
use crate::operation::OperationError;
use crate::sandbox::{Finished, Limits, Tool};

const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;

/// One run of ffmpeg.
#[derive(Debug)]
pub(crate) struct Run {
    /// Its arguments. Results have relative names: the scratch folder is its working directory.
    pub args: Vec<OsString>,
    /// Files it may read.
    pub readable: Vec<PathBuf>,
    /// The port of the gateway, if it reads by one.
    pub connect: Option<u16>,
    /// What it may use.
    pub limits: Limits,
    /// Whose bytes it reads, which decides whose fault a failure is.
    pub whose: Whose,
    /// How long what it makes will be, if known; for progress.
    pub duration_ms: Option<u64>,
}

/// Runs ffmpeg to its end. `on_reading` hears about twice a second how far it is.
pub(crate) async fn ffmpeg(context: &Context, run: Run, on_reading: &mut (dyn FnMut(Reading) + Send)) -> Result<Finished, OperationError> {
    let mut progress = Progress::new(run.duration_ms);
    let mut on_line = |line: &str| {
        if let Some(reading) = progress.line(line) {
            on_reading(reading);
        }
    };
    let tool = Tool {
        program: "ffmpeg".into(),
        args: run.args,
        readable: run.readable,
        writable: Some(context.scratch.clone()),
        socket: None,
        connect: run.connect,
    };
    let finished = context.tools.sandbox.run(&tool, &run.limits, &context.cancel, &mut on_line).await?;
    if finished.success { Ok(finished) } else { Err(diagnosis::explain(&finished, run.whose)) }
}

/// Runs ffprobe on files of ours and answers what it printed.
pub(crate) async fn ffprobe(context: &Context, args: Vec<OsString>, readable: Vec<PathBuf>) -> Result<String, OperationError> {
    let tool = Tool { program: "ffprobe".into(), args, readable, writable: None, socket: None, connect: None };
    let finished = context.tools.sandbox.run(&tool, &Limits::GLANCE, &context.cancel, &mut |_| {}).await?;
    if finished.success { Ok(finished.stdout) } else { Err(diagnosis::explain(&finished, Whose::Own)) }
}

/// Limits for a run of at most `wall` on pictures of this size, writing files of at most `file_bytes`.
///
/// Address space is not memory: each thread reserves a stack and an arena that it hardly touches. Measured on two cores,
/// ffmpeg 5.1 with a 1080p source and three rungs: 1.7 GB reserved, 0.8 GB used. Hence a base, a share for each core, and
/// room for a hundred pictures of 10-bit 4:2:0 in the queues of decoder, filters and encoders.
pub(crate) fn limits(wall: Duration, (width, height): (u32, u32), file_bytes: u64) -> Limits {
    let cores = std::thread::available_parallelism().map_or(2, |n| n.get() as u64);
    let pictures = u64::from(width) * u64::from(height) * 3 * 100;
    Limits {
        memory_bytes: 3 * GIB + cores * 512 * MIB + pictures,
        cpu: wall * u32::try_from(cores).unwrap_or(u32::MAX),
        file_bytes: file_bytes.max(64 * MIB),
        descriptors: 256,
        wall,
        silence: Duration::from_secs(60).min(wall),
    }
}
