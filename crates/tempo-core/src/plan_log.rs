//! The plans of a run, from which a step's attention can be computed again later.

use crate::model::{Key, StepPlan};

/// The plans of some forward passes, in order.
///
/// A plan lists every cache row, but from one to the next few rows change, so a key is stored once and again whenever
/// it has changed: after `n` steps that is O(n) keys and not O(n²), except under `fade`, which moves the keys of all
/// members on trial at every step.
#[derive(Clone, Debug, Default)]
pub struct PlanLog {
    plans: Vec<LogEntry>,
    /// The keys of the newest plan.
    keys: Vec<Key>,
}

#[derive(Clone, Debug)]
struct LogEntry {
    /// Without its keys.
    plan: StepPlan,
    /// Rows of the context before this plan.
    context: usize,
    /// Rows of that context which this plan changed, with what they held before.
    changed: Vec<(usize, Key)>,
}

impl PlanLog {
    /// Appends a plan.
    pub fn push(&mut self, plan: &StepPlan) {
        let before = std::mem::replace(&mut self.keys, plan.keys.clone());
        let changed =
            before.iter().copied().enumerate().filter(|(row, key)| self.keys.get(*row) != Some(key)).collect();
        let plan = StepPlan { keys: Vec::new(), ..plan.clone() };
        self.plans.push(LogEntry { plan, context: before.len(), changed });
    }

    /// The plan of this number, counted from 0, as it was; `None` when there are fewer.
    pub fn get(&self, index: usize) -> Option<StepPlan> {
        let entry = self.plans.get(index)?;
        let mut keys = self.keys.clone();
        for later in self.plans[index + 1..].iter().rev() {
            keys.resize(later.context, Key::FREE);
            for (row, key) in &later.changed {
                keys[*row] = *key;
            }
        }
        Some(StepPlan { keys, ..entry.plan.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ScriptedModel, run};
    use crate::{GenerationOptions, RemovalMode, Weighting};

    type Change = fn(&mut GenerationOptions);

    fn logged(change: Change) -> (Vec<StepPlan>, PlanLog) {
        let mut options = GenerationOptions { max_set: 3, max_steps: 16, ..GenerationOptions::default() };
        options.relative = 0.95;
        change(&mut options);
        let mut model = ScriptedModel::new(24);
        run(&mut model, options, &[3, 7, 1]);
        let mut log = PlanLog::default();
        model.plans.iter().for_each(|plan| log.push(plan));
        (model.plans, log)
    }

    #[test]
    fn every_plan_is_as_it_was() {
        let changes: [Change; 5] = [
            |_| (),
            |o| o.removal = RemovalMode::Evict,
            |o| (o.removal, o.weighting) = (RemovalMode::Mask, Weighting::Probability),
            |o| o.removal = RemovalMode::Fade,
            // The context becomes shorter too.
            |o| (o.budget, o.budget_recent, o.removal) = (6, 2, RemovalMode::Evict),
        ];
        for change in changes {
            let (plans, log) = logged(change);
            for (index, plan) in plans.iter().enumerate() {
                assert_eq!(log.get(index).as_ref(), Some(plan), "plan {index}");
            }
            assert_eq!(log.get(plans.len()), None);
        }
    }

    #[test]
    fn a_key_is_stored_when_it_changes() {
        let (plans, log) = logged(|o| o.removal = RemovalMode::Mask);
        let stored = log.plans.iter().map(|entry| entry.changed.len()).sum::<usize>() + log.keys.len();
        let rows = plans.last().unwrap().keys.len();
        let removed = log.keys.iter().filter(|key| !key.live).count();
        assert!(removed > 0);
        assert_eq!(
            stored,
            rows + removed,
            "of {} in all plans",
            plans.iter().map(|plan| plan.keys.len()).sum::<usize>()
        );
    }
}
