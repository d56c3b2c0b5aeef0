//! Every kind of kernel: its text, and what it binds.

use std::collections::HashMap;

use crate::WeightFormat;

use super::product::{Product, Tile};
use super::{lanes, source, tiled};

/// How a kernel uses a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
    Uniform,
}

use Access::{Read, Uniform, Write};

/// The buffers of a kernel, in the order of its bindings.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) name: &'static str,
    pub(super) bindings: &'static [Access],
}

pub(super) const PRODUCT: Layout =
    Layout { name: "product", bindings: &[Read, Read, Read, Read, Read, Read, Write, Uniform] };
pub(super) const EMBED: Layout = Layout { name: "embed", bindings: &[Read, Read, Read, Write, Uniform] };
pub(super) const ROTATE: Layout =
    Layout { name: "rotate", bindings: &[Read, Read, Read, Write, Write, Write, Uniform] };
pub(super) const ATTENTION: Layout =
    Layout { name: "attention", bindings: &[Read, Read, Read, Read, Write, Write, Write, Uniform] };
pub(super) const RECEIVED: Layout = Layout { name: "received", bindings: &[Read, Read, Write, Uniform] };
pub(super) const FACTS: Layout = Layout { name: "facts", bindings: &[Read, Read, Write, Write, Uniform] };
pub(super) const COMBINE: Layout =
    Layout { name: "combine", bindings: &[Read, Read, Read, Write, Write, Write, Uniform] };
pub(super) const GATHER: Layout = Layout { name: "gather", bindings: &[Read, Read, Read, Read, Write, Uniform] };
pub(super) const COUNT: Layout = Layout { name: "count", bindings: &[Read, Read, Read, Write, Write, Uniform] };
pub(super) const LIST: Layout = Layout { name: "list", bindings: &[Read, Read, Write, Uniform] };
pub(super) const NORM_ADD: Layout = Layout { name: "norm_add", bindings: &[Read, Read, Write, Uniform] };

/// One kernel.
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
    Count,
    List,
    Product(Product),
}

/// What a device has compiled.
#[derive(Clone, Debug, Default)]
pub(super) struct Compiled {
    /// By the names of layouts.
    pub(super) layouts: HashMap<&'static str, wgpu::BindGroupLayout>,
    pub(super) kernels: HashMap<Kernel, wgpu::ComputePipeline>,
}

impl Kernel {
    pub(super) fn layout(self) -> &'static Layout {
        match self {
            Self::Embed(_) => &EMBED,
            Self::Rotate { .. } => &ROTATE,
            Self::Attention { .. } => &ATTENTION,
            Self::Received => &RECEIVED,
            Self::NormAdd => &NORM_ADD,
            Self::Facts => &FACTS,
            Self::Combine => &COMBINE,
            Self::Gather => &GATHER,
            Self::Count => &COUNT,
            Self::List => &LIST,
            Self::Product(_) => &PRODUCT,
        }
    }

    /// Its text in WGSL.
    pub(super) fn source(self) -> String {
        match self {
            Self::Embed(format) => source::embed(format),
            Self::Rotate { norm } => source::rotate(norm),
            Self::Attention { threads } => source::attention(threads),
            Self::Received => source::received(),
            Self::NormAdd => source::norm_add(),
            Self::Facts => source::facts(),
            Self::Combine => source::combine(),
            Self::Gather => source::gather(),
            Self::Count => source::count(),
            Self::List => source::list(),
            Self::Product(product) => match product.tile {
                Tile::Lanes(lanes) => lanes::source(product, lanes),
                Tile::Shared => tiled::source(product),
            },
        }
    }
}
