//! Random decoders and passes for tests.

use crate::{
    Activation, Decoder, InSet, Key, Lanes, LayerKind, LayerWeights, Linear, Matrix, Observe, Pass, Query, Rope, Turn,
    WeightFormat, Weights,
};

/// Numbers that look random and are the same every time (splitmix64).
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// From -1 to 1.
    pub(crate) fn signed(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    }

    pub(crate) fn numbers(&mut self, count: usize, centre: f32, spread: f32) -> Vec<f32> {
        (0..count).map(|_| centre + spread * self.signed()).collect()
    }
}

/// Switches of a random decoder.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Kind {
    pub(crate) bias: bool,
    pub(crate) qk_norm: bool,
    /// Blocks normalise only what they give, and queries and keys are normalised over all heads.
    pub(crate) olmo: bool,
    /// Everything that sets `gpt_neox` apart: both blocks read the same rows, no gate, another GELU, biases on logits.
    pub(crate) neox: bool,
    /// Everything that sets gemma3 apart: norms on both sides, GELU, caps, a scaled embedding, two rotations.
    pub(crate) gemma: bool,
    pub(crate) tied: bool,
    pub(crate) window: bool,
}

/// A small decoder with odd sizes.
pub(crate) fn decoder(kind: Kind) -> Decoder {
    let head_dim = 10;
    let rope = |theta: f64, turned: usize| {
        let plain = |i: usize| Turn { frequency: theta.powf(-2.0 * i as f64 / head_dim as f64), scale: 1.1 };
        let still = std::iter::repeat(Turn { frequency: 0.0, scale: 1.0 });
        Rope::new((0..turned).map(plain).chain(still).take(head_dim / 2).collect())
    };
    Decoder {
        hidden: 37,
        intermediate: 51,
        heads: 6,
        kv_heads: 2,
        head_dim,
        vocab: 203,
        rms_norm_eps: 1e-5,
        layers: (0..3)
            .map(|layer| LayerKind {
                window: (kind.window && layer != 1).then_some(3),
                rope: usize::from(kind.gemma && layer == 1),
            })
            .collect(),
        ropes: if kind.gemma { vec![rope(1e4, 5), rope(1e6, 5)] } else { vec![rope(1e4, 4)] },
        activation: match (kind.gemma, kind.neox) {
            (true, _) => Activation::GeluTanh,
            (_, true) => Activation::Gelu,
            _ => Activation::Silu,
        },
        gated: !kind.neox,
        parallel: kind.neox,
        embedding_scale: if kind.gemma { 37.0_f32.sqrt() } else { 1.0 },
        attention_scale: (head_dim as f32).sqrt().recip(),
        attention_cap: kind.gemma.then_some(5.0),
        logit_cap: kind.gemma.then_some(8.0),
    }
}

/// Weights for it, in this format.
pub(crate) fn weights(decoder: &Decoder, kind: Kind, format: WeightFormat) -> Weights<Matrix> {
    let mut random = Random(11);
    let d = decoder;
    let matrix = |random: &mut Random, rows: usize, columns: usize| {
        let numbers = random.numbers(rows * columns, 0.0, 1.7 / (columns as f32).sqrt());
        Matrix::from_f32(format, rows, columns, &numbers)
    };
    let linear = |random: &mut Random, rows: usize, columns: usize| Linear {
        weight: matrix(random, rows, columns),
        bias: kind.bias.then(|| random.numbers(rows, 0.0, 0.3)),
    };
    let embedding = matrix(&mut random, d.vocab, d.hidden);
    let lm_head = (!kind.tied).then(|| matrix(&mut random, d.vocab, d.hidden));
    let layers = d
        .layers
        .iter()
        .map(|_| LayerWeights {
            input_norm: (!kind.olmo).then(|| random.numbers(d.hidden, 1.0, 0.3)),
            qkv: linear(&mut random, d.qkv_width(), d.hidden),
            qk_norm: (kind.qk_norm || kind.olmo).then(|| {
                let widths = if kind.olmo { [d.q_width(), d.kv_width()] } else { [d.head_dim; 2] };
                let [q, k] = widths.map(|width| random.numbers(width, 1.0, 0.3));
                (q, k)
            }),
            output: linear(&mut random, d.hidden, d.q_width()),
            attention_out_norm: (kind.gemma || kind.olmo).then(|| random.numbers(d.hidden, 1.0, 0.3)),
            mlp_norm: (!kind.olmo).then(|| random.numbers(d.hidden, 1.0, 0.3)),
            gate_up: linear(&mut random, d.gate_up_width(), d.hidden),
            down: linear(&mut random, d.hidden, d.intermediate),
            mlp_out_norm: (kind.gemma || kind.olmo).then(|| random.numbers(d.hidden, 1.0, 0.3)),
        })
        .collect();
    let logit_bias = kind.neox.then(|| random.numbers(d.vocab, 0.0, 0.5));
    Weights { embedding, lm_head, logit_bias, layers, norm: random.numbers(d.hidden, 1.0, 0.3) }
}

/// A sequence that grows set by set; rows follow slots.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    pub(crate) keys: Vec<Key>,
    sets: u32,
}

impl Feed {
    /// Appends sets of these sizes and computes them all in one pass; the last set's logits, all layers measured.
    pub(crate) fn sets(&mut self, sizes: &[u32], in_set: InSet, layers: usize) -> Pass {
        let mut queries = Vec::new();
        for &size in sizes {
            let set = self.sets;
            self.sets += 1;
            for _ in 0..size {
                let row = self.keys.len();
                let slot = u32::try_from(row).unwrap();
                self.keys.push(Key { slot, set, bias: 0.0, live: true, lanes: Lanes::ALL });
                queries.push(Query { token: (slot * 13 + 5) % 203, position: set + set / 3, slot, set, row, lane: 0 });
            }
        }
        let last = *sizes.last().unwrap() as usize;
        Pass {
            logits: queries.len() - last..queries.len(),
            queries,
            keys: self.keys.clone(),
            in_set,
            layer_weights: (0..layers).map(|layer| 0.2 + 0.1 * layer as f32).collect(),
            observe: Observe::Nothing,
            digest: None,
            biases: Vec::new(),
        }
    }
}

/// The same pass, in which every query has biases of its own: different ones for different seeds.
pub(crate) fn biased(mut pass: Pass, seed: u64) -> Pass {
    pass.biases = Random(seed).numbers(pass.queries.len() * pass.keys.len(), 0.0, 2.0);
    pass
}

/// The same pass in eight lanes: every key spans some of them, every query is in one.
pub(crate) fn in_lanes(mut pass: Pass, seed: u64) -> Pass {
    let mut random = Random(seed);
    let mut below = |most: u32| u32::try_from(random.next() % u64::from(most)).unwrap();
    for key in &mut pass.keys {
        let from = below(8);
        key.lanes = if below(3) == 0 { Lanes::ALL } else { Lanes { from, to: from + 1 + below(8 - from) } };
    }
    pass.queries.iter_mut().for_each(|query| query.lane = below(8));
    pass
}

/// The largest difference of two lists of equal length.
pub(crate) fn distance(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, |most, d| if d.is_nan() { f32::INFINITY } else { most.max(d) })
}
