//! Words of others, as they may stand in our errors and logs.

/// On one line, without control characters, and no longer than `most` characters.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let one_line = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= most { one_line } else { one_line.chars().take(most.saturating_sub(1)).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_stay_on_one_line_and_short() {
        assert_eq!(shortened(" no\r\nsuch \u{1b}[31m user\0 ", 80), "no such [31m user");
        assert_eq!(shortened("ääää", 4), "ääää");
        assert_eq!(shortened("äääää", 4), "äää…");
    }
}
