//! What one call promises: examples as sentences, then the same rules held against anything.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

use super::*;
use crate::id::Uuid;

const MINUTE: Duration = Duration::from_secs(60);
const NOW: Timestamp = Timestamp(1_000_000_000);

fn job(n: u8) -> JobId {
    JobId::from_uuid(Uuid::from_u128(u128::from(n)))
}

/// Small work of an owner that waits for a second. The lower its job's number, the earlier it became ready.
fn task(owner: u32, n: u8) -> Candidate {
    let ready_at = Timestamp(NOW.0 - 1000 + i64::from(n));
    let key = order_key(ready_at, Duration::ZERO);
    Candidate { queue: Queue::Normal, large: false, owner, job: job(n), ready_at, key, limit: None }
}

fn large(owner: u32, n: u8) -> Candidate {
    Candidate { large: true, ..task(owner, n) }
}

fn waited(queue: Queue, n: u8, waited: Duration) -> Candidate {
    let ready_at = Timestamp(NOW.0 - waited.as_millis() as i64);
    Candidate { queue, ready_at, key: order_key(ready_at, Duration::ZERO), ..task(1, n) }
}

fn limited(n: u8, key: &str, most: u32) -> Candidate {
    Candidate { limit: Some((key.to_owned(), most)), ..task(1, n) }
}

/// A worker beside others, none of whose limits matters.
fn free(free: u32) -> Room {
    Room { free, slots: free, fleet: 1000, most_jobs: 1000 }
}

/// The numbers of the jobs that were chosen from, in the order of choice.
fn jobs_chosen(candidates: &[Candidate], live: &Live, room: Room, turn: Option<u32>) -> Vec<u128> {
    choose(candidates, live, room, turn, NOW).into_iter().map(|at| candidates[at].job.uuid().as_u128()).collect()
}

#[test]
fn nothing_is_chosen_of_nothing_or_for_no_slot() {
    assert!(choose(&[], &Live::default(), free(4), None, NOW).is_empty());
    assert!(choose(&[task(1, 1)], &Live::default(), free(0), None, NOW).is_empty());
}

#[test]
fn the_better_tier_goes_first_and_each_age_makes_it_better_by_one() {
    let candidates = [
        waited(Queue::Batch, 1, Duration::ZERO),
        waited(Queue::Batch, 2, AGE),
        waited(Queue::Normal, 3, AGE - MINUTE),
        waited(Queue::High, 4, Duration::ZERO),
        waited(Queue::Batch, 5, 2 * AGE),
        waited(Queue::High, 6, 9 * AGE),
    ];
    assert_eq!(jobs_chosen(&candidates, &Live::default(), free(9), None), [6, 5, 4, 2, 3, 1]);
}

#[test]
fn owners_take_turns_beginning_after_the_one_served_last() {
    let candidates = [task(1, 10), task(1, 11), task(1, 12), task(2, 20), task(2, 21), task(4, 40)];
    let order = |turn| jobs_chosen(&candidates, &Live::default(), free(9), turn);
    assert_eq!(order(None), [10, 20, 40, 11, 21, 12]);
    assert_eq!(order(Some(1)), [20, 40, 10, 21, 11, 12]);
    assert_eq!(order(Some(3)), [40, 10, 20, 11, 21, 12], "who was served last need not be there");
    assert_eq!(order(Some(u32::MAX)), order(None));
}

#[test]
fn two_queues_of_one_tier_are_one_line() {
    let image = Candidate { queue: Queue::Images, ..task(1, 2) };
    assert_eq!(jobs_chosen(&[task(1, 3), image, task(1, 1)], &Live::default(), free(9), None), [1, 2, 3]);
}

#[test]
fn the_shortest_goes_first_of_what_became_ready_together() {
    let with = |n: u8, seconds| Candidate { key: order_key(NOW, Duration::from_secs(seconds)), ready_at: NOW, ..task(1, n) };
    let candidates = [with(1, 50), with(2, 3), with(3, 10)];
    assert_eq!(jobs_chosen(&candidates, &Live::default(), free(9), None), [2, 3, 1]);
}

#[test]
fn what_is_at_its_limit_is_passed_over_and_costs_its_owner_no_turn() {
    let candidates = [limited(1, "gpu", 2), limited(2, "gpu", 2), limited(3, "gpu", 3), task(1, 4), task(2, 5), task(2, 6)];
    let live = Live { of_key: BTreeMap::from([("gpu".into(), 1)]), ..Live::default() };
    assert_eq!(jobs_chosen(&candidates, &live, free(9), None), [1, 5, 3, 6, 4]);
    assert_eq!(jobs_chosen(&candidates[1..], &Live { of_key: BTreeMap::from([("gpu".into(), 9)]), ..live }, free(2), None), [4, 5]);
}

