//! The invariants of the algorithm on the story model, on a graphics adapter. I6 and I12 are in `gpu_traces.rs`.

use tempo_model::{DevicePreference, device};
use tempo_tests::invariants::Bench;
use tempo_tests::models::FUSED;

/// Two f32 computations of one logit in different order; logits are around 10.
const ROUNDING: f32 = 1e-3;

fn bench() -> Bench {
    let device = pollster::block_on(device::open(DevicePreference::Gpu)).unwrap();
    Bench::new(&device, FUSED, ROUNDING).unwrap()
}

#[test]
fn gpu_i1_one_member_sets_are_greedy_decoding() {
    bench().i1_one_member_sets_are_greedy_decoding().unwrap();
}

#[test]
fn gpu_i2_i3_the_order_of_members_matters_only_where_they_see_in_order() {
    bench().i2_i3_the_order_of_members_matters_only_where_they_see_in_order().unwrap();
}

#[test]
fn gpu_i4_i5_the_mixture_is_the_exact_marginal_where_members_are_isolated() {
    bench().i4_i5_the_mixture_is_the_exact_marginal_where_members_are_isolated(1e-5).unwrap();
}

#[test]
fn gpu_i7_a_member_twice_at_half_the_weight_is_the_member() {
    bench().i7_a_member_twice_at_half_the_weight_is_the_member().unwrap();
}

#[test]
fn gpu_i8_an_isolated_member_removed_at_once_leaves_no_trace() {
    bench().i8_an_isolated_member_removed_at_once_leaves_no_trace().unwrap();
}

#[test]
fn gpu_i9_no_state_leaks_between_runs() {
    bench().i9_no_state_leaks_between_runs().unwrap();
}

#[test]
fn gpu_i10_mask_is_evict_and_rebuild_is_never_chosen() {
    bench().i10_mask_is_evict_and_rebuild_is_never_chosen().unwrap();
}

#[test]
fn gpu_i11_prefill_in_one_pass_is_token_by_token() {
    bench().i11_prefill_in_one_pass_is_token_by_token().unwrap();
}

#[test]
fn gpu_biases_are_of_a_member_and_a_key() {
    bench().biases_are_of_a_member_and_a_key().unwrap();
}

#[test]
fn gpu_a_step_is_one_pass_and_one_read() {
    bench().a_step_is_one_pass_and_one_read().unwrap();
}

#[test]
fn gpu_i21_the_order_of_members_does_not_matter() {
    bench().i21_the_order_of_members_does_not_matter().unwrap();
}

#[test]
fn gpu_i21_a_member_twice_at_half_the_weight_is_the_member() {
    bench().i21_a_member_twice_at_half_the_weight_is_the_member().unwrap();
}

#[test]
fn gpu_i21_a_member_removed_at_once_leaves_no_trace_under_kin() {
    bench().i21_a_member_removed_at_once_leaves_no_trace_under_kin().unwrap();
}

#[test]
fn gpu_i21_rows_that_say_what_was_recorded_make_probability() {
    bench().i21_rows_that_say_what_was_recorded_make_probability().unwrap();
}

#[test]
fn gpu_i21_a_rebuild_is_a_run_without_the_member() {
    bench().i21_a_rebuild_is_a_run_without_the_member().unwrap();
}

#[test]
fn gpu_i13_a_tree_in_lanes_is_every_path_alone() {
    bench().i13_a_tree_in_lanes_is_every_path_alone().unwrap();
}

#[test]
fn gpu_the_best_of_every_row_come_with_the_pass() {
    bench().the_best_of_every_row_come_with_the_pass().unwrap();
}

#[test]
fn gpu_i17_one_isolated_set_is_at_no_distance() {
    bench().i17_one_isolated_set_is_at_no_distance(1e-5).unwrap();
}

#[test]
fn gpu_i18_the_scored_reading_is_the_best_of_all_paths() {
    bench().i18_the_scored_reading_is_the_best_of_all_paths().unwrap();
}

#[test]
fn gpu_i19_a_lane_that_nobody_sees_changes_nothing() {
    bench().i19_a_lane_that_nobody_sees_changes_nothing().unwrap();
}

#[test]
fn gpu_a_pass_of_any_decoder_reads_what_decides() {
    bench().a_pass_of_any_decoder_reads_what_decides(true).unwrap();
}

#[test]
fn gpu_reading_lanes_cost_rows_alone() {
    bench().reading_lanes_cost_rows_alone().unwrap();
}
