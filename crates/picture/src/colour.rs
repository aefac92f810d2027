//! Colours of any profile to sRGB, so that results need no profile.

use gristmill_model::Problem;
use moxcms::{ColorProfile, DataColorSpace, Layout, ProfileText, RenderingIntent, TransformOptions};

use super::decode::damaged;
use super::geometry::Size;
use super::raster::Raster;

/// How decoded samples are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// 255 is full ink.
    Cmyk,
}

impl Source {
    fn layout(self) -> Layout {
        match self {
            Self::Grey => Layout::Gray,
            Self::GreyAlpha => Layout::GrayAlpha,
            Self::Rgb => Layout::Rgb,
            Self::Rgba | Self::Cmyk => Layout::Rgba,
        }
    }

    fn space(self) -> DataColorSpace {
        match self {
            Self::Grey | Self::GreyAlpha => DataColorSpace::Gray,
            Self::Rgb | Self::Rgba => DataColorSpace::Rgb,
            Self::Cmyk => DataColorSpace::Cmyk,
        }
    }

    fn has_alpha(self) -> bool {
        matches!(self, Self::GreyAlpha | Self::Rgba)
    }
}

/// Makes an sRGB raster of 8-bit samples, and says what was done. A profile that cannot be used counts as none, as in browsers.
///
/// # Errors
/// `image_damaged` when the samples do not fill the size.
pub(crate) fn to_srgb(size: Size, source: Source, samples: Vec<u8>, icc: Option<&[u8]>) -> Result<(Raster, String), Problem> {
    if let Some((profile, name)) = icc.and_then(|bytes| usable(bytes, source))
        && let Some(pixels) = convert(&profile, source, &samples, size)
    {
        return Ok((raster(size, source, pixels), format!("icc: {name}")));
    }
    let done = if source == Source::Cmyk { "cmyk without profile" } else { "srgb" };
    let pixels = plain(source, samples);
    let channels = if source.has_alpha() { 4 } else { 3 };
    if pixels.len() as u64 != size.pixels() * channels {
        return Err(damaged("its pixels do not fill its size"));
    }
    Ok((raster(size, source, pixels), done.to_owned()))
}

fn raster(size: Size, source: Source, pixels: Vec<u8>) -> Raster {
    Raster { width: size.width, height: size.height, channels: if source.has_alpha() { 4 } else { 3 }, pixels }
}

/// The same for 16-bit samples: the profile is applied before the bits are cut, so that dark tones of wide profiles do not band.
///
/// # Errors
/// As [`to_srgb`].
pub(crate) fn to_srgb_16(size: Size, source: Source, samples: &[u16], icc: Option<&[u8]>) -> Result<(Raster, String), Problem> {
    if let Some((profile, name)) = icc.and_then(|bytes| usable(bytes, source))
        && let Some(pixels) = convert_16(&profile, source, samples, size)
    {
        return Ok((raster(size, source, pixels.iter().map(|s| eight_bits(*s)).collect()), format!("icc: {name}")));
    }
    to_srgb(size, source, samples.iter().map(|s| eight_bits(*s)).collect(), None)
}

/// 0..=65535 to 0..=255, rounded: 65535 / 255 is 257.
fn eight_bits(sample: u16) -> u8 {
    ((u32::from(sample) + 128) / 257) as u8
}

/// The name a profile gives itself.
pub(crate) fn profile_name(icc: &[u8]) -> Option<String> {
    let profile = ColorProfile::new_from_slice(icc).ok()?;
    let name = match profile.description? {
        ProfileText::PlainString(text) => text,
        ProfileText::Localizable(list) => list.into_iter().next()?.value,
        ProfileText::Description(text) => text.ascii_string,
    };
    let name = name.trim_matches(['\0', ' ']).chars().filter(|c| !c.is_control()).take(80).collect::<String>();
    (!name.is_empty()).then_some(name)
}

/// A profile for this kind of samples; none for sRGB itself, which would only cost time and a rounding.
fn usable(icc: &[u8], source: Source) -> Option<(ColorProfile, String)> {
    let profile = ColorProfile::new_from_slice(icc).ok()?;
    let name = profile_name(icc).unwrap_or_else(|| "unnamed".to_owned());
    let is_srgb = name.starts_with("sRGB") || name.starts_with("c2");
    (profile.color_space == source.space() && !is_srgb).then_some((profile, name))
}

