//! What holds for every combination of options.

use proptest::prelude::*;

use crate::testing::{ScriptedModel, run, steps};
use crate::{
    Combine, EosPolicy, Event, GenerationOptions, Positions, RemovalKeep, RemovalMode, RemovalRule, RemovalScore,
    ScheduleKind, Slot, Visibility, Weighting,
};

pub(super) fn any_options() -> impl Strategy<Value = GenerationOptions> {
    let selection = (
        prop_oneof![Just(0.0), Just(0.02), Just(0.1), Just(0.4), Just(2.0)],
        0_usize..10,
        0_usize..6,
        prop::sample::select(vec![Combine::Mixture, Combine::LogitMean, Combine::First, Combine::Last, Combine::Max]),
        prop_oneof![Just(Visibility::Isolated), Just(Visibility::Visible), Just(Visibility::Ordered)],
        prop_oneof![Just(Positions::Shared), Just(Positions::Consecutive)],
        prop::sample::select(vec![Weighting::None, Weighting::Probability, Weighting::Gamma, Weighting::Kin]),
    );
    let removal = (
        prop_oneof![
            Just(RemovalMode::Off),
            Just(RemovalMode::Report),
            Just(RemovalMode::Mask),
            Just(RemovalMode::Evict),
            Just(RemovalMode::Rebuild),
            Just(RemovalMode::Fade)
        ],
        prop_oneof![
            Just(RemovalScore::Attention),
            Just(RemovalScore::Share),
            Just(RemovalScore::ShareRatio),
            Just(RemovalScore::Posterior),
            Just(RemovalScore::Gamma)
        ],
        prop_oneof![Just(RemovalRule::Relative), Just(RemovalRule::Absolute)],
        prop_oneof![Just(RemovalKeep::KeepToken), Just(RemovalKeep::KeepUnattended), Just(RemovalKeep::RemovePosition)],
        prop_oneof![Just(0.0), Just(0.01), Just(0.2), Just(0.9)],
        0_usize..9,
        0_usize..5,
    );
    let cuts = (
        prop::sample::select(vec![0.5, 1.0, 2.0]),
        prop::sample::select(vec![1.0, 1.0, 1.0, 1.3]),
        0_usize..5,
        prop::sample::select(vec![1.0, 0.7]),
        0_usize..10,
        prop::sample::select(vec![EosPolicy::Top, EosPolicy::Any, EosPolicy::All, EosPolicy::Mass]),
        prop::sample::select(vec![
            ScheduleKind::Constant,
            ScheduleKind::Linear,
            ScheduleKind::BezierShape,
            ScheduleKind::Entropy,
            ScheduleKind::MinP,
        ]),
        prop::sample::select(vec![0, 1, 5, 32]),
    );
    (selection, removal, cuts).prop_map(|(s, r, c)| GenerationOptions {
        selection_threshold: s.0,
        max_steps: s.1,
        max_set: s.2,
        combine: s.3,
        visibility: s.4,
        positions: s.5,
        weighting: s.6,
        removal: r.0,
        removal_score: r.1,
        removal_rule: r.2,
        removal_keep: r.3,
        removal_limit: r.4,
        budget: r.5,
        budget_recent: r.6,
        temperature: c.0,
        repetition_penalty: c.1,
        top_k: c.2,
        top_p: c.3,
        min_steps: c.4.min(s.1),
        eos: c.5,
        schedule: c.6,
        candidates: c.7,
        capacity: Some(30),
        ..GenerationOptions::default()
    })
}

proptest! {
    #[test]
    fn every_combination_keeps_its_promises(options in any_options(), prompt in prop::collection::vec(0_u32..24, 1..5)) {
        let mut model = ScriptedModel::new(24).with_eos(&[5, 17]);
        let events = run(&mut model, options, &prompt);
        let mut dead: Vec<Slot> = Vec::new();
        let mut next_slot = prompt.len();
        for step in steps(&events) {
            for member in &step.set {
                prop_assert_eq!(member.slot.index(), next_slot, "slots are unique and count upwards");
                next_slot += 1;
            }
            prop_assert!(step.slots <= 30 && step.live <= step.slots);
            prop_assert!((step.received.iter().sum::<f64>() - 1.0).abs() < 1e-5);
            prop_assert!(dead.iter().all(|slot| step.received[slot.index()] < 1e-12), "no query sees the removed");
            dead.extend(step.verdicts.iter().filter(|verdict| verdict.removes()).map(|verdict| verdict.slot));
            dead.extend(&step.over_budget);
        }
        for plan in &model.plans {
            let mut rows: Vec<_> = plan.queries.iter().map(|query| query.row).collect();
            rows.sort_unstable();
            rows.dedup();
            prop_assert_eq!(rows.len(), plan.queries.len(), "one row, one query");
            prop_assert!(plan.queries.iter().all(|query| plan.keys[query.row.index()].slot == query.slot));
            prop_assert!(plan.keys.iter().all(|key| key.bias.is_finite()));
            prop_assert!(plan.biases.iter().all(|bias| (-20.73..=1e-6).contains(bias)), "between ln 1e-9 and 0");
            prop_assert!([0, plan.queries.len() * plan.keys.len()].contains(&plan.biases.len()));
        }
        for event in &events {
            let line = serde_json::to_string(event).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Event>(&line).unwrap(), event, "events survive the wire");
        }
        let again = run(&mut model, options, &prompt);
        prop_assert_eq!(again, events, "equal inputs, equal events");
    }
}
