//! Fetched parts of all objects of a gateway, within one bound of memory. A part is fetched once, however many ask for it; those that
//! were read through make room first, then the least recently used.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::future::{BoxFuture, Shared};
use gristmill_blob::BlobError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Bounds;

/// A part that is there or on its way. Dropping all clones of one on its way ends its request.
pub(crate) type Fetch = Shared<BoxFuture<'static, Result<Bytes, Arc<BlobError>>>>;

/// Parts larger than this are those of a long run; what is read again, heads and indexes, comes in smaller ones.
const LARGE: u64 = 1 << 20;

/// The parts of a gateway.
#[derive(Debug)]
pub(crate) struct Parts {
    memory: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Counts uses.
    clock: u64,
    objects: HashMap<Arc<str>, BTreeMap<u64, Part>>,
}

#[derive(Debug)]
struct Part {
    end: u64,
    fetch: Fetch,
    /// Whether a long run has passed it; and when it was used last.
    used: (bool, u64),
}

/// A place in memory for a part, free again when its last reader has dropped its last byte.
#[derive(Debug)]
pub(crate) struct Room {
    /// How much of what was asked for fits.
    pub(crate) bytes: u64,
    /// None for the one block that is always granted: nobody waits for memory that a tool which stands still may hold.
    permit: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// The same bytes, with the room that they take.
    pub(crate) fn hold(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Held { bytes, _permit: self.permit })
    }
}

