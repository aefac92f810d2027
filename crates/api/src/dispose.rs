//! Whether a browser may show a result in its window, and under which name it saves it.

use std::fmt::Write as _;

/// Media types that a browser shows without running anything in them. SVG is not among them: it can hold scripts.
fn is_safe(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let shown = ["image/", "video/", "audio/"].iter().any(|kind| essence.starts_with(kind)) && !essence.contains("svg");
    let text = ["application/json", "text/plain", "text/vtt", "application/vnd.apple.mpegurl", "application/x-mpegurl"];
    shown || text.contains(&essence.as_str())
}

/// The `Content-Disposition` of a result (RFC 6266): `name` is its artifact name, of which the last part is kept.
pub(crate) fn disposition(media_type: &str, name: &str) -> String {
    let kind = if is_safe(media_type) { "inline" } else { "attachment" };
    let last = name.rsplit('/').next().unwrap_or(name);
    let plain: String = last.chars().map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') { c } else { '_' }).collect();
    if plain == last {
        return format!("{kind}; filename=\"{plain}\"");
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", encoded(last))
}

/// Percent-encodes everything but the characters that every place of a URL and RFC 8187 take as they are.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_run_is_shown_in_the_window() {
        for media in [
            "image/png",
            "video/mp4",
            "audio/mp4",
            "application/json",
            "text/plain; charset=utf-8",
            "text/vtt",
            "application/vnd.apple.mpegurl",
        ] {
            assert!(disposition(media, "a").starts_with("inline"), "{media}");
        }
        for media in ["text/html", "image/svg+xml", "application/pdf", "application/xml", "text/javascript", "", "x"] {
            assert!(disposition(media, "a").starts_with("attachment"), "{media}");
        }
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(disposition("image/png", "a/b c\"é.png"), "inline; filename=\"b_c__.png\"; filename*=UTF-8''b%20c%22%C3%A9.png");
        assert_eq!(disposition("image/png", "hls/poster.png"), "inline; filename=\"poster.png\"");
    }

    proptest::proptest! {
        #[test]
        fn any_name_makes_a_header_value(name in "\\PC*|.{0,300}") {
            proptest::prop_assert!(disposition("image/png", &name).parse::<axum::http::HeaderValue>().is_ok());
        }
    }
}
