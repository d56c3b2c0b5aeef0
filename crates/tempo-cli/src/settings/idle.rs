//! Settings that were given and can change nothing: worth a warning, never an error.

use tempo_model::DevicePreference;

use super::{Settings, table};
use crate::render::Format;

/// One line for every given setting without an effect.
pub(crate) fn warnings(settings: &Settings) -> Vec<String> {
    let origins = settings.origins.iter();
    origins
        .filter_map(|(name, origin)| {
            Some(format!("{} has no effect: {}", origin.describe(name), reason(name, settings)?))
        })
        .collect()
}

/// Why the setting has no effect, if it has none.
fn reason(name: &str, settings: &Settings) -> Option<String> {
    let of_the_face = match name {
        "threads" => (settings.device == DevicePreference::Gpu).then_some("threads belong to the CPU backend"),
        "show_ids" => matches!(settings.format, Some(Format::Text | Format::Brackets))
            .then_some("the formats text and brackets have no place for ids"),
        "readings" => (settings.trace.is_none() && matches!(settings.format, Some(Format::Text | Format::Brackets)))
            .then_some("the formats text and brackets show one reading"),
        "system" | "thinking" => (!settings.chat).then_some("only a conversation has it, see --chat"),
        "candidates" => settings.trace.is_none().then_some("only a trace lists candidates, see --trace"),
        _ => None,
    };
    let of_the_core = || {
        let idle = settings.generation.idle(name)?;
        Some(format!("{}, see --{}", idle.reason, table::flag(idle.option)))
    };
    of_the_face.map(str::to_owned).or_else(of_the_core)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::Origin;
    use super::*;

    fn warned<const N: usize>(values: [(&'static str, Value); N]) -> Vec<String> {
        warnings(&Settings::from_layers(vec![(Origin::Flag, values.into_iter().collect())]).unwrap())
    }

    #[test]
    fn settings_that_change_nothing_are_named() {
        assert_eq!(
            warned([("removal_limit", 0.5.into())]),
            ["--removal-limit has no effect: removal is off, see --removal"]
        );
        assert_eq!(warned([("removal_limit", 0.5.into()), ("removal", "mask".into())]).len(), 1);
        assert_eq!(warned([("final_threshold", 0.5.into())]).len(), 1);
        assert_eq!(warned([("show_ids", true.into()), ("format", "text".into())]).len(), 1);
        assert_eq!(warned([("budget_recent", 4.into())]).len(), 1);
        assert_eq!(warned([("readings", 2.into()), ("format", "text".into())]).len(), 1);
        assert_eq!(warned([("seed", 2.into())]).len(), 1);
        assert_eq!(
            warned([("meter_proposal", "chain".into())]),
            ["--meter-proposal has no effect: no paths are drawn, see --meter-samples"]
        );
        assert_eq!(
            warned([("system", "Be brief.".into())]),
            ["--system has no effect: only a conversation has it, see --chat"]
        );
    }

    #[test]
    fn settings_that_work_are_not() {
        assert!(warned([]).is_empty());
        let absolute = [("removal", "mask".into()), ("removal_rule", "absolute".into()), ("removal_limit", 0.5.into())];
        assert!(warned(absolute).is_empty());
        assert!(warned([("final_threshold", 0.5.into()), ("schedule", "linear".into())]).is_empty());
        assert!(warned([("removal_layers", 2.into())]).is_empty());
        assert!(warned([("readings", 2.into()), ("seed", 2.into())]).is_empty());
        assert!(warned([("meter_samples", 2.into()), ("seed", 2.into())]).is_empty());
        assert!(warned([("meter_samples", 2.into()), ("meter_proposal", "chain".into())]).is_empty());
        assert!(warned([("candidates", 2.into()), ("trace", "-".into())]).is_empty());
    }
}
