//! The H.264 level of a size and a frame rate. Pure. Left to itself the encoder would take the container's nominal rate,
//! which for variable frame rates may be 1000 a second, and name a level that devices refuse.

/// (level, macroblocks a second, macroblocks a frame) of ITU-T H.264 table A-1, from 3.0 up.
const LEVELS: [(&str, u64, u64); 11] = [
    ("3.0", 40_500, 1_620),
    ("3.1", 108_000, 3_600),
    ("3.2", 216_000, 5_120),
    ("4.0", 245_760, 8_192),
    ("4.2", 522_240, 8_704),
    ("5.0", 589_824, 22_080),
    ("5.1", 983_040, 36_864),
    ("5.2", 2_073_600, 36_864),
    ("6.0", 4_177_920, 139_264),
    ("6.1", 8_355_840, 139_264),
    ("6.2", 16_711_680, 139_264),
];

/// The lowest level, from 3.0 up, that holds `width` x `height` at `rate` frames a second.
pub(crate) fn level(width: u32, height: u32, rate: f64) -> &'static str {
    let (across, down) = (u64::from(width.div_ceil(16)), u64::from(height.div_ceil(16)));
    let frame = across * down;
    let second = (frame as f64 * rate).ceil() as u64;
    // Table A-1 also bounds either side by sqrt(8 * frame size), for very long thin pictures.
    let fits = |most: u64| frame <= most && across.max(down).pow(2) <= 8 * most;
    LEVELS.iter().find(|(_, per_second, per_frame)| second <= *per_second && fits(*per_frame)).map_or("6.2", |l| l.0)
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn common_sizes_have_their_well_known_levels() {
        assert_eq!(level(1920, 1080, 30.0), "4.0");
        assert_eq!(level(1920, 1080, 60.0), "4.2");
        assert_eq!(level(1280, 720, 29.97), "3.1");
        assert_eq!(level(1280, 720, 60.0), "3.2");
        assert_eq!(level(640, 360, 30.0), "3.0");
        assert_eq!(level(3840, 2160, 30.0), "5.1");
    }

    #[test]
    fn what_no_level_holds_is_given_the_highest() {
        assert_eq!(level(16384, 16384, 240.0), "6.2");
    }
}
