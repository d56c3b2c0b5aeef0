//! Where values come from: flags, the environment, a configuration file. Each becomes the same kind of layer.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::marker::PhantomData;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value};

use super::table::{GROUPS, Group, Setting, find, meaning, settings};
use super::value::{Kind, Names};
use crate::prompt::text_of;

/// The values that one source gives, checked one by one, under the settings' names.
pub(crate) type Layer = BTreeMap<&'static str, Value>;

/// Which settings a subcommand has flags for.
pub(crate) trait Scope {
    /// Whether it has a flag for this one.
    fn includes(setting: &Setting) -> bool;
}

/// All settings.
#[derive(Debug, Clone)]
pub(crate) struct Everything;

impl Scope for Everything {
    fn includes(_: &Setting) -> bool {
        true
    }
}

/// What a conversation has: all but what a run of one prompt alone has.
#[derive(Debug, Clone)]
pub(crate) struct Talking;

impl Scope for Talking {
    fn includes(setting: &Setting) -> bool {
        !matches!(setting.name, "prompt" | "prompt_file" | "chat" | "trace" | "format")
    }
}

/// Which model runs where.
#[derive(Debug, Clone)]
pub(crate) struct ModelAndDevice;

impl Scope for ModelAndDevice {
    fn includes(setting: &Setting) -> bool {
        matches!(setting.name, "model" | "device" | "weights" | "kernels" | "threads")
    }
}

/// Which model runs where, and what stands before the text that it scores.
#[derive(Debug, Clone)]
pub(crate) struct Scoring;

impl Scope for Scoring {
    fn includes(setting: &Setting) -> bool {
        ModelAndDevice::includes(setting) || matches!(setting.name, "prompt" | "prompt_file")
    }
}

/// The flags of the table as clap arguments, and what was given of them.
#[derive(Debug, Clone)]
pub(crate) struct Flags<S> {
    /// What was given.
    pub(crate) layer: Layer,
    scope: PhantomData<S>,
}

