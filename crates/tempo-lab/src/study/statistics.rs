//! Numbers that go together.

/// Spearman's rank correlation; equal numbers share their mean rank. NaN where one side is all equal.
pub(super) fn spearman(pairs: &[(f64, f64)]) -> f64 {
    let (x, y): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
    let ranked: Vec<(f64, f64)> = ranks(&x).into_iter().zip(ranks(&y)).collect();
    let (xy, xx, yy) = products(&ranked);
    xy / (xx * yy).sqrt()
}

/// Slope of the line of least squares, of the second on the first.
pub(super) fn slope(pairs: &[(f64, f64)]) -> f64 {
    let (xy, xx, _) = products(pairs);
    xy / xx
}

/// Sums of products of the distances from the means: xy, xx, yy.
fn products(pairs: &[(f64, f64)]) -> (f64, f64, f64) {
    let n = pairs.len() as f64;
    let (x, y) = pairs.iter().fold((0.0, 0.0), |(x, y), pair| (x + pair.0 / n, y + pair.1 / n));
    pairs.iter().fold((0.0, 0.0, 0.0), |(xy, xx, yy), pair| {
        let (dx, dy) = (pair.0 - x, pair.1 - y);
        (xy + dx * dy, xx + dx * dx, yy + dy * dy)
    })
}

fn ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut below = 0;
    for group in order.chunk_by(|a, b| numbers[*a].total_cmp(&numbers[*b]).is_eq()) {
        let rank = below as f64 + (group.len() as f64 - 1.0) / 2.0;
        for index in group {
            ranks[*index] = rank;
        }
        below += group.len();
    }
    ranks
}

/// How often the member at `gold` has more than a sibling; of equals half counts. From 0 to 1, one half is chance.
pub(super) fn auc(scores: &[f64], gold: usize) -> f64 {
    let others = scores.iter().enumerate().filter(|(index, _)| *index != gold);
    let (wins, over) = others.fold((0.0, 0.0), |(wins, over), (_, other)| {
        let win = match scores[gold].total_cmp(other) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        (wins + win, over + 1.0)
    });
    wins / over
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_correlate_whatever_the_distances() {
        assert!((spearman(&[(0.0, 1.0), (1.0, 10.0), (2.0, 11.0)]) - 1.0).abs() < 1e-12);
        assert!((spearman(&[(0.0, 3.0), (1.0, 2.0), (2.0, 1.0)]) + 1.0).abs() < 1e-12);
        // By hand: ranks (0.5, 0.5, 2) and (0, 1, 2).
        assert!((spearman(&[(1.0, 1.0), (1.0, 2.0), (5.0, 9.0)]) - 0.75_f64.sqrt()).abs() < 1e-12);
        assert!((slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_gold_member_is_ranked_among_its_siblings() {
        for (gold, want) in [(0, 1.0), (1, 0.25), (2, 0.25)] {
            assert!((auc(&[0.5, 0.2, 0.2], gold) - want).abs() < 1e-12);
        }
    }
}
