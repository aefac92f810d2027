//! Every format but JPEG, through the `image` crate: first frame or page.

use std::borrow::Cow;
use std::io::Cursor;

use gristmill_model::Problem;
use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::{ColorType, ExtendedColorType, ImageDecoder, ImageError};

use super::palette_tiff::{self, Palette};
use super::{Decoded, damaged, truncated};
use crate::colour::{self, Source};
use crate::format::Format;
use crate::geometry::Size;
use crate::raster::Raster;

/// What a decoder may allocate besides the picture itself; the process limit is the hard one.
const MOST_ALLOCATED: u64 = 1 << 30;

/// A decoder that has read its headers.
pub(crate) struct Opened<'a> {
    decoder: Box<dyn ImageDecoder + 'a>,
    palette: Option<Palette>,
    pub size: Size,
    /// What the file stores, which may be more or less than what the decoder hands out.
    pub stored: ExtendedColorType,
    pub icc: Option<Vec<u8>>,
    pub xmp: Option<Vec<u8>>,
}

/// Reads the headers.
///
/// # Errors
/// `image_damaged` or `image_truncated`.
pub(crate) fn open(bytes: &[u8], format: Format) -> Result<Opened<'_>, Problem> {
    let (content, palette) = match (format == Format::Tiff).then(|| palette_tiff::as_grey(bytes)).flatten() {
        Some((grey, palette)) => (Cow::Owned(grey), Some(palette)),
        None => (Cow::Borrowed(bytes), None),
    };
    let reader = Cursor::new(content);
    let mut decoder: Box<dyn ImageDecoder> = match format {
        Format::Png => Box::new(PngDecoder::new(reader).map_err(problem)?),
        Format::Webp => Box::new(WebPDecoder::new(reader).map_err(problem)?),
        Format::Gif => Box::new(GifDecoder::new(reader).map_err(problem)?),
        Format::Tiff => Box::new(TiffDecoder::new(reader).map_err(problem)?),
        Format::Bmp => Box::new(BmpDecoder::new(reader).map_err(problem)?),
        Format::Jpeg | Format::Heic | Format::Avif => return Err(damaged("not read by this decoder")),
    };
    let (width, height) = decoder.dimensions();
    let icc = decoder.icc_profile().ok().flatten();
    let xmp = decoder.xmp_metadata().ok().flatten();
    Ok(Opened { size: Size::new(width, height), stored: decoder.original_color_type(), icc, xmp, decoder, palette })
}

pub(super) fn decode(bytes: &[u8], format: Format) -> Result<Decoded, Problem> {
    let opened = open(bytes, format)?;
    let (raster, colours) = opened.read()?;
    Ok(Decoded { raster: raster.without_needless_alpha(), colours, eighths: 8, warnings: Vec::new() })
}

impl Opened<'_> {
    fn read(mut self) -> Result<(Raster, String), Problem> {
        let mut limits = image::Limits::no_limits();
        limits.max_alloc = Some(MOST_ALLOCATED + self.decoder.total_bytes());
        self.decoder.set_limits(limits).map_err(problem)?;
        let colour_type = self.decoder.color_type();
        let mut samples = vec![0; usize::try_from(self.decoder.total_bytes()).map_err(damaged)?];
        self.decoder.read_image_boxed(&mut samples).map_err(problem)?;
        let icc = self.icc.as_deref();
        if let (Some(palette), ColorType::L8) = (&self.palette, colour_type) {
            return colour::to_srgb(self.size, Source::Rgb, palette.look_up(&samples), icc);
        }
        match colour_type {
            ColorType::L8 => colour::to_srgb(self.size, Source::Grey, samples, icc),
            ColorType::La8 => colour::to_srgb(self.size, Source::GreyAlpha, samples, icc),
            ColorType::Rgb8 => colour::to_srgb(self.size, Source::Rgb, samples, icc),
            ColorType::Rgba8 => colour::to_srgb(self.size, Source::Rgba, samples, icc),
            ColorType::L16 => colour::to_srgb_16(self.size, Source::Grey, &sixteen(&samples), icc),
            ColorType::La16 => colour::to_srgb_16(self.size, Source::GreyAlpha, &sixteen(&samples), icc),
            ColorType::Rgb16 => colour::to_srgb_16(self.size, Source::Rgb, &sixteen(&samples), icc),
            ColorType::Rgba16 => colour::to_srgb_16(self.size, Source::Rgba, &sixteen(&samples), icc),
            ColorType::Rgb32F => colour::to_srgb_16(self.size, Source::Rgb, &floats(&samples), icc),
            ColorType::Rgba32F => colour::to_srgb_16(self.size, Source::Rgba, &floats(&samples), icc),
            other => Err(damaged(format!("its pixel type {other:?} is not read"))),
        }
    }
}

/// The decoder hands out the bytes of native 16-bit numbers.
fn sixteen(bytes: &[u8]) -> Vec<u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|p| u16::from_ne_bytes(*p)).collect()
}

fn floats(bytes: &[u8]) -> Vec<u16> {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|w| (f32::from_ne_bytes(*w).clamp(0.0, 1.0) * 65_535.0).round() as u16).collect()
}

/// A decoder's error as a refusal.
pub(super) fn problem(error: ImageError) -> Problem {
    let cut = |e: &std::io::Error| e.kind() == std::io::ErrorKind::UnexpectedEof;
    let text = error.to_string();
    match &error {
        ImageError::IoError(e) if cut(e) => truncated(),
        _ if text.contains("end of file") || text.contains("UnexpectedEof") || text.contains("Unexpected EOF") => truncated(),
        _ => damaged(text),
    }
}
