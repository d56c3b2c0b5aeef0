//! A result does not depend on the vector unit.

use super::*;

#[test]
fn products_are_the_same_to_the_bit_with_every_unit() {
    let mut random = Random(5);
    for format in WeightFormat::ALL {
        let (outputs, columns) = (83, 200);
        let matrix = Matrix::from_f32(format, outputs, columns, &random.numbers(outputs * columns, 0.0, 0.3));
        for rows in 1..=17 {
            let x = random.numbers(rows * columns, 0.0, 1.0);
            let before = random.numbers(rows * outputs, 0.0, 1.0);
            for add in [false, true] {
                let products = units().into_iter().map(|unit| {
                    let on = Executor { unit, threads: 1, workers: None };
                    let mut y = before.clone();
                    let matrix = CpuMatrix::new(&matrix, unit);
                    Multiplier::default().multiply(on, x.chunks_exact(columns), &matrix, &mut y, add);
                    (unit, y)
                });
                let products: Vec<_> = products.collect();
                for (unit, product) in &products[1..] {
                    assert_eq!(*product, products[0].1, "{format:?}, {rows} rows, {unit:?} and {:?}", products[0].0);
                }
            }
        }
    }
}

#[test]
fn passes_are_the_same_to_the_bit_with_every_unit_that_fuses() {
    let kind = KINDS[5];
    let d = decoder(kind);
    for format in WeightFormat::ALL {
        let w = weights(&d, kind, format);
        let passes = |unit: Unit| {
            let mut model = CpuModel::on(unit, d.clone(), packed(&w, unit), None);
            model.begin(60);
            let mut feed = Feed::default();
            let sets = [&[1, 1, 3, 1, 2][..], &[1], &[8], &[16], &[5, 7, 1]];
            sets.map(|sizes| model.forward(&feed.sets(sizes, InSet::Isolated, 3)).unwrap())
        };
        let all: Vec<_> = Unit::all().into_iter().map(passes).collect();
        for other in &all[1..] {
            assert_eq!(*other, all[0], "{format:?}");
        }
    }
}
