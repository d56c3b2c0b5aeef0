//! The model against Hugging Face transformers, on a graphics adapter.

use tempo_model::{DevicePreference, device};
use tempo_tests::golden::compare_all;
use tempo_tests::models::{FUSED, TENSOR};

/// Shaders may reorder, fuse and approximate (`exp`, `sqrt`) where the CPU does not.
const TOLERANCE: f64 = 1e-3;

#[test]
fn gpu_every_architecture_gives_the_logits_of_transformers() {
    let device = pollster::block_on(device::open(DevicePreference::Gpu)).unwrap();
    for options in [FUSED, TENSOR] {
        let compared = compare_all(&device, options, TOLERANCE).unwrap();
        assert!(compared.len() >= 16, "{compared:?}");
    }
}
