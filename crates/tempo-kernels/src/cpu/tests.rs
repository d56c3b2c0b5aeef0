mod biases;
mod lanes;
mod units;

use pulp::Scalar128b;

use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

use super::multiply::Multiplier;
use super::product::{Panels, Target};
use super::rows::PackedRows;
use super::*;
use crate::reference::Reference;
use crate::testing::{Feed, Kind, Random, decoder, distance, weights};
use crate::{InSet, LayerWeights, Linear, Matrix, WeightFormat};

const PLAIN: Kind =
    Kind { bias: false, qk_norm: false, olmo: false, neox: false, gemma: false, tied: false, window: false };

const KINDS: [Kind; 8] = [
    PLAIN,
    Kind { bias: true, tied: true, ..PLAIN },
    Kind { qk_norm: true, tied: true, window: true, ..PLAIN },
    Kind { gemma: true, tied: true, ..PLAIN },
    Kind { gemma: true, window: true, ..PLAIN },
    Kind { bias: true, qk_norm: true, gemma: true, tied: false, window: true, ..PLAIN },
    Kind { olmo: true, window: true, ..PLAIN },
    Kind { neox: true, bias: true, ..PLAIN },
];

/// All that this machine has, the best one first, and the one that every machine has.
pub(super) fn units() -> Vec<Unit> {
    Unit::all().into_iter().chain([Unit::Plain(Scalar128b)]).collect()
}

/// A product in this format beside plain loops: stored, then added to itself. `bound` is on the difference of one number,
/// relative to the weights' spread.
pub(super) fn check_product(
    (unit, format): (Unit, WeightFormat),
    [rows, outputs, columns]: [usize; 3],
    spread: f32,
    bound: f32,
) {
    let mut random = Random(3);
    let w = Matrix::from_f32(format, outputs, columns, &random.numbers(outputs * columns, 0.0, spread));
    let x = random.numbers(rows * columns, 0.0, 1.0);
    let packed = CpuMatrix::new(&w, unit);
    let dot = |o: usize, x: &[f32]| w.row(o).iter().zip(x).map(|(w, x)| w * x).sum();
    let dot = &dot;
    let want: Vec<f32> = x.chunks_exact(columns).flat_map(|x| (0..outputs).map(move |o| dot(o, x))).collect();
    let mut found = vec![f32::NAN; rows * outputs];
    let starts: Vec<usize> = (0..rows).map(|row| row * outputs).collect();
    let mut packed_rows = PackedRows::default();
    packed_rows.fill(unit, format, packed.depth, packed.factor, x.chunks_exact(columns));
    let multiply = |found: &mut [f32], add| {
        let y = Target { numbers: found, starts: &starts, add };
        packed_rows.times(unit, Panels::from(&packed), y, &mut Vec::new());
    };
    multiply(&mut found, false);
    let off = distance(&found, &want) / spread;
    assert!(off < bound, "{unit:?} {format:?} {rows} x {outputs} x {columns}: {off}, bound {bound}");
    multiply(&mut found, true);
    let twice: Vec<f32> = want.iter().map(|want| 2.0 * want).collect();
    assert!(distance(&found, &twice) / spread < 2.0 * bound, "adding");
    for row in 0..outputs {
        let mut found = vec![f32::NAN; columns];
        packed.row(row, 1.0, &mut found);
        assert_eq!(found, w.row(row), "{format:?} row {row}");
    }
}

fn packed(weights: &Weights<Matrix>, unit: Unit) -> Weights<CpuMatrix> {
    packed_and(weights, unit, |matrix| matrix)
}

fn packed_and(weights: &Weights<Matrix>, unit: Unit, place: impl Fn(CpuMatrix) -> CpuMatrix) -> Weights<CpuMatrix> {
    let pack = |matrix: &Matrix| place(CpuMatrix::new(matrix, unit));
    let linear = |linear: &Linear<Matrix>| Linear { weight: pack(&linear.weight), bias: linear.bias.clone() };
    let layers = weights.layers.iter().map(|layer| LayerWeights {
        input_norm: layer.input_norm.clone(),
        qkv: linear(&layer.qkv),
        qk_norm: layer.qk_norm.clone(),
        output: linear(&layer.output),
        attention_out_norm: layer.attention_out_norm.clone(),
        mlp_norm: layer.mlp_norm.clone(),
        gate_up: linear(&layer.gate_up),
        down: linear(&layer.down),
        mlp_out_norm: layer.mlp_out_norm.clone(),
    });
    Weights {
        embedding: pack(&weights.embedding),
        lm_head: weights.lm_head.as_ref().map(pack),
        logit_bias: weights.logit_bias.clone(),
        layers: layers.collect(),
        norm: weights.norm.clone(),
    }
}