struct Held {
    bytes: Bytes,
    _permit: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Parts {
    pub(crate) fn new(memory: u64) -> Self {
        let blocks = usize::try_from(memory / Bounds::BLOCK).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self { memory: Arc::new(Semaphore::new(blocks)), state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The part with the byte at `at`, and where it begins.
    pub(crate) fn at(&self, object: &str, at: u64) -> Option<(u64, Fetch)> {
        let mut state = self.state();
        state.clock += 1;
        let clock = state.clock;
        let (start, part) = state.sound(object, at)?;
        part.used = (false, clock);
        Some((start, part.fetch.clone()))
    }

    /// How far it goes on from `at` without a gap, fetched or on its way; `at` when there is nothing.
    pub(crate) fn covered(&self, object: &str, at: u64) -> u64 {
        let (mut state, mut to) = (self.state(), at);
        while let Some((_, part)) = state.sound(object, to) {
            to = part.end;
        }
        to
    }

    /// Begins a part with `begin`, unless somebody has meanwhile. `wanted` is cut where the next part begins and where memory ends.
    /// `forced` takes at least one block and makes room by what others have fetched; without it only unused memory and what was read
    /// through is taken. Answers how many bytes were asked for.
    pub(crate) fn fetch(&self, object: &Arc<str>, wanted: Range<u64>, forced: bool, begin: impl FnOnce(Range<u64>, Room) -> Fetch) -> u64 {
        let mut state = self.state();
        if state.sound(object, wanted.start).is_some() {
            return 0;
        }
        let next = state.objects.get(object).and_then(|parts| parts.range(wanted.start..).next()).map_or(u64::MAX, |(start, _)| *start);
        let Some(room) = self.room(&mut state, wanted.end.min(next) - wanted.start, forced) else { return 0 };
        let range = wanted.start..wanted.start + room.bytes;
        state.clock += 1;
        let (end, used) = (range.end, (false, state.clock));
        let part = Part { end, fetch: begin(range.clone(), room), used };
        state.objects.entry(object.clone()).or_default().insert(range.start, part);
        range.end - range.start
    }

    /// A long run has read the part that begins at `start`: it makes room before others do.
    pub(crate) fn passed(&self, object: &str, start: u64) {
        let mut state = self.state();
        let clock = state.clock;
        let part = state.objects.get_mut(object).and_then(|parts| parts.get_mut(&start));
        if let Some(part) = part.filter(|part| part.end - start > LARGE) {
            part.used = (true, clock);
        }
    }

    /// Nobody reads the object at present. What was fetched in small parts may be read again; the rest goes.
    pub(crate) fn left(&self, object: &str) {
        let mut state = self.state();
        let Some(parts) = state.objects.get_mut(object) else { return };
        parts.retain(|start, part| part.end - start <= LARGE && matches!(part.fetch.peek(), Some(Ok(_))));
        if parts.is_empty() {
            state.objects.remove(object);
        }
    }

    fn room(&self, state: &mut State, bytes: u64, forced: bool) -> Option<Room> {
        let blocks = u32::try_from(bytes.div_ceil(Bounds::BLOCK)).unwrap_or(u32::MAX);
        while self.memory.available_permits() < blocks as usize && state.evict(forced) {}
        let free = u32::try_from(self.memory.available_permits()).unwrap_or(u32::MAX).min(blocks);
        match self.memory.clone().try_acquire_many_owned(free) {
            Ok(permit) if free > 0 && (forced || free == blocks) => {
                Some(Room { bytes: bytes.min(u64::from(free) * Bounds::BLOCK), permit: Some(permit) })
            }
            _ => forced.then_some(Room { bytes: bytes.min(Bounds::BLOCK), permit: None }),
        }
    }

    /// Bytes that are taken at present.
    #[cfg(test)]
    fn taken(&self, of: u64) -> u64 {
        of - self.memory.available_permits() as u64 * Bounds::BLOCK
    }
}

impl State {
    /// The part with the byte at `at`. One that failed is as if it were not there: whoever comes next may have better luck.
    fn sound(&mut self, object: &str, at: u64) -> Option<(u64, &mut Part)> {
        let parts = self.objects.get_mut(object)?;
        let (start, part) = parts.range(..=at).next_back().filter(|(_, part)| at < part.end)?;
        let start = *start;
        if matches!(part.fetch.peek(), Some(Err(_))) {
            parts.remove(&start);
            return None;
        }
        parts.get_mut(&start).map(|part| (start, part))
    }

    /// Drops one part that has come: one that was read through, else, if `any`, the least recently used. Whether there was one.
    fn evict(&mut self, any: bool) -> bool {
        let parts = self.objects.iter().flat_map(|(object, parts)| parts.iter().map(move |(start, part)| (object, *start, part)));
        let may = parts.filter(|(_, _, part)| (any || part.used.0) && part.fetch.peek().is_some());
        let Some((object, start, _)) = may.min_by_key(|(_, _, part)| (!part.used.0, part.used.1)) else { return false };
        let object = object.clone();
        self.objects.get_mut(&object).and_then(|parts| parts.remove(&start));
        true
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, future};

    use super::*;

    const BLOCK: u64 = Bounds::BLOCK;
    const MIB: u64 = 1 << 20;

    fn parts(memory: u64) -> (Parts, Arc<str>) {
        (Parts::new(memory), "film".into())
    }

    /// Fetches zeros at once.
    fn come(range: Range<u64>, room: Room) -> Fetch {
        let bytes = room.hold(Bytes::from(vec![0; (range.end - range.start) as usize]));
        let fetch = future::ready(Ok(bytes)).boxed().shared();
        assert!(fetch.clone().now_or_never().is_some());
        fetch
    }

    #[test]
    fn a_part_is_fetched_once_and_never_overlaps_another() {
        let (parts, film) = parts(100 * BLOCK);
        assert_eq!(parts.fetch(&film, 4 * BLOCK..6 * BLOCK, true, come), 2 * BLOCK);
        assert_eq!(parts.fetch(&film, 4 * BLOCK..9 * BLOCK, true, come), 0);
        assert_eq!(parts.fetch(&film, 5 * BLOCK..9 * BLOCK, true, come), 0);
        assert_eq!(parts.fetch(&film, 2 * BLOCK..9 * BLOCK, true, come), 2 * BLOCK);
        assert_eq!(parts.covered(&film, 2 * BLOCK), 6 * BLOCK);
        assert_eq!(parts.at(&film, 5 * BLOCK + 7).unwrap().0, 4 * BLOCK);
        assert!(parts.at(&film, 6 * BLOCK).is_none() && parts.at("other", 0).is_none());
    }

    #[test]
    fn memory_is_bounded_and_what_was_read_through_goes_first() {
        let memory = 8 * MIB;
        let (parts, film) = parts(memory);
        (0..4).for_each(|n| assert_eq!(parts.fetch(&film, n * 2 * MIB..(n + 1) * 2 * MIB, true, come), 2 * MIB));
        assert_eq!(parts.fetch(&film, 8 * MIB..10 * MIB, false, come), 0, "nothing was read yet: it is not thrown away");
        parts.passed(&film, 4 * MIB);
        assert_eq!(parts.fetch(&film, 8 * MIB..10 * MIB, false, come), 2 * MIB);
        assert!(parts.at(&film, 4 * MIB).is_none() && parts.at(&film, 0).is_some());
        assert_eq!(parts.taken(memory), memory);
        assert_eq!(parts.fetch(&film, 20 * MIB..21 * MIB, true, come), MIB);
        assert!(parts.at(&film, 2 * MIB).is_none() && parts.at(&film, 0).is_some(), "the least recently used went");
    }

    #[test]
    fn memory_that_a_reader_holds_is_taken_and_one_block_is_always_granted() {
        let memory = 4 * MIB;
        let (parts, film) = parts(memory);
        parts.fetch(&film, 0..4 * MIB, true, come);
        let held = parts.at(&film, 0).unwrap().1.now_or_never().unwrap().unwrap().slice(..10);
        assert_eq!(parts.fetch(&film, 8 * MIB..9 * MIB, true, come), BLOCK);
        assert!(parts.at(&film, 0).is_none());
        assert_eq!(parts.taken(memory), 4 * MIB);
        drop(held);
        assert_eq!(parts.taken(memory), 0, "the one block is not counted");
    }

    #[test]
    fn a_failed_part_is_as_if_it_were_not_there() {
        let (parts, film) = parts(100 * BLOCK);
        let fail = |_, _| {
            let fetch = future::ready(Err(Arc::new(BlobError::NotFound("film".into())))).boxed().shared();
            assert!(fetch.clone().now_or_never().is_some());
            fetch
        };
        parts.fetch(&film, 0..BLOCK, true, fail);
        assert!(parts.at(&film, 0).is_none());
        assert_eq!(parts.fetch(&film, 0..BLOCK, true, come), BLOCK);
    }

    #[test]
    fn small_parts_stay_when_nobody_reads() {
        let (parts, film) = parts(16 * MIB);
        parts.fetch(&film, 0..BLOCK, true, come);
        parts.fetch(&film, BLOCK..BLOCK + 2 * MIB, true, come);
        parts.left(&film);
        assert!(parts.at(&film, 0).is_some() && parts.at(&film, BLOCK).is_none());
    }
}