#[test]
fn a_job_with_half_of_the_fleet_lets_others_go_first_whatever_their_tier() {
    let low = Candidate { queue: Queue::Batch, ..task(2, 2) };
    let candidates = [task(1, 1), task(1, 1), task(1, 1), low];
    let room = Room { fleet: 7, ..free(3) };
    let live = Live { of_job: BTreeMap::from([(job(1), 3)]), ..Live::default() };
    assert_eq!(jobs_chosen(&candidates, &live, room, None), [1, 2, 1], "four of seven, then what is left");
    assert_eq!(jobs_chosen(&candidates, &live, Room { free: 2, ..room }, None), [1, 2]);
}

#[test]
fn a_job_alone_may_have_every_slot() {
    let candidates = [task(1, 1), task(1, 1), task(1, 1)];
    assert_eq!(choose(&candidates, &Live::default(), Room { fleet: 3, ..free(3) }, None, NOW).len(), 3);
}

#[test]
fn in_a_fleet_that_seems_empty_each_job_gets_one_before_any_gets_two() {
    let candidates = [task(1, 1), task(1, 1), task(1, 2)];
    assert_eq!(jobs_chosen(&candidates, &Live::default(), Room { fleet: 0, ..free(3) }, None), [1, 2, 1]);
}

#[test]
fn no_more_jobs_are_begun_than_the_worker_may_hold() {
    let candidates = [task(1, 1), task(1, 2), task(1, 3), task(1, 2)];
    let live = Live { jobs_here: vec![job(3), job(9), job(9)], ..Live::default() };
    let with = |most_jobs| jobs_chosen(&candidates, &live, Room { most_jobs, ..free(9) }, None);
    assert_eq!(with(3), [1, 3]);
    assert_eq!(with(4), [1, 2, 2, 3]);
    assert_eq!(with(1), [3], "a worker that holds too many already goes on with those");
}

#[test]
fn one_slot_in_four_is_kept_for_large_work_that_waits() {
    let candidates: Vec<_> = (0..9).map(|n| task(1, n)).chain([large(1, 90), large(1, 91), large(1, 92)]).collect();
    let with = |running| jobs_chosen(&candidates, &Live { large: running, ..Live::default() }, free(8), None);
    assert_eq!(with(0), [0, 1, 2, 3, 4, 5, 90, 91]);
    assert_eq!(with(1), [0, 1, 2, 3, 4, 5, 6, 90]);
    assert_eq!(with(2), [0, 1, 2, 3, 4, 5, 6, 7]);
    let almost_full = Room { free: 2, slots: 8, ..free(8) };
    assert_eq!(jobs_chosen(&candidates, &Live::default(), almost_full, None), [90, 91]);
}

#[test]
fn large_work_competes_for_the_other_slots_too() {
    let candidates: Vec<_> = (0..8).map(|n| large(1, n)).chain((10..18).map(|n| task(2, n))).collect();
    assert_eq!(jobs_chosen(&candidates, &Live::default(), free(8), None), [0, 10, 1, 11, 2, 12, 3, 13]);
}

#[test]
fn small_work_has_the_reserve_when_no_large_work_can_take_it() {
    let small: Vec<_> = (0..9).map(|n| task(1, n)).collect();
    assert_eq!(choose(&small, &Live::default(), free(8), None, NOW).len(), 8);
    let blocked = Candidate { large: true, ..limited(90, "gpu", 0) };
    let candidates: Vec<_> = small.iter().cloned().chain([blocked, large(1, 91)]).collect();
    assert_eq!(jobs_chosen(&candidates, &Live::default(), free(8), None), [0, 1, 2, 3, 4, 5, 91, 6]);
}

#[test]
fn the_reserve_stands_while_a_job_alone_takes_more_than_half() {
    let small = (0..9).map(|_| task(1, 1));
    let later = |n| Candidate { key: NOW.0 + i64::from(n), ..large(1, 1) };
    let candidates: Vec<_> = small.chain((0..3).map(later)).collect();
    let room = Room { fleet: 8, ..free(8) };
    assert_eq!(choose(&candidates, &Live::default(), room, None, NOW), [0, 1, 2, 3, 4, 5, 9, 10]);
}

#[test]
fn a_worker_with_few_slots_keeps_none_for_large_work() {
    let candidates = [task(1, 1), task(1, 2), task(1, 3), large(1, 4)];
    assert_eq!(jobs_chosen(&candidates, &Live::default(), free(3), None), [1, 2, 3]);
}

/// Everything one call is told.
#[derive(Debug, Clone)]
struct Call {
    candidates: Vec<Candidate>,
    live: Live,
    room: Room,
    turn: Option<u32>,
}

