//! Conditional and partial requests (RFC 9110, sections 13 and 14) for content whose entity tag is its SHA-256.
//!
//! One range is served. Several are answered with the whole content, which the RFC allows and players never ask for.

use std::ops::Range;

use axum::http::{HeaderMap, header};

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// 304: the caller has it.
    Unchanged,
    /// 200.
    Whole,
    /// 206, with these bytes.
    Bytes(Range<u64>),
    /// 416.
    Unsatisfiable,
}

/// What a request wants of a content with this entity tag (quotes included) and size.
pub(crate) fn wanted(headers: &HeaderMap, etag: &str, size: u64) -> Part {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|list| matches(list, etag)) {
        return Part::Unchanged;
    }
    // A date cannot be the entity tag, so a date in If-Range means: send the whole.
    let still = text(header::IF_RANGE).is_none_or(|validator| validator.trim() == etag);
    match text(header::RANGE).filter(|_| still) {
        Some(range) => parse(range, size),
        None => Part::Whole,
    }
}

/// Weak comparison with a list of entity tags, or `*`.
fn matches(list: &str, etag: &str) -> bool {
    list.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// Reads a `Range` header. What is not understood is as if it were not there.
fn parse(text: &str, size: u64) -> Part {
    let Some((unit, spec)) = text.split_once('=') else { return Part::Whole };
    let Some((first, last)) = spec.trim().split_once('-').filter(|_| unit.trim().eq_ignore_ascii_case("bytes")) else {
        return Part::Whole;
    };
    match (number(first), number(last)) {
        (Some(Some(first)), Some(last)) if last.is_none_or(|l| l >= first) => {
            let end = last.map_or(size, |l| l.saturating_add(1).min(size));
            if first < size { Part::Bytes(first..end) } else { Part::Unsatisfiable }
        }
        (Some(None), Some(Some(suffix))) if suffix > 0 && size > 0 => Part::Bytes(size.saturating_sub(suffix)..size),
        (Some(None), Some(Some(_))) => Part::Unsatisfiable,
        _ => Part::Whole,
    }
}

/// `Some(None)` for nothing, `None` for what is no number. Too large a number is as good as the largest.
fn number(text: &str) -> Option<Option<u64>> {
    let text = text.trim_matches([' ', '\t']);
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((!text.is_empty()).then(|| text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"abc\"";

    fn with(pairs: &[(header::HeaderName, &str)], size: u64) -> Part {
        let headers = pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        wanted(&headers, TAG, size)
    }

    #[test]
    fn a_range_is_read_as_the_rfc_says() {
        for (text, part) in [
            ("bytes=0-0", Part::Bytes(0..1)),
            ("bytes=2-5", Part::Bytes(2..6)),
            ("bytes=2-", Part::Bytes(2..10)),
            ("bytes=-3", Part::Bytes(7..10)),
            ("bytes=-30", Part::Bytes(0..10)),
            ("bytes=5-99999999999999999999999", Part::Bytes(5..10)),
            ("bytes=10-", Part::Unsatisfiable),
            ("bytes=-0", Part::Unsatisfiable),
            ("bytes=5-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("bytes", Part::Whole),
        ] {
            assert_eq!(with(&[(header::RANGE, text)], 10), part, "{text}");
        }
    }

    #[test]
    fn nothing_can_be_taken_from_an_empty_content() {
        assert_eq!(with(&[(header::RANGE, "bytes=0-")], 0), Part::Unsatisfiable);
        assert_eq!(with(&[(header::RANGE, "bytes=-5")], 0), Part::Unsatisfiable);
    }

    #[test]
    fn what_the_caller_has_is_not_sent_again() {
        for list in ["\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "*"] {
            assert_eq!(with(&[(header::IF_NONE_MATCH, list), (header::RANGE, "bytes=0-1")], 10), Part::Unchanged, "{list}");
        }
        assert_eq!(with(&[(header::IF_NONE_MATCH, "\"other\"")], 10), Part::Whole);
    }

    #[test]
    fn a_range_of_another_version_is_answered_with_the_whole() {
        let range = (header::RANGE, "bytes=0-1");
        assert_eq!(with(&[range.clone(), (header::IF_RANGE, TAG)], 10), Part::Bytes(0..2));
        for validator in ["\"old\"", "W/\"abc\"", "Sun, 22 Nov 2026 10:00:00 GMT"] {
            assert_eq!(with(&[range.clone(), (header::IF_RANGE, validator)], 10), Part::Whole, "{validator}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_asked_the_bytes_lie_within_the_content(text in "(bytes=)?[0-9, -]{0,30}|\\PC{0,40}", size in 0u64..1000) {
            if let Part::Bytes(range) = parse(&text, size) {
                proptest::prop_assert!(range.start < range.end && range.end <= size);
            }
        }

        #[test]
        fn a_sound_range_is_served_exactly(first in 0u64..1000, more in 0u64..1000, beyond in 1u64..1000) {
            let size = first + beyond;
            let asked = format!("bytes={first}-{}", first + more);
            proptest::prop_assert_eq!(parse(&asked, size), Part::Bytes(first..size.min(first + more + 1)));
        }
    }
}
