//! Compares the ending of a file's name with its content. A lie is worth a warning and decides nothing.

use std::path::Path;

/// Endings and the formats they promise.
const ENDINGS: &[(&[&str], &[&str])] = &[
    (&["jpg", "jpeg", "jpe", "jfif"], &["jpeg"]),
    (&["png", "apng"], &["png"]),
    (&["gif"], &["gif"]),
    (&["webp"], &["webp"]),
    (&["bmp", "dib"], &["bmp"]),
    (&["tif", "tiff"], &["tiff"]),
    (&["heic", "heif", "hif"], &["heic", "avif"]),
    (&["avif", "avifs"], &["avif"]),
    (&["mp4", "m4v"], &["mp4", "mov", "m4a"]),
    (&["mov", "qt"], &["mov", "mp4"]),
    (&["3gp", "3g2"], &["3gp", "mp4"]),
    (&["m4a", "m4b"], &["m4a", "mp4"]),
    (&["mkv", "mka"], &["matroska", "webm"]),
    (&["webm"], &["webm"]),
    (&["avi"], &["avi"]),
    (&["ts", "mts", "m2ts"], &["mpegts"]),
    (&["mpg", "mpeg", "vob"], &["mpegps", "mpegts"]),
    (&["flv"], &["flv"]),
    (&["ogg", "oga", "ogv", "opus"], &["ogg"]),
    (&["mp3"], &["mp3"]),
    (&["aac"], &["aac"]),
    (&["flac"], &["flac", "ogg"]),
    (&["wav", "wave"], &["wav"]),
    (&["aif", "aiff", "aifc"], &["aiff"]),
    (&["pdf"], &["pdf"]),
    (&["docx", "docm"], &["docx"]),
    (&["xlsx", "xlsm"], &["xlsx"]),
    (&["pptx", "pptm"], &["pptx"]),
    (&["odt"], &["odt"]),
    (&["ods"], &["ods"]),
    (&["odp"], &["odp"]),
    (&["rtf"], &["rtf"]),
];

/// The warning for a name that promises another format than the content is; `None` when they agree or the ending says nothing.
pub(super) fn mismatch(name: &str, format: &str) -> Option<String> {
    let ending = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    let (_, promised) = ENDINGS.iter().find(|(endings, _)| endings.contains(&ending.as_str()))?;
    (!promised.contains(&format)).then(|| format!("The name ends in .{ending}, but the content is {format}; the content was believed."))
}

#[cfg(test)]
mod tests {
    use super::mismatch;

    #[test]
    fn only_a_known_ending_that_lies_is_told() {
        assert_eq!(mismatch("a.JPG", "jpeg"), None);
        assert_eq!(mismatch("a.mp4", "mov"), None);
        assert_eq!(mismatch("a.xyz", "png"), None);
        assert_eq!(mismatch("png", "mp4"), None);
        assert!(mismatch("a.mp4", "png").unwrap().contains(".mp4"));
    }
}