/// What logits, relative to the largest, and shares of attention may be off by. Sums of some hundred products in f32,
/// through three layers; rows are rounded to 16 bits where weights are quantised.
fn bounds(format: WeightFormat) -> (f32, f32) {
    if format.is_scaled() { (3e-4, 3e-5) } else { (1e-5, 3e-6) }
}

fn assert_equal(found: &Outputs, want: &Outputs, format: WeightFormat, what: &str) {
    let (logits, shares) = bounds(format);
    let size = want.logits.iter().fold(1.0_f32, |most, logit| most.max(logit.abs()));
    let off = distance(&found.logits, &want.logits) / size;
    assert!(off < logits, "{what}: logits are off by {off}");
    let off = distance(&found.received, &want.received);
    assert!(off < shares, "{what}: attention received is off by {off}");
    let off = distance(&found.attention, &want.attention);
    assert!(off < shares, "{what}: attention is off by {off}");
}

#[test]
fn every_kind_and_format_equals_plain_loops() {
    for (number, kind) in KINDS.into_iter().enumerate() {
        let d = decoder(kind);
        for format in WeightFormat::ALL {
            let w = weights(&d, kind, format);
            let unit = units()[number % units().len()];
            let mut model = CpuModel::on(unit, d.clone(), packed(&w, unit), None);
            let mut reference = Reference::new(&d, &w, 40);
            model.begin(40);
            let mut feed = Feed::default();
            for (sizes, in_set) in [
                (&[1, 1, 3, 1, 2][..], InSet::Isolated),
                (&[1], InSet::Isolated),
                (&[5], InSet::Visible),
                (&[4], InSet::Ordered),
                (&[1, 6, 2], InSet::Visible),
            ] {
                let pass = feed.sets(sizes, in_set, 3);
                let what = format!("kind {number}, {format:?}, sets of {sizes:?}");
                assert_equal(&model.forward(&pass).unwrap(), &reference.forward(&pass), format, &what);
            }
        }
    }
}

#[test]
fn sets_of_1_to_16_fill_the_cache_to_its_last_row() {
    let kind = KINDS[2];
    let d = decoder(kind);
    let w = weights(&d, kind, WeightFormat::F32);
    for unit in units() {
        let rows = 60 + (1..=16).sum::<usize>();
        let mut model = CpuModel::on(unit, d.clone(), packed(&w, unit), None);
        let mut reference = Reference::new(&d, &w, rows);
        model.begin(rows);
        let mut feed = Feed::default();
        let sizes = std::iter::once(vec![1; 60]).chain((1..=16).map(|size| vec![size]));
        for sizes in sizes {
            let pass = feed.sets(&sizes, InSet::Isolated, 3);
            assert_equal(
                &model.forward(&pass).unwrap(),
                &reference.forward(&pass),
                WeightFormat::F32,
                &format!("{sizes:?}"),
            );
        }
        assert_eq!(feed.keys.len(), model.rows());
    }
}

#[test]
fn what_is_dead_faded_or_only_looked_at_equals_plain_loops() {
    let kind = KINDS[4];
    let d = decoder(kind);
    let w = weights(&d, kind, WeightFormat::F16);
    for unit in units() {
        let mut model = CpuModel::on(unit, d.clone(), packed(&w, unit), None);
        let mut reference = Reference::new(&d, &w, 50);
        model.begin(50);
        let mut feed = Feed::default();
        let mut first = feed.sets(&[1, 2, 7, 1, 4], InSet::Isolated, 3);
        assert_equal(&model.forward(&first).unwrap(), &reference.forward(&first), WeightFormat::F16, "first");
        feed.keys[4].live = false;
        feed.keys[6].bias = -1.5;
        feed.keys[12].bias = 0.7;
        let mut second = feed.sets(&[3], InSet::Visible, 3);
        second.logits = 1..3;
        assert_equal(&model.forward(&second).unwrap(), &reference.forward(&second), WeightFormat::F16, "second");

        // The maps of queries that were computed, with the keys as they are now.
        first.keys.clone_from(&feed.keys);
        first.queries.retain(|query| query.row != 4);
        first.logits = 0..0;
        first.observe = Observe::Attention;
        let maps = model.forward(&first).unwrap();
        assert_eq!(maps.attention.len(), 3 * 6 * first.queries.len() * feed.keys.len());
        assert_equal(&maps, &reference.forward(&first), WeightFormat::F16, "look");
        let again = model.forward(&second).unwrap();
        assert_equal(&again, &reference.forward(&second), WeightFormat::F16, "after a look");

        // Nothing is measured, and a row is filled again.
        let mut third = feed.sets(&[1], InSet::Isolated, 0);
        third.queries[0].row = 4;
        third.keys[4] = third.keys.pop().unwrap();
        let found = model.forward(&third).unwrap();
        assert!(found.received.is_empty() && found.attention.is_empty());
        assert_equal(&found, &reference.forward(&third), WeightFormat::F16, "third");
    }
}

