//! Products with a weight matrix, and the layouts that make them fast for a handful of rows.

use burn::tensor::Tensor;

/// How a device multiplies a few rows with a large matrix best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Products {
    /// One product, `x * weight^T`: what a GPU wants.
    Whole,
    /// Tiles of the matrix, each small enough for the CPU's dot-product kernel.
    ///
    /// The `gemm` crate below burn's CPU backend repacks the whole matrix at each product of more than one row, which
    /// makes two rows cost five times as much as one. Its kernel for small results (up to 256 numbers) reads the
    /// matrix where it lies. A batched product of tiles with that many results therefore keeps a parallel set of
    /// 2 to 16 tokens about as cheap as one token. Tiles of large matrices are shared out to threads, too.
    Tiled,
}

/// Results that `gemm` still takes for small.
const TILE_RESULTS: usize = 256;
/// Above so many rows repacking pays.
const TILED_ROWS: usize = 8;

/// A linear map as the checkpoint stores it.
#[derive(Clone, Debug)]
pub(crate) struct Linear {
    /// `[outputs, inputs]`
    pub(crate) weight: Tensor<2>,
    /// `[1, outputs]`
    pub(crate) bias: Option<Tensor<2>>,
    pub(crate) products: Products,
}

impl Linear {
    /// # Shapes
    /// `[rows, inputs]` to `[rows, outputs]`
    pub(crate) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let y = product(x, &self.weight, self.products);
        match &self.bias {
            Some(bias) => y + bias.clone(),
            None => y,
        }
    }
}

/// `x * weight^T`.
///
/// # Shapes
/// `[rows, inputs]` and `[outputs, inputs]` to `[rows, outputs]`
pub(crate) fn product(x: Tensor<2>, weight: &Tensor<2>, products: Products) -> Tensor<2> {
    let [rows, inputs] = x.dims();
    let [outputs, _] = weight.dims();
    match (products, rows) {
        (Products::Whole, _) => x.matmul(weight.clone().transpose()),
        (Products::Tiled, 1..=TILED_ROWS) => {
            let tile = tile(outputs, TILE_RESULTS / rows);
            let tiles = weight.clone().reshape([outputs / tile, tile, inputs]); // [tiles, tile, inputs]
            let y = x.unsqueeze::<3>().matmul(tiles.swap_dims(1, 2)); // [tiles, rows, tile]
            y.swap_dims(0, 1).reshape([rows, outputs]) // [rows, tiles, tile] -> [rows, outputs]
        }
        // The transposed product leaves the matrix where it lies, too.
        (Products::Tiled, _) => weight.clone().matmul(x.transpose()).transpose(),
    }
}

/// The largest divisor of `outputs` that is a power of two and at most `most`.
fn tile(outputs: usize, most: usize) -> usize {
    let aligned = 1 << outputs.trailing_zeros();
    let largest = 1 << (usize::BITS - 1 - most.max(1).leading_zeros());
    aligned.min(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_divide_and_stay_small() {
        assert_eq!(tile(4096, 128), 128);
        assert_eq!(tile(384, 256), 128);
        assert_eq!(tile(7, 64), 1);
        assert_eq!(tile(12, 16), 4);
        assert_eq!(tile(64, 100), 64);
    }
}
