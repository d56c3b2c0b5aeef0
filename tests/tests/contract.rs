//! `www/src/contract.ts` and `www/src/idle-rules.ts` are what the Rust types say. `UPDATE_EXPECT=1` writes them anew.

use std::path::{Path, PathBuf};

use tempo_chat::ANSWER_STEPS;
use tempo_core::compare::Outcome;
use tempo_core::{
    BeamsEvent, ChosenToken, Combine, DecoderKind, EndEvent, EosPolicy, Event, GenerationOptions, Idle, LayerWeights,
    LimitScheduleKind, MeterEvent, MeterProposal, OptionKind, OptionRow, OptionValue, Position, Positions, Preset,
    Reading, ReadingEvent, ReadingKind, RemovalKeep, RemovalMode, RemovalRule, RemovalScore, RunEvent, SamplesEvent,
    ScheduleKind, ScoredText, ScoredToken, SearchEvent, StepEvent, StopReason, TokenId, Visibility, Weighting,
};
use tempo_model::DeviceReason;
use tempo_tests::contract::Contract;
use tempo_tests::models::fixtures;
use tempo_web::{
    AttentionMaps, ChatReport, DeviceKind, DeviceReport, ErrorCode, LaneReport, LoadProgress, ModelNeed, PromptLength,
    SimulationReport, WorkCounts,
};

const HEAD: &str =
    "// Generated from the Rust types by tests/tests/contract.rs; do not edit. UPDATE_EXPECT=1 writes it anew.\n\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The beginning, the first step, with its verdicts, and the end of a recorded run; none of them has all keys.
fn recorded() -> (RunEvent, StepEvent, EndEvent) {
    let text = std::fs::read_to_string(fixtures().join("tempo/mask-share.jsonl")).unwrap();
    let events: Vec<Event> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let step = events.iter().find_map(|event| match event {
        Event::Step(step) if !step.verdicts.is_empty() => Some(step.clone()),
        _ => None,
    });
    match (events.first(), events.last()) {
        (Some(Event::Run(run)), Some(Event::End(end))) => (run.clone(), step.unwrap(), end.clone()),
        other => panic!("a run begins with its run event and ends with its end event, not {other:?}"),
    }
}

