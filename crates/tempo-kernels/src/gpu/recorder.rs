//! Launches, in the order of a pass.

use crate::{CombineRule, LogitsRequest};

use super::digest;
use super::kernel::Kernel;
use super::model::GpuModel;
use super::pipelines::{rows_at_once, tile};
use super::product::Product;
use super::stages::GpuLinear;

/// Workgroups in one dimension of a grid.
const GRID: usize = 65_535;

/// A compute pass under construction, and what is counted of it.
pub(super) struct Recorder<'a> {
    pub(super) model: &'a GpuModel,
    pub(super) pass: wgpu::ComputePass<'a>,
    pub(super) dispatches: u64,
    pub(super) weight_bytes: u64,
}

impl Recorder<'_> {
    /// What is read in place of so many rows of logits.
    pub(super) fn digest(&mut self, request: &LogitsRequest, rows: usize) {
        let (_, slices) = digest::slices(self.model.decoder.vocab, self.model.gpu.software);
        let bindings = &self.model.bindings;
        let (kernels, groups, grid) = match request {
            LogitsRequest::Combined(request) => {
                let mean = usize::from(request.rule == CombineRule::LogitMean);
                ([Kernel::Facts, Kernel::Combine, Kernel::Gather], &bindings.digest, [rows + mean, 1, 1])
            }
            LogitsRequest::EachRow { .. } => ([Kernel::Facts, Kernel::Count, Kernel::List], &bindings.lists, [rows; 3]),
        };
        for ((kernel, group), rows) in kernels.into_iter().zip(groups).zip(grid) {
            self.launch(kernel, group, [slices, rows, 1]);
        }
    }

    pub(super) fn launch(&mut self, kernel: Kernel, group: &wgpu::BindGroup, [x, y, z]: [usize; 3]) {
        let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        self.pass.set_pipeline(self.model.pipelines.get(kernel));
        self.pass.set_bind_group(0, group, &[]);
        self.pass.dispatch_workgroups(size(x), size(y), size(z));
        self.dispatches += 1;
    }

    pub(super) fn maybe(&mut self, kernel: Kernel, group: Option<&wgpu::BindGroup>, grid: [usize; 3]) {
        if let Some(group) = group {
            self.launch(kernel, group, grid);
        }
    }

    pub(super) fn product(&mut self, linear: &GpuLinear, groups: &[(wgpu::BindGroup, usize)], rows: usize) {
        let at_once = rows_at_once(rows);
        let product = Product {
            format: linear.matrix.format,
            rows: at_once,
            norm: linear.has_norm,
            epilogue: linear.epilogue,
            logits: linear.logits,
            tile: tile(self.model.gpu.software, at_once),
        };
        let times = rows.div_ceil(at_once);
        self.weight_bytes += times as u64 * linear.matrix.bytes();
        for (group, results) in groups {
            let workgroups = results.div_ceil(product.results());
            let across = workgroups.min(GRID);
            let grid = [across, workgroups.div_ceil(across), times];
            self.launch(Kernel::Product(product), group, grid);
        }
    }
}
