//! `Upload-Checksum`: what the bytes of this request hash to.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gristmill_engine::Checksum;

use super::{CHECKSUM, invalid};
use crate::problem::Problem;

/// Reads the header: an algorithm, a space, and the hash in Base64.
pub(crate) fn checksum(text: Option<String>) -> Result<Option<Checksum>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let (algorithm, value) = text.split_once(' ').ok_or_else(|| invalid(&CHECKSUM, "is not an algorithm and a Base64 value"))?;
    let value = BASE64_STANDARD.decode(value.trim()).map_err(|_| invalid(&CHECKSUM, "has a value that is not Base64"))?;
    match (algorithm, value.len()) {
        ("sha1", 20) => Ok(Some(Checksum::Sha1(value))),
        ("sha256", 32) => Ok(Some(Checksum::Sha256(value))),
        ("sha1" | "sha256", _) => Err(invalid(&CHECKSUM, "has a value of another length than its algorithm gives")),
        _ => Err(invalid(&CHECKSUM, &format!("names an algorithm that is not one of {}", Checksum::NAMES))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_algorithms_are_read_and_others_refused_by_name() {
        let of = |text: &str| checksum(Some(text.to_owned()));
        assert!(matches!(of("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="), Ok(Some(Checksum::Sha1(_)))));
        assert!(matches!(of("sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), Ok(Some(Checksum::Sha256(_)))));
        assert_eq!(checksum(None).unwrap(), None);
        for bad in ["", "sha1", "sha1 x", "sha1 YQ==", "md5 YQ==", "sha1 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="] {
            assert_eq!(of(bad).unwrap_err().code, "tus_header", "{bad}");
        }
    }
}