impl Call {
    fn chosen(&self) -> Vec<usize> {
        choose(&self.candidates, &self.live, self.room, self.turn, NOW)
    }

    /// The same without anything that could keep a task from a free slot.
    fn unhindered(mut self) -> Self {
        self.candidates.iter_mut().for_each(|c| (c.large, c.limit) = (false, None));
        self.room = Room { fleet: 1000, most_jobs: 1000, ..self.room };
        self
    }
}

fn candidate() -> impl Strategy<Value = Candidate> {
    let limit = prop::option::of(("[ab]", 0..4_u32));
    let size = prop_oneof![0..5_u64, 50..70_u64, Just(100_000)];
    (prop::sample::select(&Queue::OF_TASKS[..]), size, 0..4_u32, 0..5_u8, 0..40_i64, limit).prop_map(
        |(queue, seconds, owner, n, minutes, limit)| {
            let (ready_at, estimate) = (Timestamp(NOW.0 - minutes * 60_000), Duration::from_secs(seconds));
            let (key, large) = (order_key(ready_at, estimate), is_large(estimate));
            Candidate { queue, large, owner, job: job(n), ready_at, key, limit }
        },
    )
}

fn live() -> impl Strategy<Value = Live> {
    let of_job = btree_map((0..5_u8).prop_map(job), 0..5_u32, 0..4);
    let jobs_here = btree_set((0..8_u8).prop_map(job), 0..4).prop_map(|jobs| jobs.into_iter().collect());
    (of_job, btree_map("[ab]", 0..3_u32, 0..2), 0..3_u32, jobs_here).prop_map(|(of_job, of_key, large, jobs_here)| Live {
        of_job,
        of_key,
        large,
        jobs_here,
    })
}

fn room() -> impl Strategy<Value = Room> {
    (0..14_u32, 0..14_u32, 0..14_u32, 0..9_u32).prop_map(|(free, busy, elsewhere, most_jobs)| Room {
        free,
        slots: free + busy,
        fleet: free + busy + elsewhere,
        most_jobs,
    })
}

fn call() -> impl Strategy<Value = Call> {
    let turn = prop_oneof![Just(None), (0..5_u32).prop_map(Some), Just(Some(u32::MAX))];
    (vec(candidate(), 0..50), live(), room(), turn).prop_map(|(candidates, live, room, turn)| Call { candidates, live, room, turn })
}

/// The rules told a second time, in the plainest way: what runs after some were chosen.
struct Told<'a> {
    call: &'a Call,
    chosen: &'a [usize],
}

impl Told<'_> {
    fn chosen(&self) -> impl Iterator<Item = &Candidate> {
        self.chosen.iter().map(|at| &self.call.candidates[*at])
    }

    fn left(&self) -> impl Iterator<Item = &Candidate> {
        self.call.candidates.iter().enumerate().filter(|(at, _)| !self.chosen.contains(at)).map(|(_, c)| c)
    }

    fn running(&self, job: JobId) -> u32 {
        self.call.live.of_job.get(&job).copied().unwrap_or(0) + self.chosen().filter(|c| c.job == job).count() as u32
    }

    fn with_key(&self, key: &str) -> u32 {
        let chosen = self.chosen().filter(|c| c.limit.as_ref().is_some_and(|(k, _)| k == key)).count() as u32;
        self.call.live.of_key.get(key).copied().unwrap_or(0) + chosen
    }

    fn jobs_here(&self) -> BTreeSet<JobId> {
        self.call.live.jobs_here.iter().copied().chain(self.chosen().map(|c| c.job)).collect()
    }

    /// Whether limit keys and the worker's jobs allow one more like this.
    fn allows(&self, c: &Candidate) -> bool {
        let here = self.jobs_here();
        let seat = here.contains(&c.job) || here.len() < self.call.room.most_jobs as usize;
        seat && c.limit.as_ref().is_none_or(|(key, most)| self.with_key(key) < *most)
    }

    fn has_half(&self, job: JobId) -> bool {
        self.running(job) >= self.call.room.fleet.div_ceil(2).max(1)
    }

    /// Slots that are free but kept for large work.
    fn kept(&self) -> u32 {
        let large = self.call.live.large + self.chosen().filter(|c| c.large).count() as u32;
        (self.call.room.slots / LARGE_SHARE).saturating_sub(large)
    }

    fn free(&self) -> u32 {
        self.call.room.free - self.chosen.len() as u32
    }
}

