//! The fused kernels against plain loops, on whatever adapter there is.

mod biases;
mod lanes;

use crate::reference::Reference;
use crate::testing::{Feed, Kind, biased, decoder, distance, in_lanes, weights};
use crate::{
    CombineRule, Decoder, DigestRequest, InSet, LayerWeights, Linear, LogitsRequest, Matrix, Observe, Outputs, Pass,
    WeightFormat, Weights, chunks,
};

use super::{Gpu, GpuCounts, GpuMatrix, GpuModel, RowLayout, buffers, digest, inputs};

fn gpu() -> Gpu {
    gpus()[0].clone()
}

/// The adapter as what it is, and taken for the other kind: a software adapter runs the kernels of cards as well.
fn gpus() -> [Gpu; 2] {
    let mut description = wgpu::InstanceDescriptor::new_without_display_handle();
    description.backends = wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(description);
    let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).unwrap();
    let description = wgpu::DeviceDescriptor { required_limits: adapter.limits(), ..Default::default() };
    let (device, queue) = pollster::block_on(adapter.request_device(&description)).unwrap();
    let software = adapter.get_info().device_type == wgpu::DeviceType::Cpu;
    [software, !software].map(|software| Gpu::new(device.clone(), queue.clone(), software))
}

fn upload(gpu: &Gpu, decoder: &Decoder, weights: &Weights<Matrix>) -> Weights<GpuMatrix> {
    let linear = |linear: &Linear<Matrix>, rows: RowLayout| Linear {
        weight: pollster::block_on(GpuMatrix::upload(gpu, &linear.weight, rows)).unwrap(),
        bias: linear.bias.clone(),
    };
    let single = |matrix: &Matrix| pollster::block_on(GpuMatrix::upload(gpu, matrix, RowLayout::Single)).unwrap();
    let opening = if decoder.gated { RowLayout::Paired } else { RowLayout::Single };
    let layers = weights.layers.iter().map(|layer| LayerWeights {
        input_norm: layer.input_norm.clone(),
        qkv: linear(&layer.qkv, RowLayout::Single),
        qk_norm: layer.qk_norm.clone(),
        output: linear(&layer.output, RowLayout::Single),
        attention_out_norm: layer.attention_out_norm.clone(),
        mlp_norm: layer.mlp_norm.clone(),
        gate_up: linear(&layer.gate_up, opening),
        down: linear(&layer.down, RowLayout::Single),
        mlp_out_norm: layer.mlp_out_norm.clone(),
    });
    Weights {
        embedding: single(&weights.embedding),
        lm_head: weights.lm_head.as_ref().map(single),
        logit_bias: weights.logit_bias.clone(),
        layers: layers.collect(),
        norm: weights.norm.clone(),
    }
}

fn model(gpu: &Gpu, decoder: &Decoder, weights: &Weights<Matrix>) -> GpuModel {
    pollster::block_on(GpuModel::new(gpu, decoder.clone(), upload(gpu, decoder, weights), |_, _| ())).unwrap()
}

fn close(found: &Outputs, want: &Outputs, what: &str) {
    let logits = distance(&found.logits, &want.logits);
    let received = distance(&found.received, &want.received);
    let attention = distance(&found.attention, &want.attention);
    assert!(logits < 2e-4 && received < 1e-5 && attention < 1e-5, "{what}: {logits} {received} {attention}");
}

fn kinds() -> [Kind; 7] {
    let plain = Kind::default();
    [
        Kind { tied: true, ..plain },
        Kind { bias: true, window: true, ..plain },
        Kind { qk_norm: true, bias: true, ..plain },
        Kind { qk_norm: true, gemma: true, tied: true, window: true, ..plain },
        Kind { gemma: true, ..plain },
        Kind { olmo: true, window: true, ..plain },
        Kind { neox: true, bias: true, ..plain },
    ]
}

fn run(model: &mut GpuModel, reference: &mut Reference<'_>, pass: &Pass, what: &str) {
    model.poison();
    let found = pollster::block_on(model.forward(pass)).unwrap();
    close(&found, &reference.forward(pass), what);
}

