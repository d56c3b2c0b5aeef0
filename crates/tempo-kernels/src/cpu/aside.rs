//! A cache that is put aside while another run computes with the same weights.

use super::CpuModel;
use super::attention::{Cache, Shape};

/// The rows of a run that waits.
#[derive(Debug)]
pub struct CpuAside {
    rows: usize,
    shape: Shape,
    caches: Vec<Cache>,
}

impl CpuModel {
    /// A cache without rows beside the model's own.
    pub fn aside(&self) -> CpuAside {
        let shape = Shape::new(&self.decoder, self.unit, 0);
        CpuAside { rows: 0, shape, caches: self.decoder.layers.iter().map(|_| Cache::new(shape)).collect() }
    }

    /// Goes on with another cache, whose run was begun with so many rows, and puts its own there.
    pub fn exchange(&mut self, other: &mut CpuAside, begun: usize) {
        std::mem::swap(&mut self.rows, &mut other.rows);
        std::mem::swap(&mut self.shape, &mut other.shape);
        std::mem::swap(&mut self.caches, &mut other.caches);
        self.decoder.begin(begun);
    }
}
