//! One pass in plain loops, in f64: what the kernels are compared with. Slow on purpose.

use crate::{Activation, Decoder, LayerWeights, Linear, Matrix, Observe, Outputs, Pass, Turn, Weights};

/// A decoder in plain loops.
#[derive(Debug)]
pub(crate) struct Reference<'a> {
    decoder: &'a Decoder,
    weights: &'a Weights<Matrix>,
    /// Keys and values by layer and row, `[kv_heads * head_dim]` each.
    cache: Vec<Vec<[Vec<f64>; 2]>>,
}

impl<'a> Reference<'a> {
    /// An empty cache of so many rows.
    pub(crate) fn new(decoder: &'a Decoder, weights: &'a Weights<Matrix>, rows: usize) -> Self {
        let row = || [vec![0.0; decoder.kv_width()], vec![0.0; decoder.kv_width()]];
        let cache = decoder.layers.iter().map(|_| (0..rows).map(|_| row()).collect()).collect();
        Self { decoder, weights, cache }
    }

    /// One pass.
    pub(crate) fn forward(&mut self, pass: &Pass) -> Outputs {
        let (decoder, weights) = (self.decoder, self.weights);
        let scale = f64::from(decoder.embedding_scale);
        let mut h: Vec<Vec<f64>> = pass
            .queries
            .iter()
            .map(|query| to_f64(&weights.embedding.row(query.token as usize)).iter().map(|x| x * scale).collect())
            .collect();
        let mut received = vec![0.0; if pass.measures() { pass.keys.len() } else { 0 }];
        let mut attention = Vec::new();
        for (number, layer) in weights.layers.iter().enumerate() {
            let attended = self.attend(number, layer, pass, &h, &mut received, &mut attention);
            for (h, attended) in h.iter_mut().zip(attended) {
                let given = h.clone();
                add(h, &attended, layer.attention_out_norm.as_deref(), decoder);
                let given = if decoder.parallel { &given } else { &*h };
                let both = linear(&layer.gate_up, &maybe_norm(given, layer.mlp_norm.as_deref(), decoder));
                let (gate, up) = both.split_at(decoder.intermediate);
                let mut inner: Vec<f64> = gate.iter().map(|gate| activate(*gate, decoder.activation)).collect();
                inner.iter_mut().zip(up).for_each(|(inner, up)| *inner *= up);
                add(h, &linear(&layer.down, &inner), layer.mlp_out_norm.as_deref(), decoder);
            }
        }
        let head = weights.lm_head.as_ref().unwrap_or(&weights.embedding);
        let logits = h[pass.logits.clone()].iter().flat_map(|h| {
            let x = norm(h, &weights.norm, decoder);
            let bias = weights.logit_bias.iter().flatten().copied().chain(std::iter::repeat(0.0));
            let logits = product(head, &x).into_iter().zip(bias);
            logits.map(|(logit, bias)| cap(logit + f64::from(bias), decoder.logit_cap))
        });
        Outputs {
            logits: logits.map(to_f32).collect(),
            received: received.into_iter().map(to_f32).collect(),
            attention,
            digest: None,
            lists: Vec::new(),
        }
    }

