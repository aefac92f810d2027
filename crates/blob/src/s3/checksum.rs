//! What a service compares a body with, so that nothing is stored that differs from what was sent.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use md5::{Digest, Md5};
use reqwest::header::{HeaderName, HeaderValue};

use super::multipart::Part;
use crate::{Result, blocking, hex};

/// The checksum of one body, as it stands in its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checksum {
    /// Computed at the speed of memory. The parts of an upload have it only if the upload was begun with it.
    Crc32(String),
    /// Known to every service, and slower to compute than a body is to send.
    Md5(String),
}

impl Checksum {
    pub(super) fn crc32(bytes: &[u8]) -> Self {
        Self::Crc32(BASE64_STANDARD.encode(crc32fast::hash(bytes).to_be_bytes()))
    }

    pub(super) async fn md5(bytes: Bytes) -> Result<Self> {
        Ok(Self::Md5(BASE64_STANDARD.encode(md5(bytes).await?)))
    }

    /// Its text in base64.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Crc32(text) | Self::Md5(text) => text,
        }
    }

    pub(super) fn header(&self) -> (HeaderName, HeaderValue) {
        let name = match self {
            Self::Crc32(_) => HeaderName::from_static("x-amz-checksum-crc32"),
            Self::Md5(_) => HeaderName::from_static("content-md5"),
        };
        // Base64 has no character that a header could not have.
        (name, HeaderValue::from_str(self.text()).unwrap_or(HeaderValue::from_static("")))
    }
}

/// Whether the part that is there has these very bytes. A service that encrypts has other tags, and is sent the part again.
pub(super) async fn holds(part: &Part, bytes: &Bytes) -> Result<bool> {
    Ok(part.size == bytes.len() as u64 && part.tag.trim_matches('"') == hex(&md5(bytes.clone()).await?))
}

/// The entity tag that S3 gives to what is made of parts: the MD5 of their MD5s, which are their tags, and how many there were. `None` when
/// the tags are something else.
pub(super) fn composite(tags: &[String]) -> Option<String> {
    let sums = tags.iter().map(|tag| u128::from_str_radix(tag.trim_matches('"'), 16).ok().filter(|_| tag.trim_matches('"').len() == 32));
    let sums: Vec<u8> = sums.collect::<Option<Vec<_>>>()?.into_iter().flat_map(u128::to_be_bytes).collect();
    Some(format!("{}-{}", hex(&Md5::digest(&sums)), tags.len()))
}

/// Computed where it hinders nobody.
async fn md5(bytes: Bytes) -> Result<[u8; 16]> {
    blocking(move || Ok(Md5::digest(&bytes).into())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_parts_is_made_of_theirs() {
        // As Amazon S3 answers for an upload of one part without a byte.
        let empty = hex(&Md5::digest(b""));
        assert_eq!(composite(&[format!("\"{empty}\"")]), Some("59adb24ef3cdbe0297f05b395827453f-1".to_owned()));
        assert_eq!(composite(&["\"made-elsewhere\"".to_owned()]), None);
    }

    #[test]
    fn checksums_are_what_s3_reads() {
        // The check value of CRC-32 (ISO-HDLC) over the digits, and MD5 of nothing, both in base64.
        assert_eq!(Checksum::crc32(b"123456789").text(), "y/Q5Jg==");
        assert_eq!(Checksum::crc32(b"").header().0.as_str(), "x-amz-checksum-crc32");
    }
}
