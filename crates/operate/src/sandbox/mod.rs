//! The only place that starts a child. Every child runs under limits and without a network, but for one port if it is given one.
//!
//! A child gets a session of its own that is killed as a whole, resource limits, no privileges, a Landlock ruleset with the files it
//! was given, and seccomp filters; it dies with the server even when that is killed. What the kernel lacks is told by [`Layers`].
//! What to run and how to read a failure of the tool itself is left to the operations.

mod confine;
mod filesystem;
mod group;
mod layers;
mod limits;
mod output;
mod sys;
mod syscalls;
mod thread;
mod tool;
mod verdict;
mod watch;

pub(crate) use filesystem::found;
pub use layers::Layers;
pub use limits::Limits;
pub use tool::{Finished, Tool};
pub(crate) use verdict::said;

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use tokio::process::Child;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::operation::OperationError;
use confine::Confinement;
use group::Group;

/// Starts confined children.
#[derive(Debug, Clone)]
pub struct Sandbox {
    layers: Layers,
    grants: Grants,
}

/// What few tools need and the others are denied.
#[derive(Debug, Clone, Copy, Default)]
struct Grants {
    /// To start further programs.
    processes: bool,
    /// To offer a local socket in its own folder. It can call none.
    own_socket: bool,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// Probes the kernel once, and warns in the log of every layer it lacks.
    pub fn new() -> Self {
        let layers = Layers::probe();
        for lack in layers.missing() {
            tracing::warn!(%layers, "{lack}");
        }
        Self { layers, grants: Grants::default() }
    }

    /// What is active.
    pub fn layers(&self) -> Layers {
        self.layers
    }

    /// A sandbox whose [`run`](Self::run) lets tools start further programs (below `/usr`), under the same confinement. By default
    /// a child may start threads only.
    pub fn with_processes(&self) -> Self {
        Self { grants: Grants { processes: true, ..self.grants }, ..self.clone() }
    }

    /// A sandbox whose [`run`](Self::run) lets tools offer a local stream socket in the folder they may write to, as programs do that want
    /// to be found by themselves. They can still connect to nothing.
    pub fn with_own_socket(&self) -> Self {
        Self { grants: Grants { own_socket: true, ..self.grants }, ..self.clone() }
    }

    /// Starts `tool` confined and returns at once; dropping the child kills it. For children that are kept, such as the image pool.
    /// It has no standard streams, may start no process (so nothing of it can be left behind), and the wall and silence limits are
    /// the caller's affair. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// `NotFound` when the program or one of its paths is missing; else what the kernel said.
    pub fn spawn(&self, tool: &Tool, limits: &Limits) -> io::Result<Child> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let mut command = self.command(tool, limits, Grants::default())?;
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        thread::on_forking_thread(move || {
            let _entered = runtime.enter();
            command.spawn()
        })
    }

    /// Runs `tool` confined to its end. `on_line` sees each line of its standard output as it comes. Dropping the future kills the
    /// tool and all it started. An exit code other than 0 and a crash are no errors here: the caller judges them by [`Finished`].
    ///
    /// # Errors
    /// Limit: `tool_time_limit`, `tool_memory_limit`, `output_too_large`. Tool: `tool_missing`, `tool_killed`, `disk_full`,
    /// `cancelled`, `sandbox_failed`.
    pub async fn run(
        &self,
        tool: &Tool,
        limits: &Limits,
        cancel: &CancellationToken,
        on_line: &mut (dyn FnMut(&str) + Send),
    ) -> Result<Finished, OperationError> {
        let started = self.start(tool, limits)?;
        let mut seen = watch::follow(started, limits, cancel, on_line).await?;
        if let Some(port) = tool.connect {
            seen.stderr = output::without_addresses(&seen.stderr, port);
        }
        verdict::judge(&tool.program, seen.stop, &seen.ended, &seen.stderr, limits)?;
        Ok(Finished {
            success: seen.ended.code == Some(0),
            code: seen.ended.code,
            signal: seen.ended.signal,
            stderr: seen.stderr,
            stdout: seen.stdout,
            peak_bytes: seen.ended.peak_bytes,
        })
    }

    fn start(&self, tool: &Tool, limits: &Limits) -> Result<group::Started, OperationError> {
        filesystem::resolve(&tool.program).map_err(|_| verdict::missing(&tool.program))?;
        let failed = |error: io::Error| {
            OperationError::tool(
                "sandbox_failed",
                "The worker could not start a confined program; the step is tried again. `gristmill doctor` shows what is wrong.",
            )
            .because(error)
        };
        let mut command = self.command(tool, limits, self.grants).map_err(failed)?;
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Group::start(command).map_err(failed)
    }

    /// The command with nothing of the server's environment, and everything it is confined by.
    fn command(&self, tool: &Tool, limits: &Limits, grants: Grants) -> io::Result<Command> {
        let program = filesystem::resolve(&tool.program)?;
        let home = tool.writable.as_deref().unwrap_or(Path::new("/"));
        let confinement = Confinement::new(tool, &program, limits, self.layers, grants)?;
        let mut command = Command::new(program);
        command.args(&tool.args).current_dir(home).stdin(Stdio::null()).env_clear();
        command.env("PATH", filesystem::SEARCH.join(":")).env("HOME", home).env("TMPDIR", home);
        command.env("LANG", "C.UTF-8").env("OMP_THREAD_LIMIT", "1");
        sys::before_exec(&mut command, move || confinement.apply());
        Ok(command)
    }
}
