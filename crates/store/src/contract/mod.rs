//! What every store promises, as tests. A backend's own tests call these with the real thing, a fresh store each.

#[cfg(test)]
mod arrivals;
mod attempts;
mod claims;
mod critical;
mod endpoints;
#[cfg(test)]
mod faults;
mod jobs;
mod lives;
mod make;
mod money;
mod outbox;
mod records;
mod schedule;
mod settles;
#[cfg(test)]
mod time;
mod uploads;
mod workers;

#[cfg(test)]
pub(crate) use arrivals::*;
pub use attempts::*;
pub use claims::*;
pub use critical::*;
pub use endpoints::*;
#[cfg(test)]
pub(crate) use faults::*;
pub use jobs::*;
pub use lives::random_lives_of_jobs_keep_the_invariants;
#[cfg(test)]
pub(crate) use make::{asking, assert_sound, beat, failed, grant, problem, until, worker};
pub use make::{job_of, new_job, pipeline, submit_one};
pub use money::*;
pub use outbox::*;
pub use records::*;
pub use schedule::*;
pub use settles::*;
#[cfg(test)]
pub(crate) use time::*;
pub use uploads::*;
pub use workers::*;

/// One test a promise, each on a store of its own: `promises!(store: PATTERN = MAKE => STORE)`.
#[cfg(test)]
macro_rules! promises {
    (store: $made:pat = $make:expr => $store:ident) => {
        $crate::contract::promises!(@each $made, $make, $store:
            a_submitted_job_is_there_with_its_files_and_tasks,
            the_same_key_and_request_make_one_job_and_another_request_is_refused,
            a_task_is_leased_to_one_worker_only,
            better_priority_is_claimed_first_and_then_the_older,
            no_more_tasks_are_claimed_than_there_are_slots_of_their_class,
            a_settled_step_releases_those_that_come_after_it,
            a_job_completes_when_its_last_file_ends,
            a_refused_file_is_skipped_and_the_others_go_on,
            a_failed_tool_is_retried_later_and_then_dead,
            a_stale_fence_can_write_nothing,
            settling_twice_changes_nothing,
            a_result_is_known_again_by_its_key_to_its_owner_for_as_long_as_it_is_there,
            a_result_is_never_overwritten_by_another_step,
            a_heartbeat_keeps_the_lease_and_a_lost_one_is_told,
            a_lease_without_heartbeat_becomes_overdue_and_is_claimed_again,
            a_passed_deadline_is_overdue_however_alive_the_worker,
            a_task_given_back_keeps_its_patience,
            a_cancelled_job_ends_at_once_and_its_workers_can_write_nothing,
            a_failed_job_can_be_retried_without_repeating_what_succeeded,
            a_step_can_be_run_again_with_all_that_come_after_it,
            a_cancelled_job_can_be_run_again_from_a_step,
            a_retry_that_finds_nothing_leaves_the_job_as_it_was,
            an_ended_job_can_be_deleted_and_a_running_one_cannot,
            events_come_in_order_and_end_with_the_job,
            jobs_are_listed_newest_first_and_filtered,
            progress_never_falls,
            totals_count_what_is_there,
            a_hundred_writes_of_a_worker_that_slept_past_its_lease_are_refused,
            random_lives_of_jobs_keep_the_invariants,
            owners_take_turns_however_much_one_of_them_submits,
            more_owners_than_one_claim_looks_at_all_get_their_turn,
            of_one_owner_the_shortest_work_goes_first,
            large_work_gets_its_reserved_share,
            a_job_gets_at_most_half_of_a_class_while_another_waits,
            a_small_job_is_not_hidden_behind_a_large_one_of_the_same_owner,
            a_job_that_is_alone_gets_all_of_a_class,
            a_limit_key_is_never_exceeded_and_freed_by_every_kind_of_end,
            a_limit_key_holds_within_one_claim_over_classes,
            a_full_key_hides_nothing_behind_it,
            late_tasks_that_cannot_run_hide_no_others,
            a_worker_at_its_limit_of_jobs_takes_tasks_of_its_own_only,
            only_so_many_files_of_a_job_are_open_at_once,
            a_paused_queue_gives_nothing_until_it_is_resumed,
            a_delayed_job_is_not_started_before_its_time,
            queues_tell_what_waits_runs_and_died_in_them,
            a_claim_without_room_leases_nothing,
            a_job_that_is_not_started_in_time_expires_and_is_refunded,
            a_job_that_started_after_it_was_seen_late_goes_on,
            a_job_that_runs_too_long_keeps_what_has_succeeded,
            a_job_that_waits_for_long_is_warned_of_once,
            every_time_is_of_the_stores_clock,
            a_step_that_waits_too_long_ends_its_file_and_lets_the_next_one_in,
            what_is_past_its_time_is_cleared_away,
            old_events_are_cleared_a_few_jobs_at_a_time,
            every_attempt_is_remembered,
            a_job_whose_plan_cannot_be_read_holds_up_nobody,
            a_plan_that_cannot_be_read_at_a_settle_ends_the_job_and_not_the_process,
            an_attempt_that_was_given_back_does_not_count,
            a_checkpoint_is_kept_for_the_next_attempt_and_refused_from_an_old_one,
            a_split_step_waits_for_its_parts_and_runs_once_more_to_join_them,
            a_dead_part_ends_the_whole_as_dead,
            a_refused_part_skips_the_whole,
            what_one_end_lets_wait_is_gone_when_another_of_the_batch_ends_its_file,
            a_job_can_be_cancelled_while_a_step_is_split,
            a_step_may_be_split_into_a_thousand_parts,
            a_split_that_makes_no_sense_is_tried_again,
            a_result_named_twice_by_one_attempt_is_one,
            progress_is_kept_over_attempts_and_exact_after_a_retry,
            dead_letters_are_listed_by_what_they_are,
            dead_letters_are_redriven_once_or_purged,
            a_dead_optional_step_can_be_redriven,
            a_redrive_in_a_running_job_forgets_no_file,
            settling_one_task_twice_in_one_batch_counts_once,
            the_price_is_held_with_the_job_or_nothing_of_it_is_written,
            of_a_batch_each_job_is_paid_or_refused_by_itself,
            each_file_is_captured_or_refunded_by_its_own_end,
            credits_move_once_however_often_an_end_is_told,
            a_retry_holds_what_was_given_back_or_is_refused,
            a_paid_file_that_is_run_again_is_paid_once_and_given_back_when_it_fails,
            transfers_stay_when_their_job_is_deleted,
            racing_submits_hold_no_more_than_there_is,
            racing_grants_all_count,
            a_grant_under_a_key_is_given_once,
            a_job_that_cannot_go_on_waits_for_its_refund,
            a_refund_gives_back_what_was_held_and_captured_and_ends_the_job,
            stored_files_stay_when_the_owner_wants_them_kept,
            an_owner_who_did_not_ask_is_not_mailed,
            a_failed_delete_calls_the_admin,
            a_job_whose_refund_fails_is_requeued_and_can_complete,
            a_job_that_was_requeued_before_is_failed_and_people_are_called,
            what_cannot_be_requeued_or_set_calls_people,
            a_crash_at_any_step_of_the_path_changes_nothing_of_its_end,
            a_job_is_not_run_again_before_its_path_has_ended,
            the_path_of_a_deleted_job_ends,
            an_owner_is_told_of_what_they_asked_for_once,
            an_effect_comes_again_under_its_id_until_its_end_is_written,
            an_effect_is_taken_by_one_only,
            a_failed_try_waits_and_one_given_up_stays_dead,
            a_deleted_job_leaves_an_effect_that_removes_its_bytes,
            an_effect_of_an_unknown_kind_is_left_and_the_others_are_taken,
            an_endpoint_hears_of_its_owners_jobs_only,
            tries_are_logged_and_an_endpoint_that_is_gone_is_disabled,
            lost_webhooks_are_sent_again_under_their_ids,
            an_admin_hears_once_of_a_receiver_that_is_not_there,
            the_end_of_a_group_is_told_once,
            a_group_ends_with_its_last_job_whatever_its_end,
            jobs_that_end_at_the_same_moment_tell_once_of_their_group,
            a_refund_is_told_to_who_asked,
            what_happens_to_an_announced_job_is_announced,
            workers_are_told_with_what_they_run_and_whether_they_live,
            a_draining_worker_is_no_part_of_the_fleet,
            a_worker_that_comes_back_finds_its_task_with_another,
            a_heartbeat_for_a_task_of_another_worker_is_told_as_lost,
            a_record_is_written_with_the_end_of_its_step,
            a_record_is_changed_by_who_saw_its_latest_revision,
            a_file_that_is_read_again_keeps_one_record_and_its_corrections,
            a_review_and_a_new_reading_at_the_same_moment_lose_nothing,
            records_are_listed_by_whose_and_what_they_are,
            records_go_with_their_job,
            the_password_of_a_file_comes_with_its_tasks,
            keys_are_found_and_revoked_once,
            an_upload_grows_piece_by_piece_and_only_where_it_stands,
            of_two_pieces_for_the_same_place_one_is_taken,
            a_piece_that_does_not_fit_is_refused,
            an_owner_has_only_so_much_on_its_way,
            complete_pieces_are_joined_and_are_no_uploads_any_more,
            pieces_that_are_not_complete_or_of_another_owner_are_not_joined,
            racing_begins_of_one_owner_stay_within_the_quota,
            a_piece_is_joined_once_only,
            a_joined_upload_is_as_long_as_its_pieces,
            a_piece_that_has_expired_or_is_still_elsewhere_is_not_joined,
            a_piece_that_comes_while_uploads_are_cleared_away_is_kept_or_refused,
            an_upload_that_is_ended_while_it_grows_is_gone,
            a_forgotten_upload_leaves_effects_that_remove_its_bytes,
            an_upload_to_which_nothing_comes_is_forgotten,
            a_job_with_files_that_are_not_there_starts_when_the_last_has_come,
            a_look_is_taken_once_and_is_due_again_after_its_wait,
            a_job_whose_files_do_not_come_in_time_expires_with_its_refund,
            the_price_of_a_file_is_held_when_it_comes,
            a_file_that_cannot_come_fails_and_the_others_go_on,
            a_time_of_a_rule_fires_once,
            racing_submits_of_one_key_make_one_job,
            racing_batches_of_the_same_keys_in_another_order_all_end,
            a_lease_holds_as_long_as_its_worker_is_heard_of,
        );
        $crate::contract::promises!(@owned $made, $make, $store:
            no_verb_of_a_jobs_life_leaves_anything_when_it_fails,
            no_verb_that_ends_a_job_early_leaves_anything_when_it_fails,
            no_verb_of_records_leaves_anything_when_it_fails,
            no_verb_of_operators_and_duties_leaves_anything_when_it_fails,
        );
    };
    (@owned $made:pat, $make:expr, $store:ident: $($name:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            let $made = $make;
            $crate::contract::$name($store).await;
        })+
    };
    (@each $made:pat, $make:expr, $store:ident: $($name:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            let $made = $make;
            $crate::contract::$name(&$store).await;
        })+
    };
}
#[cfg(test)]
pub(crate) use promises;
