//! How much is fetched before it is asked for. Pure.
//!
//! What was fetched in vain is bounded by what was read: a reader that has read `run` bytes without a jump is fetched at most a
//! twentieth of them ahead. A look at a header costs a block, a whole film is read at full speed after a few hundred megabytes, and
//! wherever a tool stops the excess is about 5 %. Each round trip lets the run grow by a twentieth, so that at 30 ms each 0.6 s
//! make it e times as long.

use std::ops::Range;

use crate::Bounds;

/// What a reader is fetched ahead, as a part of what it has read.
const PART: u64 = 20;

/// A request should not take longer than this, in seconds, so that a slow line is left soon after a tool has stopped.
const LONGEST: u64 = 4;

/// Below this a slow line makes requests no smaller: each costs time of its own.
const SLOW_LEAST: u64 = 512 << 10;

/// What is known when a reader asks for more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// Bytes it has read without a jump.
    pub(crate) run: u64,
    /// Bytes that it will need for certain, such as the rest of an index.
    pub(crate) sure: u64,
    /// Size of the object.
    pub(crate) size: u64,
    /// Bytes a second of one request, if any has come.
    pub(crate) speed: Option<u64>,
    /// Who shares the memory.
    pub(crate) readers: u64,
    /// Requests at once.
    pub(crate) window: u64,
}

/// How far ahead of the reader may be fetched, and in which pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ahead {
    /// Bytes after the last one that was read. Less than a piece is none: the next one is fetched when it is asked for.
    pub(crate) bytes: u64,
    /// Bytes of one request.
    pub(crate) piece: u64,
}

/// Decides it.
pub(crate) fn ahead(bounds: &Bounds, seen: Seen) -> Ahead {
    // Half of the memory is for what is being served and for what may be read again.
    let share = bounds.memory / (2 * seen.readers.max(1));
    let chunk = bounds.chunk.min(share / 2).min(of_size(seen.size)).min(of_speed(seen.speed));
    let chunk = aligned(chunk);
    let most = share.min(chunk * seen.window.max(1)).max(Bounds::BLOCK);
    let (guessed, sure) = ((seen.run / PART).min(most), seen.sure.next_multiple_of(Bounds::BLOCK).min(most));
    // Two at a time until pieces are whole, so that one is on its way while the other is served. What is sure comes at once.
    Ahead { bytes: guessed.max(sure), piece: aligned(sure.max(guessed / 2)).min(chunk) }
}

/// Where to fetch when `at` is asked for and nothing is there: as much as one piece, aligned, at most to `until`.
pub(crate) fn wanted(at: u64, piece: u64, until: u64) -> Range<u64> {
    let start = at / Bounds::BLOCK * Bounds::BLOCK;
    start..(start + piece).min(until.next_multiple_of(Bounds::BLOCK))
}

/// A sixteenth of the object, so that a small one is not fetched whole for its head; at least a megabyte.
fn of_size(size: u64) -> u64 {
    (size / 16).max(1 << 20)
}

fn of_speed(speed: Option<u64>) -> u64 {
    speed.map_or(u64::MAX, |speed| speed.saturating_mul(LONGEST).max(SLOW_LEAST))
}

fn aligned(bytes: u64) -> u64 {
    (bytes / Bounds::BLOCK * Bounds::BLOCK).max(Bounds::BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;
    const GIB: u64 = 1 << 30;

    fn seen(run: u64) -> Seen {
        Seen { run, sure: 0, size: 10 * GIB, speed: None, readers: 1, window: 6 }
    }

    fn decide(seen: Seen) -> Ahead {
        ahead(&Bounds::default(), seen)
    }

    #[test]
    fn a_first_look_costs_a_block_and_a_long_run_gets_the_whole_window() {
        assert_eq!(decide(seen(0)), Ahead { bytes: 0, piece: Bounds::BLOCK });
        assert_eq!(decide(seen(32 * MIB)), Ahead { bytes: 32 * MIB / PART, piece: aligned(16 * MIB / PART) });
        assert_eq!(decide(seen(GIB)), Ahead { bytes: 32 * MIB, piece: 8 * MIB });
    }

    #[test]
    fn an_index_comes_at_once_and_nothing_after_it() {
        assert_eq!(decide(Seen { sure: 700_000, ..seen(0) }), Ahead { bytes: 22 * Bounds::BLOCK, piece: 22 * Bounds::BLOCK });
        assert_eq!(decide(Seen { sure: 60 * MIB, ..seen(0) }), Ahead { bytes: 32 * MIB, piece: 8 * MIB });
    }

    #[test]
    fn excess_is_below_a_tenth_of_what_was_read_once_that_is_a_megabyte() {
        for run in (0..GIB).step_by(777_777).filter(|run| *run >= MIB) {
            let Ahead { bytes, .. } = decide(seen(run));
            assert!(bytes * 10 < run, "{bytes} ahead after {run}");
        }
    }

    #[test]
    fn many_readers_share_the_memory_whatever_they_read() {
        for readers in [1, 3, 12, 100, 700] {
            let Ahead { bytes, piece } = decide(Seen { readers, ..seen(10 * GIB) });
            assert!(bytes * readers <= 32 * MIB, "{bytes} for each of {readers}");
            assert!(piece <= bytes.max(Bounds::BLOCK));
        }
    }

    #[test]
    fn small_objects_and_slow_lines_make_small_requests() {
        assert_eq!(decide(Seen { size: 32 * MIB, ..seen(GIB) }).piece, 2 * MIB);
        assert_eq!(decide(Seen { speed: Some(MIB / 4), ..seen(GIB) }).piece, MIB);
        assert_eq!(decide(Seen { speed: Some(1), ..seen(GIB) }).piece, MIB / 2);
    }

    #[test]
    fn pieces_are_aligned_and_end_where_the_request_does() {
        assert_eq!(wanted(70_000, 3 * Bounds::BLOCK, u64::MAX / 2), 65_536..163_840);
        assert_eq!(wanted(70_000, 3 * Bounds::BLOCK, 70_001), 65_536..98_304);
    }
}
