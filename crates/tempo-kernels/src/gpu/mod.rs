//! Graphics adapters: a pass as a handful of fused WGSL kernels, recorded straight on a wgpu device.
//!
//! A layer takes six dispatches, eight where blocks have norms on both sides, whatever the number of rows and the length
//! of the context: norm + q|k|v; rotate and write to the cache; attention with what every row received; output +
//! residual; norm + gate|up + activation; down + residual. Bind groups, buffers and pipelines exist before the first
//! pass. A pass is then one upload, one submit and one read.

mod aside;
mod bandwidth;
mod buffers;
mod context;
mod digest;
mod error;
mod inputs;
mod kernel;
mod lanes;
mod matrix;
mod model;
mod pipelines;
mod product;
mod recorder;
mod shapes;
mod source;
mod stages;
#[cfg(test)]
mod tests;
mod tiled;
mod warm;
mod wgsl;

pub use aside::GpuAside;
pub use context::{Gpu, GpuCounts};
pub use error::GpuError;
pub use matrix::{GpuMatrix, RowLayout};
pub use model::GpuModel;
