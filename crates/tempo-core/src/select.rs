//! A distribution and a threshold become the next parallel set (ALGORITHM.md §2, §4, §5).

use crate::config::{EndOfTextConfig, GenerationConfig};
use crate::digest::NotInDigest;
use crate::distribution::{Distribution, by_probability};
use crate::ids::TokenId;
use crate::options::EosPolicy;
use crate::schedule::progress;

/// What a distribution and the options say of the next step.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// The run goes on with this set.
    Set(Selection),
    /// The run ends: the end-of-text tokens that would be in the set, with their probabilities.
    End(Vec<(TokenId, f64)>),
}

/// A choice that goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// The threshold of this step.
    pub threshold: f64,
    /// Entropy of the distribution, in nats.
    pub entropy: f64,
    /// Tokens that reached the threshold, before any other cut.
    pub above: usize,
    /// No token reached it, so the most probable one was taken.
    pub fallback: bool,
    /// The most probable tokens.
    pub candidates: Vec<(TokenId, f64)>,
    /// The set to append, ordered by probability, ties by id; never empty.
    pub set: Vec<(TokenId, f64)>,
    /// End-of-text tokens that left the set: those readings are over.
    pub ended: Vec<(TokenId, f64)>,
}

/// Chooses the set of `step` from `q`, which holds no end-of-text before `min_steps`, or ends the run where the
/// end-of-text policy says so.
///
/// # Errors
/// When `q` stands on a digest that does not list enough.
pub fn select(q: &Distribution, step: usize, config: &GenerationConfig) -> Result<Choice, NotInDigest> {
    let GenerationConfig { selection, end_of_text, .. } = config;
    let entropy = q.entropy();
    let t = progress(step, config.max_steps);
    let threshold = selection.threshold.value(t, entropy, q.max()?, q.vocab());

    // Sorted by probability, so top-k, top-p and the set limit all cut a prefix.
    let mut set = q.at_least(threshold)?;
    let above = set.len();
    let fallback = set.is_empty();
    if fallback {
        set = q.top(1)?;
    }
    set.truncate(selection.top_k);
    set.truncate(within_mass(&set, selection.top_p));
    set.truncate(selection.max_set);

    let end = ends(&set, end_of_text);
    let (ended, set): (Vec<_>, Vec<_>) = set.into_iter().partition(|(id, _)| end_of_text.ids.contains(id));
    if end || set.is_empty() {
        return Ok(Choice::End(ended));
    }
    let candidates = q.top(selection.candidates)?;
    Ok(Choice::Set(Selection { threshold, entropy, above, fallback, candidates, set, ended }))
}

/// As [`select`], with the tokens of the set given: only how they are ordered is left to choose.
///
/// # Errors
/// When `q` stands on a digest that does not list enough.
pub(crate) fn forced(
    q: &Distribution,
    ids: &[TokenId],
    step: usize,
    config: &GenerationConfig,
) -> Result<Selection, NotInDigest> {
    let entropy = q.entropy();
    let threshold = config.selection.threshold.value(progress(step, config.max_steps), entropy, q.max()?, q.vocab());
    let above = q.at_least(threshold)?.len();
    let mut set = ids.iter().map(|id| Ok((*id, q.probability(*id)?))).collect::<Result<Vec<_>, NotInDigest>>()?;
    set.sort_unstable_by(by_probability);
    let candidates = q.top(config.selection.candidates)?;
    Ok(Selection { threshold, entropy, above, fallback: above == 0, candidates, set, ended: Vec::new() })
}

/// How many of the sorted tokens it takes to reach the mass `p`; the one that crosses it is in.
fn within_mass(sorted: &[(TokenId, f64)], p: f64) -> usize {
    let mut mass = 0.0;
    sorted
        .iter()
        .take_while(|(_, q)| {
            let inside = mass < p;
            mass += q;
            inside
        })
        .count()
}

