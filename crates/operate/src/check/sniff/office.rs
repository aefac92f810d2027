//! Office files: archives whose first names say what they are, and RTF.

use gristmill_model::operation::Kind;

use super::{Sniffed, contains, has};

/// Names of folders that each kind of Office Open XML keeps its content in (ECMA-376, part 2), with the format and media type.
const OPEN_XML: [(&[u8], &str, &str); 3] = [
    (b"word/", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
];

/// Media types that stand uncompressed at the beginning of OpenDocument files (version 1.3, part 2, section 3.3).
const OPEN_DOCUMENT: [(&str, &str); 3] = [
    ("application/vnd.oasis.opendocument.text", "odt"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ("application/vnd.oasis.opendocument.presentation", "odp"),
];

pub(super) fn sniff(head: &[u8]) -> Option<Sniffed> {
    if head.starts_with(b"{\\rtf") {
        return Some(Sniffed::new(Kind::Document, "rtf", "application/rtf"));
    }
    if !head.starts_with(b"PK\x03\x04") {
        return None;
    }
    let open_document = OPEN_DOCUMENT.iter().find(|(media_type, _)| has(head, 30, b"mimetype") && has(head, 38, media_type.as_bytes()));
    if let Some((media_type, format)) = open_document {
        return Some(Sniffed::new(Kind::Document, format, media_type));
    }
    let described = contains(head, b"[Content_Types].xml") || contains(head, b"_rels/.rels");
    let (_, format, media_type) = OPEN_XML.iter().find(|(folder, ..)| described && contains(head, folder))?;
    Some(Sniffed::new(Kind::Document, format, media_type))
}

#[cfg(test)]
mod tests {
    use super::sniff;

    /// The beginning of an archive with files of these names.
    fn archive(names: &[&str]) -> Vec<u8> {
        let entry =
            |name: &&str| [b"PK\x03\x04".as_slice(), &[0; 22], &[u8::try_from(name.len()).unwrap(), 0, 0, 0], name.as_bytes()].concat();
        names.iter().flat_map(entry).collect()
    }

    #[test]
    fn office_files_are_told_by_what_is_in_them() {
        let format = |names: &[&str]| sniff(&archive(names)).map(|s| s.format);
        assert_eq!(format(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"]), Some("docx"));
        assert_eq!(format(&["_rels/.rels", "xl/workbook.xml"]), Some("xlsx"));
        assert_eq!(format(&["mimetypeapplication/vnd.oasis.opendocument.text"]), Some("odt"));
        assert_eq!(format(&["word/readme.txt"]), None, "any archive may have such a folder");
        assert_eq!(sniff(b"{\\rtf1\\ansi").map(|s| s.format), Some("rtf"));
    }
}
