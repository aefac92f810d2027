//! Promises about whose turn it is: owners, sizes, shares of jobs, limits, windows, queues.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gristmill_model::JobId;
use gristmill_model::job::Priority;
use gristmill_model::operation::Class;
use gristmill_model::queue::Queue;
use gristmill_model::task::Input;

use super::make::{
    asking, claim, claim_as, claim_one, claim_when_due, enlisted, failed, job_of, limited, new_job, of_steps, settle, short_job, step,
    submit, submit_as, succeed, tick, until, with_slots, worker,
};
use crate::Store;
use crate::row::{Claim, Claimed, NewJob, QueueState, Room, Stop, Submitted};

fn of_owner(tasks: &[Claimed], owner: &str) -> usize {
    tasks.iter().filter(|t| t.owner == owner).count()
}

fn of_job(tasks: &[Claimed], job: JobId) -> usize {
    tasks.iter().filter(|t| t.task.job() == job).count()
}

/// One owner's flood does not keep another one waiting.
pub async fn owners_take_turns_however_much_one_of_them_submits(store: &dyn Store) {
    submit(store, short_job(200).of("ann")).await;
    submit(store, short_job(3).of("ben")).await;
    let first = claim(store, 6).await;
    assert_eq!((of_owner(&first, "ann"), of_owner(&first, "ben")), (3, 3));
}

/// A claim looks at some owners only; who was served last says with whom the next one begins.
pub async fn more_owners_than_one_claim_looks_at_all_get_their_turn(store: &dyn Store) {
    for n in 0..150 {
        submit(store, short_job(3).of(&format!("owner-{n:03}"))).await;
    }
    let (mut served, mut turn) = (BTreeMap::<String, u32>::new(), String::new());
    for _ in 0..30 {
        let tasks = store.claim(Claim { turn: turn.clone(), ..asking(worker(), 5) }).await.expect("claimed");
        tasks.iter().for_each(|t| *served.entry(t.owner.clone()).or_default() += 1);
        turn = tasks.last().expect("a task").owner.clone();
    }
    assert_eq!((served.len(), served.values().max()), (150, Some(&1)), "each owner was served once before any was served twice");
}

/// Inside one owner short work goes before long work that was submitted at about the same time.
pub async fn of_one_owner_the_shortest_work_goes_first(store: &dyn Store) {
    let mut jobs = Vec::new();
    for seconds in [50, 10, 30] {
        jobs.push(submit(store, short_job(1).taking(Duration::from_secs(seconds))).await);
    }
    let order: Vec<JobId> = claim(store, 3).await.iter().map(|t| t.task.job()).collect();
    assert_eq!(order, [jobs[1], jobs[2], jobs[0]]);
}

/// Large work has a share of the slots that small work cannot take while it waits.
pub async fn large_work_gets_its_reserved_share(store: &dyn Store) {
    for _ in 0..4 {
        submit(store, short_job(50)).await;
    }
    submit(store, short_job(5).taking(Duration::from_secs(600))).await;
    let tasks = store.claim(with_slots(worker(), 8, 8)).await.expect("claimed");
    assert_eq!((tasks.len(), tasks.iter().filter(|t| t.large).count()), (8, 2));
}

/// While another job waits, one job gets half of a class over all workers, and no more; also when both are of one owner.
pub async fn a_job_gets_at_most_half_of_a_class_while_another_waits(store: &dyn Store) {
    let (one, two) = (enlisted(store, 4).await, enlisted(store, 4).await);
    let flood = submit(store, short_job(100)).await;
    let other = submit(store, short_job(100)).await;
    let first = store.claim(with_slots(one, 4, 4)).await.expect("claimed");
    let second = store.claim(with_slots(two, 4, 4)).await.expect("claimed");
    let all = [first, second].concat();
    assert_eq!((of_job(&all, flood), of_job(&all, other)), (4, 4));
    succeed(store, all.iter().find(|t| t.task.job() == other).expect("one")).await;
    assert_eq!(store.claim(with_slots(one, 1, 4)).await.expect("claimed")[0].task.job(), other, "the flood has its half");
}

/// A job that waits behind a flood of the same owner is seen although no claim looks that far.
pub async fn a_small_job_is_not_hidden_behind_a_large_one_of_the_same_owner(store: &dyn Store) {
    let me = enlisted(store, 4).await;
    submit(store, short_job(300)).await;
    let small = submit(store, short_job(1)).await;
    let tasks = store.claim(with_slots(me, 4, 4)).await.expect("claimed");
    assert_eq!((tasks.len(), of_job(&tasks, small)), (4, 1));
}

