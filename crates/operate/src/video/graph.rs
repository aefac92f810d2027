//! Filter graphs: from the decoded picture to the sizes and colours of a plan. Pure. Rotation is not here: ffmpeg turns
//! and mirrors the picture by its display matrix before the first filter, and the sizes are those after that.

use super::ladder::Rung;
use super::plan::{Colour, PicturePlan};

/// To linear light, BT.709 primaries, a curve that keeps mid-tones and rolls off highlights, and back. 100 nits is the
/// reference white of standard dynamic range (ITU-R BT.2035).
const TONEMAP: &str = "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv";

/// The graph that makes all rungs, `[v0]` the largest. Lower rungs are made from the largest, so that colours are
/// converted once and a source above the ladder is not scaled down four times.
pub(crate) fn ladder(picture: &PicturePlan) -> String {
    let Some((top, lower)) = picture.rungs.split_first() else { return String::new() };
    let mut chain = Vec::new();
    if let Some(rate) = picture.constant_rate {
        chain.push(format!("fps=fps={}/{}", rate.num, rate.den));
    }
    chain.push(fit(top.width, top.height, picture.colour, picture.narrow_range));
    chain.push(pixels(picture.colour).to_owned());
    let head = format!("[0:{}]{}", picture.stream, chain.join(","));
    if lower.is_empty() {
        return format!("{head},setsar=1[v0]");
    }
    let pads: String = (1..=lower.len()).map(|n| format!("[s{n}]")).collect();
    let split = format!("{head},setsar=1,split={}[v0]{pads}", lower.len() + 1);
    let each = lower.iter().enumerate().map(|(n, rung)| scaled(n + 1, rung));
    std::iter::once(split).chain(each).collect::<Vec<_>>().join(";")
}

fn scaled(n: usize, rung: &Rung) -> String {
    format!("[s{n}]scale={}:{},setsar=1[v{n}]", rung.width, rung.height)
}

fn pixels(colour: Colour) -> &'static str {
    match colour {
        Colour::Sdr | Colour::Tonemap => "format=yuv420p",
        Colour::KeepHdr => "format=yuv420p10le",
    }
}

/// Scales first, so that tone mapping, the dearest filter of all, works on no more pixels than needed.
pub(crate) fn fit(width: u32, height: u32, colour: Colour, narrow_range: bool) -> String {
    let range = if narrow_range { ":out_range=tv" } else { "" };
    let scale = format!("scale={width}:{height}{range}");
    match colour {
        Colour::Sdr | Colour::KeepHdr => scale,
        Colour::Tonemap => format!("{scale},{TONEMAP}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::plan::{Frames, Preset};
    use crate::video::source::Ratio;

    fn plan(rungs: &[(u32, u32)], colour: Colour) -> PicturePlan {
        PicturePlan {
            stream: 3,
            rungs: rungs.iter().map(|(width, height)| Rung { short: *height, width: *width, height: *height }).collect(),
            colour,
            narrow_range: false,
            frames: Frames::Keep,
            constant_rate: None,
            level_rate: 30.0,
            preset: Preset::Veryfast,
            crf: 23,
            keyframe_seconds: 2.0,
        }
    }

    #[test]
    fn the_source_is_decoded_once_and_split() {
        assert_eq!(
            ladder(&plan(&[(1280, 720), (640, 360)], Colour::Sdr)),
            "[0:3]scale=1280:720,format=yuv420p,setsar=1,split=2[v0][s1];[s1]scale=640:360,setsar=1[v1]"
        );
    }

    #[test]
    fn one_rung_needs_no_split() {
        assert_eq!(ladder(&plan(&[(160, 120)], Colour::Sdr)), "[0:3]scale=160:120,format=yuv420p,setsar=1[v0]");
    }

    #[test]
    fn a_constant_rate_is_made_before_anything_else() {
        let with = PicturePlan { constant_rate: Ratio::new(25, 1), ..plan(&[(160, 120)], Colour::Sdr) };
        assert!(ladder(&with).starts_with("[0:3]fps=fps=25/1,scale="));
    }

    #[test]
    fn high_dynamic_range_is_mapped_after_scaling_and_kept_in_ten_bits() {
        assert!(ladder(&plan(&[(160, 120)], Colour::Tonemap)).contains("scale=160:120,zscale=t=linear"));
        assert!(ladder(&plan(&[(160, 120)], Colour::KeepHdr)).contains("format=yuv420p10le"));
    }
}