fn options() -> TransformOptions {
    TransformOptions { rendering_intent: RenderingIntent::RelativeColorimetric, ..TransformOptions::default() }
}

fn target(source: Source) -> (Layout, usize) {
    if source.has_alpha() { (Layout::Rgba, 4) } else { (Layout::Rgb, 3) }
}

fn convert(profile: &ColorProfile, source: Source, samples: &[u8], size: Size) -> Option<Vec<u8>> {
    let (layout, channels) = target(source);
    let transform = profile.create_transform_8bit(source.layout(), &ColorProfile::new_srgb(), layout, options()).ok()?;
    let mut pixels = vec![0; size.pixels() as usize * channels];
    transform.transform(samples, &mut pixels).ok()?;
    Some(pixels)
}

fn convert_16(profile: &ColorProfile, source: Source, samples: &[u16], size: Size) -> Option<Vec<u16>> {
    let (layout, channels) = target(source);
    let transform = profile.create_transform_16bit(source.layout(), &ColorProfile::new_srgb(), layout, options()).ok()?;
    let mut pixels = vec![0; size.pixels() as usize * channels];
    transform.transform(samples, &mut pixels).ok()?;
    Some(pixels)
}

/// Without a profile: grey is repeated, and ink is light not let through (the naive conversion every decoder falls back to).
fn plain(source: Source, samples: Vec<u8>) -> Vec<u8> {
    match source {
        Source::Rgb | Source::Rgba => samples,
        Source::Grey => samples.iter().flat_map(|g| [*g; 3]).collect(),
        Source::GreyAlpha => samples.chunks_exact(2).flat_map(|p| [p[0], p[0], p[0], p[1]]).collect(),
        Source::Cmyk => samples.chunks_exact(4).flat_map(|p| [0, 1, 2].map(|c| light(p[c], p[3]))).collect(),
    }
}

fn light(ink: u8, black: u8) -> u8 {
    ((255 - u32::from(ink)) * (255 - u32::from(black)) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Size = Size { width: 1, height: 1 };

    #[test]
    fn inks_without_a_profile_become_light() {
        let of = |inks: [u8; 4]| to_srgb(ONE, Source::Cmyk, inks.to_vec(), None).unwrap().0.pixels;
        assert_eq!(of([0, 0, 0, 0]), [255, 255, 255]);
        assert_eq!(of([0, 0, 0, 255]), [0, 0, 0]);
        assert_eq!(of([255, 0, 0, 0]), [0, 255, 255]);
    }

    #[test]
    fn display_p3_red_is_clipped_to_the_red_of_srgb_and_a_middle_grey_stays() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let of = |rgb: [u8; 3]| to_srgb(ONE, Source::Rgb, rgb.to_vec(), Some(&p3)).unwrap();
        let (red, done) = of([255, 0, 0]);
        assert!(done.starts_with("icc: "), "{done}");
        assert_eq!((red.pixels[0], red.pixels[1]), (255, 0));
        let (muted, _) = of([200, 100, 100]);
        assert!(muted.pixels[0] > 203 && muted.pixels[1] < 98, "P3 is wider than sRGB, so its values spread: {:?}", muted.pixels);
        let (grey, _) = of([128, 128, 128]);
        assert!(grey.pixels.iter().all(|c| c.abs_diff(128) <= 1), "{:?}", grey.pixels);
    }

    #[test]
    fn sixteen_bits_keep_what_a_profile_needs() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let (wide, _) = to_srgb_16(ONE, Source::Rgb, &[200 * 257, 100 * 257, 100 * 257], Some(&p3)).unwrap();
        let (narrow, _) = to_srgb(ONE, Source::Rgb, vec![200, 100, 100], Some(&p3)).unwrap();
        assert!(wide.pixels.iter().zip(&narrow.pixels).all(|(a, b)| a.abs_diff(*b) <= 1), "{wide:?} {narrow:?}");
    }

    #[test]
    fn a_profile_that_is_nonsense_counts_as_none() {
        let (raster, done) = to_srgb(ONE, Source::Grey, vec![7], Some(b"nonsense")).unwrap();
        assert_eq!((raster.pixels, done.as_str()), (vec![7, 7, 7], "srgb"));
    }
}
