//! Scores become verdicts (ALGORITHM.md §8): what the next sets say of a member, or the attention it received. Nothing here
//! changes the sequence: verdicts are all reached on one state, and the generator applies them afterwards.

use crate::config::{BudgetConfig, RemovalConfig, RemovalLimit};
use crate::event::Verdict;
use crate::evidence::Evidence;
use crate::ids::{SetIndex, Slot};
use crate::options::{RemovalKeep, RemovalMode, RemovalScore};
use crate::sequence::Sequence;

/// Judges every older set that still has several members by the attention it received.
pub(crate) fn judge_by_attention(
    sequence: &Sequence,
    evidence: &Evidence,
    t: f64,
    config: &RemovalConfig,
) -> Vec<Verdict> {
    let newest = sequence.newest();
    sequence
        .generated()
        .filter(|set| *set < newest)
        .flat_map(|set| {
            let live: Vec<Slot> = sequence.live(set).iter().map(|token| token.slot).collect();
            // The members of a set were born together, so any one tells how many later steps there were.
            if live.len() < 2 || evidence.steps(live[0]) < config.min_evidence {
                return Vec::new();
            }
            let means: Vec<f64> = live.iter().map(|slot| evidence.mean(*slot, config.window)).collect();
            let scores = match config.score {
                RemovalScore::Attention => means,
                RemovalScore::Share => shares(&means),
                RemovalScore::ShareRatio => {
                    shares(&means).iter().zip(sequence.weights(set)).map(|(share, weight)| share / weight).collect()
                }
                RemovalScore::Posterior | RemovalScore::Gamma => return Vec::new(),
            };
            verdicts(&live, &scores, t, config)
        })
        .collect()
}

/// Judges the live members of `set` by how well each foresaw the set chosen after it: `said` is what each of their rows
/// says of each member of that set, `[members of that set, live members of set]`.
pub(crate) fn judge_by_posterior(
    sequence: &Sequence,
    set: SetIndex,
    said: &[Vec<f64>],
    t: f64,
    config: &RemovalConfig,
) -> Vec<Verdict> {
    let live: Vec<Slot> = sequence.live(set).iter().map(|token| token.slot).collect();
    if live.len() < 2 {
        return Vec::new();
    }
    let mut joint = vec![0.0; live.len()];
    for of_one in said {
        joint.iter_mut().zip(of_one).for_each(|(foreseen, said)| *foreseen += said);
    }
    joint.iter_mut().zip(sequence.weights(set)).for_each(|(foreseen, weight)| *foreseen *= weight);
    verdicts(&live, &shares(&joint), t, config)
}

/// Judges every set before the newest that still has several members by what the sets after it made of them; the newest,
/// which was just appended, is one of these.
pub(crate) fn judge_by_chain(sequence: &Sequence, t: f64, config: &RemovalConfig) -> Vec<Verdict> {
    let newest = sequence.newest();
    let smoothed = sequence.chain().smoothed(newest);
    let on_trial = sequence
        .chain()
        .links()
        .zip(&smoothed)
        .filter(|((set, live), _)| live.len() > 1 && newest.index() - set.index() >= config.min_evidence);
    on_trial.flat_map(|((_, live), scores)| verdicts(live, scores, t, config)).collect()
}

/// Each value over the sum; even shares when there is nothing to share.
fn shares(values: &[f64]) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    if sum > 0.0 {
        values.iter().map(|value| value / sum).collect()
    } else {
        vec![1.0 / values.len() as f64; values.len()]
    }
}

fn verdicts(live: &[Slot], scores: &[f64], t: f64, config: &RemovalConfig) -> Vec<Verdict> {
    let limit = match config.limit {
        RemovalLimit::Relative(share) => share * scores.iter().sum::<f64>() / scores.len() as f64,
        RemovalLimit::Absolute(curve) => curve.value(t),
    };
    let mut verdicts: Vec<Verdict> = live
        .iter()
        .zip(scores)
        .map(|(slot, score)| Verdict {
            slot: *slot,
            score: *score,
            limit,
            keep: *score >= limit,
            effect: config.effect,
            unattended: false,
        })
        .collect();
    if config.keep != RemovalKeep::RemovePosition && verdicts.iter().all(|verdict| !verdict.keep) {
        // The first maximum: ties go to the lower slot.
        let best = verdicts.iter_mut().reduce(|best, next| if next.score > best.score { next } else { best });
        if let Some(best) = best {
            best.keep = true;
            best.unattended = config.keep == RemovalKeep::KeepUnattended;
        }
    }
    verdicts
}