/// Nothing stays idle for the sake of jobs that do not wait.
pub async fn a_job_that_is_alone_gets_all_of_a_class(store: &dyn Store) {
    let (one, two) = (enlisted(store, 4).await, enlisted(store, 4).await);
    submit(store, short_job(100)).await;
    assert_eq!(store.claim(with_slots(one, 4, 4)).await.expect("claimed").len(), 4);
    assert_eq!(store.claim(with_slots(two, 4, 4)).await.expect("claimed").len(), 4);
}

/// A limit holds over all workers and classes, whoever asks, and frees as leases end: settled, cancelled or rescued.
pub async fn a_limit_key_is_never_exceeded_and_freed_by_every_kind_of_end(store: &dyn Store) {
    let keyed = || job_of(of_steps(vec![limited("a", "camera", 2)]), 4);
    let (first, _second) = (submit(store, keyed()).await, submit(store, keyed().of("ben")).await);
    let (one, two) = tokio::join!(claim(store, 5), claim(store, 5));
    let running = [one, two].concat();
    assert_eq!(running.len(), 2);
    succeed(store, &running[0]).await;
    let third = claim(store, 5).await;
    assert_eq!(third.len(), 1);
    settle(store, &third[0], Input::WorkerLost).await;
    assert_eq!(claim(store, 5).await.len(), 1, "a rescue frees the place");
    assert!(claim(store, 5).await.is_empty());
    store.stop(first, Stop::Cancelled).await.expect("stopped");
    let after = claim(store, 5).await;
    assert!(!after.is_empty() && after.iter().all(|t| t.owner == "ben"), "a cancel frees the places of its job");
}

/// One claim for several classes counts a key once for all of them.
pub async fn a_limit_key_holds_within_one_claim_over_classes(store: &dyn Store) {
    let mut large = limited("b", "camera", 2);
    large.class = Some(Class::CpuSmall);
    submit(store, job_of(of_steps(vec![limited("a", "camera", 2), large]), 4)).await;
    let mut asked = asking(worker(), 5);
    asked.room.push(Room { class: Class::CpuSmall, free: 5, slots: 5, large: 0 });
    assert_eq!(store.claim(asked).await.expect("claimed").len(), 2);
}

/// Work behind a full key goes on, of the same owner and of others, also where the full work waits for another attempt.
pub async fn a_full_key_hides_nothing_behind_it(store: &dyn Store) {
    submit(store, job_of(of_steps(vec![limited("a", "camera", 1)]), 300)).await;
    let running = claim(store, 1).await;
    let behind = submit(store, short_job(2)).await;
    let tasks = claim(store, 2).await;
    assert_eq!((running.len(), of_job(&tasks, behind)), (1, 2));
}

/// Retries of a paused queue whose time has come keep nobody else's from coming.
pub async fn late_tasks_that_cannot_run_hide_no_others(store: &dyn Store) {
    submit(store, NewJob { priority: Priority::Low, ..short_job(20) }).await;
    for task in claim(store, 20).await {
        settle(store, &task, failed(gristmill_model::Fault::Tool)).await;
    }
    store.pause(Queue::Batch, true, "ops".into()).await.expect("paused");
    let other = submit(store, short_job(1)).await;
    settle(store, &claim_one(store).await, failed(gristmill_model::Fault::Tool)).await;
    assert_eq!(claim_when_due(store).await.task.job(), other);
}

/// A worker begins no more jobs than it may, and still takes what its own jobs have, however far behind.
pub async fn a_worker_at_its_limit_of_jobs_takes_tasks_of_its_own_only(store: &dyn Store) {
    let own = submit(store, NewJob { priority: Priority::Low, ..short_job(9) }).await;
    let me = worker();
    let mine = |jobs: Vec<JobId>, free| Claim { most_jobs: 1, jobs, ..asking(me, free) };
    assert_eq!(store.claim(mine(Vec::new(), 1)).await.expect("claimed").len(), 1);
    for _ in 0..3 {
        submit(store, NewJob { priority: Priority::High, ..short_job(50) }).await;
    }
    let tasks = store.claim(mine(vec![own], 4)).await.expect("claimed");
    assert_eq!((tasks.len(), of_job(&tasks, own)), (4, 4));
    let two = store.claim(Claim { most_jobs: 2, jobs: vec![own], ..asking(me, 20) }).await.expect("claimed");
    let jobs: BTreeSet<JobId> = two.iter().map(|t| t.task.job()).chain([own]).collect();
    assert_eq!(jobs.len(), 2, "one more job, and one only");
}

