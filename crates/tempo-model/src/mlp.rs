//! The feed-forward block.

use burn::tensor::Tensor;
use tempo_kernels::Activation;

use crate::activation::activate;
use crate::linear::Linear;

/// `down(activation(gate(x)) * up(x))`, or `down(activation(up(x)))` without a gate.
#[derive(Clone, Debug)]
pub(crate) struct Mlp {
    /// `gate_proj` and `up_proj` in one matrix, in this order: `[2 * intermediate, hidden]`; without a gate
    /// `[intermediate, hidden]`
    pub(crate) gate_up_proj: Linear,
    pub(crate) gated: bool,
    /// `[hidden, intermediate]`
    pub(crate) down_proj: Linear,
    pub(crate) activation: Activation,
}

impl Mlp {
    /// # Shapes
    /// `[queries, hidden]` to the same
    pub(crate) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        if !self.gated {
            return self.down_proj.forward(activate(self.activation, self.gate_up_proj.forward(x)));
        }
        let both = self.gate_up_proj.forward(x); // [queries, 2 * intermediate]
        let [_, width] = both.dims();
        let gate = both.clone().narrow(1, 0, width / 2);
        let up = both.narrow(1, width / 2, width / 2);
        self.down_proj.forward(activate(self.activation, gate) * up)
    }
}
