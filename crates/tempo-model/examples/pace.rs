use pollster::block_on;
use std::time::Instant;
use tempo_core::*;
use tempo_model::*;
fn text(from: usize, n: usize, k: usize, layers: usize) -> StepPlan {
    // from single sets then one set of n queries
    let key = |i: usize, s: usize| Key { slot: Slot(i as u32), set: SetIndex(s as u32), bias: 0.0, live: true };
    let mut keys: Vec<Key> = (0..from).map(|i| key(i, i)).collect();
    for j in 0..n {
        keys.push(key(from + j, from));
    }
    StepPlan {
        queries: (0..n)
            .map(|j| Query {
                token: TokenId((7 + j * 3) as u32 % 500),
                position: Position(from as u32),
                slot: Slot((from + j) as u32),
                set: SetIndex(from as u32),
                row: Row((from + j) as u32),
            })
            .collect(),
        keys,
        visibility: Visibility::Isolated,
        logits: n - k..n,
        layer_weights: vec![1.0 / layers as f32; layers],
    }
}
fn prefill(n: usize) -> StepPlan {
    let mut p = text(n, 1, 1, 1);
    p.keys.pop();
    p.queries = (0..n)
        .map(|i| Query {
            token: TokenId((5 + i * 7) as u32 % 500),
            position: Position(i as u32),
            slot: Slot(i as u32),
            set: SetIndex(i as u32),
            row: Row(i as u32),
        })
        .collect();
    p.logits = n - 1..n;
    p.layer_weights = vec![];
    p
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let pref = if a.get(2).map(String::as_str) == Some("gpu") { DevicePreference::Gpu } else { DevicePreference::Cpu };
    let dev = block_on(device::open(pref)).unwrap();
    println!("{:?}", dev.adapter);
    let t = Instant::now();
    let mut e = block_on(Engine::load(std::path::Path::new(&a[1]), &dev, |_| ())).unwrap();
    println!("load {:?}", t.elapsed());
    let layers = e.config().layers;
    for (ctx, reps) in [(64usize, 30usize), (256, 30)] {
        for n in [1usize, 2, 3, 4, 8, 16] {
            block_on(e.begin(512)).unwrap();
            block_on(e.forward(&prefill(ctx))).unwrap();
            let mut v = vec![];
            for _ in 0..reps {
                let p = text(ctx, n, n, layers);
                let t = Instant::now();
                block_on(e.forward(&p)).unwrap();
                v.push(t.elapsed().as_secs_f64() * 1e3);
            }
            v.sort_by(f64::total_cmp);
            println!("ctx {ctx} n {n}: min {:.2} median {:.2} ms", v[0], v[v.len() / 2]);
        }
        let mut v = vec![];
        for _ in 0..5 {
            block_on(e.begin(512)).unwrap();
            let t = Instant::now();
            block_on(e.forward(&prefill(ctx))).unwrap();
            v.push(t.elapsed().as_secs_f64() * 1e3);
        }
        v.sort_by(f64::total_cmp);
        println!("prefill {ctx}: {:.2} ms", v[0]);
    }
}
