//! Which of the tasks that wait go first: one pure function, [`choose`], that every store calls inside its claim.
//!
//! A store offers [`Candidate`]s: of each lane (a queue, and whether the work is large) and owner the first few by
//! [`order_key`]. What is live is counted from leases. Which lanes exist, how many are offered and who was served last is
//! the store's to know.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;
use std::time::Duration;

use crate::queue::Queue;
use crate::{JobId, Timestamp};

/// From this much predicted work on a task is large and has a reserved share of the slots.
pub const LARGE: Duration = Duration::from_secs(60);

/// A second of predicted work counts as this many seconds of waiting, so that short work goes first inside an owner.
pub const PER_SECOND: u32 = 20;

/// No prediction counts for more than this, so that the longest work is overtaken for this long at most.
pub const MOST_HANDICAP: Duration = Duration::from_secs(30 * 60);

/// After waiting this long a task counts as one tier better, after twice as long as two tiers.
pub const AGE: Duration = Duration::from_secs(10 * 60);

/// The share of a class's slots kept for large work while some waits: one in this many.
pub const LARGE_SHARE: u32 = 4;

/// A task that could be leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it waits.
    pub queue: Queue,
    /// Whether its work is large.
    pub large: bool,
    /// Whose it is: any number that is the same for one owner within one call. Turns rotate only if the owners' numbers
    /// keep their order from call to call.
    pub owner: u32,
    /// Its job.
    pub job: JobId,
    /// Since when it waits.
    pub ready_at: Timestamp,
    /// Its place among its owner's tasks of the same tier, see [`order_key`].
    pub key: i64,
    /// A key of which at most so many tasks may run at once, over all workers and classes.
    pub limit: Option<(String, u32)>,
}

/// What runs now, counted from leases.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// Running tasks of this class by job, over all workers.
    pub of_job: BTreeMap<JobId, u32>,
    /// Running tasks by limit key, over all workers and classes.
    pub of_key: BTreeMap<String, u32>,
    /// Running large tasks of this class on this worker.
    pub large: u32,
    /// Jobs of which this worker runs something, whatever the class. A job may be named twice.
    pub jobs_here: Vec<JobId>,
}

/// What this worker has room for.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Slots of this class that are free here.
    pub free: u32,
    /// All slots of this class here.
    pub slots: u32,
    /// All slots of this class over all live workers; at least `slots`.
    pub fleet: u32,
    /// Jobs this worker may run something of at once, whatever the class.
    pub most_jobs: u32,
}

/// A task's place among its owner's tasks: when it became ready, later by its predicted work. In milliseconds since the epoch.
///
/// No task that became ready more than [`MOST_HANDICAP`] after another stands before it.
pub fn order_key(ready_at: Timestamp, estimate: Duration) -> i64 {
    (ready_at + estimate.saturating_mul(PER_SECOND).min(MOST_HANDICAP)).0
}

/// Whether work of this size is large.
pub fn is_large(estimate: Duration) -> bool {
    estimate >= LARGE
}

/// The tasks that one job may run at once of a class with so many slots in all, while another job waits.
pub fn half(fleet: u32) -> u32 {
    fleet.div_ceil(2).max(1)
}

/// The candidates to lease, as places in `candidates`, best first: at most `room.free`, and the same for the same input.
///
/// `turn` is the owner that was served last, numbered like the owners of the candidates; it need not be among them.
///
/// - The better tier goes first. A task's tier is its queue's, better by one for each [`AGE`] it has waited.
/// - Inside a tier the owners take turns, beginning after `turn`, and each one's tasks go by `key`, then by job. What cannot
///   be taken now is passed over and costs its owner no turn.
/// - No limit key and not `room.most_jobs` is ever exceeded.
/// - A job with half of the fleet's slots gets more only when nothing of a job with less can take them.
/// - Of `room.slots` one in [`LARGE_SHARE`] is kept for large work while some waits that can be taken.
/// - No slot stays free while something waits that limit keys and `room.most_jobs` allow.
///
/// The time it takes grows like a sort of the candidates.
pub fn choose(candidates: &[Candidate], live: &Live, room: Room, turn: Option<u32>, now: Timestamp) -> Vec<usize> {
    let places = in_order(candidates, turn, now);
    let mut lines: Vec<_> = places.chunk_by(|a, b| (a.tier, a.owner) == (b.tier, b.owner)).map(Line::new).collect();
    let mut tally = Tally::new(candidates, live, room);
    let (half, reserve) = (half(room.fleet), room.slots / LARGE_SHARE);
    // What one rule kept free, the next pass gives away: first the reserve that no large task wants, then more than half.
    for (half, reserve) in [(half, reserve), (half, 0), (u32::MAX, reserve), (u32::MAX, 0)] {
        (tally.half, tally.reserve) = (half, reserve);
        lines.chunk_by_mut(|a, b| a.tier == b.tier).for_each(|tier| take_turns(tier, &mut tally));
    }
    tally.chosen
}

/// Where a candidate stands. The order of the fields is the order of the candidates, but for the owners' turns.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    tier: u8,
    /// How many numbers after the owner served last.
    owner: u32,
    key: i64,
    job: JobId,
    at: usize,
}

