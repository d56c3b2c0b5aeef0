//! `www/src/contract.ts` is what the Rust types say. `UPDATE_EXPECT=1` writes it anew.

use std::path::{Path, PathBuf};

use tempo_core::{
    Combine, EndEvent, EosPolicy, Event, GenerationOptions, LayerWeights, LimitScheduleKind, Positions, RemovalKeep,
    RemovalMode, RemovalRule, RemovalScore, RunEvent, ScheduleKind, StepEvent, StopReason, Visibility, Weighting,
};
use tempo_tests::contract::Contract;
use tempo_tests::models::fixtures;
use tempo_web::{
    AttentionMaps, DeviceKind, DeviceReason, DeviceReport, ErrorCode, LoadProgress, ModelNeed, WorkCounts,
};

const HEAD: &str =
    "// Generated from the Rust types by tests/tests/contract.rs; do not edit. UPDATE_EXPECT=1 writes it anew.\n\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The first step, with its verdicts, and the end of a recorded run; neither has times.
fn recorded() -> (StepEvent, EndEvent) {
    let text = std::fs::read_to_string(fixtures().join("tempo/mask-share.jsonl")).unwrap();
    let events: Vec<Event> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let step = events.iter().find_map(|event| match event {
        Event::Step(step) if !step.verdicts.is_empty() => Some(step.clone()),
        _ => None,
    });
    match events.last() {
        Some(Event::End(end)) => (step.unwrap(), end.clone()),
        other => panic!("a run ends with its end event, not {other:?}"),
    }
}

fn types() -> String {
    let sources = [
        "tempo-core/src/event.rs",
        "tempo-core/src/options.rs",
        "tempo-core/src/ids.rs",
        "tempo-web/src/report.rs",
        "tempo-web/src/error.rs",
    ];
    let sources = sources.map(|path| std::fs::read_to_string(root().join("crates").join(path)).unwrap());
    let (step, end) = recorded();
    let need = ModelNeed {
        architecture: String::new(),
        parameters: 0,
        weights_bytes: 0,
        cache_bytes_per_row: 0,
        largest_buffer_bytes: 0,
        max_positions: 0,
        obstacle: None,
    };
    let mut contract = Contract::new(&sources);
    contract
        .add::<Combine>()
        .add::<ScheduleKind>()
        .add::<LimitScheduleKind>()
        .add::<EosPolicy>()
        .add::<Visibility>()
        .add::<Positions>()
        .add::<Weighting>()
        .add::<RemovalMode>()
        .add::<RemovalScore>()
        .add::<RemovalRule>()
        .add::<RemovalKeep>()
        .add::<LayerWeights>()
        .add::<StopReason>()
        .add::<GenerationOptions>()
        .add::<RunEvent>()
        .add::<StepEvent>()
        .add::<EndEvent>()
        .add::<ErrorCode>()
        .add::<DeviceKind>()
        .add::<DeviceReason>()
        .add::<DeviceReport>()
        .add::<ModelNeed>()
        .add::<LoadProgress>()
        .add::<AttentionMaps>()
        .add::<WorkCounts>()
        .leaves_out("StepEvent", &step, &["over_budget", "timing"])
        .leaves_out("Verdict", &step.verdicts[0], &["unattended"])
        .leaves_out("Stats", &end.stats, &["seconds"])
        .leaves_out("ModelNeed", &need, &["obstacle"]);
    contract.write(
        &[("RunEvent", "run"), ("StepEvent", "step"), ("EndEvent", "end")],
        &[("AttentionMaps", "weights", "Float32Array")],
    )
}

/// Default values of all options, and the names that each choice has.
fn values() -> String {
    let defaults = serde_json::to_string_pretty(&GenerationOptions::default()).unwrap();
    let choices: [(&str, &[&str]); 12] = [
        ("combine", Combine::NAMES),
        ("schedule", ScheduleKind::NAMES),
        ("eos", EosPolicy::NAMES),
        ("visibility", Visibility::NAMES),
        ("positions", Positions::NAMES),
        ("weighting", Weighting::NAMES),
        ("removal", RemovalMode::NAMES),
        ("removal_score", RemovalScore::NAMES),
        ("removal_rule", RemovalRule::NAMES),
        ("removal_keep", RemovalKeep::NAMES),
        ("layer_weights", LayerWeights::NAMES),
        ("removal_schedule", LimitScheduleKind::NAMES),
    ];
    let written: serde_json::Value = serde_json::from_str(&defaults).unwrap();
    let strings = written.as_object().unwrap().iter().filter(|(_, value)| value.is_string());
    for (field, value) in strings {
        let known = choices.iter().find(|(name, _)| name == field);
        let names = known.unwrap_or_else(|| panic!("{field} is a choice that the page does not know")).1;
        assert!(names.contains(&value.as_str().unwrap()), "{field}: {value}");
    }
    let choices = choices.map(|(field, names)| {
        let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        format!("  {field}: [{}],\n", names.join(", "))
    });
    format!(
        "/** The documented defaults. */\nexport const DEFAULTS: Readonly<GenerationOptions> = {defaults};\n\n\
         /** The values of every option that is one of a few names, in the order of the documentation. */\n\
         export const CHOICES = {{\n{}}} as const;\n\n\
         /** One line of a trace. */\nexport type Event = RunEvent | StepEvent | EndEvent;\n",
        choices.concat()
    )
}

#[test]
fn the_page_s_types_are_the_rust_types() {
    let path = root().join("www/src/contract.ts");
    let written = format!("{HEAD}{}{}", types(), values());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(committed == written, "www/src/contract.ts is not what the Rust types say; run this with UPDATE_EXPECT=1");
}
