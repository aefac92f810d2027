//! How far what was read is from what stands there.

use std::collections::BTreeMap;

use strsim::generic_levenshtein;

/// Wrong letters and letters in all, and words that agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Errors {
    edits: usize,
    letters: usize,
    words_found: usize,
    words_right: usize,
    words_wanted: usize,
}

impl Errors {
    /// Compares a text with the truth. Letters are counted in reading order with one blank between words; words are counted wherever they stand.
    pub fn of(read: &str, truth: &str) -> Self {
        let (read_letters, letters) = (letters(read), letters(truth));
        let (mut open, words_found) = (words(truth), read.split_whitespace().count());
        let words_right = read.split_whitespace().filter(|word| take(&mut open, word)).count();
        Self {
            edits: generic_levenshtein(&read_letters, &letters),
            letters: letters.len(),
            words_found,
            words_right,
            words_wanted: truth.split_whitespace().count(),
        }
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            edits: self.edits + other.edits,
            letters: self.letters + other.letters,
            words_found: self.words_found + other.words_found,
            words_right: self.words_right + other.words_right,
            words_wanted: self.words_wanted + other.words_wanted,
        }
    }

    /// Letters to change, add or take away for each hundred that stand there.
    pub fn character_error(self) -> f64 {
        100.0 * self.edits as f64 / self.letters.max(1) as f64
    }

    /// The F1 of words, of a hundred.
    pub fn word_f1(self) -> f64 {
        200.0 * self.words_right as f64 / (self.words_found + self.words_wanted).max(1) as f64
    }
}

fn letters(text: &str) -> Vec<char> {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect()
}

fn words(text: &str) -> BTreeMap<&str, usize> {
    let mut words = BTreeMap::new();
    text.split_whitespace().for_each(|word| *words.entry(word).or_default() += 1);
    words
}

fn take(open: &mut BTreeMap<&str, usize>, word: &str) -> bool {
    let Some(left) = open.get_mut(word).filter(|left| **left > 0) else { return false };
    *left -= 1;
    true
}

#[cfg(test)]
mod tests {
    use super::Errors;

    #[test]
    fn letters_count_in_order_and_words_anywhere() {
        let same = Errors::of("the  mill\ngrinds", "the mill grinds");
        assert_eq!((same.character_error(), same.word_f1()), (0.0, 100.0));
        let turned = Errors::of("grinds the mill", "the mill grinds");
        assert!(turned.character_error() > 50.0);
        assert_eq!(turned.word_f1(), 100.0);
        let nothing = Errors::of("", "the mill");
        assert_eq!((nothing.character_error(), nothing.word_f1()), (100.0, 0.0));
        let twice = Errors::of("the the", "the mill");
        assert_eq!(twice.word_f1(), 50.0);
    }
}
