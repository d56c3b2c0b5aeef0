//! The types of tensors, and the entry of one tensor.

use std::fmt;
use std::ops::Range;

use crate::dequantise::dequantise;
use crate::error::GgufError;

macro_rules! types {
    ($($name:ident = $id:literal, $elements:literal in $bytes:literal;)*) => {
        /// How the numbers of a tensor are stored. All of ggml's types are known by name and size, so that a file can
        /// be checked and an error can name its type; [`TensorType::is_readable`] tells those that are read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(non_camel_case_types, missing_docs, reason = "the variants have ggml's names")]
        #[non_exhaustive]
        pub enum TensorType {
            $($name,)*
        }

        impl TensorType {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The type with ggml's number. Numbers that were withdrawn (4, 5, 31 to 33, 36 to 38) have none.
            pub const fn from_id(id: u32) -> Option<Self> {
                match id {
                    $($id => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// ggml's number.
            pub const fn id(self) -> u32 {
                match self {
                    $(Self::$name => $id,)*
                }
            }

            /// ggml's name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// Elements of a block; 1 where each element stands alone.
            pub const fn block_elements(self) -> u64 {
                match self {
                    $(Self::$name => $elements,)*
                }
            }

            /// Bytes of a block.
            pub const fn block_bytes(self) -> u64 {
                match self {
                    $(Self::$name => $bytes,)*
                }
            }
        }
    };
}

types! {
    F32 = 0, 1 in 4;
    F16 = 1, 1 in 2;
    Q4_0 = 2, 32 in 18;
    Q4_1 = 3, 32 in 20;
    Q5_0 = 6, 32 in 22;
    Q5_1 = 7, 32 in 24;
    Q8_0 = 8, 32 in 34;
    Q8_1 = 9, 32 in 36;
    Q2_K = 10, 256 in 84;
    Q3_K = 11, 256 in 110;
    Q4_K = 12, 256 in 144;
    Q5_K = 13, 256 in 176;
    Q6_K = 14, 256 in 210;
    Q8_K = 15, 256 in 292;
    IQ2_XXS = 16, 256 in 66;
    IQ2_XS = 17, 256 in 74;
    IQ3_XXS = 18, 256 in 98;
    IQ1_S = 19, 256 in 50;
    IQ4_NL = 20, 32 in 18;
    IQ3_S = 21, 256 in 110;
    IQ2_S = 22, 256 in 82;
    IQ4_XS = 23, 256 in 136;
    I8 = 24, 1 in 1;
    I16 = 25, 1 in 2;
    I32 = 26, 1 in 4;
    I64 = 27, 1 in 8;
    F64 = 28, 1 in 8;
    IQ1_M = 29, 256 in 56;
    BF16 = 30, 1 in 2;
    TQ1_0 = 34, 256 in 54;
    TQ2_0 = 35, 256 in 66;
    MXFP4 = 39, 32 in 17;
    NVFP4 = 40, 64 in 36;
    Q1_0 = 41, 128 in 18;
}

impl TensorType {
    /// True for the types that [`dequantise`] reads.
    pub const fn is_readable(self) -> bool {
        matches!(
            self,
            Self::F32
                | Self::F16
                | Self::BF16
                | Self::Q4_0
                | Self::Q4_1
                | Self::Q5_0
                | Self::Q5_1
                | Self::Q8_0
                | Self::Q4_K
                | Self::Q5_K
                | Self::Q6_K
        )
    }

    /// Bytes that so many elements take; `None` if they are no whole blocks or more than can be counted.
    pub const fn bytes(self, elements: u64) -> Option<u64> {
        if !elements.is_multiple_of(self.block_elements()) {
            return None;
        }
        (elements / self.block_elements()).checked_mul(self.block_bytes())
    }

    pub(crate) fn readable_names() -> String {
        let names: Vec<_> = Self::ALL.iter().filter(|kind| kind.is_readable()).map(|kind| kind.name()).collect();
        names.join(", ")
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.name())
    }
}

/// A tensor of a file, whose place was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    name: String,
    dimensions: Vec<u64>,
    kind: TensorType,
    range: Range<u64>,
}

impl Tensor {
    pub(crate) fn new(name: String, dimensions: Vec<u64>, kind: TensorType, range: Range<u64>) -> Self {
        Self { name, dimensions, kind, range }
    }

    /// Its name in the file, as `blk.0.attn_q.weight`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its dimensions as the file has them: the fastest first. One to four, none of them 0.
    ///
    /// # Shapes
    /// A matrix that Hugging Face calls `[rows, columns]` has the dimensions `[columns, rows]`; the bytes are the same.
    pub fn dimensions(&self) -> &[u64] {
        &self.dimensions
    }

    /// Its dimensions as Hugging Face has them: the slowest first.
    pub fn shape(&self) -> Vec<u64> {
        self.dimensions.iter().rev().copied().collect()
    }

    /// How it is stored.
    pub fn kind(&self) -> TensorType {
        self.kind
    }

    /// Its bytes, counted from the beginning of the file; never beyond its end.
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// Number of its elements.
    pub fn elements(&self) -> u64 {
        self.dimensions.iter().product()
    }

    /// Bytes of one row (its first dimension), which are whole blocks.
    pub fn row_bytes(&self) -> u64 {
        self.dimensions[0] / self.kind.block_elements() * self.kind.block_bytes()
    }

    /// Appends all its numbers to `out`. `bytes` are those of [`Tensor::range`]. To read it piece by piece, give whole
    /// rows to [`dequantise`].
    ///
    /// # Errors
    /// When the type is not read, or the bytes are too few or too many.
    pub fn dequantise(&self, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), GgufError> {
        let expected = self.range.end - self.range.start;
        if bytes.len() as u64 != expected {
            let expected = expected.to_string();
            return Err(GgufError::Length { kind: self.kind, expected, found: bytes.len() });
        }
        dequantise(self.kind, bytes, out)
    }
}
