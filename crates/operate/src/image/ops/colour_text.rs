//! Colours as owners write them: `#fff`, `#ffffff`, `white`, `black`.

/// Red, green and blue of a written colour; none when it is not one.
pub(super) fn parse(text: &str) -> Option<[u8; 3]> {
    match text {
        "white" => return Some([255; 3]),
        "black" => return Some([0; 3]),
        _ => {}
    }
    let digits: Vec<u8> = text.strip_prefix('#')?.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    match digits[..] {
        [r, g, b] => Some([r * 17, g * 17, b * 17]),
        [r1, r2, g1, g2, b1, b2] => Some([r1 * 16 + r2, g1 * 16 + g2, b1 * 16 + b2]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn colours_are_read_as_on_the_web() {
        assert_eq!(parse("#fa0"), Some([255, 170, 0]));
        assert_eq!(parse("#10ff80"), Some([16, 255, 128]));
        assert_eq!(parse("white"), Some([255; 3]));
        assert_eq!((parse("#12"), parse("#gggggg"), parse(""), parse("#é12")), (None, None, None, None));
    }
}