#[test]
fn gpu_passes_of_every_kind_equal_plain_loops() {
    let gpus = gpus();
    for (number, kind) in kinds().into_iter().enumerate() {
        for (at, format) in WeightFormat::ALL.into_iter().enumerate() {
            let decoder = decoder(kind);
            let weights = weights(&decoder, kind, format);
            let mut model = model(&gpus[(number + at) % 2], &decoder, &weights);
            for in_set in [InSet::Isolated, InSet::Visible, InSet::Ordered] {
                let what = format!("{kind:?} {format:?} {in_set:?}");
                pollster::block_on(model.begin(130)).unwrap();
                let mut reference = Reference::new(&decoder, &weights, 130);
                let mut feed = Feed::default();
                let layers = decoder.layers.len();
                // A prompt, sets of every size that a kernel is made for and some that are not, then a longer chunk.
                let all: [&[u32]; 10] =
                    [&[1, 1, 1, 1, 1], &[1], &[2], &[3], &[4], &[8], &[11], &[16], &[1, 2, 5, 1, 9], &[1; 37]];
                for (pass_number, sizes) in all.into_iter().enumerate() {
                    let mut pass = feed.sets(sizes, in_set, layers);
                    // Each of them with biases of every query in one half of the formats, without in the other.
                    if (pass_number + at) % 2 == 1 {
                        pass = biased(pass, pass_number as u64);
                    }
                    // Lanes go with biases and without.
                    if (pass_number + at) % 4 < 2 {
                        pass = in_lanes(pass, pass_number as u64);
                    }
                    if feed.keys.len() > 12 {
                        (feed.keys[3].live, feed.keys[9].bias) = (false, -0.7);
                    }
                    run(&mut model, &mut reference, &pass, &what);
                    pass.observe = Observe::Attention;
                    pass.layer_weights.clear();
                    pass.logits = 0..0;
                    if format == WeightFormat::F32 {
                        run(&mut model, &mut reference, &pass, &what);
                    }
                }
            }
        }
    }
}

/// The digest of rows of logits in f64, with every token listed.
fn digest_in_f64(rows: &[&[f32]], request: &DigestRequest) -> (Vec<f64>, f64, f64, f64) {
    let t = f64::from(request.temperature);
    let vocab = rows[0].len();
    let soft = |row: &[f32]| -> Vec<f64> {
        let most = row.iter().copied().fold(f32::MIN, f32::max);
        let e: Vec<f64> = row.iter().map(|z| ((f64::from(*z) - f64::from(most)) / t).exp()).collect();
        let sum: f64 = e.iter().sum();
        e.iter().map(|e| e / sum).collect()
    };
    let all: Vec<Vec<f64>> = rows.iter().map(|row| soft(row)).collect();
    let mean = |v: usize| -> f64 {
        rows.iter().zip(&request.weights).map(|(row, w)| f64::from(*w) * f64::from(row[v])).sum::<f64>() / t
    };
    let peak = (0..vocab).map(mean).fold(f64::MIN, f64::max);
    let shares: Vec<f64> = (0..vocab)
        .map(|v| match request.rule {
            CombineRule::First => all[0][v],
            CombineRule::Last => all[rows.len() - 1][v],
            CombineRule::Mixture => all.iter().zip(&request.weights).map(|(s, w)| s[v] * f64::from(*w)).sum(),
            CombineRule::Max => all.iter().map(|s| s[v]).fold(0.0, f64::max),
            CombineRule::LogitMean => (mean(v) - peak).exp(),
        })
        .collect();
    let left = || shares.iter().enumerate().filter(|(v, _)| !request.suppressed.iter().any(|s| *s as usize == *v));
    let (total, rest) = (shares.iter().sum(), left().map(|(_, u)| u).sum());
    let log_sum = left().filter(|(_, u)| **u > 0.0).map(|(_, u)| u * u.ln()).sum();
    (shares, total, rest, log_sum)
}

#[test]
fn gpu_digests_say_what_the_rows_say() {
    let kind = Kind { tied: true, ..Kind::default() };
    let decoder = decoder(kind);
    let weights = weights(&decoder, kind, WeightFormat::F32);
    for mut model in gpus().map(|gpu| model(&gpu, &decoder, &weights)) {
        digests_say_what_the_rows_say(&mut model, decoder.vocab);
    }
}

