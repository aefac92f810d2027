//! Claim, heartbeat, rescue, cancel, drain and settle, checked in every order that a few workers, tasks and mishaps allow.
//!
//! The policy under check is the shipped one: every change of a task asks `task::advance`, every end of a file or job `rollup`. Around
//! it stand a small store (`rows`, `verbs`), the steps of a hostile world (`house`, `steps`) and what must hold (`laws`). Each law has
//! rules whose removal (`mutant`) must be noticed, so that a check which passes says something.
//!
//! Not in the model: redrive, parts of a split task, optional steps.

mod house;
mod laws;
mod memory;
mod mutant;
mod rows;
mod shape;
mod steps;
mod verbs;
mod world;

use std::time::Instant;

use gristmill_model::retry::Retry;
use stateright::{Checker, Expectation, Model};

use house::House;
use mutant::Mutant;
use shape::Shape;
use world::Left;

/// One retry and one forgiven loss: enough for every road through `advance`.
const RETRY: Retry = Retry { retries: 1, lost: 1, first_ms: 5_000, factor: 2, most_ms: 30_000 };
const ONE_OF_EACH: Left = Left { crashes: 1, replacements: 1, pauses: 1, drains: 1, lost_answers: 1, cancels: 1 };

fn house(workers: usize, shape: Shape, left: Left) -> House {
    House { workers, rescuers: 1, shape, retry: RETRY, left, mutant: None, only: None }
}

/// Visits every world of the model, and says how many there were.
fn check(house: House) -> String {
    let started = Instant::now();
    let checker = house.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    let (worlds, steps, depth) = (checker.unique_state_count(), checker.state_count(), checker.max_depth());
    format!("{worlds} worlds, {steps} steps, depth {depth}, {:.1?}", started.elapsed())
}

/// The shortest road to a world where the law is broken.
fn broken(mutant: Mutant, law: &'static str) -> String {
    // A dead end is one only if the owner does not end it.
    let left = if law == laws::END { Left::default() } else { ONE_OF_EACH };
    let house = House { mutant: Some(mutant), only: Some(law), ..house(2, Shape::TwoFiles, left) };
    let found = house.checker().spawn_bfs().join().discovery(law);
    let path = found.unwrap_or_else(|| panic!("{mutant:?} does not break: {law}")).into_actions();
    format!("{mutant:?} breaks \"{law}\" in {} steps: {path:?}", path.len())
}

#[test]
fn three_workers_and_two_tasks_keep_every_law() {
    let left = Left { replacements: 0, lost_answers: 0, ..ONE_OF_EACH };
    println!("{}", check(house(3, Shape::TwoFiles, left)));
}

#[test]
#[ignore = "4.3 million worlds take some minutes; run with: cargo test -p gristmill-model --test leases -- --ignored --nocapture"]
fn three_workers_and_two_tasks_keep_every_law_under_all_mishaps_together() {
    println!("{}", check(house(3, Shape::TwoFiles, ONE_OF_EACH)));
}

#[test]
fn two_workers_and_two_rescuers_keep_every_law_about_one_task() {
    let left = Left { crashes: 2, replacements: 2, ..ONE_OF_EACH };
    println!("{}", check(House { rescuers: 2, ..house(2, Shape::Single, left) }));
}

#[test]
fn tasks_that_end_each_other_with_their_file_keep_every_law() {
    let left = Left { drains: 0, lost_answers: 0, ..ONE_OF_EACH };
    println!("{}", check(house(2, Shape::Siblings, left)));
}

#[test]
fn a_task_that_comes_after_another_reaches_its_end_though_nobody_cancels() {
    println!("{}", check(house(2, Shape::Chain, Left { cancels: 0, ..ONE_OF_EACH })));
}

/// Names a test, the rule it takes out, and the law that must then be found broken.
macro_rules! noticed {
    ($($sentence:ident: $mutant:ident breaks $law:ident,)+) => {
        const NOTICED: &[(Mutant, &str)] = &[$((Mutant::$mutant, laws::$law)),+];

        $(#[test]
        fn $sentence() {
            println!("{}", broken(Mutant::$mutant, laws::$law));
        })+
    };
}

noticed! {
    a_settle_that_ignores_the_fence_is_noticed: SettleIgnoresFence breaks STALE,
    a_rescue_that_ignores_the_fence_is_noticed: RescueIgnoresFence breaks STALE,
    a_heartbeat_that_ignores_the_fence_is_noticed: BeatIgnoresFence breaks STALE,
    a_claim_that_does_not_raise_the_fence_is_noticed: FenceNotRaised breaks STALE,
    a_task_given_back_with_its_old_fence_is_noticed: GiveBackLowersFence breaks FENCE,
    a_rescue_that_reopens_a_succeeded_task_is_noticed: RescueReopens breaks ONCE,
    a_rescue_that_writes_nothing_is_noticed: RescueWritesNothing breaks FORWARD,
    a_claim_without_a_lease_is_noticed: ClaimWithoutLease breaks GOES_ON,
    losses_that_are_not_counted_are_noticed: LossNotCounted breaks PATIENCE,
    failures_that_are_not_counted_are_noticed: FailureNotCounted breaks PATIENCE,
    a_task_that_runs_for_ever_is_noticed: LossNotCounted breaks END,
    a_cancel_that_spares_a_running_task_is_noticed: CancelSparesRunning breaks CANCEL,
    a_cancel_that_leaves_a_lease_is_noticed: CancelLeavesLease breaks LEASE,
    a_cancel_that_refunds_what_was_captured_is_noticed: CancelRefundsEnded breaks MONEY_ONCE,
    a_rescue_that_forgets_the_money_is_noticed: RescueMovesNoMoney breaks MONEY_AT_END,
    a_refund_that_keeps_the_hold_is_noticed: RefundKeepsHold breaks HOLD,
    a_job_that_ends_unheard_by_rescue_is_noticed: RescueTellsNobody breaks EFFECT,
    a_job_that_tells_its_end_with_each_file_is_noticed: EveryFileTells breaks EFFECT,
    a_pointer_set_before_the_settle_is_noticed: PointerBeforeSettle breaks POINTER,
    attempts_that_overwrite_each_other_are_noticed: BlobsWithoutFence breaks POINTER,
    a_worker_that_removes_what_was_accepted_unheard_is_noticed: WithdrawsUnheard breaks POINTER,
}

#[test]
fn every_law_has_a_mutant_that_breaks_it() {
    let laws = laws::all().into_iter().filter(|p| p.expectation != Expectation::Sometimes);
    let without: Vec<&str> = laws.map(|p| p.name).filter(|law| NOTICED.iter().all(|(_, broken)| broken != law)).collect();
    assert_eq!(without, [""; 0], "these laws might hold of nothing");
}
