//! The child's side: a loop over requests that come with their files already opened.

use std::fs::File;
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use gristmill_model::{Fault, Problem};

use super::{Answer, channel, inherited};

/// Serves requests that come over descriptor 3 until the other side closes it, and answers the exit code: 0 when it was closed
/// in peace. The caller does nothing else in this process. A request whose answer panics is answered by `gave_up`, and the process ends:
/// its memory is not to be trusted.
pub(crate) fn serve(gave_up: impl Fn() -> Problem, mut answer: impl FnMut(&[u8], Vec<File>) -> Answer) -> i32 {
    // A panic is answered; its text would go nowhere.
    std::panic::set_hook(Box::new(|_| {}));
    let Some(socket) = inherited::socket() else { return 64 };
    loop {
        match channel::receive(&socket) {
            Ok(Some((message, descriptors))) => {
                let files = descriptors.into_iter().map(File::from).collect();
                let answered = catch_unwind(AssertUnwindSafe(|| answer(&message, files)));
                let sound = answered.is_ok();
                let Ok(bytes) = serde_json::to_vec(&answered.unwrap_or_else(|_| Err(gave_up()))) else { return 70 };
                if channel::send(&socket, &bytes, &[]).is_err() {
                    return 74;
                }
                if !sound {
                    return 71;
                }
            }
            Ok(None) => return 0,
            Err(_) => return 74,
        }
    }
}

/// The whole of a file; `None` when it is longer than `most` bytes.
pub(crate) fn whole(input: &File, most: u64) -> Result<Option<Vec<u8>>, Problem> {
    let length = input.metadata().map_err(unreadable)?.len();
    let mut bytes = Vec::with_capacity(length.min(most) as usize + 1);
    input.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

/// Writes a result to its file.
pub(crate) fn write_all(mut file: &File, bytes: &[u8]) -> Result<(), Problem> {
    file.write_all(bytes).map_err(|error| {
        let full =
            matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge);
        let (code, message) = if full {
            ("disk_full", "The worker's disk is full; the step is tried again later. Free some space or move the data folder.")
        } else {
            ("io_failed", "A result could not be written to scratch space; the step is tried again.")
        };
        Problem::new(Fault::Tool, code, message)
    })
}

/// An input that cannot be read is the fault of the machine.
fn unreadable(error: std::io::Error) -> Problem {
    Problem::new(Fault::Tool, "io_failed", format!("The input could not be read ({}); the step is tried again.", error.kind()))
}