    fn attend(
        &mut self,
        number: usize,
        layer: &LayerWeights<Matrix>,
        pass: &Pass,
        h: &[Vec<f64>],
        received: &mut [f64],
        attention: &mut Vec<f32>,
    ) -> Vec<Vec<f64>> {
        let d = self.decoder;
        let dim = d.head_dim;
        let mut queries = Vec::new();
        for (query, h) in pass.queries.iter().zip(h) {
            let mut qkv = linear(&layer.qkv, &maybe_norm(h, layer.input_norm.as_deref(), d));
            let mut v = qkv.split_off(d.q_width() + d.kv_width());
            if let Some((q_norm, k_norm)) = &layer.qk_norm {
                let (q, k) = qkv.split_at_mut(d.q_width());
                for (all, weight) in [(q, q_norm), (k, k_norm)] {
                    all.chunks_exact_mut(weight.len()).for_each(|x| x.copy_from_slice(&norm(x, weight, d)));
                }
            }
            for head in qkv.chunks_exact_mut(dim) {
                rotate(head, d.ropes[d.layers[number].rope].turns(), query.position);
            }
            let k = qkv.split_off(d.q_width());
            if pass.writes() {
                self.cache[number][query.row] = [k, std::mem::take(&mut v)];
            }
            queries.push(qkv);
        }
        let heads = d.heads;
        let mut out = vec![vec![0.0; d.q_width()]; queries.len()];
        for head in 0..heads {
            let kv = head / (heads / d.kv_heads);
            for (index, q) in queries.iter().enumerate() {
                let q = &q[head * dim..(head + 1) * dim];
                let cache = &self.cache[number];
                let scores: Vec<f64> = (0..pass.keys.len())
                    .zip(cache)
                    .map(|(key, [k, _])| {
                        let Some(bias) = pass.bias(index, key, d.layers[number].window) else {
                            return f64::NEG_INFINITY;
                        };
                        let dot: f64 = q.iter().zip(&k[kv * dim..]).map(|(q, k)| q * k).sum();
                        cap(dot * f64::from(d.attention_scale), d.attention_cap) + f64::from(bias)
                    })
                    .collect();
                let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let weights: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
                let total: f64 = weights.iter().sum();
                for (row, weight) in weights.iter().map(|weight| weight / total).enumerate() {
                    if pass.measures() && pass.measured().contains(&index) {
                        let share = f64::from(pass.layer_weights[number]) / (heads * pass.measured().len()) as f64;
                        received[row] += weight * share;
                    }
                    if pass.observe == Observe::Attention {
                        attention.push(to_f32(weight));
                    }
                    let values = &cache[row][1][kv * dim..(kv + 1) * dim];
                    for (out, value) in out[index][head * dim..].iter_mut().zip(values) {
                        *out += weight * value;
                    }
                }
            }
        }
        out.iter().map(|out| linear(&layer.output, out)).collect()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "answers are f32")]
fn to_f32(x: f64) -> f32 {
    x as f32
}

fn to_f64(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().copied().map(f64::from).collect()
}

fn norm(x: &[f64], weight: &[f32], decoder: &Decoder) -> Vec<f64> {
    let mean = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
    let inverse = (mean + f64::from(decoder.rms_norm_eps)).sqrt().recip();
    x.iter().zip(weight).map(|(x, w)| x * inverse * f64::from(*w)).collect()
}

fn maybe_norm(x: &[f64], weight: Option<&[f32]>, decoder: &Decoder) -> Vec<f64> {
    weight.map_or_else(|| x.to_vec(), |weight| norm(x, weight, decoder))
}

fn add(h: &mut [f64], x: &[f64], weight: Option<&[f32]>, decoder: &Decoder) {
    for (h, x) in h.iter_mut().zip(maybe_norm(x, weight, decoder)) {
        *h += x;
    }
}

fn product(matrix: &Matrix, x: &[f64]) -> Vec<f64> {
    (0..matrix.rows).map(|row| matrix.row(row).iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum()).collect()
}

fn linear(linear: &Linear<Matrix>, x: &[f64]) -> Vec<f64> {
    let mut y = product(&linear.weight, x);
    for (y, bias) in y.iter_mut().zip(linear.bias.iter().flatten()) {
        *y += f64::from(*bias);
    }
    y
}

fn rotate(head: &mut [f64], turns: &[Turn], position: u32) {
    let (first, second) = head.split_at_mut(turns.len());
    for ((a, b), Turn { frequency, scale }) in first.iter_mut().zip(second).zip(turns) {
        let (sin, cos) = (f64::from(position) * frequency).sin_cos();
        (*a, *b) = ((*a * cos - *b * sin) * scale, (*b * cos + *a * sin) * scale);
    }
}

fn activate(x: f64, activation: Activation) -> f64 {
    match activation {
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::GeluTanh => {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            0.5 * x * (1.0 + inner.tanh())
        }
        Activation::Gelu => 0.5 * x * (1.0 + error_function(x * std::f64::consts::FRAC_1_SQRT_2)),
    }
}

/// By its series, as far as it matters.
fn error_function(x: f64) -> f64 {
    if x.abs() > 4.0 {
        return x.signum();
    }
    let terms = (1..200).scan(x, |term, n| {
        *term *= -x * x / f64::from(n);
        Some(*term / f64::from(2 * n + 1))
    });
    std::f64::consts::FRAC_2_SQRT_PI * (x + terms.sum::<f64>())
}

fn cap(x: f64, cap: Option<f32>) -> f64 {
    cap.map_or(x, |cap| f64::from(cap) * (x / f64::from(cap)).tanh())
}
