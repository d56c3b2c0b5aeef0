//! Every setting of `tempo generate`, once: from this table come the flags, the variables, the keys of configuration
//! files, the checks before a model is loaded, and the help. The core's options are here as the rows of its own table.

use std::sync::LazyLock;

use tempo_chat::ANSWER_STEPS;
use tempo_core::{GenerationOptions, OptionGroup, OptionKind, OptionRow, OptionValue, Preset};

use super::value::{Kind, Names};
use crate::render::Format;

/// Settings that belong together under one heading of the help.
pub(crate) struct Group {
    /// The heading.
    pub(crate) heading: &'static str,
    /// The settings, in the order of the help.
    pub(crate) settings: Vec<Setting>,
}

/// One setting.
pub(crate) struct Setting {
    /// Its key in files and traces; flag and variable follow from it.
    pub(crate) name: &'static str,
    /// A further name of the flag.
    pub(crate) alias: Option<&'static str>,
    /// What it may be.
    pub(crate) kind: Kind,
    /// What it does.
    pub(crate) help: String,
    /// The default in words, where there is one.
    default: Option<String>,
}

impl Setting {
    fn new(name: &'static str, kind: Kind, help: &str) -> Self {
        Self { name, alias: None, kind, help: help.to_owned(), default: None }
    }

    fn default(self, words: &str) -> Self {
        Self { default: Some(words.to_owned()), ..self }
    }

    /// An option of the core.
    fn option(row: &OptionRow) -> Self {
        let kind = match row.kind {
            OptionKind::Number => Kind::Number(row.range),
            OptionKind::Count(most) => Kind::Count(most),
            OptionKind::Choice { names, meanings } => Kind::Choice(Names { names, meanings }),
        };
        let default = match GenerationOptions::default().value(row.name) {
            None | Some(OptionValue::Unset) => row.unset.map(str::to_owned),
            // An answer of a conversation has a length of its own.
            Some(value) if row.name == "max_steps" => Some(format!("{value}; {ANSWER_STEPS} for an answer of a chat")),
            Some(value) => Some(value.to_string()),
        };
        Self { name: row.name, alias: row.alias, kind, help: words(row.doc), default }
    }

    /// The flag, without its dashes.
    pub(crate) fn flag(&self) -> String {
        flag(self.name)
    }

    /// The environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("TEMPO_{}", self.name.to_uppercase())
    }

    /// The help with range and default in brackets.
    pub(crate) fn help_text(&self) -> String {
        let range = match self.kind {
            Kind::Number(range) => Some(range.words().to_owned()),
            _ => None,
        };
        let default = self.default.as_ref().map(|default| format!("default: {default}"));
        let facts: Vec<String> = range.into_iter().chain(default).collect();
        if facts.is_empty() { self.help.clone() } else { format!("{} [{}]", self.help, facts.join("; ")) }
    }
}

/// The flag of a setting, without its dashes.
pub(crate) fn flag(name: &str) -> String {
    name.replace('_', "-")
}

/// The first paragraph of a doc comment as a line of the help: an option in backticks is its flag there.
fn words(doc: &[&str]) -> String {
    let paragraph: Vec<&str> = doc.iter().map(|line| line.trim()).take_while(|line| !line.is_empty()).collect();
    let paragraph = paragraph.join(" ");
    let text = paragraph.strip_suffix('.').unwrap_or(&paragraph);
    // Every second part stands between backticks.
    let parts = text.split('`').enumerate().map(|(index, part)| match GenerationOptions::row(part) {
        Some(row) if index % 2 == 1 => format!("--{}", flag(row.name)),
        _ if index % 2 == 1 => format!("`{part}`"),
        _ => part.to_owned(),
    });
    parts.collect()
}

/// What a name means, from its doc comment.
pub(super) fn meaning(doc: &str) -> String {
    let text = words(&[doc]);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Every setting of every group.
pub(crate) fn settings() -> impl Iterator<Item = &'static Setting> {
    GROUPS.iter().flat_map(|group| &group.settings)
}

/// The setting of that name.
pub(crate) fn find(name: &str) -> Option<&'static Setting> {
    settings().find(|setting| setting.name == name)
}

/// Options that go together.
const PRESETS: Names = Names { names: Preset::NAMES, meanings: Preset::MEANINGS };
/// Names of `--device`.
const DEVICES: Names = Names {
    names: &["auto", "cpu", "gpu"],
    meanings: &["A hardware graphics adapter, else the CPU.", "The CPU.", "A graphics adapter."],
};
/// Formats of weights.
const WEIGHTS: Names = Names {
    names: &["auto", "f32", "f16", "q8", "q4"],
    meanings: &[
        "What the file has, as nearly as the others allow; smaller where the device has no room for it.",
        "As exact as any file.",
        "Half the memory.",
        "A quarter: bytes, with a scale for 32 of them.",
        "A seventh: four bits, with a scale for 32 numbers; the embedding stays in q8.",
    ],
};
/// Ways to compute.
const KERNELS: Names = Names {
    names: &["fused", "tensor"],
    meanings: &["Hand-written kernels.", "Tensor operations: the slower reference, f32 only."],
};
/// Whether a model is to think.
const THINKING: Names = Names { names: &["on", "off"], meanings: &["It thinks.", "It answers at once."] };
const FORMATS: Names = Names { names: Format::NAMES, meanings: Format::MEANINGS };

