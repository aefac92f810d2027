//! The one thread that forks. The kernel ties a child's death signal to the thread that started it, so that must be a thread which
//! lives as long as the process, and no thread of an async runtime does.

use std::io;
use std::sync::OnceLock;
use std::sync::mpsc::{self, Sender};

type Work = Box<dyn FnOnce() + Send>;

static THREAD: OnceLock<Sender<Work>> = OnceLock::new();

/// Runs `work` on the forking thread and waits for it: about a millisecond a fork.
///
/// # Errors
/// What `work` answers, or that the thread could not be started.
pub(super) fn on_forking_thread<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    let (answer, result) = mpsc::sync_channel(1);
    let job: Work = Box::new(move || drop(answer.send(work())));
    sender()?.send(job).map_err(|_| io::Error::other("the forking thread is gone"))?;
    result.recv().map_err(|_| io::Error::other("the forking thread dropped its work"))?
}

fn sender() -> io::Result<&'static Sender<Work>> {
    if let Some(sender) = THREAD.get() {
        return Ok(sender);
    }
    let (sender, work) = mpsc::channel::<Work>();
    // Two callers may both come here; the loser's thread ends at once, as its channel closes unused.
    std::thread::Builder::new().name("sandbox-fork".into()).spawn(move || work.iter().for_each(|job| job()))?;
    Ok(THREAD.get_or_init(|| sender))
}