/// Of a job so many files are worked on at once; each that ends lets the next one in.
pub async fn only_so_many_files_of_a_job_are_open_at_once(store: &dyn Store) {
    let job = submit(store, NewJob { open_files: 2, ..new_job(5) }).await;
    let first = claim(store, 10).await;
    assert_eq!(first.iter().map(|t| t.task.file.no).collect::<Vec<_>>(), [0, 1]);
    succeed(store, &first[0]).await;
    let b = claim(store, 10).await;
    assert!(b.len() == 1 && b[0].task.file.no == 0, "its file has not ended yet");
    succeed(store, &b[0]).await;
    assert_eq!(claim(store, 10).await[0].task.file.no, 2);
    settle(store, &first[1], failed(gristmill_model::Fault::Input)).await;
    let next = claim(store, 10).await;
    assert_eq!(next.iter().map(|t| t.task.file.no).collect::<Vec<_>>(), [3]);
    assert_eq!(super::make::job(store, job).await.counts.open(), 3);
}

/// A paused queue gives nothing, also not what is already known to be there.
pub async fn a_paused_queue_gives_nothing_until_it_is_resumed(store: &dyn Store) {
    let high = submit(store, NewJob { priority: Priority::High, ..short_job(1) }).await;
    let normal = submit(store, short_job(1)).await;
    store.pause(Queue::High, true, "ops".into()).await.expect("paused");
    assert_eq!(claim(store, 5).await.iter().map(|t| t.task.job()).collect::<Vec<_>>(), [normal]);
    assert!(state(store, Queue::High).await.paused_at.is_some());
    store.pause(Queue::High, false, "ops".into()).await.expect("resumed");
    assert_eq!(claim(store, 5).await.iter().map(|t| t.task.job()).collect::<Vec<_>>(), [high]);
}

/// Nothing of a delayed job is started before its time, and what comes first is told.
pub async fn a_delayed_job_is_not_started_before_its_time(store: &dyn Store) {
    let delay = Duration::from_millis(300);
    let before = store.now().await.expect("now");
    submit(store, NewJob { delay, ..short_job(1) }).await;
    assert!(claim(store, 1).await.is_empty());
    assert!(store.next_due().await.expect("due").is_some_and(|due| due <= delay));
    assert_eq!(state(store, Queue::Normal).await.delayed, 1);
    claim_when_due(store).await;
    assert!(store.now().await.expect("now") >= before + delay);
}

async fn state(store: &dyn Store, queue: Queue) -> QueueState {
    store.queues().await.expect("queues").into_iter().find(|q| q.queue == queue).expect("every queue is told")
}

/// Priority and operation say in which queue a task waits; each queue counts what is ready, delayed, running and dead.
pub async fn queues_tell_what_waits_runs_and_died_in_them(store: &dyn Store) {
    let mut resize = step("resize", &["a"]);
    resize.op = "image.resize".into();
    submit(store, job_of(of_steps(vec![step("a", &[]), resize]), 1)).await;
    submit(store, NewJob { priority: Priority::High, ..short_job(2) }).await;
    submit(store, NewJob { priority: Priority::Low, delay: Duration::from_secs(60), ..short_job(3) }).await;
    let high = claim(store, 2).await;
    succeed(store, &claim_one(store).await).await;
    let of = async |queue| {
        let q = state(store, queue).await;
        (q.ready, q.delayed, q.running, q.dead, q.oldest.is_some())
    };
    assert_eq!(of(Queue::High).await, (0, 0, 2, 0, false));
    assert_eq!(of(Queue::Images).await, (1, 0, 0, 0, true));
    assert_eq!(of(Queue::Batch).await, (0, 3, 0, 0, false));
    assert_eq!(of(Queue::Normal).await, (0, 0, 0, 0, false));
    settle(store, &high[0], failed(gristmill_model::Fault::Bug)).await;
    let again = until(async || claim(store, 9).await.into_iter().find(|t| t.task == high[0].task)).await;
    settle(store, &again, failed(gristmill_model::Fault::Bug)).await;
    assert_eq!(of(Queue::High).await, (0, 0, 1, 1, false));
}

/// Claims of one worker for nothing are answered with nothing, and cost no lease.
pub async fn a_claim_without_room_leases_nothing(store: &dyn Store) {
    assert_eq!(submit_as(store, short_job(2)).await, Submitted::Created);
    let before = tick(store).await;
    assert!(claim_as(store, worker(), 0).await.is_empty());
    assert!(store.now().await.expect("now") >= before);
    assert_eq!(state(store, Queue::Normal).await.ready, 2);
}
