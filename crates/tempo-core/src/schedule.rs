//! Thresholds as functions of progress (ALGORITHM.md §4). The base value is never overwritten.

use crate::options::{LimitScheduleKind, ScheduleKind};

/// A value that moves with progress `t` from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    /// How it moves.
    pub kind: LimitScheduleKind,
    /// Value at the start.
    pub base: f64,
    /// Value at the end.
    pub last: f64,
    /// First Bezier control value.
    pub p1: f64,
    /// Second Bezier control value.
    pub p2: f64,
    /// Progress at which `relu` begins to move.
    pub at: f64,
}

impl Curve {
    /// The value at progress `t`.
    pub fn value(&self, t: f64) -> f64 {
        let Self { base, last, p1, p2, at, .. } = *self;
        match self.kind {
            LimitScheduleKind::Constant => base,
            LimitScheduleKind::Linear => base + (last - base) * t,
            // The knee at 1 would divide by zero; there the curve never leaves the base.
            LimitScheduleKind::Relu if t < at || at >= 1.0 => base,
            LimitScheduleKind::Relu => base + (last - base) * (t - at) / (1.0 - at),
            LimitScheduleKind::BezierValues => bezier(t, base, p1, p2, last),
            LimitScheduleKind::BezierShape => base + (last - base) * bezier(t, 0.0, p1, p2, 1.0),
        }
    }
}

fn bezier(t: f64, a: f64, b: f64, c: f64, d: f64) -> f64 {
    let u = 1.0 - t;
    u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
}

/// Progress of step `step` of `max_steps`: 0 at the first, 1 at the last, 0 when there is only one.
pub(crate) fn progress(step: usize, max_steps: usize) -> f64 {
    if max_steps <= 1 { 0.0 } else { step as f64 / (max_steps - 1) as f64 }
}

/// The selection threshold: a curve, or a function of the distribution it is applied to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SelectionThreshold {
    /// Moves with progress only.
    Curve(Curve),
    /// `base (1 + H(q) / ln V)`.
    Entropy {
        /// Threshold of a certain distribution.
        base: f64,
    },
    /// `base * max q`.
    MinP {
        /// Share of the most probable token.
        base: f64,
    },
}

impl SelectionThreshold {
    /// Splits the selection's schedule into the curves it shares with removal and the two it does not.
    pub fn new(kind: ScheduleKind, base: f64, last: f64, p1: f64, p2: f64, at: f64) -> Self {
        let kind = match kind {
            ScheduleKind::Constant => LimitScheduleKind::Constant,
            ScheduleKind::Linear => LimitScheduleKind::Linear,
            ScheduleKind::Relu => LimitScheduleKind::Relu,
            ScheduleKind::BezierValues => LimitScheduleKind::BezierValues,
            ScheduleKind::BezierShape => LimitScheduleKind::BezierShape,
            ScheduleKind::Entropy => return Self::Entropy { base },
            ScheduleKind::MinP => return Self::MinP { base },
        };
        Self::Curve(Curve { kind, base, last, p1, p2, at })
    }

    /// The threshold at progress `t` for a distribution of this entropy (nats) and maximum over `vocab` tokens.
    pub fn value(&self, t: f64, entropy: f64, max: f64, vocab: usize) -> f64 {
        match self {
            Self::Curve(curve) => curve.value(t),
            // A vocabulary of one has no entropy to normalise.
            Self::Entropy { base } if vocab <= 1 => *base,
            Self::Entropy { base } => base * (1.0 + entropy / (vocab as f64).ln()),
            Self::MinP { base } => base * max,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(kind: LimitScheduleKind) -> Curve {
        Curve { kind, base: 0.1, last: 1.0, p1: 0.2, p2: 0.8, at: 0.5 }
    }

    fn assert_curve(kind: LimitScheduleKind, expected: [f64; 11]) {
        for (step, want) in expected.into_iter().enumerate() {
            let found = curve(kind).value(progress(step, 11));
            assert!((found - want).abs() < 5.1e-4, "{kind} at {step}: {found}, expected {want}");
        }
    }

    #[test]
    fn check_values_of_the_contract() {
        assert_curve(
            LimitScheduleKind::BezierValues,
            [0.100, 0.144, 0.213, 0.301, 0.402, 0.513, 0.626, 0.736, 0.839, 0.929, 1.0],
        );
        assert_curve(
            LimitScheduleKind::BezierShape,
            [0.100, 0.164, 0.245, 0.340, 0.443, 0.550, 0.657, 0.760, 0.855, 0.936, 1.0],
        );
        assert_curve(LimitScheduleKind::Linear, [0.1, 0.19, 0.28, 0.37, 0.46, 0.55, 0.64, 0.73, 0.82, 0.91, 1.0]);
        assert_curve(LimitScheduleKind::Relu, [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.28, 0.46, 0.64, 0.82, 1.0]);
        assert_curve(LimitScheduleKind::Constant, [0.1; 11]);
    }

    #[test]
    fn relu_with_its_knee_at_the_end_is_the_base() {
        let knee = Curve { at: 1.0, ..curve(LimitScheduleKind::Relu) };
        assert_eq!(knee.value(1.0).to_bits(), 0.1_f64.to_bits());
    }

    #[test]
    fn progress_of_a_single_step_is_zero() {
        assert_eq!(progress(0, 1).to_bits(), 0.0_f64.to_bits());
        assert_eq!(progress(4, 5).to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn entropy_and_min_p_follow_the_distribution() {
        let entropy = SelectionThreshold::new(ScheduleKind::Entropy, 0.1, 1.0, 0.2, 0.8, 0.5);
        let even = (8.0_f64).ln();
        assert!((entropy.value(0.3, even, 0.125, 8) - 0.2).abs() < 1e-12, "an even distribution doubles the base");
        assert!((entropy.value(0.3, 0.0, 1.0, 8) - 0.1).abs() < 1e-12);
        assert!((entropy.value(0.0, 0.0, 1.0, 1) - 0.1).abs() < 1e-12, "a vocabulary of one");
        let min_p = SelectionThreshold::new(ScheduleKind::MinP, 0.1, 1.0, 0.2, 0.8, 0.5);
        assert!((min_p.value(0.9, 1.0, 0.6, 8) - 0.06).abs() < 1e-12);
    }
}
