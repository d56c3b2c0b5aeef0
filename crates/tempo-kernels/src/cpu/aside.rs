//! A cache that is put aside while another run computes with the same weights.

use super::CpuModel;
use super::attention::{Cache, Shape};

/// The rows of a run that waits, and its last logits, which it may still ask for when it goes on.
#[derive(Debug)]
pub struct CpuAside {
    rows: usize,
    shape: Shape,
    caches: Vec<Cache>,
    listed: Vec<f32>,
}

impl CpuModel {
    /// A cache without rows beside the model's own.
    pub fn aside(&self) -> CpuAside {
        let shape = Shape::new(&self.decoder, self.unit, 0);
        let caches = self.decoder.layers.iter().map(|_| Cache::new(shape)).collect();
        CpuAside { rows: 0, shape, caches, listed: Vec::new() }
    }

    /// Goes on with another cache, whose run was begun with so many rows, and puts its own there.
    pub fn exchange(&mut self, other: &mut CpuAside, begun: usize) {
        std::mem::swap(&mut self.rows, &mut other.rows);
        std::mem::swap(&mut self.shape, &mut other.shape);
        std::mem::swap(&mut self.caches, &mut other.caches);
        std::mem::swap(&mut self.listed, &mut other.listed);
        self.decoder.begin(begun);
    }
}