fn ends(set: &[(TokenId, f64)], config: &EndOfTextConfig) -> bool {
    let is_eos = |(id, _): &(TokenId, f64)| config.ids.contains(id);
    match config.policy {
        EosPolicy::Top => set.first().is_some_and(is_eos),
        EosPolicy::Any => set.iter().any(is_eos),
        EosPolicy::All => set.iter().all(is_eos),
        EosPolicy::Mass => {
            let total: f64 = set.iter().map(|(_, q)| q).sum();
            let eos: f64 = set.iter().filter(|token| is_eos(token)).map(|(_, q)| q).sum();
            eos / total > 0.5
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GenerationOptions, ScheduleKind, testing::description};

    /// Probabilities 0.4, 0.3, 0.2, 0.1 of tokens 0 to 3; token 3 is end-of-text unless `eos` says otherwise.
    fn choose(step: usize, eos: &[u32], change: impl FnOnce(&mut GenerationOptions)) -> Option<Selection> {
        let mut options = GenerationOptions::default();
        change(&mut options);
        let mut model = description(4);
        model.eos = eos.iter().copied().map(TokenId).collect();
        let config = options.check(&model).unwrap();
        #[expect(clippy::cast_possible_truncation, reason = "test logits")]
        let logits: Vec<f32> = [0.4_f64, 0.3, 0.2, 0.1].iter().map(|p| p.ln() as f32).collect();
        let mut q = Distribution::combine(&logits, 4, &[1.0], &[], &config.selection);
        q.suppress(&config.end_of_text.suppressed(step, 4));
        match select(&q, step, &config).expect("rows tell everything") {
            Choice::Set(selection) => Some(selection),
            Choice::End(ended) => {
                assert!(!ended.is_empty() && ended.iter().all(|(id, _)| config.end_of_text.ids.contains(id)));
                None
            }
        }
    }

    fn ids(tokens: &[(TokenId, f64)]) -> Vec<u32> {
        tokens.iter().map(|(id, _)| id.0).collect()
    }

    #[test]
    fn everything_at_the_threshold_is_in() {
        let s = choose(0, &[], |o| o.selection_threshold = 0.15).unwrap();
        assert_eq!((ids(&s.set), s.above, s.fallback), (vec![0, 1, 2], 3, false));
        assert_eq!(ids(&s.candidates), [0, 1, 2, 3]);
    }

    #[test]
    fn no_token_reaching_it_leaves_the_most_probable() {
        let s = choose(0, &[], |o| o.selection_threshold = 0.9).unwrap();
        assert_eq!((ids(&s.set), s.above, s.fallback), (vec![0], 0, true));
    }

    #[test]
    fn cuts_do_not_change_what_reached_the_threshold() {
        for change in [(|o| o.max_set = 2) as fn(&mut GenerationOptions), |o| o.top_k = 2, |o| o.top_p = 0.5] {
            let s = choose(0, &[], |o| {
                o.selection_threshold = 0.05;
                change(o);
            })
            .unwrap();
            assert_eq!((ids(&s.set), s.above), (vec![0, 1], 4));
        }
    }

    #[test]
    fn the_token_that_crosses_top_p_is_in_and_off_is_off() {
        let set = |p: f64| {
            ids(&choose(0, &[], |o| {
                o.selection_threshold = 0.0;
                o.top_p = p;
            })
            .unwrap()
            .set)
        };
        assert_eq!(set(0.39), [0]);
        assert_eq!(set(0.41), [0, 1]);
        assert_eq!(set(1.0), [0, 1, 2, 3]);
        assert_eq!(set(0.0), [0, 1, 2, 3]);
    }

    #[test]
    fn no_set_limit_means_no_limit() {
        let s = choose(0, &[], |o| {
            o.max_set = 0;
            o.selection_threshold = 0.0;
        })
        .unwrap();
        assert_eq!(s.set.len(), 4);
    }

    #[test]
    fn policies_look_at_the_set() {
        let stops = |eos: &[u32], policy: EosPolicy, threshold: f64| {
            choose(0, eos, |o| {
                o.eos = policy;
                o.selection_threshold = threshold;
            })
            .is_none()
        };
        assert!(stops(&[0], EosPolicy::Top, 0.1) && !stops(&[1], EosPolicy::Top, 0.1));
        assert!(stops(&[2], EosPolicy::Any, 0.15) && !stops(&[3], EosPolicy::Any, 0.15));
        assert!(stops(&[0, 1], EosPolicy::All, 0.25) && !stops(&[0, 1], EosPolicy::All, 0.15));
        assert!(stops(&[0, 2], EosPolicy::Mass, 0.15) && !stops(&[0], EosPolicy::Mass, 0.15));
    }

    #[test]
    fn ended_readings_leave_the_set() {
        let s = choose(0, &[1], |o| o.selection_threshold = 0.15).unwrap();
        assert_eq!((ids(&s.set), ids(&s.ended)), (vec![0, 2], vec![1]));
    }

    #[test]
    fn a_set_of_nothing_but_ends_stops_under_any_policy() {
        for policy in [EosPolicy::Top, EosPolicy::Any, EosPolicy::All, EosPolicy::Mass] {
            let stopped = choose(0, &[0], |o| {
                o.selection_threshold = 0.35;
                o.eos = policy;
            });
            assert!(stopped.is_none(), "{policy}");
        }
    }

    #[test]
    fn before_min_steps_end_of_text_cannot_be_chosen() {
        let early = choose(0, &[0], |o| o.min_steps = 1).unwrap();
        assert_eq!(ids(&early.set), [1, 2, 3]);
        assert!((early.set[0].1 - 0.5).abs() < 1e-6, "renormalised without it");
        assert!(choose(1, &[0], |o| o.min_steps = 1).is_none());
    }

    #[test]
    fn moving_thresholds_use_the_step() {
        let threshold = |step| {
            choose(step, &[], |o| {
                o.schedule = ScheduleKind::Linear;
                o.max_steps = 3;
            })
            .unwrap()
            .threshold
        };
        assert!((threshold(1) - 0.55).abs() < 1e-12 && (threshold(2) - 1.0).abs() < 1e-12);
    }
}
