//! Every setting of `tempo generate`, once: from this table come the flags, the variables, the keys of configuration
//! files, the checks before a model is loaded, and the help. Defaults are not here; they belong to the core.

use std::sync::LazyLock;

use serde_json::{Map, Value};
use tempo_core::{
    Combine, EosPolicy, GenerationOptions, LayerWeights, LimitScheduleKind, Positions, RemovalKeep, RemovalMode,
    RemovalRule, RemovalScore, ScheduleKind, Visibility, Weighting,
};

use super::value::{Kind, Range};
use crate::render::Format;

/// Settings that belong together under one heading of the help.
pub(crate) struct Group {
    /// The heading.
    pub(crate) heading: &'static str,
    /// Whether the core knows them: then they are exactly the keys of [`GenerationOptions`].
    pub(crate) generation: bool,
    /// The settings, in the order of the help.
    pub(crate) settings: &'static [Setting],
}

/// One setting.
pub(crate) struct Setting {
    /// Its key in files and traces; flag and variable follow from it.
    pub(crate) name: &'static str,
    /// Further names of the flag.
    pub(crate) alias: Option<&'static str>,
    /// What it may be.
    pub(crate) kind: Kind,
    /// What it does.
    pub(crate) help: &'static str,
    /// The default in words, where the core's value does not say it.
    default: Option<&'static str>,
}

impl Setting {
    const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self { name, alias: None, kind, help, default: None }
    }

    const fn alias(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }

    const fn default(self, words: &'static str) -> Self {
        Self { default: Some(words), ..self }
    }

    /// The flag, without its dashes.
    pub(crate) fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("TEMPO_{}", self.name.to_uppercase())
    }

    /// The help with range and default in brackets.
    pub(crate) fn help_text(&self) -> String {
        let mut facts = Vec::new();
        if let Kind::Number(range) = self.kind {
            facts.push(range.words().to_owned());
        }
        if let Some(default) = self.default_words() {
            facts.push(format!("default: {default}"));
        }
        if facts.is_empty() { self.help.to_owned() } else { format!("{} [{}]", self.help, facts.join("; ")) }
    }

    fn default_words(&self) -> Option<String> {
        if let Some(words) = self.default {
            return Some(words.to_owned());
        }
        match DEFAULTS.get(self.name)? {
            Value::String(name) => Some(name.clone()),
            // 1.0 and 1 are the same default; the shorter is easier to read.
            Value::Number(number) => {
                Some(number.as_f64().map_or_else(|| number.to_string(), |value| value.to_string()))
            }
            _ => None,
        }
    }
}

static DEFAULTS: LazyLock<Map<String, Value>> = LazyLock::new(generation_defaults);

/// The core's defaults under their wire names.
pub(crate) fn generation_defaults() -> Map<String, Value> {
    match serde_json::to_value(GenerationOptions::default()) {
        Ok(Value::Object(map)) => map,
        other => unreachable!("the core's options are a flat object, not {other:?}"),
    }
}

/// Every setting of every group.
pub(crate) fn settings() -> impl Iterator<Item = &'static Setting> {
    GROUPS.iter().flat_map(|group| group.settings)
}

/// The setting of that name.
pub(crate) fn find(name: &str) -> Option<&'static Setting> {
    settings().find(|setting| setting.name == name)
}

/// Whether the core knows the setting.
pub(crate) fn is_generation(name: &str) -> bool {
    GROUPS.iter().any(|group| group.generation && group.settings.iter().any(|setting| setting.name == name))
}

/// Names of `--device`.
pub(crate) const DEVICES: &[&str] = &["auto", "cpu", "gpu"];
/// Formats of weights.
const WEIGHTS: &[&str] = &["f32", "f16", "q8", "q4"];
/// Ways to compute.
const KERNELS: &[&str] = &["fused", "tensor"];

const COUNT: Kind = Kind::Count(usize::MAX as u64);
const NON_NEGATIVE: Kind = Kind::Number(Range::NonNegative);
const POSITIVE: Kind = Kind::Number(Range::Positive);
const UNIT: Kind = Kind::Number(Range::Unit);
const FINITE: Kind = Kind::Number(Range::Finite);