const COUNT: Kind = Kind::Count(usize::MAX as u64);

/// The core's groups under their headings, in the order of the help.
const OPTIONS: [(OptionGroup, &str); 8] = [
    (OptionGroup::Decoder, "Decoder: what stands beside TEMPO"),
    (OptionGroup::Selection, "Selection: which tokens form a set"),
    (OptionGroup::Schedule, "Schedule: how the selection threshold moves"),
    (OptionGroup::Length, "Length"),
    (OptionGroup::Attention, "Positions and attention"),
    (OptionGroup::Removal, "Removal: what follows takes members out"),
    (OptionGroup::Reading, "Readings: the run as one text"),
    (OptionGroup::Budget, "Budget and report"),
];

/// The table.
pub(crate) static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| {
    let mut groups = vec![
        Group {
            heading: "Model and prompt",
            settings: vec![
                Setting::new(
                    "model",
                    Kind::Text("MODEL"),
                    "Folder with config.json, tokenizer.json and safetensors, GGUF file or any of its parts, or a name of the hub: owner/name, \
                     owner/name:Q4_K_M, owner/name/file.gguf, owner/name@revision, https://...",
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
                Setting::new(
                    "preset",
                    Kind::Choice(PRESETS),
                    "Options that go together; flags beside it come first; the figures are explained below",
                )
                .default("coherent"),
                Setting::new("device", Kind::Choice(DEVICES), "Where the model runs; see `tempo devices`")
                    .default("auto"),
                Setting::new(
                    "weights",
                    Kind::Choice(WEIGHTS),
                    "What weights are kept as, converted while they are loaded",
                )
                .default("auto"),
                Setting::new("kernels", Kind::Choice(KERNELS), "Which code computes a pass").default("fused"),
                Setting::new("threads", COUNT, "Threads of the CPU backend; 0: one per core").default("0"),
            ],
        },
        Group {
            heading: "Conversation",
            settings: vec![
                Setting::new(
                    "chat",
                    Kind::Switch,
                    "The prompt is what a person says, and the model answers it by its chat template; see `tempo chat`",
                ),
                Setting::new("system", Kind::Text("TEXT"), "System message over the conversation"),
                Setting::new(
                    "thinking",
                    Kind::Choice(THINKING),
                    "Whether the model thinks before it answers, where its template has a switch for it",
                )
                .default("the template's"),
            ],
        },
        Group {
            heading: "Output",
            settings: vec![
                Setting::new("format", Kind::Choice(FORMATS), "What is printed at the end").default("lattice"),
                Setting::new("show_ids", Kind::Switch, "Show token ids in `lattice` and `json`"),
                Setting::new(
                    "trace",
                    Kind::Text("FILE"),
                    "Write every event as a line of JSON, `-` for standard output (a given --format then goes to standard error)",
                ),
            ],
        },
    ];
    let rows = |group| GenerationOptions::ROWS.iter().filter(move |row| row.group == group);
    groups.extend(
        OPTIONS.map(|(group, heading)| Group { heading, settings: rows(group).map(Setting::option).collect() }),
    );
    groups
});

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tempo_model::{DevicePreference, Kernels, WeightPreference};

    use super::*;

    #[test]
    fn every_option_of_the_core_has_a_heading() {
        for row in GenerationOptions::ROWS {
            assert!(find(row.name).is_some(), "{}", row.name);
        }
    }

    #[test]
    fn the_names_of_a_setting_are_those_of_its_type() {
        assert_eq!(DEVICES.names, DevicePreference::ALL.map(DevicePreference::name));
        assert_eq!(WEIGHTS.names, WeightPreference::ALL.map(WeightPreference::name));
        assert_eq!(KERNELS.names, Kernels::ALL.map(Kernels::name));
        for Names { names, meanings } in [DEVICES, WEIGHTS, KERNELS, FORMATS] {
            assert_eq!(names.len(), meanings.len());
        }
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
    fn doc_comments_become_words_of_the_help() {
        assert_eq!(
            words(&[" Least score", " under `removal_rule` absolute.", "", " More."]),
            "Least score under --removal-rule absolute"
        );
        assert_eq!(words(&[" Show ids in `lattice`."]), "Show ids in `lattice`");
        assert_eq!(meaning(" To `final_threshold`, shaped."), "to --final-threshold, shaped");
    }
}