fn in_order(candidates: &[Candidate], turn: Option<u32>, now: Timestamp) -> Vec<Place> {
    let first = turn.map_or(0, |served| served.wrapping_add(1));
    let place = |(at, c): (usize, &Candidate)| {
        let (tier, owner) = (aged_tier(c, now), c.owner.wrapping_sub(first));
        Place { tier, owner, key: c.key, job: c.job, at }
    };
    let mut places: Vec<_> = candidates.iter().enumerate().map(place).collect();
    places.sort_unstable();
    places
}

fn aged_tier(candidate: &Candidate, now: Timestamp) -> u8 {
    let ages = (now - candidate.ready_at).as_millis() / AGE.as_millis();
    candidate.queue.tier().saturating_sub(u8::try_from(ages).unwrap_or(u8::MAX))
}

/// What one owner has in one tier, in order.
struct Line<'a> {
    tier: u8,
    places: &'a [Place],
    /// What this pass has not looked at yet.
    rest: slice::Iter<'a, Place>,
    /// How many were taken, in all passes.
    served: u32,
}

impl<'a> Line<'a> {
    fn new(places: &'a [Place]) -> Self {
        Self { tier: places[0].tier, places, rest: places.iter(), served: 0 }
    }

    /// Takes the first that can be taken. What was passed over is not looked at again in the same pass, as taking one task
    /// never makes room for another.
    fn serve(&mut self, tally: &mut Tally) -> bool {
        let served = self.rest.any(|place| tally.take(place.at));
        self.served += u32::from(served);
        served
    }
}

/// Serves the lines of one tier in rounds. Who was served in an earlier pass waits until the others have caught up.
fn take_turns(tier: &mut [Line<'_>], tally: &mut Tally) {
    tier.iter_mut().for_each(|line| line.rest = line.places.iter());
    let mut waiting: Vec<_> = tier.iter_mut().collect();
    let mut round = 0;
    while tally.free > 0 && !waiting.is_empty() {
        waiting.retain_mut(|line| line.served > round || line.serve(tally));
        round += 1;
    }
}

/// What runs and what was chosen, counted together and held against what may be.
struct Tally {
    wants: Vec<Want>,
    jobs: Vec<Job>,
    /// Running tasks by the number of the limit key.
    keys: Vec<u32>,
    /// Slots that are left.
    free: u32,
    /// Large tasks here.
    large: u32,
    /// Jobs this worker may still begin with.
    seats: u32,
    /// From this many tasks on a job gets no more.
    half: u32,
    /// Slots that are kept for large tasks, those that large tasks have among them.
    reserve: u32,
    chosen: Vec<usize>,
}

/// What a candidate needs, with numbers in place of names: the rules ask for them again and again.
#[derive(Clone, Copy)]
struct Want {
    job: usize,
    limit: Option<(usize, u32)>,
    large: bool,
    taken: bool,
}

struct Job {
    running: u32,
    here: bool,
}

impl Tally {
    /// Counts what runs. The rules of the first pass are set by the caller.
    fn new(candidates: &[Candidate], live: &Live, room: Room) -> Self {
        let here: BTreeSet<_> = live.jobs_here.iter().copied().collect();
        let seats = room.most_jobs.saturating_sub(u32::try_from(here.len()).unwrap_or(u32::MAX));
        let (mut jobs, mut keys) = (Numbered::new(), Numbered::new());
        let job = |id: &JobId| Job { running: live.of_job.get(id).copied().unwrap_or(0), here: here.contains(id) };
        let running = |key: &&str| live.of_key.get(*key).copied().unwrap_or(0);
        let wants = candidates.iter().map(|c| {
            let limit = c.limit.as_ref().map(|(key, most)| (keys.number(key.as_str(), running), *most));
            Want { job: jobs.number(c.job, job), limit, large: c.large, taken: false }
        });
        let wants = wants.collect();
        let (jobs, keys) = (jobs.values, keys.values);
        Self { wants, jobs, keys, free: room.free, large: live.large, seats, half: 0, reserve: 0, chosen: Vec::new() }
    }

    fn allows(&self, want: Want) -> bool {
        let job = &self.jobs[want.job];
        let kept = if want.large { 0 } else { self.reserve.saturating_sub(self.large) };
        !want.taken
            && self.free > kept
            && job.running < self.half
            && (job.here || self.seats > 0)
            && want.limit.is_none_or(|(key, most)| self.keys[key] < most)
    }

    /// Takes the candidate at this place if the rules allow it, and says whether they did.
    fn take(&mut self, at: usize) -> bool {
        let want = self.wants[at];
        let taken = self.allows(want);
        if taken {
            self.count(want);
            self.wants[at].taken = true;
            self.chosen.push(at);
        }
        taken
    }

    fn count(&mut self, want: Want) {
        let job = &mut self.jobs[want.job];
        self.seats -= u32::from(!job.here);
        *job = Job { running: job.running.saturating_add(1), here: true };
        if let Some((key, _)) = want.limit {
            self.keys[key] += 1;
        }
        self.free -= 1;
        self.large = self.large.saturating_add(u32::from(want.large));
    }
}

/// Numbers names from 0 in the order they come, and keeps one value for each.
struct Numbered<K, V> {
    numbers: BTreeMap<K, usize>,
    values: Vec<V>,
}

impl<K: Ord + Copy, V> Numbered<K, V> {
    fn new() -> Self {
        Self { numbers: BTreeMap::new(), values: Vec::new() }
    }

    fn number(&mut self, name: K, value: impl FnOnce(&K) -> V) -> usize {
        *self.numbers.entry(name).or_insert_with(|| {
            self.values.push(value(&name));
            self.values.len() - 1
        })
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