/// Each choice with what had been chosen before it.
fn told<'a>(call: &'a Call, chosen: &'a [usize]) -> impl Iterator<Item = (Told<'a>, &'a Candidate)> {
    (0..chosen.len()).map(move |n| (Told { call, chosen: &chosen[..n] }, &call.candidates[chosen[n]]))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_more_than_the_free_slots_are_filled_and_nothing_is_chosen_twice(call in call()) {
        let chosen = call.chosen();
        prop_assert!(chosen.len() <= call.room.free as usize);
        prop_assert_eq!(chosen.iter().collect::<BTreeSet<_>>().len(), chosen.len());
    }

    #[test]
    fn no_limit_and_no_number_of_jobs_is_exceeded(call in call()) {
        for (before, next) in told(&call, &call.chosen()) {
            prop_assert!(before.allows(next));
        }
    }

    #[test]
    fn more_than_half_goes_to_a_job_only_when_no_other_could_take_it(call in call()) {
        for (before, next) in told(&call, &call.chosen()) {
            if before.has_half(next.job) {
                prop_assert!(!before.left().any(|c| !before.has_half(c.job) && before.allows(c)));
            }
        }
    }

    #[test]
    fn the_reserve_goes_to_small_work_only_when_no_large_could_take_it(call in call()) {
        for (before, next) in told(&call, &call.chosen()) {
            if !next.large && before.free() <= before.kept() {
                let as_good = |c: &Candidate| before.has_half(next.job) || !before.has_half(c.job);
                prop_assert!(!before.left().any(|c| c.large && as_good(c) && before.allows(c)));
            }
        }
    }

    #[test]
    fn no_slot_stays_free_for_what_could_take_it(call in call()) {
        let chosen = call.chosen();
        let after = Told { call: &call, chosen: &chosen };
        prop_assert!(after.free() == 0 || !after.left().any(|c| after.allows(c)));
    }

    #[test]
    fn unhindered_the_better_tier_goes_first(call in call().prop_map(Call::unhindered)) {
        let tiers: Vec<u8> = call.chosen().into_iter().map(|at| aged_tier(&call.candidates[at], NOW)).collect();
        prop_assert!(tiers.is_sorted());
        let chosen = call.chosen();
        let left = Told { call: &call, chosen: &chosen }.left().map(|c| aged_tier(c, NOW)).min();
        prop_assert!(tiers.last() <= left.as_ref() || left.is_none());
    }

    #[test]
    fn unhindered_an_owners_tasks_of_one_tier_go_by_key(call in call().prop_map(Call::unhindered)) {
        let mut last = BTreeMap::new();
        for at in call.chosen() {
            let c = &call.candidates[at];
            let before = last.insert((aged_tier(c, NOW), c.owner), (c.key, c.job));
            prop_assert!(before <= Some((c.key, c.job)));
        }
    }

    #[test]
    fn owners_with_plenty_of_work_get_equal_shares(
        call in call(), plenty in vec(12..20_u8, 2..5), hindered in 0..20_u8, free in 0..24_u32,
    ) {
        // Everybody first has some that no worker may take: they cost nobody a turn.
        let of = |(owner, n): (usize, &u8)| {
            let stuck = (0..hindered).map(|_| limited(1, "stuck", 0));
            let tasks: Vec<_> = stuck.take(owner * 20).chain((0..*n).map(|n| task(0, n))).collect();
            tasks.into_iter().map(move |c| Candidate { owner: owner as u32, ..c })
        };
        let call = Call { candidates: plenty.iter().enumerate().flat_map(of).collect(), room: self::free(free), ..call };
        let mut served = vec![0_usize; plenty.len()];
        call.chosen().into_iter().for_each(|at| served[call.candidates[at].owner as usize] += 1);
        prop_assert!(served.iter().max().unwrap() - served.iter().min().unwrap() <= 1, "{:?}", served);
    }

    #[test]
    fn nothing_is_overtaken_by_what_came_later_than_the_handicap(at in 0..1_i64 << 40, work in any::<Duration>(), later: Duration) {
        let after = Timestamp(at) + MOST_HANDICAP + Duration::from_millis(1);
        prop_assert!(order_key(Timestamp(at), work) < order_key(after, later));
    }

    #[test]
    fn the_order_in_which_candidates_are_offered_does_not_matter(call in call(), seed in any::<u64>()) {
        let mut call = call;
        call.candidates.iter_mut().enumerate().for_each(|(n, c)| c.key += n as i64);
        let mut shuffled = call.clone();
        shuffled.candidates.sort_by_key(|c| (c.key as u64).wrapping_mul(seed | 1));
        let chosen = |call: &Call| call.chosen().into_iter().map(|at| call.candidates[at].clone()).collect::<Vec<_>>();
        prop_assert_eq!(chosen(&call), chosen(&shuffled));
        prop_assert_eq!(chosen(&call), chosen(&call));
    }
}
