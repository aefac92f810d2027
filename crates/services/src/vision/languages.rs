//! Languages as Tesseract names them, and as Cloud Vision is told of them.

/// The hint for a language that Tesseract names so: a BCP 47 tag. None for one that Cloud Vision does not list, be it as supported,
/// experimental or mapped; without hints it finds out by itself, and a hint that it does not know fails the request.
///
/// ```
/// assert_eq!(gristmill_services::hint("deu"), Some("de"));
/// assert_eq!(gristmill_services::hint("osd"), None);
/// ```
pub fn hint(language: &str) -> Option<&'static str> {
    // Models for vertical lines are of the same language.
    let language = language.strip_suffix("_vert").unwrap_or(language);
    HINTS.iter().find(|(name, _)| *name == language).map(|(_, hint)| *hint)
}

/// Names of Tesseract's models beside tags of `cloud.google.com/vision/docs/languages`, where Hebrew still is `iw`.
const HINTS: [(&str, &str); 117] = [
    ("afr", "af"),
    ("amh", "am"),
    ("ara", "ar"),
    ("asm", "as"),
    ("aze", "az"),
    ("aze_cyrl", "az-Cyrl"),
    ("bel", "be"),
    ("ben", "bn"),
    ("bod", "bo"),
    ("bos", "bs"),
    ("bre", "br"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("ceb", "ceb"),
    ("ces", "cs"),
    ("chi_sim", "zh-Hans"),
    ("chi_tra", "zh-Hant"),
    ("chr", "chr"),
    ("cym", "cy"),
    ("dan", "da"),
    ("dan_frak", "da"),
    ("deu", "de"),
    ("deu_frak", "de"),
    ("deu_latf", "de"),
    ("dzo", "dz"),
    ("ell", "el"),
    ("eng", "en"),
    ("epo", "eo"),
    ("est", "et"),
    ("eus", "eu"),
    ("fao", "fo"),
    ("fas", "fa"),
    ("fil", "fil"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("frk", "de"),
    ("fry", "fy"),
    ("gla", "gd"),
    ("gle", "ga"),
    ("glg", "gl"),
    ("grc", "grc"),
    ("guj", "gu"),
    ("hat", "ht"),
    ("heb", "iw"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("hye", "hy"),
    ("iku", "iu"),
    ("ind", "id"),
    ("isl", "is"),
    ("ita", "it"),
    ("ita_old", "it"),
    ("jav", "jv"),
    ("jpn", "ja"),
    ("kan", "kn"),
    ("kat", "ka"),
    ("kat_old", "ka"),
    ("kaz", "kk"),
    ("khm", "km"),
    ("kir", "ky"),
    ("kor", "ko"),
    ("lao", "lo"),
    ("lat", "la"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("ltz", "lb"),
    ("mal", "ml"),
    ("mar", "mr"),
    ("mkd", "mk"),
    ("mlt", "mt"),
    ("mon", "mn"),
    ("mri", "mi"),
    ("msa", "ms"),
    ("mya", "my"),
    ("nep", "ne"),
    ("nld", "nl"),
    ("nor", "no"),
    ("oci", "oc"),
    ("ori", "or"),
    ("pan", "pa"),
    ("pol", "pl"),
    ("por", "pt"),
    ("pus", "ps"),
    ("que", "qu"),
    ("ron", "ro"),
    ("rus", "ru"),
    ("san", "sa"),
    ("sin", "si"),
    ("slk", "sk"),
    ("slk_frak", "sk"),
    ("slv", "sl"),
    ("spa", "es"),
    ("spa_old", "es"),
    ("sqi", "sq"),
    ("srp", "sr"),
    ("srp_latn", "sr-Latn"),
    ("sun", "su"),
    ("swa", "sw"),
    ("swe", "sv"),
    ("syr", "syr"),
    ("tam", "ta"),
    ("tat", "tt"),
    ("tel", "te"),
    ("tgk", "tg"),
    ("tgl", "tl"),
    ("tha", "th"),
    ("tir", "ti"),
    ("ton", "to"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("urd", "ur"),
    ("uzb", "uz"),
    ("uzb_cyrl", "uz-Cyrl"),
    ("vie", "vi"),
    ("yid", "yi"),
    ("yor", "yo"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_is_named_once_and_its_hint_is_a_tag() {
        assert!(HINTS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, hint) in HINTS {
            let (language, script) = hint.split_once('-').unwrap_or((hint, "Latn"));
            assert!((2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase()), "{name} {hint}");
            assert!(script.len() == 4 && script.starts_with(|c: char| c.is_ascii_uppercase()), "{name} {hint}");
        }
    }

    #[test]
    fn vertical_models_are_of_their_language_and_no_language_has_no_hint() {
        assert_eq!((hint("jpn_vert"), hint("chi_tra_vert"), hint("deu_latf")), (Some("ja"), Some("zh-Hant"), Some("de")));
        assert_eq!((hint("equ"), hint(""), hint("de")), (None, None, None));
    }
}
