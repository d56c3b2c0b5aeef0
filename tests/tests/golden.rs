//! The model against Hugging Face transformers, on the CPU.

use tempo_model::DeviceChoice;
use tempo_tests::golden::compare_all;
use tempo_tests::models::{FUSED, TENSOR};

/// f32 against f32 with sums in another order: rounding leaves about 1e-6.
const TOLERANCE: f64 = 1e-4;

#[test]
fn every_architecture_gives_the_logits_of_transformers() {
    for options in [FUSED, TENSOR] {
        let compared = compare_all(&DeviceChoice::cpu("a test"), options, TOLERANCE).unwrap();
        assert!(compared.len() >= 16, "{compared:?}");
    }
}
