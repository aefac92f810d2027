//! Judges sizes, counts and durations against the limits. Pure.

use gristmill_picture::Inspected;

use super::probe::{Probe, StreamKind};
use super::settings::Settings;
use crate::operation::OperationError;

/// Pixels of a frame beyond which decoding needs more memory than a worker has for one file, whatever the options say: 8192x8192.
const MOST_FRAME_PIXELS: u64 = 8192 * 8192;

/// Judges the size of the file before anything opens it.
pub(super) fn bytes(bytes: u64, settings: &Settings) -> Result<(), OperationError> {
    match bytes {
        0 => Err(OperationError::input(
            "file_empty",
            "The file is empty: it has no bytes. Upload it again; the transfer may have been cut off.",
        )),
        bytes if bytes > settings.max_bytes => {
            Err(OperationError::limit("file_too_large", format!("The file has {bytes} bytes and the limit is {}.", settings.max_bytes)))
        }
        _ => Ok(()),
    }
}

/// Judges a picture by its headers.
pub(super) fn picture(seen: &Inspected, settings: &Settings) -> Result<(), OperationError> {
    sides(seen.width, seen.height, settings)?;
    if seen.frames > settings.max_frames {
        return Err(OperationError::limit(
            "too_many_frames",
            format!("The animation has {} frames and the limit is {}.", seen.frames, settings.max_frames),
        ));
    }
    Ok(())
}

/// Judges sound or video by its probe.
pub(super) fn media(probe: &Probe, settings: &Settings) -> Result<(), OperationError> {
    if probe.streams.len() > settings.max_streams {
        return Err(OperationError::limit(
            "too_many_streams",
            format!("The file has {} streams and the limit is {}.", probe.streams.len(), settings.max_streams),
        ));
    }
    let frame = Settings { max_pixels: settings.max_pixels.min(MOST_FRAME_PIXELS), ..*settings };
    for stream in probe.streams.iter().filter(|s| s.kind == StreamKind::Video && s.usable()) {
        sides(stream.width.unwrap_or(0), stream.height.unwrap_or(0), &frame)?;
    }
    duration(probe.duration_ms, settings)
}

/// Whether the duration alone would have the file refused; it is then measured before that is done.
pub(super) fn too_long(duration_ms: Option<u64>, settings: &Settings) -> bool {
    duration(duration_ms, settings).is_err()
}

fn duration(duration_ms: Option<u64>, settings: &Settings) -> Result<(), OperationError> {
    match duration_ms {
        Some(ms) if ms > settings.max_duration_seconds.saturating_mul(1000) => Err(OperationError::limit(
            "too_long",
            format!("The file lasts {} s and the limit is {} s.", ms / 1000, settings.max_duration_seconds),
        )),
        _ => Ok(()),
    }
}

fn sides(width: u32, height: u32, settings: &Settings) -> Result<(), OperationError> {
    let (short, long) = (width.min(height), width.max(height));
    let pixels = u64::from(width) * u64::from(height);
    if long > settings.max_side {
        return Err(OperationError::limit(
            "image_too_large",
            format!("The picture is {width}x{height} pixels and no side may be above {}.", settings.max_side),
        ));
    }
    if pixels > settings.max_pixels {
        return Err(OperationError::limit(
            "image_too_large",
            format!("The picture is {width}x{height}, that is {pixels} pixels, and the limit is {}.", settings.max_pixels),
        ));
    }
    if short < settings.min_side {
        return Err(OperationError::input(
            "image_too_small",
            format!("The picture is {width}x{height} pixels and no side may be below {}.", settings.min_side),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{bytes, duration, sides};
    use crate::check::settings::Settings;

    fn code<T>(result: Result<T, crate::OperationError>) -> String {
        result.err().map(|e| e.problem.code).unwrap_or_default()
    }

    #[test]
    fn each_limit_is_told_by_its_own_code_and_the_edge_is_inside() {
        let settings =
            Settings { max_bytes: 10, max_side: 100, min_side: 2, max_pixels: 5000, max_duration_seconds: 1, ..Settings::default() };
        assert_eq!(code(bytes(0, &settings)), "file_empty");
        assert_eq!(code(bytes(10, &settings)), "");
        assert_eq!(code(bytes(11, &settings)), "file_too_large");
        assert_eq!(code(sides(100, 50, &settings)), "");
        assert_eq!(code(sides(101, 2, &settings)), "image_too_large");
        assert_eq!(code(sides(100, 51, &settings)), "image_too_large");
        assert_eq!(code(sides(100, 1, &settings)), "image_too_small");
        assert_eq!(code(duration(Some(1000), &settings)), "");
        assert_eq!(code(duration(Some(1001), &settings)), "too_long");
    }

    #[test]
    fn sides_do_not_overflow() {
        assert_eq!(code(sides(u32::MAX, u32::MAX, &Settings::default())), "image_too_large");
    }
}
