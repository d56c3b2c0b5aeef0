//! Every pipeline that a model needs, compiled before its first pass.

use std::collections::HashMap;
use std::sync::PoisonError;

use crate::{Decoder, WeightFormat};

use super::GpuError;
use super::context::Gpu;
use super::source::{self, End, Lanes, Product, Tile};
use super::tiled;

/// Rows that a product takes at once: those of a set, and of a prompt.
pub(super) const ROWS: [usize; 6] = [1, 2, 4, 8, 16, tiled::ROWS];

/// The fewest rows of [`ROWS`] that take all of `rows` at once, or the most there are.
pub(super) fn rows_at_once(rows: usize) -> usize {
    ROWS.into_iter().find(|at_once| *at_once >= rows).unwrap_or(tiled::ROWS)
}

/// What a kernel binds, in the order of its bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Read,
    Write,
    Sizes,
}

use Bound::{Read, Sizes, Write};

pub(super) const PRODUCT: &[Bound] = &[Read, Read, Read, Read, Read, Read, Write, Sizes];
pub(super) const EMBED: &[Bound] = &[Read, Read, Read, Write, Sizes];
pub(super) const ROTATE: &[Bound] = &[Read, Read, Read, Write, Write, Write, Sizes];
pub(super) const ATTENTION: &[Bound] = &[Read, Read, Read, Read, Write, Write, Write, Sizes];
pub(super) const RECEIVED: &[Bound] = &[Read, Read, Write, Sizes];
pub(super) const FACTS: &[Bound] = &[Read, Read, Write, Write, Sizes];
pub(super) const COMBINE: &[Bound] = &[Read, Read, Read, Write, Write, Write, Sizes];
pub(super) const GATHER: &[Bound] = &[Read, Read, Read, Read, Write, Sizes];
pub(super) const NORM_ADD: &[Bound] = &[Read, Read, Write, Sizes];

/// A kernel without rows of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kernel {
    Embed(WeightFormat),
    Rotate { norm: bool },
    Attention { threads: usize },
    Received,
    NormAdd,
    Facts,
    Combine,
    Gather,
    Product(Product),
}

/// Layouts and compiled kernels.
#[derive(Clone, Debug, Default)]
pub(super) struct Compiled {
    layouts: HashMap<&'static str, wgpu::BindGroupLayout>,
    kernels: HashMap<Kernel, wgpu::ComputePipeline>,
}

/// What one model needs of them.
#[derive(Debug)]
pub(super) struct Pipelines(Compiled);

impl Kernel {
    pub(super) fn bindings(self) -> (&'static str, &'static [Bound]) {
        match self {
            Self::Embed(_) => ("embed", EMBED),
            Self::Rotate { .. } => ("rotate", ROTATE),
            Self::Attention { .. } => ("attention", ATTENTION),
            Self::Received => ("received", RECEIVED),
            Self::NormAdd => ("norm_add", NORM_ADD),
            Self::Facts => ("facts", FACTS),
            Self::Combine => ("combine", COMBINE),
            Self::Gather => ("gather", GATHER),
            Self::Product(_) => ("product", PRODUCT),
        }
    }

    fn source(self) -> String {
        match self {
            Self::Embed(format) => source::embed(format),
            Self::Rotate { norm } => source::rotate(norm),
            Self::Attention { threads } => source::attention(threads),
            Self::Received => source::received(),
            Self::NormAdd => source::norm_add(),
            Self::Facts => source::facts(),
            Self::Combine => source::combine(),
            Self::Gather => source::gather(),
            Self::Product(product) => product.source(),
        }
    }
}

/// How products of so many rows at once are spread on this device.
pub(super) fn tile(software: bool, rows: usize) -> Tile {
    if rows == tiled::ROWS {
        return Tile::Shared;
    }
    // A workgroup has 16 KiB: sums take lanes * groups * outputs * rows numbers, squares lanes * rows. A program that plays
    // a device gains nothing from lanes that read side by side, and pays for adding them up.
    let (each, groups, outputs) = if software { (1, 16, 8) } else { (16, 4, 4) };
    Tile::Lanes(Lanes { each, groups, outputs: if rows > 8 { outputs / 2 } else { outputs } })
}

/// How one head of one query is spread: on a card over the most threads there may be, since a set of one has few heads and
/// a thread's rows come one after the other from far away; a program is no faster with more than it needs, one for four
/// columns of a head.
pub(super) fn attention(software: bool) -> Kernel {
    Kernel::Attention { threads: if software { 64 } else { 256 } }
}

