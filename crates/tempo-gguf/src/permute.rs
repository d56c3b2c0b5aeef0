//! The order of rows in query and key matrices.
//!
//! Hugging Face rotates element `j` of a head together with element `j + head_dim / 2`; llama.cpp rotates neighbours, `2j`
//! and `2j + 1`, in models of the llama architecture (Mistral files say `llama` too). So `convert_hf_to_gguf.py` reorders
//! the rows of `attn_q` and `attn_k`, biases included, head by head:
//! `weights.reshape(heads, 2, head_dim / 2, ..).swapaxes(1, 2)`. Most other families are rotated
//! by halves in llama.cpp too, and stored as they are.

/// For row `row` of a query or key matrix (or element of its bias) as Hugging Face orders it, the row of the GGUF tensor
/// that holds it. `heads` are the key heads for keys.
///
/// # Panics
/// When `head_dim` is odd, or `row` is not below `heads * head_dim`.
pub fn unpermuted_row(row: usize, heads: usize, head_dim: usize) -> usize {
    assert!(head_dim.is_multiple_of(2), "a head that is rotated has an even size, not {head_dim}");
    assert!(row / head_dim < heads, "row {row} is outside of {heads} heads of {head_dim}");
    let (head, within) = (row / head_dim, row % head_dim);
    let (half, pair) = (within / (head_dim / 2), within % (head_dim / 2));
    head * head_dim + 2 * pair + half
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `permute` of `convert_hf_to_gguf.py` on row numbers, axis by axis.
    fn permute(heads: usize, head_dim: usize) -> Vec<usize> {
        let mut rows = Vec::new();
        for head in 0..heads {
            for pair in 0..head_dim / 2 {
                for half in 0..2 {
                    rows.push((head * 2 + half) * (head_dim / 2) + pair);
                }
            }
        }
        rows
    }

    #[test]
    fn is_the_inverse_of_the_converter() {
        for (heads, head_dim) in [(1, 2), (1, 8), (4, 6), (3, 64), (8, 128)] {
            let stored = permute(heads, head_dim);
            let rows = 0..heads * head_dim;
            assert!(
                rows.clone().all(|row| stored[unpermuted_row(row, heads, head_dim)] == row),
                "{heads} x {head_dim}"
            );
        }
    }

    #[test]
    fn interleaves_the_halves() {
        let rows: Vec<usize> = (0..8).map(|row| unpermuted_row(row, 2, 4)).collect();
        assert_eq!(rows, [0, 2, 1, 3, 4, 6, 5, 7]);
    }
}
