//! A worker with a held clock that claims through [`choose`] again and again: what no single call shows.

use super::*;
use crate::id::Uuid;

/// How many of each lane and owner a store offers.
const OFFERED: usize = 16;
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[derive(Clone)]
struct Task {
    candidate: Candidate,
    work: Duration,
}

/// One worker that is the whole fleet.
struct World {
    now: Timestamp,
    slots: u32,
    waiting: Vec<Task>,
    /// With the time they end.
    running: Vec<(Task, Timestamp)>,
    turn: Option<u32>,
}

impl World {
    fn new(slots: u32) -> Self {
        Self { now: Timestamp(0), slots, waiting: Vec::new(), running: Vec::new(), turn: None }
    }

    /// A task that becomes ready now. Its prediction is right.
    fn arrive(&mut self, queue: Queue, owner: u32, job: u128, work: Duration) {
        let (job, ready_at) = (JobId::from_uuid(Uuid::from_u128(job)), self.now);
        let key = order_key(ready_at, work);
        let candidate = Candidate { queue, large: is_large(work), owner, job, ready_at, key, limit: None };
        self.waiting.push(Task { candidate, work });
    }

    fn offered(&self) -> Vec<Task> {
        let mut lanes: BTreeMap<(Queue, bool, u32), Vec<&Task>> = BTreeMap::new();
        for task in &self.waiting {
            lanes.entry((task.candidate.queue, task.candidate.large, task.candidate.owner)).or_default().push(task);
        }
        lanes.values_mut().for_each(|lane| lane.sort_by_key(|task| task.candidate.key));
        lanes.into_values().flat_map(|lane| lane.into_iter().take(OFFERED)).cloned().collect()
    }

    fn live(&self) -> Live {
        let mut live = Live { large: self.count(|task| task.large), ..Live::default() };
        for (task, _) in &self.running {
            *live.of_job.entry(task.candidate.job).or_default() += 1;
            live.jobs_here.push(task.candidate.job);
        }
        live
    }

    /// How many running tasks are like this.
    fn count(&self, like: impl Fn(&Candidate) -> bool) -> u32 {
        self.running.iter().filter(|(task, _)| like(&task.candidate)).count() as u32
    }

    /// Ends what is done, fills the slots that are free, and lets `pass` go by. Gives what was started.
    fn step(&mut self, pass: Duration) -> Vec<Candidate> {
        self.running.retain(|(_, ends)| *ends > self.now);
        let free = self.slots - self.running.len() as u32;
        let offered: Vec<Candidate> = self.offered().into_iter().map(|task| task.candidate).collect();
        let room = Room { free, slots: self.slots, fleet: self.slots, most_jobs: u32::MAX };
        let places = choose(&offered, &self.live(), room, self.turn, self.now);
        let started: Vec<Candidate> = places.into_iter().map(|at| offered[at].clone()).collect();
        started.iter().for_each(|candidate| self.start(candidate));
        self.now = self.now + pass;
        started
    }

    fn start(&mut self, candidate: &Candidate) {
        let at = self.waiting.iter().position(|task| task.candidate == *candidate).unwrap();
        let task = self.waiting.remove(at);
        let ends = self.now + task.work;
        self.running.push((task, ends));
        self.turn = Some(candidate.owner);
    }
}

/// How long one low task waits while nine urgent tasks arrive for each that the worker can do.
fn wait_in_a_flood(owner: u32) -> Duration {
    let mut world = World::new(1);
    world.arrive(Queue::Batch, owner, 1, 5 * SECOND);
    loop {
        (0..9).for_each(|n| world.arrive(Queue::High, n % 3, 100 + u128::from(n), 5 * SECOND));
        let now = world.now;
        if world.step(5 * SECOND).iter().any(|started| started.queue == Queue::Batch) {
            return now - Timestamp(0);
        }
        assert!(now < Timestamp(0) + 4 * AGE, "it still waits");
    }
}

#[test]
fn a_flood_of_urgent_work_keeps_a_low_task_waiting_for_two_ages_at_most() {
    for owner in [0, 1, 2, 7] {
        let waited = wait_in_a_flood(owner);
        assert!(waited >= 2 * AGE && waited <= 2 * AGE + 20 * SECOND, "owner {owner} waited {waited:?}");
    }
}

#[test]
fn the_longest_work_is_overtaken_for_as_long_as_the_handicap() {
    let mut world = World::new(1);
    world.arrive(Queue::High, 1, 1, 10 * 60 * MINUTE);
    let mut overtaken = 0;
    loop {
        world.arrive(Queue::High, 1, 2, SECOND);
        world.arrive(Queue::High, 1, 3, SECOND);
        let started = world.step(SECOND);
        if started.iter().any(|task| task.large) {
            break;
        }
        assert!(started[0].ready_at <= Timestamp(0) + MOST_HANDICAP);
        overtaken += started.len();
    }
    assert!(overtaken > 100, "short work went first");
}

#[test]
fn large_work_holds_its_share_of_the_slots_under_a_flood_of_small_work() {
    let mut world = World::new(8);
    (0..8).for_each(|n| world.arrive(Queue::High, 1, n, SECOND));
    world.step(SECOND);
    for _ in 0..300 {
        (0..40).for_each(|n| world.arrive(Queue::High, n % 4, 100 + u128::from(n), SECOND));
        if world.waiting.iter().all(|task| !task.candidate.large) {
            (0..4).for_each(|n| world.arrive(Queue::Batch, 9, 1000 + n, 70 * SECOND));
        }
        world.step(SECOND);
        assert_eq!(world.count(|task| task.large), 8 / LARGE_SHARE, "at {}", world.now);
    }
}

#[test]
fn owners_with_plenty_of_work_are_served_equally_over_many_calls() {
    let mut world = World::new(3);
    let mut served = [0_i32; 5];
    for _ in 0..101 {
        // The first owner asks for ten times as much as the others.
        for (owner, tasks) in [(0, 20), (1, 2), (2, 2), (3, 2), (4, 2)] {
            (0..tasks).for_each(|n| world.arrive(Queue::Normal, owner, u128::from(owner * 100 + n), SECOND));
        }
        world.step(SECOND).iter().for_each(|task| served[task.owner as usize] += 1);
        let (least, most) = (served.iter().min().unwrap(), served.iter().max().unwrap());
        assert!(most - least <= 1, "{served:?}");
    }
}

#[test]
fn a_huge_job_gives_up_half_of_the_slots_as_they_fall_free() {
    let mut world = World::new(6);
    (0..200).for_each(|_| world.arrive(Queue::High, 1, 1, 10 * SECOND));
    world.step(10 * SECOND);
    assert_eq!(world.running.len(), 6, "alone it may have them all");
    (0..30).for_each(|n| world.arrive(Queue::Batch, 1, 2, (10 + n) * SECOND));
    world.step(10 * SECOND);
    let of_huge = world.count(|task| task.queue == Queue::High);
    assert_eq!((of_huge, world.running.len()), (3, 6));
}

#[test]
fn all_that_came_is_done_and_no_slot_idles_meanwhile() {
    let mut world = World::new(4);
    for n in 0..200_u32 {
        let queue = Queue::OF_TASKS[n as usize % 4];
        world.arrive(queue, n % 7, u128::from(n % 11), (1 + n * n % 90) * SECOND);
    }
    while !world.waiting.is_empty() {
        world.step(SECOND);
        assert!(world.running.len() == 4 || world.waiting.is_empty());
        assert!(world.now < Timestamp(0) + 200 * 90 * SECOND);
    }
}
