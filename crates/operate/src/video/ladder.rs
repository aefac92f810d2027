//! The ladder: which sizes a picture is encoded in. Pure; says nothing about bitrates, colours or files.

use serde::{Deserialize, Serialize};

/// Short sides of the standard ladder, largest first.
pub(crate) const STANDARD: [u32; 4] = [1080, 720, 480, 360];

/// One size of the ladder. Pixels are square and both sides even, as 4:2:0 needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rung {
    /// The short side it stands for; `<short>p` names its files. A portrait picture of 720x1280 is 720p, as everywhere else.
    pub short: u32,
    /// Width in pixels, as displayed.
    pub width: u32,
    /// Height in pixels, as displayed.
    pub height: u32,
}

impl Rung {
    /// The name its files and folders carry: `720p`.
    pub(crate) fn name(&self) -> String {
        format!("{}p", self.short)
    }
}

/// The rungs for a picture that is displayed as `width` x `height` square pixels, largest first, never above the picture.
/// A picture under the lowest wanted rung gets one rung at its own short side, rounded down to even.
pub(crate) fn ladder((width, height): (u32, u32), wanted: &[u32]) -> Vec<Rung> {
    let own = width.min(height);
    let mut shorts: Vec<u32> = wanted.iter().copied().filter(|s| *s <= own).collect();
    if shorts.is_empty() {
        shorts.push((own & !1).max(2));
    }
    shorts.sort_unstable_by(|a, b| b.cmp(a));
    shorts.dedup();
    shorts.into_iter().map(|short| rung((width, height), short)).collect()
}

fn rung((width, height): (u32, u32), short: u32) -> Rung {
    let (own_short, own_long) = (width.min(height).max(1), width.max(height));
    let long = nearest_even(u64::from(own_long) * u64::from(short), u64::from(own_short)).max(2);
    let (width, height) = if width >= height { (long, short) } else { (short, long) };
    Rung { short, width, height }
}

/// The even number nearest to `over / under`; half way goes up. Never more than one away from the exact quotient.
fn nearest_even(over: u64, under: u64) -> u32 {
    u32::try_from((over + under) / (2 * under) * 2).unwrap_or(u32::MAX - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(display: (u32, u32)) -> Vec<(u32, u32)> {
        ladder(display, &STANDARD).iter().map(|r| (r.width, r.height)).collect()
    }

    #[test]
    fn a_full_hd_picture_gets_all_four_rungs() {
        assert_eq!(sizes((1920, 1080)), [(1920, 1080), (1280, 720), (854, 480), (640, 360)]);
    }

    #[test]
    fn a_portrait_picture_is_measured_by_its_short_side() {
        assert_eq!(sizes((720, 1280)), [(720, 1280), (480, 854), (360, 640)]);
        assert_eq!(ladder((720, 1280), &STANDARD)[0].name(), "720p");
    }

    #[test]
    fn a_picture_between_two_rungs_is_never_enlarged() {
        assert_eq!(sizes((518, 488)), [(510, 480), (382, 360)]);
    }

    #[test]
    fn a_picture_under_the_lowest_rung_keeps_its_size_rounded_down_to_even() {
        assert_eq!(sizes((161, 121)), [(160, 120)]);
        assert_eq!(sizes((480, 270)), [(480, 270)]);
    }

    #[test]
    fn wanted_rungs_are_ordered_and_doubles_dropped() {
        let shorts: Vec<u32> = ladder((1920, 1080), &[360, 1080, 360]).iter().map(|r| r.short).collect();
        assert_eq!(shorts, [1080, 360]);
    }

    #[test]
    fn every_rung_is_even_not_above_the_picture_and_true_to_its_shape() {
        for width in (2u32..9000).step_by(13) {
            for height in (2u32..9000).step_by(37) {
                sound((width, height));
            }
        }
    }

    fn sound((width, height): (u32, u32)) {
        let rungs = ladder((width, height), &STANDARD);
        assert!(!rungs.is_empty());
        for r in &rungs {
            assert!(r.width % 2 == 0 && r.height % 2 == 0, "{width}x{height}: {r:?}");
            assert!(r.short <= width.min(height), "{width}x{height}: {r:?}");
            let (short, long) = if width >= height { (r.height, r.width) } else { (r.width, r.height) };
            let exact = f64::from(width.max(height)) * f64::from(r.short) / f64::from(width.min(height));
            assert_eq!(short, r.short);
            assert!((f64::from(long) - exact).abs() <= 1.0, "{width}x{height}: {r:?}");
        }
        assert!(rungs.windows(2).all(|w| w[0].short > w[1].short));
    }
}
