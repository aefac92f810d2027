//! Which letters a reader looks for, and the languages they are enough for.

/// A set of letters. The fewer there are, the quicker reading is and the less is mistaken for something of another script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Alphabet {
    /// Latin letters with the marks of European languages, digits, signs, currencies, boxes to tick.
    #[default]
    Latin,
    /// All that the model knows: besides Latin also Chinese characters and kana.
    Every,
}

/// Languages in Latin letters whose every letter the model knows, as Tesseract names them.
const LATIN: [&str; 47] = [
    "afr", "bos", "bre", "cat", "ceb", "ces", "cos", "cym", "dan", "deu", "eng", "enm", "epo", "est", "eus", "fao", "fil", "fin", "fra",
    "frm", "fry", "gla", "gle", "glg", "hat", "hrv", "hun", "ind", "isl", "ita", "jav", "lat", "lav", "lit", "ltz", "mlt", "msa", "nld",
    "nor", "oci", "pol", "por", "ron", "slk", "slv", "spa", "sqi",
];
const MORE_LATIN: [&str; 6] = ["sun", "swa", "swe", "tur", "srp_latn", "osd"];
const EAST_ASIAN: [&str; 4] = ["chi_sim", "chi_tra", "jpn", "lzh"];

impl Alphabet {
    /// The smallest alphabet with the letters of all these languages (named as Tesseract names them); none when there is a language that
    /// the model cannot read.
    pub fn of<'a>(languages: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut found = Self::Latin;
        for language in languages {
            if EAST_ASIAN.contains(&language) {
                found = Self::Every;
            } else if !LATIN.contains(&language) && !MORE_LATIN.contains(&language) {
                return None;
            }
        }
        Some(found)
    }

    /// Whether a letter of the model's dictionary belongs to it.
    pub(crate) fn has(self, letter: char) -> bool {
        match self {
            Self::Every => true,
            Self::Latin => latin(letter),
        }
    }
}

fn latin(letter: char) -> bool {
    match letter {
        // Between a number and a price stands an x far more often.
        '×' => false,
        '\u{20}'..='\u{7e}' | '\u{a1}'..='\u{17f}' => true,
        'Ș' | 'ș' | 'Ț' | 'ț' | 'ƒ' | 'μ' | 'Ω' | 'Δ' => true,
        '–' | '—' | '‘' | '’' | '“' | '”' | '†' | '‡' | '•' | '…' | '‰' | '′' | '″' => true,
        '€' | '₣' | '₤' | '₺' | '₽' | '™' | '℃' | '℉' | '℧' => true,
        '←' | '↑' | '→' | '↓' | '−' | '√' | '∞' | '≈' | '≠' | '≤' | '≥' | '∅' => true,
        '■' | '□' | '▪' | '▫' | '▲' | '▶' | '▷' | '▼' | '◆' | '◇' | '○' | '●' | '★' | '☆' => true,
        '☐' | '☑' | '☒' | '☎' | '✉' | '✓' | '✔' | '✕' | '✖' | '✗' | '✘' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Alphabet;

    #[test]
    fn western_languages_need_latin_only() {
        assert_eq!(Alphabet::of(["eng", "nld", "deu", "fra", "pol", "tur"]), Some(Alphabet::Latin));
        assert_eq!(Alphabet::of(["eng", "jpn"]), Some(Alphabet::Every));
    }

    #[test]
    fn languages_whose_letters_the_model_lacks_are_refused() {
        for language in ["rus", "ukr", "ara", "heb", "kor", "tha", "hin", "vie", "ell", "tlh"] {
            assert_eq!(Alphabet::of(["eng", language]), None, "{language}");
        }
    }

    #[test]
    fn look_alikes_of_other_scripts_are_not_latin() {
        assert!("aZ0éß€☐".chars().all(|c| Alphabet::Latin.has(c)));
        assert!(!"：，Ａ一αВ".chars().any(|c| Alphabet::Latin.has(c)));
    }
}
