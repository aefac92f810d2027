//! Safe names for result folders: the file's name without its ending, never outside, never one name twice.

use std::collections::BTreeSet;
use std::path::Path;

/// Longest name in bytes; file systems allow 255, and a suffix must still fit.
const MOST_BYTES: usize = 200;

/// Hands out names within one results folder.
#[derive(Debug, Default)]
pub struct Folders {
    taken: BTreeSet<String>,
}

impl Folders {
    /// A name for the results of `file`; a second file of that stem gets `-2`, then `-3`. Names for which `occupied` is
    /// true (something else than a folder stands there) are passed over.
    pub fn name(&mut self, file: &str, occupied: impl Fn(&str) -> bool) -> String {
        let stem = stem(file);
        let mut name = stem.clone();
        let mut n = 2;
        // Compared in lower case, because some file systems do.
        while occupied(&name) || !self.taken.insert(name.to_lowercase()) {
            name = format!("{stem}-{n}");
            n += 1;
        }
        name
    }
}

/// The name without its ending and without anything that could leave a folder, hide in it, or be read as a flag.
fn stem(file: &str) -> String {
    let stem = Path::new(file).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let safe: String = stem.chars().map(|c| if c.is_control() || matches!(c, '/' | '\\' | ':') { '_' } else { c }).collect();
    let kept = safe.trim_matches(['.', ' ']);
    let kept = kept.strip_prefix('-').map_or_else(|| kept.to_owned(), |rest| format!("_{rest}"));
    match cut(&kept, MOST_BYTES).trim_end_matches(['.', ' ']) {
        "" => "file".to_owned(),
        kept => kept.to_owned(),
    }
}

/// At most `most` bytes, cut between characters.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(files: &[&str]) -> Vec<String> {
        let mut folders = Folders::default();
        files.iter().map(|f| folders.name(f, |_| false)).collect()
    }

    #[test]
    fn two_inputs_of_one_stem_get_numbers() {
        assert_eq!(names(&["a.mp4", "a.png", "x/a.gif", "a-2.png", "A.jpg"]), ["a", "a-2", "a-3", "a-2-2", "A-4"]);
    }

    #[test]
    fn hostile_names_are_made_safe() {
        assert_eq!(names(&["..", "-rf.png", ".hidden", "a\u{1b}[2J.png", "🍞.jpg"]), ["file", "_rf", "hidden", "a_[2J", "🍞"]);
        assert!(names(&[&"é".repeat(180)])[0].len() <= MOST_BYTES);
    }

    #[test]
    fn a_name_that_something_else_has_is_passed_over() {
        assert_eq!(Folders::default().name("a.png", |n| n == "a"), "a-2");
    }

    proptest! {
        #[test]
        fn any_name_stays_inside_and_is_unique(files in proptest::collection::vec(".{0,300}", 1..8)) {
            let mut folders = Folders::default();
            let mut seen = BTreeSet::new();
            for file in &files {
                let name = folders.name(file, |_| false);
                let mut parts = Path::new(&name).components();
                prop_assert!(matches!(parts.next(), Some(std::path::Component::Normal(_))), "{:?}", name);
                prop_assert!(parts.next().is_none() && !name.starts_with(['-', '.']), "{:?}", name);
                prop_assert!(!name.chars().any(char::is_control) && name.len() <= 255, "{:?}", name);
                prop_assert!(seen.insert(name));
            }
        }
    }
}
