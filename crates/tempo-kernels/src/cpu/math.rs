//! What is done to single numbers, as loops that compilers turn into vector code: no branches, no calls.

use super::lanes::{Lanes, Op};
use crate::Activation;

/// Sums, or whatever is folded, that are kept side by side.
pub(super) const STRANDS: usize = 16;

/// `e^x` with a relative error below 2e-7. Below -87.3 it is zero, above 88 it stays at `e^88`.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Adding it rounds to an integer, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts; the first has so few bits that its product with a small integer is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let bounded = if x < 88.0 { x } else { 88.0 };
    let rounded = bounded * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = bounded - n * LN_2[0] - n * LN_2[1];
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let p = p * (r * r) + r + 1.0;
    let power = f32::from_bits((rounded.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    if x < -87.3 { 0.0 } else { p * power }
}

/// `tanh(x)`, also where it is small: there one minus something would lose what is left of the number.
#[inline(always)]
fn tanh(x: f32) -> f32 {
    let size = x.abs();
    let far = 1.0 - 2.0 / (exp(2.0 * size) + 1.0);
    let z = x * x;
    let p = -5.704_988_7e-3;
    let p = p * z + 2.063_909e-2;
    let p = p * z - 5.373_971_6e-2;
    let p = p * z + 1.333_144_2e-1;
    let p = p * z - 3.333_328e-1;
    let near = p * z * x + x;
    if size < 0.625 { near } else { far.copysign(x) }
}

/// `cap * tanh(x / cap)` on every number.
pub(super) struct Cap<'a> {
    pub(super) numbers: &'a mut [f32],
    pub(super) cap: f32,
}

impl Op for Cap<'_> {
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        cap(self.numbers, self.cap);
    }
}

#[inline(always)]
fn cap(numbers: &mut [f32], cap: f32) {
    for x in numbers {
        *x = cap * tanh(*x / cap);
    }
}

/// Logits of one query's head to shares of all rows.
pub(super) struct Softmax<'a> {
    /// `[context]`
    pub(super) scores: &'a mut [f32],
    /// Added to them: `[context]`
    pub(super) bias: &'a [f32],
    pub(super) cap: Option<f32>,
}

impl Op for Softmax<'_> {
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        let Self { scores, bias, cap: most } = self;
        if let Some(most) = most {
            cap(scores, most);
        }
        for (score, bias) in scores.iter_mut().zip(bias) {
            *score += bias;
        }
        let most = fold(scores, f32::NEG_INFINITY, |x| x, |most, score| if score > most { score } else { most });
        for score in scores.iter_mut() {
            *score = exp(*score - most);
        }
        let inverse = fold(scores, 0.0, |x| x, |sum, x| sum + x).recip();
        for score in scores {
            *score *= inverse;
        }
    }
}

/// `activation(gate) * up`, over gate, or `activation(gate)` where there is no up.
pub(super) struct Activate<'a> {
    pub(super) gate: &'a mut [f32],
    pub(super) up: Option<&'a [f32]>,
    pub(super) activation: Activation,
}

impl Op for Activate<'_> {
    #[inline(always)]
    fn run<S: Lanes>(self, _: S) {
        match self.activation {
            Activation::Silu => self.bend(|x| x / (1.0 + exp(-x))),
            // 1 + tanh(x) = 2 * sigmoid(2 * x)
            Activation::GeluTanh => self.bend(|x| {
                const TWICE: f32 = 2.0 * 0.797_884_6;
                x / (1.0 + exp(-TWICE * (x + 0.044_715 * x * x * x)))
            }),
            Activation::Gelu => self.bend(|x| 0.5 * x * (1.0 + erf(std::f32::consts::FRAC_1_SQRT_2 * x))),
        }
    }
}

