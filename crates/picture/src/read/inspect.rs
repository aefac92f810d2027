//! Format, size, frames and colours from the headers, each held against the limits before anything is decoded.

use gristmill_model::{Fault, Problem};
use image::ExtendedColorType;
use serde::{Deserialize, Serialize};

use super::counts::{self, Animated};
use super::tags::Tags;
use crate::colour::profile_name;
use crate::decode::{damaged, jpeg_header, open, read_segments};
use crate::format::Format;
use crate::geometry::Size;
use crate::heif::{HeifHead, read_heif};
use crate::limits::PixelLimits;
use crate::orientation::Orientation;

/// What the headers say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspected {
    /// Short stable name: `jpeg`, `png`, `webp`, `gif`, `tiff`, `bmp`, `heic`, `avif`.
    pub format: String,
    /// Width in pixels as stored, before the orientation is applied.
    pub width: u32,
    /// Height in pixels as stored, before the orientation is applied.
    pub height: u32,
    /// Frames of an animation; 1 for a still picture.
    pub frames: u32,
    /// Whether pixels may be transparent.
    pub has_alpha: bool,
    /// Bits of one channel.
    pub bits: u8,
    /// EXIF orientation, 1..=8; 1 is upright.
    pub orientation: u8,
    /// The name of the embedded colour profile, if there is one.
    pub icc: Option<String>,
    /// Pages of a multi-page file; 1 otherwise.
    pub pages: u32,
}

/// The headers and what later stages need of them.
pub struct Headers {
    /// What it is.
    pub format: Format,
    /// Its size as stored.
    pub size: Size,
    /// How it is turned for people.
    pub orientation: Orientation,
    /// Its frames.
    pub animated: Animated,
    pub(super) tags: Tags,
    pub(super) xmp: Option<Vec<u8>>,
    /// What is told of it.
    pub inspected: Inspected,
}

impl Headers {
    /// The EXIF fields as a block for a result that is upright, with the place or without. None when nothing is left.
    pub fn exif(&self, with_place: bool) -> Option<Vec<u8>> {
        self.tags.carried(with_place)
    }
}

/// What a format's own header tells.
struct Facts {
    size: Size,
    /// The size the limit is held against, where a file has several.
    largest: Size,
    has_alpha: bool,
    bits: u8,
    icc: Option<Vec<u8>>,
    xmp: Option<Vec<u8>>,
    orientation: Option<Orientation>,
}

/// Reads the headers of a whole file.
///
/// # Errors
/// `file_empty`, `image_unrecognised`, `image_damaged`, `image_truncated`, `image_empty` or `image_too_large`.
pub fn headers(bytes: &[u8], limits: &PixelLimits) -> Result<Headers, Problem> {
    let format = recognise(bytes)?;
    let facts = facts(bytes, format)?;
    limits.check_size(facts.size)?;
    limits.check_size(facts.largest)?;
    let tags = Tags::read(bytes);
    let orientation = facts.orientation.unwrap_or_else(|| tags.orientation());
    let animated = counts::animated(bytes, format);
    let inspected = Inspected {
        format: format.as_str().to_owned(),
        width: facts.size.width,
        height: facts.size.height,
        frames: animated.frames,
        has_alpha: facts.has_alpha,
        bits: facts.bits,
        orientation: orientation.number(),
        icc: facts.icc.as_deref().map(|icc| profile_name(icc).unwrap_or_else(|| "unnamed".to_owned())),
        pages: counts::pages(bytes, format),
    };
    Ok(Headers { format, size: facts.size, orientation, animated, tags, xmp: facts.xmp, inspected })
}

fn recognise(bytes: &[u8]) -> Result<Format, Problem> {
    if bytes.is_empty() {
        return Err(Problem::new(Fault::Input, "file_empty", "The file is empty. Upload it again."));
    }
    Format::sniff(bytes).ok_or_else(|| {
        Problem::new(Fault::Input, "image_unrecognised", "The content is none of the image formats that are read: JPEG, PNG, WebP, GIF, TIFF, BMP, HEIC and AVIF. Convert it and upload the result.")
    })
}

