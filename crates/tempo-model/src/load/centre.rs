//! Norms that subtract a mean and add a bias, as norms that do neither.
//!
//! What only such norms read may lose its mean before: where every matrix that writes the residual stream gives rows of mean
//! zero, a norm has no mean to subtract. What a norm adds comes out of the matrices that read it as a bias of theirs.

/// Rows of so many columns, each without its mean.
pub(super) fn centre_rows(numbers: &mut [f32], columns: usize) {
    for row in numbers.chunks_exact_mut(columns) {
        let mean = mean(row.iter());
        for number in row {
            *number -= mean;
        }
    }
}

/// Rows of so many columns, each column without its mean.
pub(super) fn centre_columns(numbers: &mut [f32], columns: usize) {
    for column in 0..columns {
        let mean = mean(numbers.iter().skip(column).step_by(columns));
        for number in numbers.iter_mut().skip(column).step_by(columns) {
            *number -= mean;
        }
    }
}

/// Adds to a bias what a matrix of so many columns makes of another: `bias += matrix * other`.
pub(super) fn add_product(bias: &mut [f32], matrix: &[f32], other: &[f32]) {
    for (bias, row) in bias.iter_mut().zip(matrix.chunks_exact(other.len())) {
        let sum: f64 = row.iter().zip(other).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        *bias += crate::float::to_f32(sum);
    }
}

fn mean<'a>(numbers: impl ExactSizeIterator<Item = &'a f32>) -> f32 {
    let count = numbers.len().max(1) as f64;
    crate::float::to_f32(numbers.map(|number| f64::from(*number)).sum::<f64>() / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_taken_out_and_biases_go_through() {
        let mut matrix = [1.0, 2.0, 3.0, 5.0, 2.0, 5.0];
        let mut bias = [10.0, 20.0];
        add_product(&mut bias, &matrix, &[1.0, 0.0, 2.0]);
        assert_eq!(bias.to_vec(), [17.0, 35.0]);
        let mut columns = matrix;
        centre_rows(&mut matrix, 3);
        assert_eq!(matrix.to_vec(), [-1.0, 0.0, 1.0, 1.0, -2.0, 1.0]);
        centre_columns(&mut columns, 3);
        assert_eq!(columns.to_vec(), [-2.0, 0.0, -1.0, 2.0, 0.0, 1.0]);
    }
}