/// What `fade` puts on a key: ln sigmoid(k (score / limit - 1)); `None` (leave it) when the limit is 0.
pub(crate) fn fade_bias(verdict: &Verdict, steepness: f64) -> Option<f64> {
    (verdict.effect == RemovalMode::Fade && verdict.limit > 0.0).then(|| {
        let x = steepness * (verdict.score / verdict.limit - 1.0);
        // ln(1 / (1 + e^-x)) without overflow on either side.
        if x >= 0.0 { -(-x).exp().ln_1p() } else { x - x.exp().ln_1p() }
    })
}

/// Slots that a budget takes, in order: the least attended first, never the newest rows or the newest set.
pub(crate) fn over_budget(sequence: &Sequence, evidence: &Evidence, budget: BudgetConfig) -> Vec<Slot> {
    let mut held = sequence.held_slots();
    let excess = held.len().saturating_sub(budget.rows);
    let newest = sequence.newest();
    held.truncate(held.len().saturating_sub(budget.recent));
    held.retain(|slot| sequence.tokens()[slot.index()].set != newest);
    // A stable sort by attention alone leaves ties in slot order.
    held.sort_by(|a, b| evidence.total(*a).total_cmp(&evidence.total(*b)));
    held.truncate(excess);
    held
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GenerationOptions, Positions, RemovalRule, TokenId, testing::description};

    fn config(change: impl FnOnce(&mut GenerationOptions)) -> RemovalConfig {
        let mut options = GenerationOptions { removal: RemovalMode::Mask, ..GenerationOptions::default() };
        options.removal_score = RemovalScore::Share;
        change(&mut options);
        options.check(&description(8)).unwrap().removal.unwrap()
    }

    /// One prompt token, a pair with probabilities 0.6 and 0.2, then one token; attention as given per step.
    fn after(steps: &[&[f64]]) -> (Sequence, Evidence) {
        let mut sequence = Sequence::new(&[TokenId(0)], 32, Positions::Shared, 0);
        let mut evidence = Evidence::default();
        for (index, received) in steps.iter().enumerate() {
            match index {
                0 => sequence.append(&[(TokenId(1), 0.6), (TokenId(2), 0.2)]),
                _ => sequence.append(&[(TokenId(3), 1.0)]),
            };
            evidence.record(received, &sequence, usize::MAX);
        }
        (sequence, evidence)
    }

    fn judged(steps: &[&[f64]], change: impl FnOnce(&mut GenerationOptions)) -> Vec<Verdict> {
        let (sequence, evidence) = after(steps);
        judge_by_attention(&sequence, &evidence, 0.0, &config(change))
    }

    const BIRTH: &[f64] = &[0.2, 0.4, 0.4];
    const FIRST: &[f64] = &[0.5, 0.3, 0.1, 0.1];
    const SECOND: &[f64] = &[0.5, 0.1, 0.1, 0.2, 0.1];

    fn scores(verdicts: &[Verdict]) -> Vec<f64> {
        verdicts.iter().map(|verdict| (verdict.score * 1e9).round() / 1e9).collect()
    }

    #[test]
    fn the_step_of_birth_is_no_evidence() {
        assert!(judged(&[BIRTH], |_| ()).is_empty());
        assert_eq!(scores(&judged(&[BIRTH, FIRST], |_| ())), [0.75, 0.25]);
    }

    #[test]
    fn every_score_of_the_table() {
        let score = |score| scores(&judged(&[BIRTH, FIRST, SECOND], |o| o.removal_score = score));
        assert_eq!(score(RemovalScore::Attention), [0.2, 0.1]);
        assert_eq!(score(RemovalScore::Share), [0.666_666_667, 0.333_333_333]);
        assert_eq!(score(RemovalScore::ShareRatio), [0.888_888_889, 1.333_333_333]);
    }

    #[test]
    fn a_window_forgets_and_min_evidence_waits() {
        assert_eq!(scores(&judged(&[BIRTH, FIRST, SECOND], |o| o.window = 1)), [0.5, 0.5]);
        assert!(judged(&[BIRTH, FIRST], |o| o.min_evidence = 2).is_empty());
        assert_eq!(judged(&[BIRTH, FIRST, SECOND], |o| o.min_evidence = 2).len(), 2);
    }

    #[test]
    fn what_the_chain_made_of_a_member_is_its_score() {
        let mut sequence = Sequence::new(&[TokenId(0)], 32, Positions::Shared, 0);
        sequence.append(&[(TokenId(1), 0.6), (TokenId(2), 0.2)]);
        // Of the first member's row comes little, of the second's much.
        let said = [0.1_f64, 0.9].map(f64::ln).to_vec();
        sequence.append_said(&[(TokenId(3), 1.0)], Some(said));
        let judged = |change: fn(&mut GenerationOptions)| judge_by_chain(&sequence, 0.0, &config(change));
        let verdicts = judged(|_| ());
        assert_eq!(scores(&verdicts), [0.25, 0.75]);
        assert_eq!(verdicts.iter().map(|verdict| verdict.slot.0).collect::<Vec<_>>(), [1, 2]);
        // The set that was just appended counts as a later step.
        assert_eq!(judged(|o| o.min_evidence = 1).len(), 2);
        assert!(judged(|o| o.min_evidence = 2).is_empty());
    }

    #[test]
    fn relative_compares_with_the_mean_and_absolute_with_the_limit() {
        let relative = judged(&[BIRTH, FIRST], |o| o.relative = 0.6);
        assert!((relative[0].limit - 0.3).abs() < 1e-12);
        assert_eq!(relative.iter().map(|v| v.keep).collect::<Vec<_>>(), [true, false]);
        let absolute = judged(&[BIRTH, FIRST], |o| {
            o.removal_rule = RemovalRule::Absolute;
            o.removal_limit = 0.25;
        });
        assert!(absolute.iter().all(|v| v.keep), "a score equal to the limit passes");
    }

    #[test]
    fn when_no_member_passes_the_keep_mode_decides() {
        let outcome = |keep| {
            let verdicts = judged(&[BIRTH, FIRST], |o| {
                o.removal_rule = RemovalRule::Absolute;
                o.removal_limit = 0.9;
                o.removal_keep = keep;
            });
            verdicts.iter().map(|v| (v.keep, v.unattended)).collect::<Vec<_>>()
        };
        assert_eq!(outcome(RemovalKeep::KeepToken), [(true, false), (false, false)]);
        assert_eq!(outcome(RemovalKeep::KeepUnattended), [(true, true), (false, false)]);
        assert_eq!(outcome(RemovalKeep::RemovePosition), [(false, false), (false, false)]);
    }

    #[test]
    fn no_attention_at_all_is_shared_evenly() {
        assert_eq!(scores(&judged(&[BIRTH, &[1.0, 0.0, 0.0, 0.0]], |_| ())), [0.5, 0.5]);
    }

    #[test]
    fn a_set_reduced_to_one_is_not_judged_again() {
        let (mut sequence, evidence) = after(&[BIRTH, FIRST]);
        sequence.remove(Slot(2));
        assert!(judge_by_attention(&sequence, &evidence, 0.0, &config(|_| ())).is_empty());
    }

    #[test]
    fn the_posterior_is_bayes_rule() {
        let (sequence, _) = after(&[BIRTH]);
        let config = config(|o| o.removal_score = RemovalScore::Posterior);
        // Member 0 gives the next set half of its probability, member 1 a quarter.
        let found = judge_by_posterior(&sequence, SetIndex(1), &[vec![0.5, 0.25]], 0.0, &config);
        let (a, b) = (0.75 * 0.5, 0.25 * 0.25);
        assert!((found[0].score - a / (a + b)).abs() < 1e-7 && (found[1].score - b / (a + b)).abs() < 1e-7);
    }

    #[test]
    fn fading_is_ln_sigmoid_and_finite() {
        let verdict = |score, limit| Verdict {
            slot: Slot(0),
            score,
            limit,
            keep: true,
            effect: RemovalMode::Fade,
            unattended: false,
        };
        assert!((fade_bias(&verdict(0.5, 0.5), 10.0).unwrap() - 0.5_f64.ln()).abs() < 1e-12);
        assert!((fade_bias(&verdict(0.0, 0.5), 10.0).unwrap() + 10.000_045_4).abs() < 1e-6);
        assert!(fade_bias(&verdict(1e9, 0.5), 10.0).unwrap().abs() < 1e-12);
        assert!(fade_bias(&verdict(0.1, 0.0), 10.0).is_none(), "a limit of 0 leaves the bias as it was");
    }

    #[test]
    fn the_budget_takes_the_least_attended_outside_of_the_window() {
        let (sequence, evidence) = after(&[BIRTH, FIRST, SECOND]);
        // Totals: 1.2, 0.8, 0.6, 0.3, 0.1; the newest set is slot 4.
        let evictions = |rows, recent| over_budget(&sequence, &evidence, BudgetConfig { rows, recent });
        assert_eq!(evictions(4, 2), [Slot(2)]);
        assert_eq!(evictions(3, 0), [Slot(3), Slot(2)]);
        assert_eq!(evictions(1, 3), [Slot(1), Slot(0)], "the window may keep more than the budget");
        assert!(evictions(5, 0).is_empty());
    }
}
