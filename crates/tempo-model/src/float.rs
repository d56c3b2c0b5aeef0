//! Between the precision of files, of configurations and of devices.

#[expect(clippy::cast_possible_truncation, reason = "rounding to the precision of the device is the purpose")]
pub(crate) fn to_f32(x: f64) -> f32 {
    x as f32
}
