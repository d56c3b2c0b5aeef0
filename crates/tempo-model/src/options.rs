//! How and where a model is loaded, and how far that is.

use tempo_kernels::cpu::WorkerPool;

use crate::device::{DeviceChoice, Devices};
use crate::weights::WeightPreference;

/// Which code computes a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kernels {
    /// Hand-fused kernels, on the CPU as on a graphics device.
    #[default]
    Fused,
    /// One tensor operation after the other: the readable reference. Weights in f32 only.
    Tensor,
}

impl Kernels {
    /// Both ways.
    pub const ALL: [Self; 2] = [Self::Fused, Self::Tensor];

    /// Its name in flags and links.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fused => "fused",
            Self::Tensor => "tensor",
        }
    }

    /// The way of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kernels| kernels.name() == name)
    }
}

/// How a model is loaded.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadOptions {
    /// Which code computes.
    pub kernels: Kernels,
    /// What weights shall be kept as.
    pub weights: WeightPreference,
    /// Workers that share the matrices where the fused kernels run on the CPU and threads have no memory in common: a tab.
    /// Elsewhere threads are those of rayon's pool.
    pub workers: Option<&'static dyn WorkerPool>,
}

/// Where a model is loaded.
pub enum Placement<'a> {
    /// On this device.
    On(&'a DeviceChoice),
    /// On the CPU or on the graphics device, whichever takes a few measured steps faster.
    Fastest {
        /// Open the graphics device, or have it open already.
        devices: &'a mut Devices,
        /// Tells milliseconds since any moment.
        clock: &'a dyn Fn() -> f64,
    },
}

impl<'a> From<&'a DeviceChoice> for Placement<'a> {
    fn from(device: &'a DeviceChoice) -> Self {
        Self::On(device)
    }
}

/// How far loading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the checkpoint read.
    pub done: u64,
    /// Bytes to read.
    pub total: u64,
    /// Kernels that the graphics device has compiled, of how many, once the weights are read.
    pub kernels: Option<(usize, usize)>,
}
