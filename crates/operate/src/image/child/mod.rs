//! The confined decoder: a loop over requests that come with their files already opened.

mod placeholder;
mod render;

use std::fs::File;

use gristmill_model::{Fault, Problem};
use gristmill_picture::{Resampler, damaged, gps_present, headers, metadata};
use serde_json::{Value, json};

use super::wire::{Request, Work};
use crate::child::{self, Answer, write_all};

/// Serves requests that come over descriptor 3 until the other side closes it, and answers the exit code. The caller does nothing else
/// in this process. See [`super::Pool`] for who starts it.
pub fn child_main() -> i32 {
    let mut resampler = Resampler::default();
    child::serve(
        || damaged("its decoder gave up"),
        |message, files| {
            let request: Request = serde_json::from_slice(message).map_err(|e| bug(format!("the request could not be read: {e}")))?;
            serve(&request, files, &mut resampler)
        },
    )
}

fn serve(request: &Request, files: Vec<File>, resampler: &mut Resampler) -> Answer {
    let mut files = files.into_iter();
    let input = files.next().ok_or_else(|| bug("no input was passed".to_owned()))?;
    let outputs: Vec<File> = files.collect();
    if outputs.len() != request.work.outputs() {
        return Err(bug("the outputs passed are not those asked for".to_owned()));
    }
    let bytes = whole(&input, request)?;
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
fn whole(input: &File, request: &Request) -> Result<Vec<u8>, Problem> {
    let most = request.limits.file_bytes;
    child::whole(input, most)?.ok_or_else(|| {
        let message = format!("The image file is larger than {} MiB, the most that is decoded. Upload a smaller version.", most >> 20);
        Problem::new(Fault::Limit, "image_file_too_large", message)
    })
}

fn write_document(outputs: &[File], document: &Value) -> Result<(), Problem> {
    let bytes = serde_json::to_vec_pretty(document).map_err(|e| bug(e.to_string()))?;
    outputs.iter().try_for_each(|file| write_all(file, &bytes))
}

fn bug(detail: String) -> Problem {
    Problem::new(
        Fault::Bug,
        "image_request_invalid",
        format!("A decoder was asked for something it cannot do: {detail}. This is a bug; please report it."),
    )
}