fn facts(bytes: &[u8], format: Format) -> Result<Facts, Problem> {
    match format {
        Format::Jpeg => jpeg_facts(bytes),
        Format::Heic | Format::Avif => read_heif(bytes).map(heif_facts).map_err(damaged),
        _ => other_facts(bytes, format),
    }
}

fn jpeg_facts(bytes: &[u8]) -> Result<Facts, Problem> {
    let head = jpeg_header(bytes)?;
    let segments = read_segments(bytes);
    let size = Size::new(head.width as u32, head.height as u32);
    Ok(Facts { size, largest: size, has_alpha: false, bits: 8, icc: segments.icc, xmp: segments.xmp, orientation: None })
}

fn heif_facts(head: HeifHead) -> Facts {
    Facts {
        size: Size::new(head.width, head.height),
        largest: Size::new(head.largest_width, head.largest_height),
        has_alpha: head.has_alpha,
        bits: head.bits,
        orientation: Some(heif_orientation(&head)),
        icc: head.icc,
        xmp: None,
    }
}

/// HEIF turns first and mirrors then; EXIF has a number for each pair.
fn heif_orientation(head: &HeifHead) -> Orientation {
    let number = match (head.turns, head.mirror) {
        (0, None) => 1,
        (1, None) => 8,
        (2, None) => 3,
        (_, None) => 6,
        (0, Some(0)) | (2, Some(_)) => 2 + 2 * u32::from(head.turns == 2 && head.mirror == Some(0)),
        (0, Some(_)) => 4,
        (1, Some(0)) => 7,
        (1, Some(_)) => 5,
        (_, Some(0)) => 5,
        (_, Some(_)) => 7,
    };
    Orientation::from_exif(number)
}

fn other_facts(bytes: &[u8], format: Format) -> Result<Facts, Problem> {
    let opened = open(bytes, format)?;
    let (has_alpha, bits) = channels(opened.stored);
    Ok(Facts {
        size: opened.size,
        largest: opened.size,
        has_alpha: has_alpha || format == Format::Gif,
        bits,
        icc: opened.icc,
        xmp: opened.xmp,
        orientation: None,
    })
}

fn channels(stored: ExtendedColorType) -> (bool, u8) {
    use ExtendedColorType as C;
    let alpha = matches!(
        stored,
        C::A8 | C::La1 | C::La2 | C::La4 | C::La8 | C::La16 | C::Rgba1 | C::Rgba2 | C::Rgba4 | C::Rgba8 | C::Rgba16 | C::Rgba32F | C::Bgra8
    );
    let bits = stored.bits_per_pixel() / u16::from(stored.channel_count().max(1));
    (alpha, u8::try_from(bits).unwrap_or(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_nonsense_are_told_apart() {
        let code = |bytes: &[u8]| headers(bytes, &PixelLimits::default()).err().map(|p| p.code);
        assert_eq!(code(b"").as_deref(), Some("file_empty"));
        assert_eq!(code(b"#EXTM3U\nhttp://a/b").as_deref(), Some("image_unrecognised"));
        assert_eq!(code(b"\xff\xd8\xff\xd9").as_deref(), Some("image_damaged"));
    }

    #[test]
    fn heif_turns_are_told_as_exif_numbers() {
        let of = |turns, mirror| heif_orientation(&HeifHead { turns, mirror, ..HeifHead::default() }).number();
        assert_eq!([of(0, None), of(1, None), of(2, None), of(3, None)], [1, 8, 3, 6]);
        assert_eq!([of(0, Some(0)), of(0, Some(1)), of(2, Some(0)), of(2, Some(1))], [2, 4, 4, 2]);
        assert_eq!([of(1, Some(0)), of(1, Some(1)), of(3, Some(0)), of(3, Some(1))], [7, 5, 5, 7]);
    }
}
