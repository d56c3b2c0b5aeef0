//! Several runs on one model, in turns: each has a cache of its own, and the weights are there once.

use tempo_kernels::cpu::CpuAside;
use tempo_kernels::gpu::GpuAside;

use super::Engine;
use crate::body::Body;
use crate::cache::Cache;
use crate::error::ForwardError;

/// What a run of an engine holds while another one computes.
#[derive(Debug)]
pub struct Aside {
    body: BodyAside,
    begun: usize,
    logit_rows: usize,
}

#[derive(Debug)]
enum BodyAside {
    Tensor(Cache),
    Cpu(CpuAside),
    Gpu(Box<GpuAside>),
}

impl Engine {
    /// Room for one more run, as yet without rows.
    ///
    /// # Errors
    /// When the device has no room for it, or is lost.
    pub async fn aside(&self) -> Result<Aside, ForwardError> {
        let body = match &self.body {
            Body::Tensor(_) => BodyAside::Tensor(Cache::empty()),
            Body::Cpu(model) => BodyAside::Cpu(model.aside()),
            Body::Gpu(model) => BodyAside::Gpu(Box::new(model.aside().await?)),
        };
        Ok(Aside { body, begun: 0, logit_rows: 0 })
    }

    /// Goes on with the run that was put aside, and puts the one that was computing there. Of another engine nothing is taken.
    pub fn exchange(&mut self, other: &mut Aside) {
        match (&mut self.body, &mut other.body) {
            (Body::Tensor(model), BodyAside::Tensor(cache)) => model.exchange(cache, other.begun),
            (Body::Cpu(model), BodyAside::Cpu(aside)) => model.exchange(aside, other.begun),
            (Body::Gpu(model), BodyAside::Gpu(aside)) => model.exchange(aside, other.begun),
            _ => return,
        }
        std::mem::swap(&mut self.begun, &mut other.begun);
        std::mem::swap(&mut self.logit_rows, &mut other.logit_rows);
    }
}
