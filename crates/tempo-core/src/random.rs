//! Random numbers that are the same everywhere: `SplitMix64` (LAB.md L2).

/// A stream of random numbers that follows from its seed alone.
#[derive(Clone, Debug)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// The stream of this seed, from its beginning.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number in `[0, 1)`, a multiple of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = self.state;
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// The first of these shares whose cumulative sum exceeds `u`.
pub(crate) fn pick(shares: &[f64], u: f64) -> usize {
    let mut sum = 0.0;
    let found = shares.iter().position(|share| {
        sum += share;
        sum > u
    });
    // Shares sum to 1 but for rounding, and `u` may lie in what that left over.
    found.unwrap_or_else(|| shares.iter().rposition(|share| *share > 0.0).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs for seed 1234567 that the generator's publications list.
    #[test]
    fn the_stream_is_splitmix64() {
        let mut stream = SplitMix64::new(1_234_567);
        let want = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        for number in want {
            assert_eq!(stream.next(), number);
        }
    }

    #[test]
    fn numbers_are_below_one() {
        let mut stream = SplitMix64::new(0);
        assert!((0..10_000).map(|_| stream.unit()).all(|u| (0.0..1.0).contains(&u)));
    }
}