#[test]
fn a_cache_grows_with_what_it_holds_and_starts_anew() {
    let d = decoder(PLAIN);
    let w = weights(&d, PLAIN, WeightFormat::Q8);
    for unit in units() {
        let mut model = CpuModel::on(unit, d.clone(), packed(&w, unit), None);
        assert_eq!(model.rows(), 0);
        let bytes = model.bytes();
        for _ in 0..2 {
            model.begin(20);
            assert_eq!(model.rows(), 20);
            let mut reference = Reference::new(&d, &w, 70);
            let mut feed = Feed::default();
            let pass = feed.sets(&[1; 20], InSet::Isolated, 3);
            let whole = reference.forward(&pass);
            assert_equal(&model.forward(&pass).unwrap(), &whole, WeightFormat::Q8, "small");
            model.grow(70);
            assert_eq!(model.rows(), 70);
            let pass = feed.sets(&[8, 2], InSet::Isolated, 3);
            assert_equal(&model.forward(&pass).unwrap(), &reference.forward(&pass), WeightFormat::Q8, "grown");
        }
        assert!(model.bytes() > bytes);
    }
}

#[test]
#[should_panic(expected = "20 rows in a cache of 10")]
fn a_cache_that_is_too_small_is_a_bug() {
    let d = decoder(PLAIN);
    let w = weights(&d, PLAIN, WeightFormat::F32);
    let mut model = CpuModel::new(d, packed(&w, Unit::new()), None);
    model.begin(10);
    model.forward(&Feed::default().sets(&[20], InSet::Isolated, 3)).unwrap();
}

#[test]
fn shares_of_a_product_equal_the_whole() {
    let mut random = Random(7);
    for format in WeightFormat::ALL {
        // The last panel is not full; one row more than groups hold.
        let (outputs, columns) = (1_003, 530);
        let matrix = Matrix::from_f32(format, outputs, columns, &random.numbers(outputs * columns, 0.0, 0.3));
        let matrix = CpuMatrix::new(&matrix, Unit::new());
        for rows in [1, 5] {
            let x = random.numbers(rows * columns, 0.0, 1.0);
            let before = random.numbers(rows * outputs, 0.0, 1.0);
            for add in [false, true] {
                let times = |threads| {
                    let on = Executor { unit: Unit::new(), threads, workers: None };
                    let mut y = before.clone();
                    Multiplier::default().multiply(on, x.chunks_exact(columns), &matrix, &mut y, add);
                    y
                };
                let whole = times(1);
                for threads in [2, 3, 7] {
                    assert_eq!(times(threads), whole, "{format:?}, {rows} rows, {threads} threads");
                }
            }
        }
    }
}

#[test]
fn heads_in_threads_equal_one_thread() {
    let kind = KINDS[1];
    let d = decoder(kind);
    let w = weights(&d, kind, WeightFormat::F32);
    let outputs = |threads| {
        let mut model = CpuModel::on(Unit::new(), d.clone(), packed(&w, Unit::new()), None);
        model.begin(1_500);
        let mut feed = Feed::default();
        model.compute(&feed.sets(&[1; 1_400], InSet::Isolated, 3), threads).unwrap();
        let mut pass = feed.sets(&[16], InSet::Visible, 3);
        let step = model.compute(&pass, threads).unwrap();
        (pass.observe, pass.logits) = (Observe::Attention, 0..0);
        (step, model.compute(&pass, threads).unwrap())
    };
    assert_eq!(outputs(1), outputs(3));
}

/// Workers in the same thread.
#[derive(Debug, Default)]
struct SameThread {
    workers: Vec<Mutex<(Worker, Vec<f32>)>>,
    dismissed: Mutex<bool>,
    lost: Mutex<bool>,
    /// Most words of rows and of results.
    room: Mutex<[usize; 2]>,
}

