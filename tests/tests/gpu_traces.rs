//! Whole runs against the independent reference, on a graphics adapter (I12).

use tempo_model::{DevicePreference, device};
use tempo_tests::models::{FUSED, TENSOR};
use tempo_tests::traces::{Tolerance, compare_all};

/// Shaders may reorder and fuse; the ids must be the same all the same.
const TOLERANCE: Tolerance = Tolerance { absolute: 1e-3, relative: 1e-2 };

#[test]
fn gpu_i12_the_adapter_chooses_the_same_tokens() {
    let device = pollster::block_on(device::open(DevicePreference::Gpu)).unwrap();
    let compared = compare_all(&device, FUSED, TOLERANCE, 1).unwrap();
    assert!(compared >= 70, "{compared} runs");
    // Tensor operations are slow on a software adapter, and every run was compared on the CPU.
    let compared = compare_all(&device, TENSOR, TOLERANCE, 4).unwrap();
    assert!(compared >= 17, "{compared} runs");
}