fn digests_say_what_the_rows_say(model: &mut GpuModel, vocab: usize) {
    for rule in [CombineRule::First, CombineRule::Last, CombineRule::Mixture, CombineRule::LogitMean, CombineRule::Max]
    {
        for (rows, temperature, suppressed) in [(1_u32, 1.0, vec![]), (3, 0.2, vec![7, 50]), (16, 1.5, vec![0, 202])] {
            pollster::block_on(model.begin(32)).unwrap();
            let mut feed = Feed::default();
            let mut pass = feed.sets(&[1, 1, rows], InSet::Isolated, 3);
            let weights = (1..=rows).map(|r| r as f32 / (rows * (rows + 1) / 2) as f32).collect();
            let request = DigestRequest { rule, weights, temperature, suppressed };
            pass.digest = Some(LogitsRequest::Combined(request.clone()));
            let before = model.counts();
            let outputs = pollster::block_on(model.forward(&pass)).unwrap();
            let after = model.counts();
            assert!(after.bytes_read - before.bytes_read <= 16 << 10);
            let found = outputs.digest.unwrap();
            let logits = pollster::block_on(model.logits(rows as usize)).unwrap();
            let lines: Vec<&[f32]> = logits.chunks(vocab).collect();
            let (shares, total, left, log_sum) = digest_in_f64(&lines, &request);
            let what = format!("{rule:?} {rows}");
            for (a, b) in [(found.total, total), (found.left, left), (found.log_sum, log_sum)] {
                assert!((a - b).abs() < 1e-5 * (1.0 + b.abs()), "{what}: {a} {b}");
            }
            let near = |listed: u32| shares[listed as usize];
            let least = f64::from(found.complete_to);
            assert!(found.tokens.len() > 20 && found.tokens.len() <= 96, "{what}: {}", found.tokens.len());
            for v in 0..u32::try_from(vocab).unwrap() {
                let listed = found.tokens.iter().filter(|t| **t == v).count();
                let out = request.suppressed.contains(&v);
                assert!(if out { listed == 0 } else { listed == 1 || near(v) < least }, "{what}: {v}");
            }
            for (row, line) in lines.iter().enumerate() {
                for (at, token) in found.tokens.iter().enumerate() {
                    let found = found.logits[row * found.tokens.len() + at];
                    assert_eq!(found.to_bits(), line[*token as usize].to_bits());
                }
                let most = line.iter().copied().fold(f32::MIN, f32::max);
                let sum: f32 = line.iter().map(|z| (z - most).exp()).sum();
                assert!(
                    found.rows[row].max.to_bits() == most.to_bits() && (found.rows[row].sum - sum).abs() < 1e-4 * sum,
                    "{what}"
                );
            }
        }
    }
}

/// What one pass asks of the device.
fn cost(model: &mut GpuModel, pass: &Pass) -> GpuCounts {
    let before = model.counts();
    pollster::block_on(model.forward(pass)).unwrap();
    let after = model.counts();
    GpuCounts {
        passes: after.passes - before.passes,
        dispatches: after.dispatches - before.dispatches,
        submits: after.submits - before.submits,
        buffers: after.buffers - before.buffers,
        bind_groups: after.bind_groups - before.bind_groups,
        pipelines: after.pipelines - before.pipelines,
        readbacks: after.readbacks - before.readbacks,
        bytes_read: after.bytes_read - before.bytes_read,
        weight_bytes: after.weight_bytes - before.weight_bytes,
        bytes_held: after.bytes_held - before.bytes_held,
    }
}

