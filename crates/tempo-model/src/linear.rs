//! Products with a weight matrix, and the layouts that make them fast for a handful of rows.

use burn::tensor::Tensor;

/// How a device multiplies a few rows with a large matrix best. All ways give the same numbers up to rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Products {
    /// One product, `x * weight^T`: what a GPU wants.
    Whole,
    /// Whatever leaves the matrix where it lies: what the CPU wants.
    ///
    /// The `gemm` crate below burn's CPU backend repacks the whole matrix at each product of more than one row, which
    /// makes two rows cost four times as much as one. Its kernel for small results (up to 256 numbers) reads the matrix
    /// in place, and so does the transposed product. Up to [`TILED_ROWS`] rows therefore run as a batched product of
    /// tiles with that many results, which keeps a parallel set of a few tokens about as cheap as one token and shares
    /// large matrices out to threads; more rows run as `(weight * x^T)^T`.
    InPlace,
}

/// Results that `gemm` still takes for small.
const TILE_RESULTS: usize = 256;
/// Rows up to which tiles are faster than the transposed product (measured: they meet at 8).
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
        (Products::InPlace, 1..=TILED_ROWS) => {
            let tile = tile(outputs, TILE_RESULTS / rows);
            let tiles = weight.clone().reshape([outputs / tile, tile, inputs]); // [tiles, tile, inputs]
            let y = x.unsqueeze::<3>().matmul(tiles.swap_dims(1, 2)); // [tiles, rows, tile]
            y.swap_dims(0, 1).reshape([rows, outputs]) // [rows, tiles, tile] -> [rows, outputs]
        }
        (Products::InPlace, _) => weight.clone().matmul(x.transpose()).transpose(),
    }
}

/// The largest power of two that divides `outputs` and is at most `most`.
fn tile(outputs: usize, most: usize) -> usize {
    let divides = 1 << outputs.trailing_zeros();
    let fits = 1 << most.max(1).ilog2();
    divides.min(fits)
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::testing::{Random, cpu};

    #[test]
    fn tiles_divide_and_stay_small() {
        assert_eq!(tile(4096, 128), 128);
        assert_eq!(tile(384, 256), 128);
        assert_eq!(tile(7, 64), 1);
        assert_eq!(tile(12, 16), 4);
        assert_eq!(tile(64, 100), 64);
    }

    #[test]
    fn every_way_gives_the_same_numbers() {
        let device = cpu().device;
        let mut random = Random(3);
        let mut matrix = |rows: usize, columns: usize| {
            let numbers: Vec<f32> = (0..rows * columns).map(|_| random.signed()).collect();
            Tensor::<2>::from_data(TensorData::new(numbers, [rows, columns]), &device)
        };
        let numbers = |tensor: Tensor<2>| -> Vec<f32> {
            pollster::block_on(tensor.into_data_async()).unwrap().try_into_vec().unwrap()
        };
        for outputs in [1, 7, 24, 96, 512] {
            let weight = matrix(outputs, 20);
            for rows in [1, 2, 3, 5, 8, 9, 17, 40] {
                let x = matrix(rows, 20);
                let whole = numbers(product(x.clone(), &weight, Products::Whole));
                let in_place = numbers(product(x, &weight, Products::InPlace));
                let close = whole.iter().zip(&in_place).all(|(a, b)| (a - b).abs() < 1e-5);
                assert!(whole.len() == in_place.len() && close, "{rows} rows, {outputs} outputs");
            }
        }
    }
}
