//! The confined decoder: a loop over requests that come with their files already opened.

mod inherited;
mod placeholder;
mod render;

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};

use gristmill_model::{Fault, Problem};
use serde_json::{Value, json};

use super::channel;
use super::read::{gps_present, headers, metadata};
use super::wire::{Answer, Request, Work};

/// Serves requests that come over descriptor 3 until the other side closes it, and answers the exit code: 0 when it was closed
/// in peace. The caller does nothing else in this process. See [`super::Pool`] for who starts it.
pub fn child_main() -> i32 {
    // A panic is answered as a damaged image; its text would go nowhere.
    std::panic::set_hook(Box::new(|_| {}));
    let Some(socket) = inherited::socket() else { return 64 };
    let mut resampler = super::resize::Resampler::default();
    loop {
        match channel::receive(&socket) {
            Ok(Some((message, descriptors))) => {
                let (answer, sound) = answer(&message, descriptors, &mut resampler);
                let Ok(bytes) = serde_json::to_vec(&answer) else { return 70 };
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

/// The answer, and whether this process may go on: after a panic its memory is not to be trusted.
fn answer(message: &[u8], descriptors: Vec<OwnedFd>, resampler: &mut super::resize::Resampler) -> (Answer, bool) {
    let request: Request = match serde_json::from_slice(message) {
        Ok(request) => request,
        Err(error) => return (Err(bug(format!("the request could not be read: {error}"))), true),
    };
    match catch_unwind(AssertUnwindSafe(|| serve(&request, descriptors, resampler))) {
        Ok(answer) => (answer, true),
        Err(_) => (Err(super::decode::damaged("its decoder gave up")), false),
    }
}

fn serve(request: &Request, descriptors: Vec<OwnedFd>, resampler: &mut super::resize::Resampler) -> Answer {
    let mut files = descriptors.into_iter().map(File::from);
    let input = files.next().ok_or_else(|| bug("no input was passed".to_owned()))?;
    let outputs: Vec<File> = files.collect();
    if outputs.len() != request.work.outputs() {
        return Err(bug("the outputs passed are not those asked for".to_owned()));
    }
    let bytes = whole(input, request)?;
    let headers = headers(&bytes, &request.limits)?;
    match &request.work {
        Work::Inspect => serde_json::to_value(&headers.inspected).map_err(|e| bug(e.to_string())),
        Work::Metadata { coordinates } => {
            let document = metadata(&headers, *coordinates);
            write_document(&outputs, &document)?;
            let summary = json!({ "gps_present": gps_present(&headers), "captured_at": document["captured_at"], "camera": document["camera"], "icc": document["icc"], "width": document["width"], "height": document["height"], "frames": document["frames"], "orientation": document["orientation"] });
            Ok(summary)
        }
        Work::Placeholder => {
            let document = placeholder::make(&bytes, &headers, request.upright, resampler)?;
            write_document(&outputs, &document)?;
            Ok(document)
        }
        Work::Render(work) => render::render(&bytes, &headers, request, work, &outputs, resampler),
    }
}

/// The whole input, unless it is longer than the limit.
fn whole(input: File, request: &Request) -> Result<Vec<u8>, Problem> {
    let most = request.limits.file_bytes;
    let length = input.metadata().map_err(unreadable)?.len();
    let mut bytes = Vec::with_capacity(length.min(most) as usize + 1);
    input.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most {
        let message = format!("The image file is larger than {} MiB, the most that is decoded. Upload a smaller version.", most >> 20);
        return Err(Problem::new(Fault::Limit, "image_file_too_large", message));
    }
    Ok(bytes)
}

fn write_document(outputs: &[File], document: &Value) -> Result<(), Problem> {
    let bytes = serde_json::to_vec_pretty(document).map_err(|e| bug(e.to_string()))?;
    outputs.iter().try_for_each(|file| write_all(file, &bytes))
}

/// Writes a result to its file.
fn write_all(mut file: &File, bytes: &[u8]) -> Result<(), Problem> {
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

fn unreadable(error: std::io::Error) -> Problem {
    Problem::new(Fault::Tool, "io_failed", format!("The input could not be read ({}); the step is tried again.", error.kind()))
}

fn bug(detail: String) -> Problem {
    Problem::new(
        Fault::Bug,
        "image_request_invalid",
        format!("A decoder was asked for something it cannot do: {detail}. This is a bug; please report it."),
    )
}
