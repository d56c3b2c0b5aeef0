//! One place decides what a setting is: flag before `TEMPO_*` variable before configuration file before default.

mod idle;
mod layers;
mod table;
mod value;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tempo_chat::ANSWER_STEPS;
use tempo_core::{GenerationOptions, Preset};

pub(crate) use idle::warnings;
pub(crate) use layers::{Everything, Flags, Layer, ModelAndDevice, Scoring, Talking};
pub(crate) use table::flag;

use tempo_model::{DevicePreference, Kernels, LoadOptions, WeightPreference};

use crate::prompt::PromptSource;
use crate::render::Format;

/// Every setting of a run, resolved.
#[derive(Debug)]
pub(crate) struct Settings {
    /// What the core runs on.
    pub(crate) generation: GenerationOptions,
    /// The model's folder; `None` is the built-in model.
    pub(crate) model: Option<PathBuf>,
    /// What to continue, where a setting says it.
    pub(crate) prompt: Option<PromptSource>,
    /// Whether the prompt is what a person says to the model.
    pub(crate) chat: bool,
    /// The system message over a conversation.
    pub(crate) system: Option<String>,
    /// Whether the model shall think before it answers, where a setting says it.
    pub(crate) thinking: Option<bool>,
    /// Where the model runs.
    pub(crate) device: DevicePreference,
    /// How the model is loaded.
    pub(crate) load: LoadOptions,
    /// Threads of the CPU backend; 0: one per core.
    pub(crate) threads: usize,
    /// Where events are written.
    pub(crate) trace: Option<TraceTarget>,
    /// The format, where a setting says it.
    pub(crate) format: Option<Format>,
    /// Whether token ids are shown.
    pub(crate) show_ids: bool,
    /// Where each value that is not a default comes from.
    origins: BTreeMap<&'static str, Origin>,
}

/// What `pruned` judges by (ALGORITHM.md §12), though these are the defaults: a weaker layer does not change what the name stands for.
const PRUNED_BY: [&str; 3] = ["removal_score", "removal_rule", "relative"];

/// What a preset says of every option that any preset names. Weaker layers than the preset's say nothing of these.
fn of_preset(name: &Value) -> Result<Layer> {
    let preset: Preset = name.as_str().unwrap_or_default().parse()?;
    let value = |options: &GenerationOptions, name| serde_json::to_value(options).map(|all| all[name].clone());
    let default = GenerationOptions::default();
    let changes = |name| Preset::ALL.iter().any(|preset| preset.options().value(name) != default.value(name));
    let names = GenerationOptions::ROWS.iter().map(|row| row.name);
    let names = names.filter(|name| changes(name) || PRUNED_BY.contains(name));
    names.map(|name| Ok((name, value(&preset.options(), name)?))).collect()
}

/// Where a trace goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TraceTarget {
    /// Standard output.
    Stdout,
    /// A file, replaced if it is there.
    File(PathBuf),
}

impl TraceTarget {
    /// The value of `--trace`.
    fn named(name: String) -> Self {
        if name == "-" { Self::Stdout } else { Self::File(name.into()) }
    }
}

/// Who set a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag.
    Flag,
    /// An environment variable.
    Variable,
    /// A configuration file.
    File(PathBuf),
}

impl Origin {
    /// The setting as the person wrote it.
    fn describe(&self, name: &str) -> String {
        let setting = table::find(name).expect("only settings of the table are given");
        match self {
            Self::Flag => format!("--{}", setting.flag()),
            Self::Variable => setting.variable(),
            Self::File(path) => format!("{name} in {}", path.display()),
        }
    }
}

impl Settings {
    /// Resolves the settings of a command: its flags over the environment over the configuration file they name.
    ///
    /// # Errors
    /// Names the variable, the key or the pair of settings that is wrong.
    pub(crate) fn resolve(flags: Layer, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let environment = layers::environment(variable)?;
        let config =
            flags.get("config").or_else(|| environment.get("config")).and_then(Value::as_str).map(PathBuf::from);
        let mut layers = vec![(Origin::Flag, flags), (Origin::Variable, environment)];
        if let Some(path) = config {
            let layer = layers::file(&path)?;
            layers.push((Origin::File(path), layer));
        }
        Self::from_layers(layers)
    }

