//! What the paths beside a run may take of memory (LAB.md L4).

use crate::error::ConfigError;
use crate::model::ModelDescription;
use crate::options::GenerationOptions;

/// Bytes that the paths beside a run may take: 4 GiB, or a quarter of what can be addressed.
const MOST_PATH_BYTES: u64 = {
    let addressed = usize::MAX as u64 / 4;
    if addressed < 4 << 30 { addressed } else { 4 << 30 }
};
/// What a path takes beside its rows, about.
const PATH_BYTES: usize = 512;

impl GenerationOptions {
    /// Every path beside a run keeps the row of logits after it and a cache row. What there may be is refused, for what there
    /// will be depends on the sets.
    pub(super) fn check_memory(&self, model: &ModelDescription) -> Result<(), ConfigError> {
        let cache = 2 * model.layers * model.kv_heads * model.head_dim;
        let each = (size_of::<f32>() * (model.vocab + cache) + PATH_BYTES) as u64;
        let most = usize::try_from(MOST_PATH_BYTES / each).unwrap_or(usize::MAX);
        let paths = [
            ("exact_limit", self.exact_limit),
            ("meter_samples", self.meter_samples),
            ("reading_beams", self.reading_beams),
        ];
        match paths.into_iter().find(|(_, value)| *value > most) {
            Some((field, value)) => Err(ConfigError::Memory { field, value, most, each }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::description;

    /// The vocabulary and the cache row of Gemma 3 270M.
    #[test]
    fn paths_that_no_memory_holds_are_refused_with_the_way_out() {
        let model = ModelDescription { layers: 18, kv_heads: 1, head_dim: 256, ..description(262_144) };
        let check = |options: GenerationOptions| options.check(&model).map(|_| ()).map_err(|error| error.to_string());
        let defaults = GenerationOptions::default();
        assert_eq!(check(GenerationOptions { exact_limit: 3000, reading_beams: 512, ..defaults }), Ok(()));
        let error = check(GenerationOptions { exact_limit: 1_000_000, ..defaults }).unwrap_err();
        let want =
            "exact_limit 1000000 may take 1086 GB of memory, 1086 kB for each path; on this model give at most 3955";
        assert_eq!(error, want);
        assert_eq!(check(GenerationOptions { exact_limit: 3955, ..defaults }), Ok(()));
        let error = check(GenerationOptions { meter_samples: 3956, ..defaults }).unwrap_err();
        assert!(error.starts_with("meter_samples 3956 may take 4 GB"), "{error}");
        assert!(check(GenerationOptions { reading_beams: 10_000, ..defaults }).is_err());
        for (name, options) in [
            ("exact_limit", GenerationOptions { exact_limit: 1_000_001, ..defaults }),
            ("meter_samples", GenerationOptions { meter_samples: usize::MAX, ..defaults }),
            ("readings", GenerationOptions { readings: 100_000_000, ..defaults }),
            ("reading_beams", GenerationOptions { reading_beams: 1_000_001, ..defaults }),
        ] {
            let error = options.check(&description(8)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name} must be between 0 and 1000000, not ")), "{error}");
        }
    }
}
