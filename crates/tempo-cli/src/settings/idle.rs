//! Settings that were given and can change nothing: worth a warning, never an error.

use tempo_core::{LimitScheduleKind, RemovalMode, RemovalRule, RemovalScore, ScheduleKind};

use super::Settings;
use crate::render::Format;

/// One line for every given setting without an effect.
pub(crate) fn warnings(settings: &Settings) -> Vec<String> {
    let given = settings.given.iter();
    given
        .filter_map(|(name, origin)| {
            Some(format!("{} has no effect: {}", origin.describe(name), reason(name, settings)?))
        })
        .collect()
}

/// Why the setting has no effect, if it has none.
fn reason(name: &str, settings: &Settings) -> Option<&'static str> {
    let options = &settings.generation;
    match name {
        "seed" => Some("nothing is random yet"),
        "threads" => (settings.device == "gpu").then_some("threads belong to the CPU backend"),
        "show_ids" => matches!(settings.format, Some(Format::Text | Format::Brackets))
            .then_some("the formats text and brackets have no place for ids"),
        "candidates" => settings.trace.is_none().then_some("only a trace lists candidates, see --trace"),
        "final_threshold" => {
            matches!(options.schedule, ScheduleKind::Constant | ScheduleKind::Entropy | ScheduleKind::MinP)
                .then_some("the schedule has no final value, see --schedule")
        }
        "bezier_p1" | "bezier_p2" => {
            (!matches!(options.schedule, ScheduleKind::BezierValues | ScheduleKind::BezierShape))
                .then_some("the schedule is not a bezier curve, see --schedule")
        }
        "relu_at" => (options.schedule != ScheduleKind::Relu).then_some("the schedule is not relu, see --schedule"),
        "budget_recent" => (options.budget == 0).then_some("there is no budget, see --budget"),
        _ => removal_reason(name, settings),
    }
}

/// The settings of removal. Layers and their weights also shape the attention that traces and the budget see, so they
/// always have an effect.
fn removal_reason(name: &str, settings: &Settings) -> Option<&'static str> {
    let options = &settings.generation;
    let of_removal = [
        "removal_score",
        "removal_rule",
        "removal_limit",
        "relative",
        "removal_keep",
        "min_evidence",
        "window",
        "fade_steepness",
        "removal_schedule",
        "removal_final",
        "removal_p1",
        "removal_p2",
        "removal_at",
    ];
    if options.removal == RemovalMode::Off {
        return of_removal.contains(&name).then_some("removal is off, see --removal");
    }
    let posterior = options.removal_score == RemovalScore::Posterior;
    let relative = options.removal_rule == RemovalRule::Relative;
    let bezier = matches!(options.removal_schedule, LimitScheduleKind::BezierValues | LimitScheduleKind::BezierShape);
    match name {
        "min_evidence" | "window" => posterior.then_some("the posterior score is judged at once"),
        "fade_steepness" => (options.removal != RemovalMode::Fade).then_some("removal is not fade, see --removal"),
        "relative" => (!relative).then_some("the rule is absolute, see --removal-rule"),
        "removal_limit" | "removal_schedule" | "removal_final" | "removal_p1" | "removal_p2" | "removal_at"
            if relative =>
        {
            Some("the rule is relative, see --removal-rule")
        }
        "removal_final" => (options.removal_schedule == LimitScheduleKind::Constant)
            .then_some("the limit is constant, see --removal-schedule"),
        "removal_p1" | "removal_p2" => (!bezier).then_some("the limit follows no bezier curve, see --removal-schedule"),
        "removal_at" => (options.removal_schedule != LimitScheduleKind::Relu)
            .then_some("the limit does not follow relu, see --removal-schedule"),
        _ => None,
    }
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
        assert_eq!(warned([("seed", 1.into())]), ["--seed has no effect: nothing is random yet"]);
        assert_eq!(warned([("show_ids", true.into()), ("format", "text".into())]).len(), 1);
        assert_eq!(warned([("budget_recent", 4.into())]).len(), 1);
    }

    #[test]
    fn settings_that_work_are_not() {
        assert!(warned([]).is_empty());
        let absolute = [("removal", "mask".into()), ("removal_rule", "absolute".into()), ("removal_limit", 0.5.into())];
        assert!(warned(absolute).is_empty());
        assert!(warned([("final_threshold", 0.5.into()), ("schedule", "linear".into())]).is_empty());
        assert!(warned([("removal_layers", 2.into())]).is_empty());
        assert!(warned([("candidates", 2.into()), ("trace", "-".into())]).is_empty());
    }
}
