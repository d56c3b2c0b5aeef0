//! Every pipeline that a model needs, compiled before its first pass.

use std::collections::HashMap;
use std::sync::PoisonError;

use crate::{Decoder, WeightFormat};

use super::GpuError;
use super::context::Gpu;
use super::kernel::{Access, Compiled, Kernel, Layout};
use super::product::{Epilogue, Lanes, Product, TILE_ROWS, Tile};

/// Rows that a product takes at once: those of a set, and of a prompt.
pub(super) const ROWS: [usize; 6] = [1, 2, 4, 8, 16, TILE_ROWS];

/// The fewest rows of [`ROWS`] that take all of `rows` at once, or the most there are.
pub(super) fn rows_at_once(rows: usize) -> usize {
    ROWS.into_iter().find(|at_once| *at_once >= rows).unwrap_or(TILE_ROWS)
}

/// The kernels of one model, and the layouts of their bindings.
#[derive(Debug)]
pub(super) struct Pipelines(Compiled);

/// How products of so many rows at once are spread on this device.
pub(super) fn tile(software: bool, rows: usize) -> Tile {
    if rows == TILE_ROWS {
        return Tile::Shared;
    }
    // A workgroup has 16 KiB: sums take lanes * groups * outputs * rows numbers, squares lanes * rows. A software adapter
    // gains nothing from lanes that read side by side, and pays for adding them up.
    let (each, groups, outputs) = if software { (1, 16, 8) } else { (16, 4, 4) };
    Tile::Lanes(Lanes { each, groups, outputs: if rows > 8 { outputs / 2 } else { outputs } })
}

/// Invocations of attention for one head of a query, on a software adapter and on a card. A card gets the most there may be,
/// since a set of one has few heads, and the rows of an invocation come one after the other from far away. A software adapter
/// is no faster with more than it needs, one for four columns of a head.
const ATTENTION_THREADS: [usize; 2] = [64, 256];
/// The largest head that attention covers with four columns of each invocation.
pub(super) const MOST_HEAD_DIM: usize = 4 * ATTENTION_THREADS[0];

/// The kernel of attention on this device.
pub(super) fn attention(software: bool) -> Kernel {
    Kernel::Attention { threads: ATTENTION_THREADS[usize::from(!software)] }
}

/// The kernels of a model whose matrices have these formats.
pub(super) fn kernels(decoder: &Decoder, options: &KernelOptions, software: bool) -> Vec<Kernel> {
    let mut kernels =
        vec![Kernel::Embed(options.embedding), Kernel::Rotate { norm: options.qk_norm }, options.attention];
    kernels.extend([Kernel::Received, Kernel::Facts, Kernel::Combine, Kernel::Gather, Kernel::Count, Kernel::List]);
    if options.out_norms {
        kernels.push(Kernel::NormAdd);
    }
    let gate = Epilogue::opening(decoder);
    let plain = if options.out_norms { Epilogue::Store } else { Epilogue::Add };
    for rows in ROWS {
        let tile = tile(software, rows);
        for format in &options.layers {
            for (norm, epilogue) in [(options.in_norms, Epilogue::Store), (false, plain), (options.in_norms, gate)] {
                let product = Product { format: *format, rows, norm, epilogue, logits: false, tile };
                kernels.push(Kernel::Product(product));
            }
        }
        let head = Product { format: options.lm_head, rows, norm: true, epilogue: Epilogue::Store, logits: true, tile };
        kernels.push(Kernel::Product(head));
    }
    kernels
}

/// What decides which kernels a model needs.
#[derive(Clone, Debug)]
pub(super) struct KernelOptions {
    pub(super) embedding: WeightFormat,
    pub(super) lm_head: WeightFormat,
    /// Formats of the layers' matrices.
    pub(super) layers: Vec<WeightFormat>,
    pub(super) qk_norm: bool,
    /// Blocks normalise what they are given.
    pub(super) in_norms: bool,
    /// Blocks normalise what they give.
    pub(super) out_norms: bool,
    pub(super) attention: Kernel,
}

impl Pipelines {
    /// Compiles; `progress` gets how many of how many are done.
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
            let pipeline = gpu.checked(&what, || Ok(pipeline(gpu, &mut compiled.layouts, *kernel))).await?;
            compiled.kernels.insert(*kernel, pipeline);
            gpu.count(|counts| counts.pipelines += 1);
        }
        progress(kernels.len(), kernels.len());
        shared().clone_from(&compiled);
        Ok(Self(compiled))
    }
}

impl Pipelines {
    pub(super) fn get(&self, kernel: Kernel) -> &wgpu::ComputePipeline {
        &self.0.kernels[&kernel]
    }

    /// Binds buffers, in the order of the layout.
    pub(super) fn bind(&self, gpu: &Gpu, layout: &Layout, buffers: &[&wgpu::Buffer]) -> wgpu::BindGroup {
        let name = layout.name;
        assert_eq!(buffers.len(), layout.bindings.len(), "{name} binds other buffers");
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

/// Compiles a kernel; the layout of its bindings is made for the first that has it.
fn pipeline(
    gpu: &Gpu,
    layouts: &mut HashMap<&'static str, wgpu::BindGroupLayout>,
    kernel: Kernel,
) -> wgpu::ComputePipeline {
    let name = kernel.layout().name;
    let layout = layouts.entry(name).or_insert_with(|| bind_group_layout(gpu, kernel.layout()));
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
        // No kernel reads workgroup memory before it is written.
        compilation_options: wgpu::PipelineCompilationOptions {
            zero_initialize_workgroup_memory: false,
            ..Default::default()
        },
        cache: None,
    })
}

fn bind_group_layout(gpu: &Gpu, layout: &Layout) -> wgpu::BindGroupLayout {
    let entries: Vec<_> = (0..)
        .zip(layout.bindings)
        .map(|(binding, access)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: match access {
                    Access::Uniform => wgpu::BufferBindingType::Uniform,
                    Access::Read => wgpu::BufferBindingType::Storage { read_only: true },
                    Access::Write => wgpu::BufferBindingType::Storage { read_only: false },
                },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        })
        .collect();
    let described = wgpu::BindGroupLayoutDescriptor { label: Some(layout.name), entries: &entries };
    gpu.device.create_bind_group_layout(&described)
}