impl Activate<'_> {
    #[inline(always)]
    fn bend(self, by: impl Fn(f32) -> f32) {
        match self.up {
            Some(up) => self.gate.iter_mut().zip(up).for_each(|(x, up)| *x = by(*x) * up),
            None => self.gate.iter_mut().for_each(|x| *x = by(*x)),
        }
    }
}

/// The error function with an error below 2e-7 (Abramowitz and Stegun, 7.1.26).
#[inline(always)]
fn erf(x: f32) -> f32 {
    let size = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * size);
    let p = 1.061_405_4;
    let p = p * t - 1.453_152;
    let p = p * t + 1.421_413_7;
    let p = p * t - 0.284_496_74;
    let p = p * t + 0.254_829_6;
    (1.0 - p * t * exp(-size * size)).copysign(x)
}

/// `combine` over what `map` makes of all numbers, several strands side by side.
#[inline(always)]
pub(super) fn fold(numbers: &[f32], start: f32, map: impl Fn(f32) -> f32, combine: impl Fn(f32, f32) -> f32) -> f32 {
    let (chunks, rest) = numbers.as_chunks::<STRANDS>();
    let mut strands = [start; STRANDS];
    for chunk in chunks {
        for (strand, number) in strands.iter_mut().zip(chunk) {
            *strand = combine(*strand, map(*number));
        }
    }
    let all = rest.iter().fold(start, |all, number| combine(all, map(*number)));
    strands.iter().fold(all, |all, strand| combine(all, *strand))
}

/// What a row is multiplied with so that its mean square becomes one.
fn inverse_rms(x: &[f32], eps: f32) -> f32 {
    let sum = fold(x, 0.0, |x| x * x, |sum, x| sum + x);
    (sum / x.len() as f32 + eps).sqrt().recip()
}

/// `x / rms(x) * weight`
pub(super) fn norm(x: &[f32], weight: &[f32], eps: f32, to: &mut [f32]) {
    let inverse = inverse_rms(x, eps);
    for ((to, x), weight) in to.iter_mut().zip(x).zip(weight) {
        *to = x * inverse * weight;
    }
}

/// The same in place.
pub(super) fn norm_in_place(x: &mut [f32], weight: &[f32], eps: f32) {
    let inverse = inverse_rms(x, eps);
    for (x, weight) in x.iter_mut().zip(weight) {
        *x *= inverse * weight;
    }
}

/// `to + x * times`
pub(super) fn add(to: &mut [f32], x: &[f32], times: f32) {
    for (to, x) in to.iter_mut().zip(x) {
        *to += x * times;
    }
}

/// Turns a head: the first half of its numbers are the cosine side of every pair.
pub(super) fn rotate(head: &mut [f32], cos: &[f32], sin: &[f32]) {
    let (first, second) = head.split_at_mut(cos.len());
    for (((a, b), cos), sin) in first.iter_mut().zip(second).zip(cos).zip(sin) {
        (*a, *b) = (*a * cos - *b * sin, *b * cos + *a * sin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_as_exact_as_f32_is() {
        for i in -8_800..=8_800_i16 {
            let x = f32::from(i) * 0.01;
            let want = f64::from(x).exp();
            let error = (f64::from(exp(x)) - want).abs() / want;
            assert!(error < 2e-7 || x < -87.3, "exp({x}) is off by {error}");
            let want = f64::from(x / 8.0).tanh();
            let error = (f64::from(tanh(x / 8.0)) - want).abs();
            assert!(error <= 2e-7 * want.abs(), "tanh({}) is off by {error}", x / 8.0);
        }
    }

    #[test]
    fn the_ends_are_where_they_should_be() {
        let bits = |numbers: &[f32]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&[crate::HIDDEN, f32::NEG_INFINITY, 0.0].map(exp)), bits(&[0.0, 0.0, 1.0]));
        assert_eq!(bits(&[1e9, -1e9, 0.0].map(tanh)), bits(&[1.0, -1.0, 0.0]));
        assert!(exp(1e9) > 1e38 && exp(1e9).is_finite());
    }
}
