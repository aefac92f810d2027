//! Sizes and spans of time as people read them, and text made safe for a terminal.

use std::time::Duration;

/// `0 B`, `1.5 MiB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut value, mut unit) = (n as f64, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{n} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`.
pub fn span(d: Duration) -> String {
    let s = d.as_secs();
    match s {
        0..10 => format!("{:.1} s", d.as_secs_f64()),
        10..60 => format!("{s} s"),
        60..3600 => format!("{} min {:02} s", s / 60, s % 60),
        _ => format!("{} h {:02} min", s / 3600, s / 60 % 60),
    }
}

/// The text without control characters, which could move a terminal's cursor, and at most `most` characters long.
pub fn plain(text: &str, most: usize) -> String {
    let mut kept: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).take(most).collect();
    if text.chars().count() > most {
        kept.pop();
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_spans_read_well() {
        assert_eq!([0, 1023, 1536, 5 << 30].map(bytes), ["0 B", "1023 B", "1.5 KiB", "5.0 GiB"]);
        assert_eq!([0.4, 12.0, 185.0, 7800.0].map(|s| span(Duration::from_secs_f64(s))), ["0.4 s", "12 s", "3 min 05 s", "2 h 10 min"]);
    }

    #[test]
    fn a_hostile_name_cannot_move_the_cursor() {
        assert_eq!(plain("a\u{1b}[2Jb", 80), "a?[2Jb");
        assert_eq!(plain("abcdef", 4), "abc…");
    }
}