/// The kernels of a model whose matrices have these formats.
pub(super) fn kernels(decoder: &Decoder, uses: &Uses, software: bool) -> Vec<Kernel> {
    let mut kernels = vec![Kernel::Embed(uses.embedding), Kernel::Rotate { norm: uses.qk_norm }, uses.attention];
    kernels.extend([Kernel::Received, Kernel::Facts, Kernel::Combine, Kernel::Gather]);
    if uses.out_norms {
        kernels.push(Kernel::NormAdd);
    }
    let gate = End::Gate(decoder.activation.into());
    let plain = if uses.out_norms { End::Store } else { End::Add };
    for rows in ROWS {
        let tile = tile(software, rows);
        for format in &uses.layers {
            for (norm, end) in [(true, End::Store), (false, plain), (true, gate)] {
                let product = Product { format: *format, rows, norm, end, logits: false, tile };
                kernels.push(Kernel::Product(product));
            }
        }
        let head = Product { format: uses.lm_head, rows, norm: true, end: End::Store, logits: true, tile };
        kernels.push(Kernel::Product(head));
    }
    kernels
}

/// What of the switches matters to the choice of kernels.
#[derive(Clone, Debug)]
pub(super) struct Uses {
    pub(super) embedding: WeightFormat,
    pub(super) lm_head: WeightFormat,
    /// Formats of the layers' matrices.
    pub(super) layers: Vec<WeightFormat>,
    pub(super) qk_norm: bool,
    pub(super) out_norms: bool,
    pub(super) attention: Kernel,
}

impl Pipelines {
    /// Compiles; `progress` is told how many of how many are done.
    pub(super) async fn compile(
        gpu: &Gpu,
        kernels: &[Kernel],
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Self, GpuError> {
        let shared = || gpu.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        // A model that was here before, or a warm-up, has left what it compiled.
        let mut compiled = shared().clone();
        for (done, kernel) in kernels.iter().enumerate() {
            progress(done, kernels.len());
            if compiled.kernels.contains_key(kernel) {
                continue;
            }
            let what = format!("the kernel {kernel:?}");
            let pipeline = gpu.checked(&what, || Ok(compiled.add(gpu, *kernel))).await?;
            compiled.kernels.insert(*kernel, pipeline);
            gpu.count(|counts| counts.pipelines += 1);
        }
        progress(kernels.len(), kernels.len());
        shared().clone_from(&compiled);
        Ok(Self(compiled))
    }
}

impl Compiled {
    fn add(&mut self, gpu: &Gpu, kernel: Kernel) -> wgpu::ComputePipeline {
        let (name, bindings) = kernel.bindings();
        let layout = self.layouts.entry(name).or_insert_with(|| layout(gpu, name, bindings));
        let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(name),
            source: wgpu::ShaderSource::Wgsl(kernel.source().into()),
        });
        let whole = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(name),
            bind_group_layouts: &[Some(layout)],
            immediate_size: 0,
        });
        gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(name),
            layout: Some(&whole),
            module: &module,
            entry_point: Some("main"),
            // Nobody reads workgroup memory before it is written.
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false,
                ..Default::default()
            },
            cache: None,
        })
    }
}

impl Pipelines {
    pub(super) fn get(&self, kernel: Kernel) -> &wgpu::ComputePipeline {
        &self.0.kernels[&kernel]
    }

    /// Binds buffers to a kernel.
    pub(super) fn bind(&self, gpu: &Gpu, kernel: Kernel, buffers: &[&wgpu::Buffer]) -> wgpu::BindGroup {
        let (name, bindings) = kernel.bindings();
        assert_eq!(buffers.len(), bindings.len(), "{name} binds other buffers");
        let entries: Vec<_> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        gpu.count(|counts| counts.bind_groups += 1);
        gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(name),
            layout: &self.0.layouts[name],
            entries: &entries,
        })
    }
}

fn layout(gpu: &Gpu, name: &str, bindings: &[Bound]) -> wgpu::BindGroupLayout {
    let entries: Vec<_> = (0..)
        .zip(bindings)
        .map(|(binding, bound)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: match bound {
                    Bound::Sizes => wgpu::BufferBindingType::Uniform,
                    Bound::Read => wgpu::BufferBindingType::Storage { read_only: true },
                    Bound::Write => wgpu::BufferBindingType::Storage { read_only: false },
                },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        })
        .collect();
    gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(name), entries: &entries })
}
