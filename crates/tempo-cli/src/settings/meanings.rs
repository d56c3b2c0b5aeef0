//! What the names of a choice mean, for `tempo generate --help`.

/// Names and their meanings, by setting.
static MEANINGS: &[(&str, &[(&str, &str)])] = &[
    (
        "device",
        &[("auto", "a hardware graphics adapter, else the CPU"), ("cpu", "the CPU"), ("gpu", "a graphics adapter")],
    ),
    (
        "weights",
        &[
            ("f32", "as exact as the checkpoint"),
            ("f16", "half the memory"),
            ("q8", "a quarter: bytes, with a scale for 32 of them"),
            ("q4", "a seventh: four bits, with a scale for 32 numbers; the embedding stays in q8"),
        ],
    ),
    ("kernels", &[("fused", "hand-written kernels"), ("tensor", "tensor operations: the slower reference, f32 only")]),
    (
        "format",
        &[
            ("lattice", "a column per position, members with probabilities below each other"),
            ("brackets", "one text, parallel members as [a/b/c]"),
            ("text", "the most probable reading"),
            ("json", "one document with everything"),
        ],
    ),
    (
        "combine",
        &[
            ("mixture", "mean of the members' distributions, weighted by probability"),
            ("logit-mean", "softmax of the weighted mean of their logits"),
            ("first", "the most probable member speaks"),
            ("last", "the last member speaks"),
            ("max", "elementwise maximum, renormalised"),
        ],
    ),
    (
        "schedule",
        &[
            ("constant", "stays at --selection-threshold"),
            ("linear", "straight to --final-threshold"),
            ("relu", "waits until --relu-at, then straight to --final-threshold"),
            ("bezier-values", "cubic curve through the thresholds --bezier-p1 and --bezier-p2"),
            ("bezier-shape", "to --final-threshold, shaped by --bezier-p1 and --bezier-p2"),
            ("entropy", "rises with the entropy of the distribution"),
            ("min-p", "a share of the most probable token's probability"),
        ],
    ),
    (
        "eos",
        &[
            ("top", "when it is the most probable member"),
            ("any", "when any member is end-of-text"),
            ("all", "when every member is"),
            ("mass", "when it holds more than half of the set's probability"),
        ],
    ),
    (
        "visibility",
        &[
            ("isolated", "nobody sees a sibling"),
            ("visible", "siblings see each other"),
            ("ordered", "a member sees the members before it; a control"),
        ],
    ),
    ("positions", &[("shared", "one position for the whole set"), ("consecutive", "one for each member; a control")]),
    (
        "weighting",
        &[
            ("none", "each member counts fully"),
            ("probability", "each member's key carries the logarithm of its weight"),
        ],
    ),
    (
        "removal",
        &[
            ("off", "nobody is judged"),
            ("report", "verdicts are shown, nothing changes"),
            ("mask", "later tokens cannot see the member"),
            ("evict", "as mask, and its cache row is freed"),
            ("rebuild", "as mask, and everything that saw it is computed anew"),
            ("fade", "no removal: its key weighs less, the lower its score"),
        ],
    ),
    (
        "removal_score",
        &[
            ("attention", "mean attention received"),
            ("share", "share of the attention that the set received"),
            ("share-ratio", "that share over the share of the set's probability"),
            ("posterior", "probability of the member given the set chosen after it"),
        ],
    ),
    (
        "removal_rule",
        &[("relative", "--relative times the set's mean score"), ("absolute", "--removal-limit and its schedule")],
    ),
    (
        "removal_keep",
        &[
            ("keep-token", "the best one stays"),
            ("keep-unattended", "the best one stays and is marked in the trace"),
            ("remove-position", "the whole set goes"),
        ],
    ),
    ("layer_weights", &[("uniform", "all the same"), ("linear", "from 0.5 at the first to 1 at the last")]),
    (
        "removal_schedule",
        &[
            ("constant", "stays at --removal-limit"),
            ("linear", "straight to --removal-final"),
            ("relu", "waits until --removal-at, then straight to --removal-final"),
            ("bezier-values", "cubic curve through the limits --removal-p1 and --removal-p2"),
            ("bezier-shape", "to --removal-final, shaped by --removal-p1 and --removal-p2"),
        ],
    ),
];

/// What a name means as a value of a setting.
pub(super) fn meaning(setting: &str, name: &str) -> Option<&'static str> {
    let (_, names) = MEANINGS.iter().find(|(known, _)| *known == setting)?;
    names.iter().find_map(|(known, words)| (*known == name).then_some(*words))
}

#[cfg(test)]
mod tests {
    use super::super::table::settings;
    use super::super::value::Kind;
    use super::*;

    #[test]
    fn every_name_of_every_choice_has_a_meaning_and_no_other_does() {
        let mut explained = 0;
        for setting in settings() {
            let Kind::Choice(names) = setting.kind else { continue };
            for name in names {
                assert!(meaning(setting.name, name).is_some(), "{} {name}", setting.name);
                explained += 1;
            }
        }
        assert_eq!(explained, MEANINGS.iter().map(|(_, names)| names.len()).sum::<usize>());
    }
}