/// The table.
pub(crate) static GROUPS: &[Group] = &[
    Group {
        heading: "Model and prompt",
        generation: false,
        settings: &[
            Setting::new(
                "model",
                Kind::Text("DIR"),
                "Folder with config.json, tokenizer.json and safetensors, or GGUF file",
            )
            .default("the built-in story model"),
            Setting::new(
                "prompt",
                Kind::Text("TEXT"),
                "Text to continue; the built-in model has an example for those who give none",
            ),
            Setting::new(
                "prompt_file",
                Kind::Text("FILE"),
                "File to continue, `-` for standard input; one final line break is left out",
            ),
            Setting::new(
                "config",
                Kind::Text("FILE"),
                "Settings from a .toml or .json file: keys are flags with `_` for `-`",
            ),
            Setting::new("device", Kind::Choice(DEVICES), "Where the model runs; see `tempo devices`").default("auto"),
            Setting::new("weights", Kind::Choice(WEIGHTS), "What weights are kept as, converted while they are loaded")
                .default("f32"),
            Setting::new("kernels", Kind::Choice(KERNELS), "Which code computes a pass").default("fused"),
            Setting::new("threads", COUNT, "Threads of the CPU backend; 0: one per core").default("0"),
            Setting::new("seed", COUNT, "Accepted for scripts; nothing is random yet, so it changes nothing"),
        ],
    },
    Group {
        heading: "Output",
        generation: false,
        settings: &[
            Setting::new("format", Kind::Choice(Format::NAMES), "What is printed at the end").default("lattice"),
            Setting::new("show_ids", Kind::Switch, "Show token ids in `lattice` and `json`"),
            Setting::new(
                "trace",
                Kind::Text("FILE"),
                "Write every event as a line of JSON, `-` for standard output (a given --format then goes to standard error)",
            ),
        ],
    },
    Group {
        heading: "Selection: which tokens form a set",
        generation: true,
        settings: &[
            Setting::new(
                "selection_threshold",
                NON_NEGATIVE,
                "Least probability for joining a set; above 1 means greedy",
            ),
            Setting::new("max_set", COUNT, "Most members of a set; 1 means greedy, 0 no limit"),
            Setting::new("temperature", POSITIVE, "Divides the logits: below 1 sharper, above 1 flatter"),
            Setting::new(
                "repetition_penalty",
                POSITIVE,
                "Makes tokens already in the sequence less likely; 1 means off",
            ),
            Setting::new("top_k", COUNT, "Only the N most probable tokens may join; 0 means off"),
            Setting::new("top_p", UNIT, "Only the most probable tokens up to this mass may join; 0 and 1 mean off"),
            Setting::new(
                "combine",
                Kind::Choice(Combine::NAMES),
                "How the members' next-token rows become one distribution",
            ),
        ],
    },
    Group {
        heading: "Schedule: how the selection threshold moves",
        generation: true,
        settings: &[
            Setting::new(
                "schedule",
                Kind::Choice(ScheduleKind::NAMES),
                "Curve of the selection threshold over the run",
            ),
            Setting::new("final_threshold", NON_NEGATIVE, "Where linear, relu and bezier schedules end"),
            Setting::new("bezier_p1", FINITE, "First control value of a bezier schedule"),
            Setting::new("bezier_p2", FINITE, "Second control value of a bezier schedule"),
            Setting::new("relu_at", UNIT, "Progress at which relu begins to move"),
        ],
    },
    Group {
        heading: "Length",
        generation: true,
        settings: &[
            Setting::new("max_steps", COUNT, "Most steps; each appends one set").alias("max-tokens"),
            Setting::new("min_steps", COUNT, "Steps before end-of-text may be chosen"),
            Setting::new("eos", Kind::Choice(EosPolicy::NAMES), "When a set with end-of-text in it ends the run"),
            Setting::new("capacity", COUNT, "Most cache rows in use, prompt included")
                .default("the model's context length"),
        ],
    },
    Group {
        heading: "Positions and attention",
        generation: true,
        settings: &[
            Setting::new("visibility", Kind::Choice(Visibility::NAMES), "Who sees whom inside a set"),
            Setting::new(
                "positions",
                Kind::Choice(Positions::NAMES),
                "Whether members of a set share one RoPE position",
            ),
            Setting::new("position_gap", Kind::Count(u32::MAX as u64), "Shifts all generated positions"),
            Setting::new(
                "weighting",
                Kind::Choice(Weighting::NAMES),
                "Whether a member's probability weighs its attention",
            ),
        ],
    },
    Group {
        heading: "Removal: later attention takes members out",
        generation: true,
        settings: &[
            Setting::new("removal", Kind::Choice(RemovalMode::NAMES), "What a verdict does"),
            Setting::new("removal_score", Kind::Choice(RemovalScore::NAMES), "What a member is judged by"),
            Setting::new("removal_rule", Kind::Choice(RemovalRule::NAMES), "What the score is compared with"),
            Setting::new("removal_limit", NON_NEGATIVE, "Least score under --removal-rule absolute")
                .alias("attention-threshold"),
            Setting::new("relative", NON_NEGATIVE, "Least share of the set's mean score under --removal-rule relative"),
            Setting::new(
                "removal_keep",
                Kind::Choice(RemovalKeep::NAMES),
                "What happens when no member of a set passes",
            ),
            Setting::new("removal_layers", COUNT, "Measure attention in the last N layers; 0 means all"),
            Setting::new("layer_weights", Kind::Choice(LayerWeights::NAMES), "How the measured layers count"),
            Setting::new("min_evidence", COUNT, "Later steps before a set is judged"),
            Setting::new("window", COUNT, "Judge by the latest N steps; 0 means all"),
            Setting::new("fade_steepness", NON_NEGATIVE, "Steepness of --removal fade"),
            Setting::new(
                "removal_schedule",
                Kind::Choice(LimitScheduleKind::NAMES),
                "Curve of the removal limit over the run",
            ),
            Setting::new("removal_final", NON_NEGATIVE, "Where a moving removal limit ends"),
            Setting::new("removal_p1", FINITE, "First control value of a bezier removal schedule"),
            Setting::new("removal_p2", FINITE, "Second control value of a bezier removal schedule"),
            Setting::new("removal_at", UNIT, "Progress at which a relu removal schedule begins to move"),
        ],
    },
    Group {
        heading: "Budget and report",
        generation: true,
        settings: &[
            Setting::new("budget", COUNT, "Most cache rows to hold, by evicting the least attended; 0 means off"),
            Setting::new("budget_recent", COUNT, "Newest rows that the budget never takes"),
            Setting::new("candidates", COUNT, "How many of the most probable tokens each step of a trace lists"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_exactly_the_options_of_the_core() {
        let table: BTreeSet<_> = GROUPS
            .iter()
            .filter(|group| group.generation)
            .flat_map(|group| group.settings)
            .map(|row| row.name.to_owned())
            .collect();
        let core: BTreeSet<_> = generation_defaults().into_iter().map(|(name, _)| name).collect();
        assert_eq!(table, core);
    }

    #[test]
    fn flags_and_variables_are_unique() {
        let mut flags = BTreeSet::new();
        for setting in settings() {
            assert!(flags.insert(setting.flag()), "{}", setting.name);
            assert!(setting.alias.is_none_or(|alias| flags.insert(alias.to_owned())), "{}", setting.name);
        }
        assert_eq!(find("selection_threshold").unwrap().variable(), "TEMPO_SELECTION_THRESHOLD");
    }

    #[test]
    fn the_help_shows_ranges_and_the_defaults_of_the_core() {
        let text = |name| find(name).unwrap().help_text();
        assert!(text("selection_threshold").ends_with("[0 or more; default: 0.1]"));
        assert!(text("temperature").ends_with("[more than 0; default: 1]"));
        assert!(text("combine").ends_with("[default: mixture]"));
        assert!(text("capacity").ends_with("[default: the model's context length]"));
        assert_eq!(text("prompt"), find("prompt").unwrap().help);
    }

    #[test]
    fn ranges_are_those_of_the_core() {
        let model = tempo_core::ModelDescription {
            id: "m".into(),
            architecture: "llama".into(),
            layers: 1,
            heads: 1,
            kv_heads: 1,
            head_dim: 2,
            vocab: 4,
            rope_theta: 1e4,
            max_positions: 8,
            eos: vec![],
        };
        for setting in GROUPS.iter().filter(|group| group.generation).flat_map(|group| group.settings) {
            if !matches!(setting.kind, Kind::Number(_)) {
                continue;
            }
            for number in [-1.0, 0.0, 0.5, 1.0, 2.0] {
                let mut map = generation_defaults();
                map.insert(setting.name.to_owned(), Value::from(number));
                let options: GenerationOptions = serde_json::from_value(Value::Object(map)).unwrap();
                let here = setting.kind.accept(Value::from(number)).is_ok();
                assert_eq!(here, options.check(&model).is_ok(), "{} {number}", setting.name);
            }
        }
    }
}