    /// Merges layers, the strongest first.
    fn from_layers(layers: Vec<(Origin, Layer)>) -> Result<Self> {
        let mut merged = Layer::new();
        let mut origins = BTreeMap::new();
        for (origin, layer) in layers {
            let prompts = ["prompt", "prompt_file"];
            if prompts.iter().all(|name| layer.contains_key(name)) {
                let [a, b] = prompts.map(|name| origin.describe(name));
                bail!("{a} and {b} contradict each other; give one of them");
            }
            // The two are one choice: a stronger layer's prompt also hides a weaker layer's prompt file.
            let prompt_is_set = prompts.iter().any(|name| merged.contains_key(name));
            for (name, value) in layer {
                if merged.contains_key(name) || (prompt_is_set && prompts.contains(&name)) {
                    continue;
                }
                merged.insert(name, value);
                origins.insert(name, origin.clone());
            }
            if origins.get("preset") == Some(&origin) {
                for (name, value) in of_preset(&merged["preset"])? {
                    merged.entry(name).or_insert(value);
                }
            }
        }
        let settings = Self::from_values(merged, origins)?;
        settings.check()?;
        Ok(settings)
    }

    fn from_values(values: Layer, origins: BTreeMap<&'static str, Origin>) -> Result<Self> {
        let (generation, face): (Layer, Layer) =
            values.into_iter().partition(|(name, _)| GenerationOptions::row(name).is_some());
        let generation = generation.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let text = |name| face.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            generation: serde_json::from_value(Value::Object(generation)).context("the options do not fit together")?,
            model: text("model").map(PathBuf::from),
            prompt: text("prompt").map(PromptSource::Text).or_else(|| text("prompt_file").map(PromptSource::file)),
            chat: face.get("chat") == Some(&Value::Bool(true)),
            system: text("system"),
            thinking: text("thinking").map(|name| name == "on"),
            device: text("device").and_then(|name| DevicePreference::from_name(&name)).unwrap_or_default(),
            load: LoadOptions {
                kernels: text("kernels").and_then(|name| Kernels::from_name(&name)).unwrap_or_default(),
                weights: text("weights").and_then(|name| WeightPreference::from_name(&name)).unwrap_or_default(),
                workers: None,
            },
            threads: usize::try_from(face.get("threads").and_then(Value::as_u64).unwrap_or(0))?,
            trace: text("trace").map(TraceTarget::named),
            format: text("format").map(|name| name.parse()).transpose()?,
            show_ids: face.get("show_ids") == Some(&Value::Bool(true)),
            origins,
        })
    }

    /// Finds contradictions between settings of this face; those between options are the core's to find.
    fn check(&self) -> Result<()> {
        if self.trace == Some(TraceTarget::Stdout) && self.format == Some(Format::Json) {
            bail!(
                "{} json and {} - contradict each other, both want standard output; write the trace to a file",
                self.origin("format").describe("format"),
                self.origin("trace").describe("trace"),
            );
        }
        Ok(())
    }

    /// Makes the prompt what a person says to the model. An answer ends by itself, so it may be longer than a continuation.
    pub(crate) fn converse(&mut self) {
        self.chat = true;
        if !self.is_given("max_steps") {
            self.generation.max_steps = ANSWER_STEPS;
        }
    }

    /// Whether a setting was given, or is a default.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.origins.contains_key(name)
    }

    /// Whether it was given as a flag.
    pub(crate) fn is_flag(&self, name: &str) -> bool {
        self.origins.get(name) == Some(&Origin::Flag)
    }

    fn origin(&self, name: &str) -> &Origin {
        self.origins.get(name).unwrap_or(&Origin::Flag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer<const N: usize>(values: [(&'static str, Value); N]) -> Layer {
        values.into_iter().collect()
    }

    fn config() -> Origin {
        Origin::File("c.toml".into())
    }

    #[test]
    fn a_flag_beats_a_variable_beats_a_file_beats_the_default() {
        // Every subset of the three sources, and who wins.
        for mask in 0_u8..8 {
            let sources = [(Origin::Flag, 0.7), (Origin::Variable, 0.6), (config(), 0.5)];
            let layers: Vec<_> = sources
                .into_iter()
                .enumerate()
                .filter(|(bit, _)| mask & (1 << bit) != 0)
                .map(|(_, (origin, value))| (origin, layer([("selection_threshold", value.into())])))
                .collect();
            let (origin, want) = layers.first().map_or((None, 0.1), |(origin, layer)| {
                (Some(origin.clone()), layer["selection_threshold"].as_f64().unwrap())
            });
            let settings = Settings::from_layers(layers).unwrap();
            assert!((settings.generation.selection_threshold - want).abs() < 1e-12, "{mask}");
            assert_eq!(settings.origins.get("selection_threshold"), origin.as_ref());
        }
    }

    #[test]
    fn settings_of_different_sources_come_together() {
        let settings = Settings::from_layers(vec![
            (Origin::Flag, layer([("max_set", 1.into()), ("prompt", "flag".into())])),
            (Origin::Variable, layer([("model", "m".into()), ("threads", 2.into())])),
            (config(), layer([("prompt_file", "p.txt".into()), ("removal", "mask".into()), ("format", "text".into())])),
        ])
        .unwrap();
        assert_eq!(settings.generation.max_set, 1);
        assert_eq!(settings.generation.removal, tempo_core::RemovalMode::Mask);
        assert_eq!(settings.generation.max_steps, GenerationOptions::default().max_steps);
        assert_eq!(settings.prompt, Some(PromptSource::Text("flag".into())), "the flag hides the file's prompt file");
        assert_eq!((settings.model, settings.threads, settings.format), (Some("m".into()), 2, Some(Format::Text)));
    }

    #[test]
    fn a_preset_gives_way_to_what_is_set_beside_it_or_above() {
        let threshold = |layers| {
            let options = Settings::from_layers(layers).unwrap().generation;
            (options.selection_threshold, options.weighting)
        };
        let preset = |name: &str| layer([("preset", name.into())]);
        let numbers =
            |threshold: f64| layer([("selection_threshold", threshold.into()), ("weighting", "gamma".into())]);
        let kin = tempo_core::Weighting::Kin;
        assert_eq!(threshold(vec![(Origin::Flag, preset("precise"))]), (0.2, kin));
        let mut both = preset("precise");
        both.extend(numbers(0.3));
        assert_eq!(threshold(vec![(Origin::Flag, both)]), (0.3, tempo_core::Weighting::Gamma));
        let weaker = vec![(Origin::Flag, preset("explorer")), (config(), numbers(0.3))];
        assert_eq!(threshold(weaker), (0.05, kin), "a flag's preset comes before a file's options");
        let weaker = vec![(Origin::Flag, numbers(0.3)), (config(), preset("as-described"))];
        assert_eq!(threshold(weaker), (0.3, tempo_core::Weighting::Gamma));
        let two = vec![(Origin::Flag, preset("as-described")), (config(), preset("explorer"))];
        assert_eq!(threshold(two), (0.1, tempo_core::Weighting::None));
        let attention = || layer([("removal_score", "attention".into())]);
        let pruned = |layers| Settings::from_layers(layers).unwrap().generation.removal_score;
        let weaker = vec![(Origin::Flag, preset("pruned")), (config(), attention())];
        assert_eq!(pruned(weaker), tempo_core::RemovalScore::Posterior, "it is what its name says");
        let mut both = preset("pruned");
        both.extend(attention());
        assert_eq!(pruned(vec![(Origin::Flag, both)]), tempo_core::RemovalScore::Attention);
    }

    #[test]
    fn every_setting_is_understood_from_its_variable() {
        for setting in table::settings() {
            let words = match setting.kind {
                value::Kind::Number(_) | value::Kind::Count(_) | value::Kind::Switch => "1",
                value::Kind::Choice(value::Names { names, .. }) => names[names.len() - 1],
                value::Kind::Text(_) => "x",
            };
            let (name, hit) = (setting.variable(), std::cell::Cell::new(false));
            let result = Settings::resolve(Layer::new(), |variable| {
                (variable == name).then(|| {
                    hit.set(true);
                    words.into()
                })
            });
            assert!(hit.get(), "{name}");
            match result {
                Ok(settings) => assert_eq!(settings.origins.get(setting.name), Some(&Origin::Variable)),
                // There is no file `x` to read.
                Err(error) => assert!(setting.name == "config", "{name}: {error:#}"),
            }
        }
    }

    #[test]
    fn contradictions_name_both_sides() {
        let both = layer([("prompt", "a".into()), ("prompt_file", "b".into())]);
        let error = Settings::from_layers(vec![(Origin::Variable, both)]).unwrap_err().to_string();
        assert!(error.contains("TEMPO_PROMPT and TEMPO_PROMPT_FILE"), "{error}");

        let json = |trace: &str| {
            let flags = layer([("trace", trace.into())]);
            Settings::from_layers(vec![(Origin::Flag, flags), (config(), layer([("format", "json".into())]))])
        };
        let error = json("-").unwrap_err().to_string();
        assert!(error.contains("format in c.toml json and --trace -"), "{error}");
        assert!(json("t.jsonl").is_ok());
    }
}
