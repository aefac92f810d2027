//! The `Range` of a request (RFC 9110, section 14). Pure.

use std::ops::Range;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All of it.
    Whole,
    /// One range, which lies within the object and has a byte.
    Part(Range<u64>),
    /// A range without a byte in the object.
    Outside,
}

/// Reads the header. One that is no single range of bytes is taken as not given, as the standard permits.
pub(crate) fn asked(header: Option<&str>, size: u64) -> Asked {
    let Some(spec) = header.and_then(|text| text.trim().strip_prefix("bytes=")) else { return Asked::Whole };
    let Some((first, last)) = spec.trim().split_once('-') else { return Asked::Whole };
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => Asked::Whole,
        (Some(first), last) if last.is_some() || last_is_open(spec) => {
            within(first..last.map_or(size, |last| size.min(last.saturating_add(1))), size)
        }
        (None, Some(last)) if first.is_empty() => within(size.saturating_sub(last)..size, size),
        _ => Asked::Whole,
    }
}

fn last_is_open(spec: &str) -> bool {
    spec.trim().ends_with('-')
}

fn within(range: Range<u64>, size: u64) -> Asked {
    if range.start >= size || range.is_empty() { Asked::Outside } else { Asked::Part(range) }
}

/// Digits alone; more than fit are as good as the largest.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &str) -> Asked {
        asked(Some(header), 100)
    }

    #[test]
    fn ranges_may_be_closed_open_or_from_the_end() {
        assert_eq!(of("bytes=0-0"), Asked::Part(0..1));
        assert_eq!(of("bytes=10-19"), Asked::Part(10..20));
        assert_eq!(of("bytes=90-"), Asked::Part(90..100));
        assert_eq!(of("bytes=90-1000"), Asked::Part(90..100));
        assert_eq!(of("bytes=-5"), Asked::Part(95..100));
        assert_eq!(of("bytes=-500"), Asked::Part(0..100));
        assert_eq!(of("bytes=5-99999999999999999999999"), Asked::Part(5..100));
    }

    #[test]
    fn a_range_beyond_the_end_or_of_nothing_is_told() {
        for outside in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(of(outside), Asked::Outside, "{outside}");
        }
        assert_eq!(asked(Some("bytes=0-"), 0), Asked::Outside);
    }

    #[test]
    fn what_is_no_single_range_is_taken_as_not_given() {
        for odd in ["bytes=5-4", "bytes=0-1,5-6", "items=0-1", "bytes=-", "bytes=", "bytes=a-b", "bytes=1-b", "bytes=+1-2", "0-1"] {
            assert_eq!(of(odd), Asked::Whole, "{odd}");
        }
        assert_eq!(asked(None, 100), Asked::Whole);
    }
}
