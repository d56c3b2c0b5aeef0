//! Every option changes an output, or it would not exist.

use super::{PROMPT, end, events, options, removing};
use crate::testing::{ScriptedModel, run, sets, steps};
use crate::{
    Combine, EosPolicy, GenerationOptions, LayerWeights, LimitScheduleKind, Positions, RemovalKeep, RemovalMode,
    RemovalRule, RemovalScore, ScheduleKind, Visibility, Weighting,
};

type Change = fn(&mut GenerationOptions);

/// Runs each case's base with and without its change and wants different steps or another end.
fn assert_each_changes_something(cases: &[(&str, Change, Change)]) {
    for (name, base, change) in cases {
        let before = events(base);
        let after = events(|o| {
            base(o);
            change(o);
        });
        // The run event repeats the options, so it always differs.
        assert!(before[1..] != after[1..], "{name} changes nothing");
    }
}

fn judging(o: &mut GenerationOptions) {
    removing(RemovalMode::Mask)(o);
}

fn absolute(o: &mut GenerationOptions) {
    (o.removal, o.removal_rule, o.removal_limit) = (RemovalMode::Mask, RemovalRule::Absolute, 0.3);
}

fn hopeless(o: &mut GenerationOptions) {
    absolute(o);
    o.removal_limit = 0.9;
}

fn fading(o: &mut GenerationOptions) {
    removing(RemovalMode::Fade)(o);
}

fn reporting(o: &mut GenerationOptions) {
    removing(RemovalMode::Report)(o);
}

fn moving(kind: LimitScheduleKind) -> impl Fn(&mut GenerationOptions) {
    move |o| {
        absolute(o);
        o.removal_schedule = kind;
    }
}

#[test]
fn options_of_selection_and_attention() {
    assert_each_changes_something(&[
        ("selection_threshold", |_| (), |o| o.selection_threshold = 0.02),
        ("max_steps", |_| (), |o| o.max_steps = 4),
        ("max_set", |_| (), |o| o.max_set = 2),
        ("temperature", |_| (), |o| o.temperature = 2.0),
        ("repetition_penalty", |_| (), |o| o.repetition_penalty = 1.5),
        ("top_k", |_| (), |o| o.top_k = 2),
        ("top_p", |_| (), |o| o.top_p = 0.3),
        ("combine", |_| (), |o| o.combine = Combine::First),
        ("schedule", |_| (), |o| o.schedule = ScheduleKind::Linear),
        ("final_threshold", |o| o.schedule = ScheduleKind::Linear, |o| o.final_threshold = 0.2),
        ("bezier_p1", |o| o.schedule = ScheduleKind::BezierValues, |o| o.bezier_p1 = 0.0),
        ("bezier_p2", |o| o.schedule = ScheduleKind::BezierShape, |o| o.bezier_p2 = 0.0),
        ("relu_at", |o| o.schedule = ScheduleKind::Relu, |o| o.relu_at = 0.2),
        ("visibility", |_| (), |o| o.visibility = Visibility::Visible),
        ("ordered", |o| o.visibility = Visibility::Visible, |o| o.visibility = Visibility::Ordered),
        ("positions", |_| (), |o| o.positions = Positions::Consecutive),
        ("position_gap", |_| (), |o| o.position_gap = 5),
        ("weighting", |_| (), |o| o.weighting = Weighting::Probability),
    ]);
}

#[test]
fn options_of_removal() {
    assert_each_changes_something(&[
        ("removal", |_| (), judging),
        ("removal_score attention", absolute, |o| o.removal_score = RemovalScore::Attention),
        ("removal_score share-ratio", judging, |o| o.removal_score = RemovalScore::ShareRatio),
        ("removal_score posterior", judging, |o| o.removal_score = RemovalScore::Posterior),
        ("removal_rule", judging, |o| o.removal_rule = RemovalRule::Absolute),
        ("removal_limit", absolute, |o| o.removal_limit = 0.45),
        ("relative", judging, |o| o.relative = 0.8),
        ("removal_keep keep-unattended", hopeless, |o| o.removal_keep = RemovalKeep::KeepUnattended),
        ("removal_keep remove-position", hopeless, |o| o.removal_keep = RemovalKeep::RemovePosition),
        ("removal_layers", judging, |o| o.removal_layers = 1),
        ("layer_weights", judging, |o| o.layer_weights = LayerWeights::Linear),
        ("min_evidence", judging, |o| o.min_evidence = 3),
        ("window", reporting, |o| o.window = 1),
        ("fade_steepness", fading, |o| o.fade_steepness = 1.0),
        ("removal_schedule", absolute, |o| o.removal_schedule = LimitScheduleKind::Linear),
        ("removal_final", |o| moving(LimitScheduleKind::Linear)(o), |o| o.removal_final = 0.3),
        ("removal_p1", |o| moving(LimitScheduleKind::BezierShape)(o), |o| o.removal_p1 = 0.9),
        ("removal_p2", |o| moving(LimitScheduleKind::BezierValues)(o), |o| o.removal_p2 = 0.1),
        ("removal_at", |o| moving(LimitScheduleKind::Relu)(o), |o| o.removal_at = 0.0),
        ("budget", |_| (), |o| o.budget = 6),
        ("budget_recent", |o| o.budget = 6, |o| o.budget_recent = 0),
    ]);
}

#[test]
fn eos_policies_and_candidates_change_something() {
    let branching = sets(&events(|_| ()));
    let eos = branching.iter().find(|set| set.len() > 1).unwrap()[1];
    let with = |change: fn(&mut GenerationOptions)| {
        run(&mut ScriptedModel::new(24).with_eos(&[eos]), options(change), &PROMPT)
    };
    assert_ne!(end(&with(|_| ())).stats, end(&with(|o| o.eos = EosPolicy::Any)).stats);
    assert_eq!(steps(&with(|o| o.candidates = 2))[0].candidates.len(), 2);
}
