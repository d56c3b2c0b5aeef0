//! The sizes that every kind of kernel is told, in a uniform buffer: `shape` in the shaders.

use super::wgsl::shared_structs;

shared_structs! {
    /// Of a part of the embedding.
    struct EmbedShape {
        /// Of 8 columns each.
        units: u32,
        /// Token of the part's first row.
        first: u32,
        /// Tokens in it.
        rows: u32,
        /// Multiplies the embedding.
        scale: f32,
    }

    /// Of a part of a matrix.
    struct ProductShape {
        /// Of 8 columns each.
        units: u32,
        /// Results of the part: its rows, or pairs of rows.
        outputs: u32,
        /// Where its results begin in a row of `y`.
        first: u32,
        /// Numbers of a row of `y`.
        stride: u32,
        /// Columns without padding.
        columns: f32,
        /// Added to the mean square of a row.
        epsilon: f32,
        /// `cap * tanh(x / cap)` on results; 0: none.
        cap: f32,
        /// Where the biases of the second row of every pair begin.
        second_bias: u32,
    }

    /// Of rotation and the cache.
    struct RotateShape {
        heads: u32,
        kv_heads: u32,
        /// Numbers of a head.
        dim: u32,
        /// The same in whole vectors of four.
        padded_dim: u32,
        /// Cache rows.
        rows: u32,
        /// Numbers of a row of `qkv`.
        stride: u32,
        /// Which kind of rotation.
        rope: u32,
        /// Multiplies the queries.
        scale: f32,
        /// Added to the mean square of what is normalised together.
        epsilon: f32,
        /// Heads of queries that are normalised together, and of keys.
        q_together: u32,
        k_together: u32,
    }

    /// Of attention.
    struct AttentionShape {
        heads: u32,
        /// Query heads of a key head.
        group: u32,
        /// Numbers of a head.
        dim: u32,
        /// Vectors of four in a head.
        vectors: u32,
        /// Cache rows, the length of a line of scores.
        rows: u32,
        /// Numbers of a row of `out`.
        stride: u32,
        /// Sliding window in sets; 0: none.
        window: u32,
        layer: u32,
        /// `cap * tanh(x / cap)` on scores; 0: none.
        cap: f32,
    }

    /// Of the attention received.
    struct ReceivedShape {
        heads: u32,
        /// Cache rows, the length of a line.
        rows: u32,
    }

    /// Of a block's output that is normalised before it is added.
    struct NormShape {
        columns: u32,
        /// Numbers of a row, padding included.
        stride: u32,
        /// Added to the mean square.
        epsilon: f32,
    }

    /// Of the digest.
    struct DigestShape {
        vocab: u32,
        /// Tokens of a slice.
        slice: u32,
        /// Slices of the vocabulary, one workgroup each.
        slices: u32,
    }
}
