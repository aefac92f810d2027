//! What a source is, in the terms the plan needs: the picture as displayed, its rate, depth and dynamic range, the tracks.
//! Pure; the probe that measures it is [`crate::check`]'s.

use serde::Serialize;

/// A rational rate or aspect; the denominator is never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Ratio {
    /// Numerator.
    pub num: u32,
    /// Denominator.
    pub den: u32,
}

impl Ratio {
    /// `num/den`; `None` when either is 0.
    pub(crate) fn new(num: u32, den: u32) -> Option<Self> {
        (num > 0 && den > 0).then_some(Self { num, den })
    }

    /// As a number.
    pub(crate) fn value(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }
}

/// High dynamic range by its transfer function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Hdr {
    /// Perceptual quantiser, SMPTE ST 2084: HDR10, HDR10+, Dolby Vision's base layer.
    Pq,
    /// Hybrid log-gamma, ARIB STD-B67.
    Hlg,
}

impl Hdr {
    /// By ffprobe's `color_transfer`.
    pub(crate) fn of(transfer: &str) -> Option<Self> {
        match transfer {
            "smpte2084" => Some(Self::Pq),
            "arib-std-b67" => Some(Self::Hlg),
            _ => None,
        }
    }
}

/// The moving picture of a source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Picture {
    /// Its stream.
    pub stream: u32,
    /// Codec, as ffprobe names it.
    pub codec: String,
    /// Size as stored.
    pub coded: (u32, u32),
    /// Size as displayed: square pixels, rotation applied.
    pub display: (u32, u32),
    /// Degrees by which it must be turned clockwise to stand upright.
    pub rotation: i32,
    /// Whether it must be mirrored too.
    pub mirrored: bool,
    /// Frames a second on average.
    pub average_rate: Option<Ratio>,
    /// Whether the gaps between frames seem to differ: the average rate is not the nominal one.
    pub variable_rate: bool,
    /// Frames by the container's own account, which may be wrong.
    pub frames: Option<u64>,
    /// Bits a sample.
    pub bits: u32,
    /// Whether samples use the full range (0..=255 in 8 bits), as phones and JPEG do.
    pub full_range: bool,
    /// High dynamic range, if any.
    pub hdr: Option<Hdr>,
}

impl Picture {
    /// Frames a second to reckon with where one figure is needed: the average if it is believable, else 30.
    pub(crate) fn rate(&self) -> f64 {
        self.average_rate.map(Ratio::value).filter(|r| (0.01..=1000.0).contains(r)).unwrap_or(30.0)
    }
}

/// A sound track of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Sound {
    /// Its stream.
    pub stream: u32,
    /// Codec, as ffprobe names it.
    pub codec: String,
    /// Channels.
    pub channels: u32,
    /// Samples a second.
    pub sample_rate: u32,
    /// ISO 639-2 code of its language; only three lower-case letters are believed.
    pub language: Option<String>,
    /// Whether its author marked it as the one to play.
    pub default: bool,
}

/// A stream that will not be in the results, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Dropped {
    /// The stream.
    pub stream: u32,
    /// What it is: `subtitle`, `data`, `audio`.
    pub kind: String,
    /// A sentence.
    pub why: String,
}

/// Everything the plan needs of a source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Source {
    /// The demuxer to force, by content sniffing.
    pub demuxer: String,
    /// Length, if the container tells one.
    pub duration_ms: Option<u64>,
    /// The first moving picture.
    pub picture: Option<Picture>,
    /// Every sound track with a known codec, in the order of the file.
    pub sounds: Vec<Sound>,
    /// Streams left out already here.
    pub dropped: Vec<Dropped>,
}

/// Size as displayed of `coded` with pixels of shape `sar`, turned by `rotation` degrees.
pub(crate) fn displayed((width, height): (u32, u32), sar: Option<Ratio>, rotation: i32) -> (u32, u32) {
    // A pixel shape beyond 1:8 is a broken header, not a camera.
    let shape = sar.map(Ratio::value).filter(|s| (0.125..=8.0).contains(s)).unwrap_or(1.0);
    let wide = ((f64::from(width) * shape).round() as u32).max(1);
    if rotation.rem_euclid(180) == 90 { (height, wide) } else { (wide, height) }
}

/// A language that may be written into a result.
pub(crate) fn language(text: &str) -> Option<String> {
    (text.len() == 3 && text.bytes().all(|b| b.is_ascii_lowercase()) && text != "und").then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_by_a_quarter_swaps_the_sides() {
        for (rotation, size) in [(0, (1920, 1080)), (90, (1080, 1920)), (-90, (1080, 1920)), (180, (1920, 1080)), (270, (1080, 1920))] {
            assert_eq!(displayed((1920, 1080), None, rotation), size, "{rotation}");
        }
    }

    #[test]
    fn pixels_that_are_not_square_widen_the_picture_before_it_is_turned() {
        let wide = Ratio::new(64, 45);
        assert_eq!(displayed((720, 576), wide, 0), (1024, 576));
        assert_eq!(displayed((720, 576), wide, 90), (576, 1024));
        assert_eq!(displayed((720, 576), Ratio::new(1, 5000), 0), (720, 576));
        assert_eq!(displayed((720, 576), Ratio::new(0, 1), 0), (720, 576));
    }

    #[test]
    fn only_plain_language_codes_are_believed() {
        assert_eq!(language("ger").as_deref(), Some("ger"));
        for bad in ["und", "de", "GER", "a:b", "../", ""] {
            assert_eq!(language(bad), None, "{bad}");
        }
    }
}
