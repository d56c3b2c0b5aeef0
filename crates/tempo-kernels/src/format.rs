//! The four formats of weights.
//!
//! Every format is an array of u32 that a shader can read without any optional feature, with rows padded to whole blocks
//! of 32 columns, so that one kernel walks all of them in units of 8 columns:
//!
//! | format | 8 columns | scales |
//! |---|---|---|
//! | f32 | eight words | none |
//! | f16 | four words, the lower half first | none |
//! | q8 | two words, the lowest byte first, two's complement | one f16 per block, two in a word |
//! | q4 | one word, the lowest nibble first, stored as value + 8 | one f16 per block, two in a word |
//!
//! A quantised number is `scale * value`; q8 values are -128 to 127, q4 values -8 to 7: the blocks of GGUF's
//! `Q8_0` and `Q4_0`, so files that have those are kept as they are.

/// Columns that share a scale, and that rows are padded to.
pub const BLOCK: usize = 32;

/// Columns of a unit, the least that every format holds in whole words. Kernels go from unit to unit.
pub(crate) const UNIT: usize = 8;

const _: () = {
    assert!(BLOCK.is_multiple_of(UNIT));
    let mut format = 0;
    while format < WeightFormat::ALL.len() {
        assert!(UNIT.is_multiple_of(WeightFormat::ALL[format].columns_per_word()));
        format += 1;
    }
};

/// How the numbers of a matrix are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WeightFormat {
    /// As they are.
    #[default]
    F32,
    /// Half precision.
    F16,
    /// Bytes and a scale for 32 of them: 8.5 bits a number.
    Q8,
    /// Four bits and a scale for 32 of them: 4.5 bits a number.
    Q4,
}

impl WeightFormat {
    /// Every format, the largest first.
    pub const ALL: [Self; 4] = [Self::F32, Self::F16, Self::Q8, Self::Q4];

    /// The name in flags and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Q8 => "q8",
            Self::Q4 => "q4",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Numbers in a word. With [`is_scaled`](Self::is_scaled) all that sizes follow from.
    pub(crate) const fn columns_per_word(self) -> usize {
        match self {
            Self::F32 => 1,
            Self::F16 => 2,
            Self::Q8 => 4,
            Self::Q4 => 8,
        }
    }

    /// Whether blocks have a scale.
    pub const fn is_scaled(self) -> bool {
        matches!(self, Self::Q8 | Self::Q4)
    }

    /// Bits of a number, scales included, rounded up.
    pub fn bits(self) -> u64 {
        // A scale is half a bit for each number of its block.
        32 / self.columns_per_word() as u64 + u64::from(self.is_scaled())
    }

    /// The largest number that every matrix may have: f16 ends there, and scales are f16.
    pub fn largest(self) -> f32 {
        const HALF: f32 = 65_504.0;
        match self {
            Self::F32 => f32::MAX,
            Self::F16 => HALF,
            Self::Q8 => 127.0 * HALF,
            Self::Q4 => 7.0 * HALF,
        }
    }

    /// Words of a row's unit.
    pub(crate) const fn words_per_unit(self) -> usize {
        UNIT / self.columns_per_word()
    }

    /// Words of one block, scales apart.
    pub const fn words_per_block(self) -> usize {
        BLOCK / self.columns_per_word()
    }

    /// Bytes that a matrix takes.
    pub fn bytes(self, rows: usize, columns: usize) -> u64 {
        let blocks = rows as u64 * columns.div_ceil(BLOCK) as u64;
        let scales = if self.is_scaled() { blocks.div_ceil(2) * 4 } else { 0 };
        blocks * self.words_per_block() as u64 * 4 + scales
    }
}
