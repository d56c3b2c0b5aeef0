//! What passes cost.

use std::ops::{AddAssign, Sub};

use tempo_kernels::gpu::GpuCounts;

/// What passes have taken: of an engine since it was loaded, or of one pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passes through the layers; a long prefill takes several.
    pub passes: u64,
    /// Reads from the device.
    pub readbacks: u64,
    /// Bytes read from it.
    pub bytes_read: u64,
}

impl Counts {
    /// So many passes and one read of all that they return, if they return anything.
    pub(crate) fn one_read(passes: usize, bytes_read: usize) -> Self {
        Self { passes: passes as u64, readbacks: u64::from(bytes_read > 0), bytes_read: bytes_read as u64 }
    }
}

impl From<GpuCounts> for Counts {
    fn from(GpuCounts { passes, readbacks, bytes_read, .. }: GpuCounts) -> Self {
        Self { passes, readbacks, bytes_read }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passes += other.passes;
        self.readbacks += other.readbacks;
        self.bytes_read += other.bytes_read;
    }
}

impl Sub for Counts {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            passes: self.passes - earlier.passes,
            readbacks: self.readbacks - earlier.readbacks,
            bytes_read: self.bytes_read - earlier.bytes_read,
        }
    }
}