impl SameThread {
    fn of(workers: usize) -> &'static Self {
        let workers = (0..workers).map(|_| Mutex::default()).collect();
        Box::leak(Box::new(Self { workers, ..Self::default() }))
    }
}

impl WorkerPool for SameThread {
    fn gather(&self) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(async {})
    }

    fn workers(&self) -> usize {
        self.workers.len()
    }

    fn store(&self, parts: Vec<Vec<u32>>) {
        assert_eq!(parts.len(), self.workers.len());
        let numbers = self.workers.iter().zip(parts).map(|(worker, part)| worker.lock().unwrap().0.store(part));
        let numbers: Vec<usize> = numbers.collect();
        assert!(numbers.windows(2).all(|two| two[0] == two[1]));
    }

    fn start(&self, rows: usize, results: usize) -> Pin<Box<dyn Future<Output = Result<(), String>> + '_>> {
        *self.room.lock().unwrap() = [rows, results];
        Box::pin(async { Ok(()) })
    }

    fn multiply(&self, part: usize, rows: usize, words: [&[u32]; 2]) {
        assert!(words[0].len() + words[1].len() <= self.room.lock().unwrap()[0]);
        for worker in &self.workers {
            let mut locked = worker.lock().unwrap();
            let (worker, results) = &mut *locked;
            for (to, from) in worker.room(part, rows).into_iter().zip(words) {
                to.copy_from_slice(from);
            }
            results.clear();
            results.extend_from_slice(worker.multiply(part, rows));
        }
    }

    fn results(&self, worker: usize, to: &mut [f32]) {
        assert!(to.len() <= self.room.lock().unwrap()[1]);
        to.copy_from_slice(&self.workers[worker].lock().unwrap().1);
    }

    fn row(&self, worker: usize, part: usize, row: usize, to: &mut [f32]) {
        let columns = to.len();
        to.copy_from_slice(&self.workers[worker].lock().unwrap().0.row(part, row)[..columns]);
    }

    fn lost(&self) -> bool {
        *self.lost.lock().unwrap()
    }

    fn dismiss(&self) {
        *self.dismissed.lock().unwrap() = true;
    }
}

#[test]
fn workers_equal_one_thread() {
    for (number, kind) in KINDS.into_iter().enumerate() {
        let d = decoder(kind);
        for format in WeightFormat::ALL {
            let w = weights(&d, kind, format);
            let unit = Unit::new();
            // More workers than some matrices have panels.
            let pool = SameThread::of([1, 2, 5][number % 3]);
            let shares = Mutex::new(MatrixShares::new(pool, 0));
            let split = packed_and(&w, unit, |matrix| shares.lock().unwrap().share(matrix));
            assert!(split.layers.iter().all(|layer| layer.qkv.weight.remote.is_some()));
            let shares = shares.into_inner().unwrap();
            pollster::block_on(shares.start()).unwrap();
            let mut together = CpuModel::on(unit, d.clone(), split, Some(shares));
            let mut alone = CpuModel::on(unit, d.clone(), packed(&w, unit), None);
            assert_eq!(together.bytes(), alone.bytes());
            together.begin(40);
            alone.begin(40);
            let mut feed = Feed::default();
            for sizes in [&[1, 1, 3, 1, 2][..], &[1], &[5], &[1, 6, 2]] {
                let pass = feed.sets(sizes, InSet::Isolated, 3);
                assert_eq!(together.forward(&pass).unwrap(), alone.forward(&pass).unwrap(), "{number}, {format:?}");
            }
            *pool.lost.lock().unwrap() = true;
            assert_eq!(together.forward(&feed.sets(&[1], InSet::Isolated, 3)), Err(WorkerLost));
            assert!(!*pool.dismissed.lock().unwrap());
            drop(together);
            assert!(*pool.dismissed.lock().unwrap());
        }
    }
}

#[test]
fn small_matrices_are_not_split() {
    let matrix =
        |rows| CpuMatrix::new(&Matrix::from_f32(WeightFormat::F32, rows, 64, &vec![0.1; rows * 64]), Unit::new());
    let mut shares = pollster::block_on(MatrixShares::gather(SameThread::of(2)));
    assert!(shares.share(matrix(64)).remote.is_none());
    let here = shares.share(matrix(8 * 1_024));
    assert_eq!(here.rows_here(), here.remote.unwrap().outputs[0].start);
}
