//! Curves: what bends a gate, and what bounds logits.

use burn::tensor::{
    Tensor,
    activation::{gelu, silu},
};
use tempo_kernels::Activation;

/// From here on a hyperbolic tangent is 1 in f32. Larger arguments are cut off, for gates may well be large: where
/// shaders compute `tanh` from exponentials, as Metal's do, it would overflow.
const SATURATED: f64 = 15.0;

/// The gate of a feed-forward block, bent.
pub(crate) fn activate<const D: usize>(activation: Activation, x: Tensor<D>) -> Tensor<D> {
    match activation {
        Activation::Silu => silu(x),
        Activation::Gelu => gelu(x),
        Activation::GeluTanh => {
            let inner = (x.clone() * x.clone() * 0.044_715 + 1.0) * x.clone();
            let scale = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2; // sqrt(2 / pi)
            x * ((inner * scale).clamp(-SATURATED, SATURATED).tanh() + 1.0) * 0.5
        }
    }
}

/// `cap * tanh(x / cap)`, where there is a cap. NaN stays NaN, so that it is found.
pub(crate) fn soft_cap<const D: usize>(x: Tensor<D>, cap: Option<f64>) -> Tensor<D> {
    match cap {
        Some(cap) => (x / cap).tanh() * cap,
        None => x,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::cpu;

    fn numbers(x: Tensor<1>) -> Vec<f32> {
        pollster::block_on(x.into_data_async()).unwrap().try_into_vec().unwrap()
    }

    fn near(found: &[f32], expected: &[f32]) {
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() <= 1e-6 * b.abs().max(1.0), "{found:?} {expected:?}");
        }
    }

    #[test]
    fn gelu_is_that_of_torch() {
        // torch.nn.functional.gelu(x, approximate="tanh")
        let x = Tensor::from_floats([-1000.0, -3.0, -1.0, 0.0, 0.5, 2.0, 1000.0], &cpu().device);
        let expected = [0.0, -0.003_637_37, -0.158_808, 0.0, 0.345_714, 1.954_597_7, 1000.0];
        near(&numbers(activate(Activation::GeluTanh, x)), &expected);
    }

    #[test]
    fn a_cap_bounds_and_hardly_touches_small_numbers() {
        let x = || Tensor::from_floats([-1e6, -0.01, 0.0, 2.0, 1e6], &cpu().device);
        near(&numbers(soft_cap(x(), Some(2.0))), &[-2.0, -0.01, 0.0, 2.0 * 1.0_f32.tanh(), 2.0]);
        assert_eq!(numbers(soft_cap(x(), None)), [-1e6, -0.01, 0.0, 2.0, 1e6]);
    }
}
