//! The HLS master playlist, and the codec names in it. Pure (RFC 8216, RFC 6381).

use std::fmt::Write;

use super::playlist::Bandwidth;

/// AAC-LC, as RFC 6381 names it.
pub(crate) const AAC: &str = "mp4a.40.2";

/// A variant: one rung.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Variant {
    /// Its media playlist, relative to the master.
    pub uri: String,
    /// Picture alone.
    pub bandwidth: Bandwidth,
    /// Width and height.
    pub size: (u32, u32),
    /// Frames a second.
    pub frame_rate: f64,
    /// `avc1.…`
    pub codec: String,
    /// PQ sources kept as they are say so.
    pub range: &'static str,
}

/// An alternative sound track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alternative {
    /// Its media playlist, relative to the master.
    pub uri: String,
    /// Its own.
    pub bandwidth: Bandwidth,
    /// ISO 639-2, if known.
    pub language: Option<String>,
    /// Channels.
    pub channels: u32,
}

/// The master playlist. Without variants the first sound track is the one variant and the others are left to it as alternatives.
pub(crate) fn render(variants: &[Variant], sounds: &[Alternative]) -> String {
    let mut out = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n".to_owned();
    for (n, sound) in sounds.iter().enumerate() {
        out.push_str(&media(n, sound));
    }
    let loudest = sounds.iter().map(|s| s.bandwidth).max_by_key(|b| b.peak).unwrap_or_default();
    for variant in variants {
        out.push_str(&stream(variant, loudest, !sounds.is_empty()));
    }
    if let (true, Some(first)) = (variants.is_empty(), sounds.first()) {
        let Bandwidth { peak, average } = loudest;
        let _ =
            write!(out, "#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS=\"{AAC}\",AUDIO=\"audio\"\n{}\n", first.uri);
    }
    out
}

fn media(n: usize, sound: &Alternative) -> String {
    let name = sound.language.as_deref().map_or_else(|| format!("Audio {}", n + 1), |l| format!("{l} {}", n + 1));
    let language = sound.language.as_deref().map(|l| format!(",LANGUAGE=\"{l}\"")).unwrap_or_default();
    let default = if n == 0 { "YES" } else { "NO" };
    format!(
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"{name}\"{language},DEFAULT={default},AUTOSELECT=YES,CHANNELS=\"{}\",URI=\"{}\"\n",
        sound.channels, sound.uri
    )
}

fn stream(variant: &Variant, sound: Bandwidth, has_sound: bool) -> String {
    let (codecs, group) = if has_sound { (format!("{},{AAC}", variant.codec), ",AUDIO=\"audio\"") } else { (variant.codec.clone(), "") };
    format!(
        "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{codecs}\",RESOLUTION={}x{},FRAME-RATE={:.3},VIDEO-RANGE={}{group}\n{}\n",
        variant.bandwidth.peak + sound.peak,
        variant.bandwidth.average + sound.average,
        variant.size.0,
        variant.size.1,
        variant.frame_rate,
        variant.range,
        variant.uri
    )
}

/// The codec name in an initialisation segment: `avc1.` and profile, constraints and level from its decoder configuration.
pub(crate) fn avc1(init: &[u8]) -> Option<String> {
    let at = init.windows(4).position(|w| w == b"avcC")?;
    // configurationVersion is 1; then AVCProfileIndication, profile_compatibility, AVCLevelIndication (ISO/IEC 14496-15).
    match init.get(at + 4..at + 8)? {
        [1, profile, constraints, level] => Some(format!("avc1.{profile:02x}{constraints:02x}{level:02x}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variant() -> Variant {
        Variant {
            uri: "720p/index.m3u8".into(),
            bandwidth: Bandwidth { peak: 3_000_000, average: 2_000_000 },
            size: (1280, 720),
            frame_rate: 29.97,
            codec: "avc1.64001f".into(),
            range: "SDR",
        }
    }

    fn sound(language: Option<&str>) -> Alternative {
        let bandwidth = Bandwidth { peak: 130_000, average: 128_000 };
        Alternative { uri: "audio-1/index.m3u8".into(), bandwidth, language: language.map(str::to_owned), channels: 2 }
    }

    #[test]
    fn a_variant_tells_bandwidth_codecs_size_and_rate_with_its_sound() {
        let expected = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n\
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"ger 1\",LANGUAGE=\"ger\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"audio-1/index.m3u8\"\n\
            #EXT-X-STREAM-INF:BANDWIDTH=3130000,AVERAGE-BANDWIDTH=2128000,CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720,FRAME-RATE=29.970,VIDEO-RANGE=SDR,AUDIO=\"audio\"\n\
            720p/index.m3u8\n";
        assert_eq!(render(&[variant()], &[sound(Some("ger"))]), expected);
    }

    #[test]
    fn without_sound_there_is_no_group() {
        let text = render(&[variant()], &[]);
        assert!(!text.contains("AUDIO") && text.contains("CODECS=\"avc1.64001f\""));
    }

    #[test]
    fn sound_alone_is_a_variant_of_its_own() {
        let text = render(&[], &[sound(None)]);
        assert!(text.contains("NAME=\"Audio 1\"") && text.ends_with("CODECS=\"mp4a.40.2\",AUDIO=\"audio\"\naudio-1/index.m3u8\n"));
    }

    #[test]
    fn the_codec_is_read_from_the_decoder_configuration() {
        assert_eq!(avc1(b"....avcC\x01\x64\x00\x1f\xff").as_deref(), Some("avc1.64001f"));
        assert_eq!(avc1(b"no such box"), None);
        assert_eq!(avc1(b"avcC\x01"), None);
    }
}
