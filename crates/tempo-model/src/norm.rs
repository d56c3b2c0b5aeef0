//! Root mean square normalisation.

use burn::tensor::Tensor;

/// `x / rms(x) * weight` over the last dimension.
#[derive(Clone, Debug)]
pub(crate) struct RmsNorm<const D: usize> {
    /// Broadcasts over all but the last dimensions.
    pub(crate) weight: Tensor<D>,
    pub(crate) epsilon: f64,
}

impl<const D: usize> RmsNorm<D> {
    pub(crate) fn forward(&self, x: Tensor<D>) -> Tensor<D> {
        let mean_square = (x.clone() * x.clone()).mean_dim(D - 1); // [.., 1]
        x * (mean_square + self.epsilon).sqrt().recip() * self.weight.clone()
    }
}
