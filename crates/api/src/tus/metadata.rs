//! `Upload-Metadata`: pairs of a key and a Base64 value, of which the name of the file is ours and the rest is given back as it came.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{METADATA, invalid};
use crate::names::display_name;
use crate::problem::Problem;

/// The longest header, in bytes.
const LONGEST: usize = 8 * 1024;

/// What a client says of its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// The name of the file, fit to be shown; `unnamed` when nothing was said.
    pub name: String,
    /// All of it, as it came.
    pub text: String,
}

/// Reads the header. Keys are not empty, have no spaces and no commas, and come once.
pub(crate) fn metadata(text: Option<String>) -> Result<Metadata, Problem> {
    let text = text.unwrap_or_default();
    if text.len() > LONGEST {
        return Err(invalid(&METADATA, &format!("is longer than {LONGEST} bytes")));
    }
    let (mut name, mut keys) = (None, Vec::new());
    for pair in text.split(',').map(str::trim).filter(|_| !text.is_empty()) {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        if key.is_empty() || keys.contains(&key) {
            return Err(invalid(&METADATA, "has an empty key, or one key twice"));
        }
        let value = BASE64_STANDARD.decode(value.trim()).map_err(|_| invalid(&METADATA, "has a value that is not Base64"))?;
        keys.push(key);
        // `name` is what some clients say instead.
        if key == "filename" || (key == "name" && name.is_none()) {
            name = Some(String::from_utf8_lossy(&value).into_owned());
        }
    }
    Ok(Metadata { name: display_name(name.as_deref()), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Metadata, String> {
        metadata(Some(text.to_owned())).map_err(|p| p.detail)
    }

    #[test]
    fn the_name_of_the_file_is_found_and_the_rest_is_kept() {
        let found = of("filename dGFsay5tcDQ=,is_confidential, type dmlkZW8vbXA0").unwrap();
        assert_eq!((found.name.as_str(), found.text.len()), ("talk.mp4", 56));
        assert_eq!(of("name YS5wbmc=").unwrap().name, "a.png");
        assert_eq!(of("name YS5wbmc=,filename dGFsay5tcDQ=").unwrap().name, "talk.mp4");
        assert_eq!(metadata(None).unwrap(), Metadata { name: "unnamed".into(), text: String::new() });
    }

    #[test]
    fn what_is_no_list_of_pairs_is_refused() {
        for bad in ["filename not-base64!", "a YQ==,a YQ==", "a YQ==,,b YQ==", ",", "a  b YQ=="] {
            assert!(of(bad).is_err(), "{bad}");
        }
        assert!(of(&format!("a {}", "YWFh".repeat(3000))).is_err());
    }

    #[test]
    fn a_name_that_would_leave_its_folder_is_text_like_any_other() {
        assert_eq!(of("filename Li4vLi4vZXRjL3Bhc3N3ZA==").unwrap().name, "../../etc/passwd");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,200}") {
            if let Ok(found) = of(&text) {
                proptest::prop_assert_eq!(found.text, text);
                proptest::prop_assert!(!found.name.is_empty());
            }
        }
    }
}
