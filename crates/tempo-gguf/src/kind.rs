//! How numbers are stored: the types of tensors, known by name and size.

use std::fmt;

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

/// The name of a type whose number was withdrawn, and the type that took its place: programs now put the numbers of that one
/// into an order of their own when they load them.
pub(crate) const fn withdrawn(id: u32) -> Option<(&'static str, &'static str)> {
    Some(match id {
        4 => ("Q4_2", "Q4_0"),
        5 => ("Q4_3", "Q4_1"),
        31 => ("Q4_0_4_4", "Q4_0"),
        32 => ("Q4_0_4_8", "Q4_0"),
        33 => ("Q4_0_8_8", "Q4_0"),
        36 => ("IQ4_NL_4_4", "IQ4_NL"),
        37 => ("IQ4_NL_4_8", "IQ4_NL"),
        38 => ("IQ4_NL_8_8", "IQ4_NL"),
        _ => return None,
    })
}

impl TensorType {
    /// True for the types that [`dequantise`](crate::dequantise()) reads.
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
                | Self::Q2_K
                | Self::Q3_K
                | Self::Q4_K
                | Self::Q5_K
                | Self::Q6_K
                | Self::IQ4_NL
                | Self::IQ4_XS
                | Self::MXFP4
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
