//! The table agrees with itself and with the wire.

use super::*;

#[test]
fn the_table_is_the_wire() {
    let written = serde_json::to_string(&GenerationOptions::default()).unwrap();
    let row = |row: &OptionRow| {
        let value = match GenerationOptions::default().value(row.name).unwrap() {
            OptionValue::Name(name) => format!("{name:?}"),
            OptionValue::Number(number) => format!("{number:?}"),
            OptionValue::Unset => "null".to_owned(),
            count @ OptionValue::Count(_) => count.to_string(),
        };
        format!("{:?}:{value}", row.name)
    };
    assert_eq!(written, format!("{{{}}}", GenerationOptions::ROWS.iter().map(row).collect::<Vec<_>>().join(",")));
    assert_eq!(GenerationOptions::default().value("speed"), None);
}

#[test]
fn idle_rules_name_options_and_their_values() {
    for row in GenerationOptions::ROWS {
        for idle in row.idle {
            let other = GenerationOptions::row(idle.option).unwrap();
            let values: Vec<OptionValue> = match other.kind {
                OptionKind::Choice { names, .. } => names.iter().map(|name| OptionValue::Name(name)).collect(),
                _ => vec![OptionValue::Count(0), OptionValue::Count(1)],
            };
            let reasons = values.iter().filter(|value| idle.holds(**value)).count();
            assert!(0 < reasons && reasons < values.len(), "{} for {}: {}", idle.option, row.name, idle.reason);
        }
    }
}

#[test]
fn the_first_reason_that_holds_is_the_reason() {
    let reason = |change: fn(&mut GenerationOptions), name| {
        let mut options = GenerationOptions::default();
        change(&mut options);
        options.idle(name).map(|idle| (idle.option, idle.reason))
    };
    assert_eq!(reason(|_| (), "removal_at"), Some(("removal", "removal is off")));
    assert_eq!(reason(|o| o.removal = RemovalMode::Mask, "removal_at"), Some(("removal_rule", "the rule is relative")));
    let absolute = |o: &mut GenerationOptions| (o.removal, o.removal_rule) = (RemovalMode::Mask, RemovalRule::Absolute);
    assert_eq!(reason(absolute, "removal_at").map(|(option, _)| option), Some("removal_schedule"));
    assert_eq!(reason(absolute, "removal_limit"), None);
    assert_eq!(reason(|o| o.budget = 1, "budget_recent"), None);
    assert_eq!(reason(|_| (), "budget_recent").map(|(option, _)| option), Some("budget"));
    assert_eq!(reason(|_| (), "layer_weights"), None);
}

#[test]
fn ranges_end_where_they_say() {
    for range in [Range::NonNegative, Range::Positive, Range::AtLeastOne, Range::Unit, Range::Finite] {
        let (least, most) = range.bounds();
        assert!(range.contains(least) && range.contains(most), "{range:?}");
        assert!(!range.contains(least.next_down()) && !range.contains(most.next_up()), "{range:?}");
        assert!(!range.contains(f64::NAN), "{range:?}");
    }
}

#[test]
fn every_name_has_a_meaning() {
    for row in GenerationOptions::ROWS {
        if let OptionKind::Choice { names, meanings } = row.kind {
            assert_eq!(names.len(), meanings.len());
            assert!(meanings.iter().all(|meaning| meaning.trim().ends_with('.')), "{}", row.name);
        }
    }
}

#[test]
fn choices_round_trip_through_their_names() {
    for name in Combine::NAMES {
        assert_eq!(name.parse::<Combine>().unwrap().name(), *name);
    }
    let error = "loud".parse::<Visibility>().unwrap_err().to_string();
    assert_eq!(error, "unknown choice, use one of isolated, visible, ordered: loud");
}

#[test]
fn presets_are_those_of_the_contract() {
    let differs = |preset: Preset| {
        let (default, options) = (GenerationOptions::default(), preset.options());
        let rows = GenerationOptions::ROWS.iter().map(|row| row.name);
        rows.filter(|name| default.value(name) != options.value(name)).collect::<Vec<_>>()
    };
    let want: [(Preset, &[&str]); 6] = [
        (Preset::Coherent, &[]),
        (Preset::AsDescribed, &["weighting"]),
        (Preset::Pruned, &["removal"]),
        (Preset::Greedy, &["max_set"]),
        (Preset::Precise, &["selection_threshold"]),
        (Preset::Explorer, &["selection_threshold"]),
    ];
    assert_eq!(Preset::ALL.map(Preset::name), Preset::NAMES);
    for (preset, options) in want {
        assert_eq!(differs(preset), options, "{preset}");
    }
}