impl<S: Scope> clap::Args for Flags<S> {
    fn augment_args(command: Command) -> Command {
        let rows = GROUPS.iter().flat_map(|group| group.settings.iter().map(move |setting| (group, setting)));
        rows.filter(|(_, setting)| S::includes(setting))
            .fold(command, |command, (group, setting)| command.arg(arg(group, setting)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: Scope> clap::FromArgMatches for Flags<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut layer = Layer::new();
        for setting in settings().filter(|setting| S::includes(setting)) {
            let value = match setting.kind {
                Kind::Switch => matches.get_flag(setting.name).then_some(Value::Bool(true)),
                _ => matches.get_one::<Value>(setting.name).cloned(),
            };
            layer.extend(value.map(|value| (setting.name, value)));
        }
        Ok(Self { layer, scope: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.layer.extend(Self::from_arg_matches(matches)?.layer);
        Ok(())
    }
}

fn arg(group: &'static Group, setting: &'static Setting) -> Arg {
    let kind = setting.kind;
    let arg = Arg::new(setting.name).long(setting.flag()).help_heading(group.heading).help(setting.help_text());
    let arg = match setting.alias {
        Some(alias) => arg.visible_alias(alias),
        None => arg,
    };
    match kind {
        Kind::Switch => arg.action(ArgAction::SetTrue),
        Kind::Choice(Names { names, meanings }) => {
            let values = names.iter().zip(meanings).map(|(name, doc)| PossibleValue::new(*name).help(meaning(doc)));
            arg.value_name(kind.placeholder()).value_parser(PossibleValuesParser::new(values).map(Value::from))
        }
        // A negative number is a number out of range, not an unknown flag.
        Kind::Number(_) | Kind::Count(_) | Kind::Text(_) => arg
            .value_name(kind.placeholder())
            .allow_negative_numbers(true)
            .value_parser(move |words: &str| kind.read(words)),
    }
}

/// What the environment sets; an empty variable sets nothing.
pub(crate) fn environment(variable: impl Fn(&str) -> Option<OsString>) -> Result<Layer> {
    let mut layer = Layer::new();
    for setting in settings() {
        let name = setting.variable();
        let Some(words) = variable(&name).filter(|words| !words.is_empty()) else { continue };
        let words = words.to_str().with_context(|| format!("{name} is not UTF-8"))?;
        let value = setting.kind.read(words).with_context(|| format!("{name}={words}"))?;
        layer.insert(setting.name, value);
    }
    Ok(layer)
}

/// What a configuration file sets.
pub(crate) fn file(path: &Path) -> Result<Layer> {
    let shown = path.display();
    let text = text_of(path, "configuration file")?;
    let keys: Map<String, Value> = match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => toml::from_str(&text).with_context(|| format!("{shown} is not valid TOML"))?,
        Some("json") => serde_json::from_str(&text).with_context(|| format!("{shown} is not a JSON object"))?,
        _ => bail!("the configuration file {shown} must end in .toml or .json"),
    };
    let mut layer = Layer::new();
    for (key, value) in keys {
        let setting = find(&key).filter(|setting| setting.name != "config").with_context(|| {
            format!("{shown}: unknown key `{key}`; keys are the flags of `tempo generate --help` with `_` for `-`")
        })?;
        let value = setting.kind.accept(value.clone()).with_context(|| format!("{shown}: {key} = {value}"))?;
        layer.insert(setting.name, value);
    }
    Ok(layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(name: &str, text: impl AsRef<[u8]>) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn toml_and_json_say_the_same() {
        let (_a, toml) = write("a.toml", "selection_threshold = 1\nmax_set = 3\ncombine = \"max\"\nshow_ids = true\n");
        let (_b, json) = write("a.json", r#"{"selection_threshold":1,"max_set":3,"combine":"max","show_ids":true}"#);
        assert_eq!(file(&toml).unwrap(), file(&json).unwrap());
        assert_eq!(file(&toml).unwrap().len(), 4);
    }

    #[test]
    fn files_of_windows_are_read_or_told_of() {
        for (name, text) in [("a.toml", "\u{feff}max_set = 3\r\n"), ("a.json", "\u{feff}{\"max_set\": 3}\r\n")] {
            let (_folder, path) = write(name, text);
            assert_eq!(file(&path).unwrap()["max_set"], 3, "{name}");
        }
        let (_folder, path) = write("a.toml", b"\xff\xfem\0");
        assert!(file(&path).unwrap_err().to_string().ends_with("a.toml is not UTF-8 but UTF-16; save it as UTF-8"));
    }

    #[test]
    fn files_are_refused_by_name() {
        for (name, text, needle) in [
            ("a.toml", "selection_treshold = 0.1", "unknown key `selection_treshold`"),
            ("a.toml", "config = \"b.toml\"", "unknown key `config`"),
            ("a.toml", "temperature = 0", "temperature = 0: must be a number: more than 0"),
            ("a.toml", "temperature = nan", "must be a number: more than 0"),
            ("a.toml", "max_set = [1]", "max_set = [1]"),
            ("a.toml", "max_set 1", "not valid TOML"),
            ("a.json", "[]", "not a JSON object"),
            ("a.yaml", "", "must end in .toml or .json"),
        ] {
            let (_folder, path) = write(name, text);
            let error = format!("{:#}", file(&path).unwrap_err());
            assert!(error.contains(needle) && error.contains(name), "{text}: {error}");
        }
        assert!(format!("{:#}", file(Path::new("no-such.toml")).unwrap_err()).contains("no-such.toml"));
    }

    #[test]
    fn variables_are_refused_by_name() {
        let error = environment(|name| (name == "TEMPO_MAX_SET").then(|| "many".into())).unwrap_err();
        assert_eq!(format!("{error:#}"), "TEMPO_MAX_SET=many: must be a whole number: 0 or more");
        assert!(environment(|_| Some(OsString::new())).unwrap().is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_configuration_file_panics(key in "[a-z_]{1,12}|max_set|schedule|temperature", value in ".{0,40}", toml: bool) {
            let (name, text) = if toml { ("a.toml", format!("{key} = {value}")) } else { ("a.json", format!("{{\"{key}\": {value}}}")) };
            let (_folder, path) = write(name, &text);
            if let Ok(layer) = file(&path) {
                proptest::prop_assert!(layer.keys().all(|name| find(name).is_some()));
            }
        }
    }
}