fn types() -> String {
    let sources = [
        "tempo-core/src/event.rs",
        "tempo-core/src/event/meter.rs",
        "tempo-core/src/event/decoders.rs",
        "tempo-core/src/event/scored.rs",
        "tempo-core/src/options.rs",
        "tempo-core/src/options/choices.rs",
        "tempo-core/src/ids.rs",
        "tempo-core/src/compare/bounded.rs",
        "tempo-model/src/device.rs",
        "tempo-web/src/report.rs",
        "tempo-web/src/error.rs",
    ];
    let sources = sources.map(|path| std::fs::read_to_string(root().join("crates").join(path)).unwrap());
    let (run, step, end) = recorded();
    let reading = ReadingEvent {
        kind: ReadingKind::Viterbi,
        text: String::new(),
        ids: Vec::new(),
        log_probability: 0.0,
        score: None,
        exact: None,
    };
    let meter = MeterEvent {
        paths: 1.0,
        kl: 0.0,
        total_variation: 0.0,
        top1: true,
        members: Vec::new(),
        sampled: None,
        ess: None,
    };
    let (step_number, slots, live, timing) = (0, 0, 0, None);
    let samples = SamplesEvent { step: step_number, lanes: Vec::new(), slots, live, timing };
    let (hypotheses, finished) = (Vec::new(), Vec::new());
    let beams = BeamsEvent { step: step_number, hypotheses, finished, slots, live, timing };
    let (simulations, tree) = (Vec::new(), Vec::new());
    let chosen =
        ChosenToken { slot: None, position: Position(0), id: TokenId(0), text: String::new(), probability: 1.0 };
    let search = SearchEvent { step: step_number, simulations, tree, chosen, slots, live, timing };
    let need = ModelNeed {
        architecture: String::new(),
        parameters: 0,
        weights: String::new(),
        weights_reason: String::new(),
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
        .add::<Reading>()
        .add::<MeterProposal>()
        .add::<DecoderKind>()
        .add::<ReadingKind>()
        .add::<StopReason>()
        .add::<GenerationOptions>()
        .add::<RunEvent>()
        .add::<StepEvent>()
        .add::<SamplesEvent>()
        .add::<BeamsEvent>()
        .add::<SearchEvent>()
        .add::<EndEvent>()
        .add::<ErrorCode>()
        .add::<DeviceKind>()
        .add::<DeviceReason>()
        .add::<DeviceReport>()
        .add::<ModelNeed>()
        .add::<PromptLength>()
        .add::<ChatReport>()
        .add::<LoadProgress>()
        .add::<AttentionMaps>()
        .add::<SimulationReport>()
        .add::<Outcome>()
        .add::<LaneReport>()
        .add::<ScoredToken>()
        .add::<ScoredText>()
        .add::<WorkCounts>()
        .leaves_out("StepEvent", &step, &["over_budget", "timing", "chain", "meter"])
        .leaves_out("MeterEvent", &meter, &["sampled", "ess"])
        .leaves_out("SamplesEvent", &samples, &["timing"])
        .leaves_out("BeamsEvent", &beams, &["timing"])
        .leaves_out("SearchEvent", &search, &["timing"])
        .leaves_out("EndEvent", &end, &["ended", "readings", "work", "answer"])
        .leaves_out("ReadingEvent", &reading, &["score", "exact"])
        .leaves_out("Verdict", &step.verdicts[0], &["unattended"])
        .leaves_out("Stats", &end.stats, &["seconds"])
        .leaves_out("ModelNeed", &need, &["obstacle"])
        .leaves_out("ModelEvent", &run.model, &["weights"])
        .leaves_out("RunEvent", &run, &["chat"]);
    contract.write(
        &[
            ("RunEvent", "run"),
            ("StepEvent", "step"),
            ("SamplesEvent", "samples"),
            ("BeamsEvent", "beams"),
            ("SearchEvent", "search"),
            ("EndEvent", "end"),
        ],
        &[("AttentionMaps", "weights", "Float32Array")],
    )
}

/// What the table of options says: defaults, names of choices, ranges, and when an option has no effect.
fn values() -> String {
    let defaults = serde_json::to_string_pretty(&GenerationOptions::default()).unwrap();
    let choices = lines(&|row| names_of(row).map(list));
    let range = |row: &OptionRow, most: f64| {
        let least = row.range.bounds().0;
        format!("[{}, {}]", number(least), number(most))
    };
    let numbers = lines(&|row| (row.kind == OptionKind::Number).then(|| range(row, row.range.bounds().1)));
    let counts = lines(&|row| {
        matches!(row.kind, OptionKind::Count(_)).then(|| range(row, row.range.bounds().1.min(f64::from(u32::MAX))))
    });
    let presets: String = Preset::ALL.iter().map(|preset| format!("  {},\n", changes(*preset))).collect();
    format!(
        "/** The documented defaults. */\nexport const DEFAULTS: Readonly<GenerationOptions> = {defaults};\n\n\
         /** `max_steps` of an answer in a conversation, where nobody says how many. */\nexport const ANSWER_STEPS = {ANSWER_STEPS};\n\n\
         /** The values of every option that is one of a few names, in the order of the documentation. */\n\
         export const CHOICES = {{\n{choices}}} as const;\n\n\
         /** Least and largest value of every option that is a number. */\n\
         export const NUMBERS = {{\n{numbers}}} as const;\n\n\
         /** The same of the whole ones. Where a page runs, they have 32 bits. */\n\
         export const COUNTS = {{\n{counts}}} as const;\n\n\
         /** What every preset changes of the defaults, in the order of the documentation. */\n\
         export const PRESET_OPTIONS = {{\n{presets}}} as const;\n\n\
         /** One line of a trace. */\nexport type Event = RunEvent | StepEvent | EndEvent;\n\n\
         /** A step of a decoder beside TEMPO. */\nexport type DecoderEvent = SamplesEvent | BeamsEvent | SearchEvent;\n",
    )
}

/// A line for each option of which there is something to say.
fn lines(line: &dyn Fn(&OptionRow) -> Option<String>) -> String {
    let lines = GenerationOptions::ROWS.iter();
    lines.filter_map(|row| Some(format!("  {}: {},\n", row.name, line(row)?))).collect()
}

/// A file of its own: only the settings ask for it.
fn idle_rules() -> String {
    let idle = lines(&|row| {
        let rules: Vec<String> = row.idle.iter().map(rule).collect();
        (!rules.is_empty()).then(|| format!("[\n    {},\n  ]", rules.join(",\n    ")))
    });
    format!(
        "/** When an option has no effect: while another one holds one of these values, and `besides` is 0. The first that does is why. */\n\
         export const IDLE = {{\n{idle}}} as const;\n",
    )
}

fn names_of(row: &OptionRow) -> Option<&'static [&'static str]> {
    match row.kind {
        OptionKind::Choice { names, .. } => Some(names),
        _ => None,
    }
}

