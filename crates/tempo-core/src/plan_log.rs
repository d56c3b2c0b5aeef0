//! The plans of a run, from which a step's attention can be computed again later.

use std::collections::VecDeque;

use crate::model::{Key, StepPlan};

/// Bytes that a log holds at most. Under `none` and `probability` that is more than a hundred thousand steps; where every step
/// moves many biases (`fade`, `gamma`, `kin`), some thousands.
const LIMIT: usize = 16 << 20;

/// The plans of the latest forward passes, in order.
///
/// A plan lists every cache row, but from one to the next few rows change, so a key is stored once and again whenever
/// it has changed. The oldest plans are dropped where the log would become larger than 16 MiB.
#[derive(Clone, Debug)]
pub struct PlanLog {
    plans: VecDeque<LogEntry>,
    /// Plans that were dropped.
    dropped: usize,
    /// The keys of the newest plan.
    keys: Vec<Key>,
    /// Of all entries.
    bytes: usize,
    limit: usize,
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

impl LogEntry {
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + size_of_val(self.plan.queries.as_slice())
            + size_of_val(self.plan.layer_weights.as_slice())
            + size_of_val(self.plan.biases.as_slice())
            + size_of_val(self.changed.as_slice())
    }
}

impl Default for PlanLog {
    fn default() -> Self {
        Self { plans: VecDeque::new(), dropped: 0, keys: Vec::new(), bytes: 0, limit: LIMIT }
    }
}

impl PlanLog {
    /// Appends a plan.
    pub fn push(&mut self, plan: &StepPlan) {
        let before = std::mem::replace(&mut self.keys, plan.keys.clone());
        let changed =
            before.iter().copied().enumerate().filter(|(row, key)| self.keys.get(*row) != Some(key)).collect();
        let plan = StepPlan { keys: Vec::new(), ..plan.clone() };
        let entry = LogEntry { plan, context: before.len(), changed };
        self.bytes += entry.bytes();
        self.plans.push_back(entry);
        while self.bytes > self.limit && self.plans.len() > 1 {
            let oldest = self.plans.pop_front();
            self.bytes -= oldest.map_or(0, |entry| entry.bytes());
            self.dropped += 1;
        }
    }

    /// How many plans there were, those that were dropped included.
    pub fn len(&self) -> usize {
        self.dropped + self.plans.len()
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The plan of this number, counted from 0, as it was; `None` when it was dropped, or when there are fewer.
    pub fn get(&self, index: usize) -> Option<StepPlan> {
        let index = index.checked_sub(self.dropped)?;
        let entry = self.plans.get(index)?;
        let mut keys = self.keys.clone();
        for later in self.plans.range(index + 1..).rev() {
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
        let changes: [Change; 7] = [
            |_| (),
            |o| o.weighting = Weighting::None,
            |o| o.weighting = Weighting::Gamma,
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
        let (plans, log) = logged(|o| (o.removal, o.weighting) = (RemovalMode::Mask, Weighting::None));
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

    #[test]
    fn the_oldest_plans_go_when_the_log_is_full() {
        let (plans, log) = logged(|o| o.removal = RemovalMode::Fade);
        let mut small = PlanLog { limit: log.bytes / 2, ..PlanLog::default() };
        for (index, plan) in plans.iter().enumerate() {
            small.push(plan);
            assert!(small.bytes <= small.limit, "after plan {index}");
        }
        assert_eq!(small.len(), plans.len());
        assert!(small.dropped > 0 && small.dropped < plans.len() - 2);
        for (index, plan) in plans.iter().enumerate() {
            let want = (index >= small.dropped).then_some(plan);
            assert_eq!(small.get(index).as_ref(), want, "plan {index}");
        }
    }
}