#[test]
fn gpu_a_step_asks_the_same_whatever_the_set_and_the_context() {
    let gpu = gpu();
    let [olmo, neox] = [Kind { olmo: true, ..Kind::default() }, Kind { neox: true, ..Kind::default() }];
    for (kind, per_layer) in
        [(Kind::default(), 6), (Kind { gemma: true, qk_norm: true, ..Kind::default() }, 8), (olmo, 8), (neox, 6)]
    {
        let decoder = decoder(kind);
        let weights = weights(&decoder, kind, WeightFormat::Q8);
        let mut model = model(&gpu, &decoder, &weights);
        pollster::block_on(model.warm()).unwrap();
        pollster::block_on(model.begin(2048)).unwrap();
        let mut feed = Feed::default();
        let (mut costs, mut weight_bytes) = (Vec::new(), Vec::new());
        for context in [40, 700, 2000] {
            let prompt = context - feed.keys.len();
            pollster::block_on(model.forward(&feed.sets(&vec![1; prompt], InSet::Isolated, 3))).unwrap();
            for size in [1, 2, 8, 16] {
                let mut pass = feed.sets(&[size], InSet::Isolated, 3);
                let weights = vec![1.0 / size as f32; size as usize];
                let (rule, temperature) = (CombineRule::Mixture, 1.0);
                let request = DigestRequest { rule, weights, temperature, suppressed: Vec::new() };
                pass.digest = Some(LogitsRequest::Combined(request));
                let words = digest::words(pass.digest.as_ref().unwrap(), size as usize);
                let cost_of_biases = cost(&mut model, &biased(pass.clone(), 1));
                let cost = cost(&mut model, &pass);
                assert_eq!(cost, cost_of_biases);
                // 400 bytes for a row of a set; with 16 of them 16 KB hold it up to a context of 2,202.
                assert_eq!(words, 294 + 100 * size as usize);
                assert_eq!(cost.bytes_read, 4 * (words + feed.keys.len()) as u64);
                assert!(cost.bytes_read <= 16 << 10, "{cost:?} over {} rows", feed.keys.len());
                assert!(cost.weight_bytes > 0);
                weight_bytes.push(cost.weight_bytes);
                costs.push(GpuCounts { bytes_read: 0, weight_bytes: 0, ..cost });
            }
        }
        let layers = decoder.layers.len() as u64;
        let want = GpuCounts {
            passes: 1,
            dispatches: per_layer * layers + 6,
            submits: 1,
            readbacks: 1,
            ..GpuCounts::default()
        };
        weight_bytes.dedup();
        assert_eq!(weight_bytes.len(), 1, "every set reads every weight once");
        assert!(want.dispatches <= 8 * layers + 8);
        assert!(costs.iter().all(|cost| *cost == want), "{want:?} and {costs:?}");
    }
}

#[test]
fn gpu_bandwidth_is_at_least_what_the_whole_measurement_reads() {
    let gpu = gpu();
    let before = gpu.counts().bytes_held;
    let start = std::time::Instant::now();
    let found = pollster::block_on(gpu.bandwidth(&|| start.elapsed().as_secs_f64() * 1e3)).unwrap();
    // Six turns of 4 and of 20 readings of 64 MiB or more, with all that is done beside reading.
    let least = (6.0 * 24.0 * f64::from(64 << 20)) / start.elapsed().as_secs_f64() / 2.0;
    // Several times the fastest card.
    assert!((least..1e14).contains(&found), "{found} bytes a second, at least {least}");
    assert_eq!(gpu.counts().bytes_held, before);
}

#[test]
fn gpu_a_device_that_is_lost_is_an_error_and_another_one_goes_on() {
    let kind = Kind::default();
    let decoder = decoder(kind);
    let weights = weights(&decoder, kind, WeightFormat::F32);
    let first = gpu();
    let mut lost = model(&first, &decoder, &weights);
    pollster::block_on(lost.begin(16)).unwrap();
    let mut feed = Feed::default();
    let prompt = feed.sets(&[1, 1, 1], InSet::Isolated, 3);
    let before = pollster::block_on(lost.forward(&prompt)).unwrap();
    first.device.destroy();
    // Whatever is asked of it now is answered, and not by a panic.
    let step = feed.sets(&[2], InSet::Isolated, 3);
    assert!(pollster::block_on(lost.forward(&step)).is_err());
    assert!(pollster::block_on(lost.begin(64)).is_err());
    assert_eq!(lost.rows(), 0, "a cache that could not be made is none");
    drop(lost);
    let mut model = model(&gpu(), &decoder, &weights);
    pollster::block_on(model.begin(16)).unwrap();
    let again = pollster::block_on(model.forward(&prompt)).unwrap();
    assert_eq!(again.logits, before.logits);
}