/// A preset with the options that it changes, in TypeScript.
fn changes(preset: Preset) -> String {
    let [default, options] = [GenerationOptions::default(), preset.options()]
        .map(|options| serde_json::to_value(options).expect("options can be written"));
    let rows = GenerationOptions::ROWS.iter().filter(|row| default[row.name] != options[row.name]);
    let changed: Vec<String> =
        rows.map(|row| format!("{}: {}", row.name, options[row.name].to_string().replace('"', "'"))).collect();
    let name = preset.name();
    let key = if name.contains('-') { format!("'{name}'") } else { name.to_owned() };
    if changed.is_empty() { format!("{key}: {{}}") } else { format!("{key}: {{ {} }}", changed.join(", ")) }
}

/// Names in TypeScript.
fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    format!("[{}]", names.join(", "))
}

/// A bound in TypeScript.
fn number(bound: f64) -> String {
    let ends =
        [(f64::MAX, "Number.MAX_VALUE"), (f64::MIN, "-Number.MAX_VALUE"), (f64::from_bits(1), "Number.MIN_VALUE")];
    let end = ends.into_iter().find(|(end, _)| end.to_bits() == bound.to_bits());
    end.map_or_else(|| bound.to_string(), |(_, name)| name.to_owned())
}

/// A reason why an option has no effect, with all the values that are one.
fn rule(idle: &Idle) -> String {
    let other = GenerationOptions::row(idle.option).expect("an option");
    let values = match names_of(other) {
        Some(names) => {
            list(&names.iter().copied().filter(|name| idle.holds(OptionValue::Name(name))).collect::<Vec<_>>())
        }
        // Counts turn an option off with 0.
        None => "[0]".to_owned(),
    };
    let besides = idle.besides.map_or_else(String::new, |count| format!(", besides: '{count}'"));
    // Where the reason holds for some decoders alone, they stand beside it.
    let decoders: Vec<&str> = idle.decoders.iter().map(|decoder| decoder.name()).collect();
    let decoders = if decoders.is_empty() { String::new() } else { format!(", decoders: {}", list(&decoders)) };
    format!("{{ option: '{}', values: {values}{besides}{decoders} }}", idle.option)
}

#[test]
fn the_page_s_types_are_the_rust_types() {
    for (name, text) in [("contract", types() + &values()), ("idle-rules", idle_rules())] {
        let path = root().join(format!("www/src/{name}.ts"));
        let written = format!("{HEAD}{text}");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &written).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap();
        assert!(
            committed == written,
            "www/src/{name}.ts is not what the Rust types say; run this with UPDATE_EXPECT=1"
        );
    }
}
