//! What can go wrong on a graphics device.

/// Why the device failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GpuError {
    /// The device is gone, with everything on it.
    #[error("the graphics device was lost: {reason}")]
    Lost {
        /// What the driver says.
        reason: String,
    },
    /// A buffer that the device cannot hold.
    #[error("{what} needs a buffer of {needed} bytes, the graphics device offers {offered}")]
    Limit {
        /// What it was for.
        what: &'static str,
        /// Bytes it needs.
        needed: u64,
        /// The device's limit.
        offered: u64,
    },
    /// The device has no memory left.
    #[error("the graphics device is out of memory: {reason}")]
    Memory {
        /// What the driver says.
        reason: String,
    },
    /// The device refused something: a mistake of this crate, or of the driver.
    #[error("the graphics device refused {what}: {reason}")]
    Refused {
        /// What it refused.
        what: String,
        /// What it says.
        reason: String,
    },
    /// A shape that the kernels do not cover.
    #[error("{what} is more than the fused kernels cover ({most})")]
    Shape {
        /// Which size.
        what: &'static str,
        /// The most there may be.
        most: usize,
    },
}
