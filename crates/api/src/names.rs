//! Names: of uploaded files (hostile text that is only ever shown; bytes are stored under ids), of owners, keys and crons.

use crate::problem::Problem;

/// The most characters that are kept.
const MOST: usize = 255;

/// A name that is safe to show: no control characters, none that reorder text, at most 255 characters, never empty.
pub(crate) fn display_name(given: Option<&str>) -> String {
    let name: String = given.unwrap_or_default().chars().take(MOST).map(shown).collect();
    if name.trim().is_empty() { "unnamed".to_owned() } else { name }
}

/// Control characters and bidirectional overrides (which make `exe.gpj` look like `jpg.exe`) become U+FFFD.
fn shown(c: char) -> char {
    let reorders = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || reorders { '\u{fffd}' } else { c }
}

/// The name of an owner.
pub(crate) fn owner_name(given: &str) -> Result<String, Problem> {
    plain("owner", given)
}

/// The name of a key.
pub(crate) fn key_name(given: &str) -> Result<String, Problem> {
    plain("name", given)
}

/// The name of a cron; it stands in addresses.
pub(crate) fn cron_name(given: &str) -> Result<String, Problem> {
    if given.contains('/') {
        return Err(Problem::invalid("name_invalid", "`name` must not contain a slash"));
    }
    plain("name", given)
}

fn plain(field: &str, given: &str) -> Result<String, Problem> {
    let name = given.trim();
    if name.is_empty() || name.chars().count() > MOST || name.chars().any(|c| shown(c) != c) {
        let detail = format!("`{field}` has 1 to {MOST} characters and no control characters");
        return Err(Problem::invalid(&format!("{field}_invalid"), detail));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_stays_as_it_is() {
        for name in ["a.png", "-rf.mp4", "наша кошка 🐈.jpg", "../../etc/passwd"] {
            assert_eq!(display_name(Some(name)), name);
        }
    }

    #[test]
    fn what_cannot_be_shown_is_replaced() {
        assert_eq!(display_name(Some("a\r\nb\0c\u{202e}gpj.exe")), "a\u{fffd}\u{fffd}b\u{fffd}c\u{fffd}gpj.exe");
        assert_eq!(display_name(None), "unnamed");
        assert_eq!(display_name(Some("  ")), "unnamed");
    }

    #[test]
    fn the_name_of_an_owner_is_short_plain_text() {
        assert_eq!(owner_name(" anna ").unwrap(), "anna");
        for bad in ["", " ", "a\nb", "a\u{202e}b", &"x".repeat(256)] {
            assert_eq!(owner_name(bad).unwrap_err().code, "owner_invalid");
        }
        assert!(cron_name("a/b").is_err() && key_name("build server").is_ok());
    }

    proptest::proptest! {
        #[test]
        fn any_name_comes_out_short_and_without_control_characters(name in "\\PC*|.{0,600}") {
            let shown = display_name(Some(&name));
            proptest::prop_assert!(shown.chars().count() <= MOST);
            proptest::prop_assert!(!shown.chars().any(char::is_control) && !shown.is_empty());
        }
    }
}
