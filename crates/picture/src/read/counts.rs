//! Counts frames and pages by walking the containers, without decoding. Pure and bounded; input is hostile.

use crate::format::Format;

/// How often a picture changes and how often that repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Animated {
    /// At least 1.
    pub frames: u32,
    /// Times it plays; 0 is for ever.
    pub loops: u16,
}

const STILL: Animated = Animated { frames: 1, loops: 0 };

/// Frames of a GIF, WebP or PNG; 1 for everything else and for what cannot be walked.
pub(crate) fn animated(bytes: &[u8], format: Format) -> Animated {
    let found = match format {
        Format::Gif => gif(bytes),
        Format::Webp => webp(bytes),
        Format::Png => png(bytes),
        _ => None,
    };
    found.filter(|a| a.frames > 1).unwrap_or(STILL)
}

/// GIF89a, sections 17 to 26.
fn gif(bytes: &[u8]) -> Option<Animated> {
    let mut at = 13 + table(*bytes.get(10)?);
    let (mut frames, mut loops) = (0, 1);
    loop {
        match bytes.get(at) {
            Some(0x21) => {
                if bytes.get(at + 3..at + 14) == Some(b"NETSCAPE2.0") {
                    loops = u16::from_le_bytes(*bytes.get(at + 16..)?.first_chunk()?);
                }
                at = past_blocks(bytes, at + 2)?;
            }
            Some(0x2c) => {
                frames += 1;
                let Some(next) = bytes.get(at + 9).and_then(|packed| past_blocks(bytes, at + 11 + table(*packed))) else { break };
                at = next;
            }
            _ => break,
        }
    }
    Some(Animated { frames, loops })
}

/// The bytes of a colour table, from the packed field that announces it.
fn table(packed: u8) -> usize {
    if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) }
}

fn past_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

/// RFC 9649: `ANMF` chunks, and the loops in `ANIM`.
fn webp(bytes: &[u8]) -> Option<Animated> {
    let (mut frames, mut loops, mut at) = (0, 0, 12_usize);
    while let (Some(kind), Some(length)) = (bytes.get(at..at + 4), bytes.get(at + 4..).and_then(|r| r.first_chunk::<4>())) {
        match kind {
            b"ANIM" => loops = u16::from_le_bytes(*bytes.get(at + 12..)?.first_chunk()?),
            b"ANMF" => frames += 1,
            _ => {}
        }
        at = at.checked_add(8)?.checked_add((u32::from_le_bytes(*length) as usize).next_multiple_of(2))?;
    }
    Some(Animated { frames, loops })
}

/// PNG, third edition, section 11.3.6.1: `acTL` stands before the first `IDAT`.
fn png(bytes: &[u8]) -> Option<Animated> {
    let mut at = 8_usize;
    while let (Some(length), Some(kind)) = (bytes.get(at..).and_then(|r| r.first_chunk::<4>()), bytes.get(at + 4..at + 8)) {
        let word = |from: usize| bytes.get(from..)?.first_chunk().map(|b| u32::from_be_bytes(*b));
        match kind {
            b"acTL" => return Some(Animated { frames: word(at + 8)?, loops: u16::try_from(word(at + 12)?).unwrap_or(0) }),
            b"IDAT" => return None,
            _ => at = at.checked_add(12)?.checked_add(u32::from_be_bytes(*length) as usize)?,
        }
    }
    None
}

/// The most pages counted.
const MOST_PAGES: u32 = 10_000;

/// Pages of a TIFF 6.0 file, by its chain of directories; 1 for everything else.
pub(crate) fn pages(bytes: &[u8], format: Format) -> u32 {
    if format != Format::Tiff {
        return 1;
    }
    u32::try_from(directories(bytes).count()).unwrap_or(MOST_PAGES).max(1)
}

/// The same file with its page `page` (from 1) as the first; none when it has no such page.
pub fn tiff_page(bytes: &[u8], page: u32) -> Option<Vec<u8>> {
    let first = u32::try_from(directories(bytes).nth(page.checked_sub(1)? as usize)?).ok()?;
    let mut copy = bytes.to_vec();
    let first = if bytes.first() == Some(&b'I') { first.to_le_bytes() } else { first.to_be_bytes() };
    copy.get_mut(4..8)?.copy_from_slice(&first);
    Some(copy)
}

/// Where the directories of a TIFF begin, one a page.
fn directories(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let little = bytes.first() == Some(&b'I');
    let word =
        move |at: usize| bytes.get(at..)?.first_chunk().map(|b| if little { u32::from_le_bytes(*b) } else { u32::from_be_bytes(*b) });
    let short =
        move |at: usize| bytes.get(at..)?.first_chunk().map(|b| if little { u16::from_le_bytes(*b) } else { u16::from_be_bytes(*b) });
    let whole = move |at: u32| Some(at as usize).filter(|at| *at != 0 && short(*at).is_some());
    let after = move |at: &usize| whole(word(at + 2 + 12 * usize::from(short(*at)?))?);
    std::iter::successors(word(4).and_then(whole), after).take(MOST_PAGES as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_made_gif_is_counted_with_its_loops() {
        let mut gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
        gif.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x05\0\0");
        for _ in 0..3 {
            gif.extend(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
        }
        gif.push(0x3b);
        assert_eq!(animated(&gif, Format::Gif), Animated { frames: 3, loops: 5 });
    }

    #[test]
    fn a_chain_of_directories_that_bites_its_tail_ends() {
        let tiff = b"II\x2a\0\x08\0\0\0\0\0\x08\0\0\0";
        assert_eq!(pages(tiff, Format::Tiff), MOST_PAGES);
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_a_count(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for (head, format) in [(&b"GIF89a"[..], Format::Gif), (b"RIFF\0\0\0\0WEBP", Format::Webp), (b"\x89PNG\r\n\x1a\n", Format::Png), (b"II\x2a\0", Format::Tiff)] {
                let file = [head, &bytes].concat();
                prop_assert!(animated(&file, format).frames >= 1);
                prop_assert!(pages(&file, format) >= 1);
            }
        }
    }
}
