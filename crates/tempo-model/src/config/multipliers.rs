//! Factors that some families multiply with, folded into what a decoder has anyway.

/// Factors as a file has them; 1 changes nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Multipliers {
    /// Of the embedding.
    pub(crate) embedding: f64,
    /// Of what every block gives, before it is added.
    pub(crate) residual: f64,
    /// Logits are divided by it.
    pub(crate) logits: f64,
}

impl Multipliers {
    /// What the embedding is multiplied with, what is added to a mean square, and what logits are multiplied with.
    ///
    /// The residual stream is kept divided by its factor: then blocks add what they give as it is, and norms do not see the
    /// difference once what they add is divided by the factor's square. So no weight changes.
    pub(crate) fn fold(self, embedding_scale: f64, rms_norm_eps: f64) -> (f64, f64, f64) {
        let Self { embedding, residual, logits } = self;
        (embedding_scale * embedding / residual, rms_norm_eps / (residual * residual), logits.recip())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_factors_nothing_changes() {
        assert_eq!(Multipliers { embedding: 1.0, residual: 1.0, logits: 1.0 }.fold(3.0, 1e-5), (3.0, 1e-5, 1.0));
        assert_eq!(Multipliers { embedding: 12.0, residual: 0.5, logits: 8.0 }.fold(1.0, 1e-5), (24.0, 4e-5, 0.125));
    }
}
