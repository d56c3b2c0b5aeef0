//! Biases that every query has of its own.

use super::*;

impl Bench {
    /// Members with biases of their own are in one pass what each is alone with these biases on its keys.
    ///
    /// # Errors
    /// When they are not, or when their biases make no difference.
    pub fn biases_are_of_a_member_and_a_key(&mut self) -> anyhow::Result<()> {
        let members = self.members()?;
        for visibility in [Visibility::Isolated, Visibility::Visible, Visibility::Ordered] {
            let mut sequence = self.prompted()?;
            let set = sequence.append(&members);
            let (queries, keys) = (sequence.queries(sequence.slots(set)), sequence.keys(Weighting::Probability));
            let plain = StepPlan {
                logits: 0..queries.len(),
                queries,
                visibility,
                layer_weights: Vec::new(),
                digest: None,
                biases: Vec::new(),
                keys,
            };
            let bias = |member: usize, key: usize| -0.8 * ((3 * member + key) % 4) as f32;
            let (members, keys) = (plain.queries.len(), plain.keys.len());
            let biases = (0..members).flat_map(|member| (0..keys).map(move |key| bias(member, key))).collect();
            let without = self.rows(&plain)?;
            let together = self.rows(&StepPlan { biases, ..plain.clone() })?;
            for (member, row) in together.iter().enumerate() {
                let mut alone = StepPlan { queries: vec![plain.queries[member]], logits: 0..1, ..plain.clone() };
                alone.keys.iter_mut().enumerate().for_each(|(key, entry)| entry.bias += bias(member, key));
                let alone = self.rows(&alone)?.concat();
                self.equal(row, &alone)?;
                self.different(row, &without[member])?;
            }
        }
        Ok(())
    }
}
