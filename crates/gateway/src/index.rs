//! Where the index of an MP4 ends: it is needed whole, so it is fetched at once and no further. Pure (ISO/IEC 14496-12, 4.2).

/// A larger index is that of a broken file, or of one that is better not taken at its word.
const LARGEST: u64 = 64 << 20;

/// The end of the index (`moov`) that begins in `bytes`, which lie at `at`, a place where a box may begin, in a file of `size` bytes.
pub(crate) fn end(at: u64, bytes: &[u8], size: u64) -> Option<u64> {
    let mut place = 0;
    loop {
        let head = bytes.get(usize::try_from(place).ok()?..)?;
        let kind = head.get(4..8)?;
        let length = match u64::from(u32::from_be_bytes(head.get(..4)?.try_into().ok()?)) {
            0 => size.checked_sub(at)?.checked_sub(place)?,
            1 => u64::from_be_bytes(head.get(8..16)?.try_into().ok()?),
            length => length,
        };
        if length < 8 || !kind.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        if kind == b"moov" {
            let end = at.checked_add(place)?.checked_add(length)?;
            return (length <= LARGEST && end <= size).then_some(end);
        }
        place = place.checked_add(length)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], length: u32) -> Vec<u8> {
        [&length.to_be_bytes()[..], kind, &vec![0; length as usize - 8]].concat()
    }

    #[test]
    fn an_index_in_front_or_where_reading_begins_is_found() {
        let front = [boxed(b"ftyp", 32), boxed(b"free", 8), boxed(b"moov", 500)].concat();
        assert_eq!(end(0, &front[..100], 1 << 20), Some(540));
        assert_eq!(end(9000, &boxed(b"moov", 500)[..16], 9500), Some(9500));
    }

    #[test]
    fn lengths_of_64_bits_and_to_the_end_are_read() {
        let long = [&1_u32.to_be_bytes()[..], b"free", &24_u64.to_be_bytes(), &[0; 8], &boxed(b"moov", 20)].concat();
        assert_eq!(end(0, &long, 100), Some(44));
        assert_eq!(end(50, &[&0_u32.to_be_bytes()[..], b"moov"].concat(), 100), Some(100));
    }

    #[test]
    fn what_is_no_index_or_leaves_the_file_is_none() {
        for bytes in [&b""[..], b"\0\0\0\x08mo", &boxed(b"mdat", 500), &[0xff; 64], b"\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff"] {
            assert_eq!(end(0, bytes, 1 << 20), None, "{bytes:?}");
        }
        assert_eq!(end(0, &boxed(b"moov", 500), 499), None);
        assert_eq!(end(u64::MAX - 4, &boxed(b"moov", 500), u64::MAX), None);
    }
}
