//! A few facts of an XMP packet, found by name. It is no XML parser: nothing is resolved, nested or fetched.

use std::collections::BTreeMap;

/// Properties worth telling (XMP specification part 1, section 8; Dublin Core).
const TOLD: [&str; 8] = [
    "xmp:CreatorTool",
    "xmp:CreateDate",
    "xmp:ModifyDate",
    "xmp:Rating",
    "photoshop:Credit",
    "photoshop:City",
    "dc:format",
    "xmpRights:UsageTerms",
];

/// The told properties that the packet has as an attribute or a simple element.
pub(crate) fn told(packet: &[u8]) -> BTreeMap<&'static str, String> {
    let text = String::from_utf8_lossy(&packet[..packet.len().min(256 << 10)]);
    TOLD.iter().filter_map(|name| Some((*name, value(&text, name)?))).collect()
}

/// Whether the packet names a place.
pub(crate) fn has_place(packet: &[u8]) -> bool {
    packet.windows(8).any(|w| w == b"exif:GPS")
}

fn value(text: &str, name: &str) -> Option<String> {
    let after = &text[text.find(name)? + name.len()..];
    let (start, end) = match after.as_bytes() {
        [b'=', quote @ (b'"' | b'\''), ..] => (2, char::from(*quote)),
        [b'>', ..] => (1, '<'),
        _ => return None,
    };
    let found = after[start..].split(end).next()?.trim();
    (!found.is_empty() && found.len() <= 200).then(|| found.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_and_elements_are_told() {
        let packet = br#"<rdf:Description xmp:CreatorTool="Brush 1" exif:GPSLatitude="1"><xmp:Rating>4</xmp:Rating>"#;
        let found = told(packet);
        assert_eq!((found["xmp:CreatorTool"].as_str(), found["xmp:Rating"].as_str()), ("Brush 1", "4"));
        assert!(has_place(packet));
    }

    #[test]
    fn a_packet_that_ends_early_is_told_as_far_as_it_goes() {
        assert!(told(b"xmp:Rating").is_empty());
        assert!(told(b"\xff\xfe").is_empty());
    }
}
