//! What must hold of every pass, whatever the weights: on the CPU, and on a graphics adapter where the runner asks for
//! tests named `gpu_` (.config/nextest.toml).

mod aside;
mod biases;
mod maps;
mod rows;

use pollster::block_on;
use proptest::prelude::*;
use tempo_core::{
    Key, Lane, Lanes, LanguageModel, Position, Query, Readout, Row, SetIndex, Slot, StepPlan, TokenId, Visibility,
};

use super::*;
use crate::options::Kernels;
use crate::pass::Inputs;
use crate::rope::ropes;
use crate::tensors::read_back;
use crate::testing::{KERNELS, KINDS, LLAMA, MISTRAL, QWEN3, Random, cpu, engine_by, gpu, kernels, resolve};
use tempo_kernels::{HIDDEN, chunks};

/// Rounding of f32 over two layers of unit-sized numbers.
const ROUNDING: f32 = 2e-5;

macro_rules! on_every_device {
    ($($name:ident, $gpu_name:ident;)*) => {$(
        #[test]
        fn $name() {
            for json in KINDS {
                for options in kernels() {
                    checks::$name(&mut engine_by(options, json, &cpu()));
                }
            }
        }

        #[test]
        fn $gpu_name() {
            for json in KERNELS {
                for options in kernels() {
                    checks::$name(&mut engine_by(options, json, &gpu()));
                }
            }
        }
    )*};
}

on_every_device! {
    prefill_equals_token_by_token, gpu_prefill_equals_token_by_token;
    a_split_prefill_equals_a_whole_one, gpu_a_split_prefill_equals_a_whole_one;
    permuting_a_set_permutes_its_rows, gpu_permuting_a_set_permutes_its_rows;
    attention_received_sums_to_one, gpu_attention_received_sums_to_one;
    rows_that_no_query_sees_change_nothing, gpu_rows_that_no_query_sees_change_nothing;
    scattered_rows_equal_a_block, gpu_scattered_rows_equal_a_block;
    a_run_leaves_no_trace, gpu_a_run_leaves_no_trace;
    one_pass_and_one_read_per_step, gpu_one_pass_and_one_read_per_step;
    a_dominant_bias_takes_all_attention, gpu_a_dominant_bias_takes_all_attention;
    bad_plans_are_refused, gpu_bad_plans_are_refused;
}

/// A text under construction: one slot per row, in order.
#[derive(Clone, Default)]
struct Text {
    keys: Vec<Key>,
    queries: Vec<Query>,
}

impl Text {
    /// Appends a set of tokens at the next position.
    fn set(&mut self, tokens: &[u32]) -> &mut Self {
        let set = SetIndex(self.keys.last().map_or(0, |key| key.set.0 + 1));
        for &token in tokens {
            let next = u32::try_from(self.keys.len()).unwrap();
            let (slot, row) = (Slot(next), Row(next));
            self.keys.push(Key { slot, set, bias: 0.0, live: true, lanes: Lanes::ALL });
            self.queries.push(Query {
                token: TokenId(token),
                position: Position(set.0),
                slot,
                set,
                row,
                lane: Lane::TEMPO,
            });
        }
        self
    }

    fn prompt(tokens: &[u32]) -> Self {
        let mut text = Self::default();
        for &token in tokens {
            text.set(&[token]);
        }
        text
    }

    /// A pass over everything from slot `from` on, with all logits and all attention.
    fn plan(&self, from: usize, layers: usize) -> StepPlan {
        let queries = self.queries[from..].to_vec();
        StepPlan {
            logits: 0..queries.len(),
            queries,
            keys: self.keys.clone(),
            visibility: Visibility::Isolated,
            layer_weights: vec![1.0 / layers as f32; layers],
            digest: None,
            biases: Vec::new(),
        }
    }
}

/// The same plan, in which every query has biases of its own: different ones for different seeds.
fn biased(mut plan: StepPlan, seed: u64) -> StepPlan {
    let mut random = Random(seed);
    plan.biases = (0..plan.queries.len() * plan.keys.len()).map(|_| 2.0 * random.signed()).collect();
    plan
}

const PROMPT: [u32; 7] = [3, 1, 4, 1, 5, 9, 2];

/// A readout in whole rows.
#[derive(Debug, PartialEq)]
struct Read {
    logits: Vec<f32>,
    received: Vec<f32>,
}

fn run(engine: &mut Engine, plan: &StepPlan) -> Read {
    let Readout { logits, received } = block_on(engine.forward(plan)).unwrap();
    Read { logits: logits.into_rows().expect("no digest was asked for"), received }
}

fn begin(engine: &mut Engine, rows: usize) -> usize {
    block_on(engine.begin(rows)).unwrap();
    engine.config().layers
}

#[track_caller]
fn assert_close(left: &[f32], right: &[f32]) {
    assert_eq!(left.len(), right.len());
    for (i, (a, b)) in left.iter().zip(right).enumerate() {
        assert!((a - b).abs() <= ROUNDING * (1.0 + a.abs()), "entry {i}: {a} and {b}");
    }
}

mod checks {
    use super::*;

    pub(super) fn prefill_equals_token_by_token(engine: &mut Engine) {
        let text = Text::prompt(&PROMPT);
        let layers = begin(engine, 16);
        let whole = run(engine, &text.plan(0, layers)).logits;
        begin(engine, 16);
        let mut single = Vec::new();
        for until in 1..=PROMPT.len() {
            let plan = Text::prompt(&PROMPT[..until]).plan(until - 1, layers);
            single.extend(run(engine, &plan).logits);
        }
        assert_close(&whole, &single);
    }

    pub(super) fn a_split_prefill_equals_a_whole_one(engine: &mut Engine) {
        let tokens: Vec<u32> = (0..600).map(|i| i * 7 % 48).collect();
        let mut text = Text::prompt(&tokens[..250]);
        text.set(&tokens[250..270]);
        for token in &tokens[270..] {
            text.set(&[*token]);
        }
        let layers = begin(engine, 600);
        let mut plan = text.plan(0, layers);
        plan.visibility = Visibility::Visible;
        plan.logits = 240..600;
        let split = run(engine, &plan);
        let at_once = engine.device().is_cpu() && engine.options().kernels == Kernels::Fused;
        assert_eq!(engine.counts().passes, if at_once { 1 } else { 3 });
        // The same text in two plans of few queries each.
        begin(engine, 600);
        let mut single = Vec::new();
        for (start, end) in [(0, 240), (240, 400), (400, 600)] {
            let mut part =
                Text { keys: text.keys[..end].to_vec(), queries: text.queries[..end].to_vec() }.plan(start, layers);
            part.visibility = Visibility::Visible;
            single.extend(run(engine, &part).logits);
        }
        assert_close(&split.logits, &single[240 * engine.config().vocab..]);
        let sum: f32 = split.received.iter().sum();
        assert!((sum - 1.0).abs() < 1e-4, "{sum}");
    }

    pub(super) fn permuting_a_set_permutes_its_rows(engine: &mut Engine) {
        let members = [7, 8, 9, 10];
        let order = [2, 0, 3, 1];
        for visibility in [Visibility::Isolated, Visibility::Visible] {
            let readouts = [members, order.map(|i| members[i])].map(|members| {
                let mut text = Text::prompt(&PROMPT);
                let layers = begin(engine, 16);
                run(engine, &text.plan(0, layers));
                let mut plan = text.set(&members).plan(PROMPT.len(), layers);
                plan.visibility = visibility;
                let set = run(engine, &plan);
                let next = run(engine, &text.set(&[11]).plan(PROMPT.len() + 4, layers));
                (set, next)
            });
            let vocab = engine.config().vocab;
            let [(set, next), (permuted, permuted_next)] = &readouts;
            for (now, &before) in order.iter().enumerate() {
                assert_close(&permuted.logits[now * vocab..][..vocab], &set.logits[before * vocab..][..vocab]);
                let slot = |i| PROMPT.len() + i;
                assert_close(&permuted.received[slot(now)..=slot(now)], &set.received[slot(before)..=slot(before)]);
            }
            assert_close(&next.logits, &permuted_next.logits);
        }
    }

    pub(super) fn attention_received_sums_to_one(engine: &mut Engine) {
        let mut text = Text::prompt(&PROMPT);
        let layers = begin(engine, 24);
        let even = vec![1.0 / layers as f32; layers];
        let last: Vec<f32> = (1..=layers).map(|layer| if layer == layers { 1.0 } else { 0.0 }).collect();
        let rising = (1..=layers).map(|layer| layer as f32 / (layers * (layers + 1) / 2) as f32).collect();
        for weights in [even, last, rising] {
            let mut plan = text.set(&[1, 2, 3]).plan(0, layers);
            plan.layer_weights = weights;
            plan.logits = plan.queries.len() - 3..plan.queries.len();
            let received = run(engine, &plan).received;
            assert_eq!(received.len(), plan.keys.len());
            assert!(received.iter().all(|&weight| weight >= 0.0));
            let sum: f32 = received.iter().sum();
            assert!((sum - 1.0).abs() < 1e-5, "{sum}");
        }
        let mut plan = text.set(&[1]).plan(0, layers);
        plan.layer_weights = Vec::new();
        assert!(run(engine, &plan).received.is_empty());
    }

    pub(super) fn rows_that_no_query_sees_change_nothing(engine: &mut Engine) {
        let layers = begin(engine, 16);
        let text = Text::prompt(&PROMPT);
        let clean = run(engine, &text.plan(0, layers));
        // The same text with a removed member in its fourth set, in rows full of another text.
        begin(engine, 16);
        run(engine, &Text::prompt(&[40; 16]).plan(0, layers));
        let mut removed = Text::prompt(&PROMPT[..3]);
        removed.set(&[PROMPT[3], 33]);
        for &token in &PROMPT[4..] {
            removed.set(&[token]);
        }
        removed.keys[4].live = false;
        let mut plan = removed.plan(0, layers);
        plan.queries.remove(4);
        plan.logits = 0..PROMPT.len();
        let found = run(engine, &plan);
        assert_close(&clean.logits, &found.logits);
        assert!(found.received[4].abs() < 1e-12);
    }

    pub(super) fn scattered_rows_equal_a_block(engine: &mut Engine) {
        let layers = begin(engine, 16);
        let plan = Text::prompt(&PROMPT).plan(0, layers);
        let block = run(engine, &plan);
        begin(engine, 16);
        let rows = [5, 6, 0, 1, 12, 9, 3];
        let mut scattered = plan.clone();
        let unused = Key { slot: Slot(99), ..Key::FREE };
        scattered.keys = vec![unused; 13];
        for (query, row) in scattered.queries.iter_mut().zip(rows) {
            scattered.keys[row as usize] = plan.keys[query.row.index()];
            query.row = Row(row);
        }
        let found = run(engine, &scattered);
        assert_close(&block.logits, &found.logits);
        for (was, is) in rows.iter().enumerate() {
            assert_close(&block.received[was..=was], &found.received[*is as usize..=*is as usize]);
        }
    }

    pub(super) fn a_run_leaves_no_trace(engine: &mut Engine) {
        let layers = begin(engine, 16);
        let plan = Text::prompt(&PROMPT).plan(0, layers);
        let first = run(engine, &plan);
        run(engine, &Text::prompt(&[47; 16]).plan(0, layers));
        begin(engine, 16);
        assert_eq!(first, run(engine, &plan), "buffers used again");
        begin(engine, 64);
        assert_eq!(first, run(engine, &plan), "larger buffers");
    }

    pub(super) fn one_pass_and_one_read_per_step(engine: &mut Engine) {
        let layers = begin(engine, 64);
        let mut text = Text::prompt(&PROMPT);
        run(engine, &text.plan(0, layers));
        for size in [1, 2, 4, 8] {
            let from = text.keys.len();
            let plan = text.set(&vec![5; size]).plan(from, layers);
            for plan in [biased(plan.clone(), 1), plan] {
                let before = engine.counts();
                run(engine, &plan);
                let after = engine.counts();
                assert_eq!(after.passes - before.passes, 1);
                assert_eq!(after.readbacks - before.readbacks, 1);
                let numbers = size * engine.config().vocab + text.keys.len();
                assert_eq!(after.bytes_read - before.bytes_read, 4 * numbers as u64);
            }
        }
    }

    pub(super) fn a_dominant_bias_takes_all_attention(engine: &mut Engine) {
        let layers = begin(engine, 16);
        let mut text = Text::prompt(&PROMPT);
        run(engine, &text.plan(0, layers));
        let last = PROMPT.len();
        text.set(&[6]);
        // Its own key's bias does not count, the bias of the key before it does.
        text.keys[last].bias = 1e4;
        text.keys[last - 1].bias = 1e4;
        let received = run(engine, &text.plan(last, layers)).received;
        assert!((received[last - 1] - 1.0).abs() < 1e-5, "{received:?}");
    }

    pub(super) fn bad_plans_are_refused(engine: &mut Engine) {
        let layers = begin(engine, 16);
        let good = Text::prompt(&PROMPT).plan(0, layers);
        let mut refuse = |change: &dyn Fn(&mut StepPlan), words: &str| {
            let mut plan = good.clone();
            change(&mut plan);
            let error = block_on(engine.forward(&plan)).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        refuse(&|plan| plan.keys.resize(17, plan.keys[0]), "cache row 16 is outside of the 16 rows");
        refuse(&|plan| plan.queries[2].row = Row(16), "cache row 16");
        refuse(&|plan| plan.queries[2].token = TokenId(48), "token 48 is outside of the vocabulary of 48");
        refuse(&|plan| plan.queries[2].row = Row(1), "row 1 is to hold slot 2");
        refuse(&|plan| plan.queries.clear(), "no queries");
        refuse(&|plan| plan.logits = 3..8, "logits of 3..8 of 7 queries");
        let words = format!("weighs {} layers, the model has {layers}", layers + 1);
        refuse(&|plan| plan.layer_weights.push(1.0), &words);
        refuse(&|plan| plan.biases.resize(48, 0.0), "it has 48 biases for 7 queries and 7 keys");
    }
}

/// A plan with sets of several members, removed rows, biases of rows and of queries, and the last few slots as queries.
fn any_plan() -> impl Strategy<Value = StepPlan> {
    let sets = prop::collection::vec((1..4_usize, any::<bool>()), 1..12);
    let visibility = prop_oneof![Just(Visibility::Isolated), Just(Visibility::Visible), Just(Visibility::Ordered)];
    let rows = prop::collection::vec((any::<bool>(), -3.0..3.0_f32, 0..5_u32, 1..5_u32), 40);
    (sets, visibility, rows, 1..6_usize, prop::option::of(any::<u64>()), any::<bool>()).prop_map(
        |(sets, visibility, rows, queries, biases, in_lanes)| {
            let mut text = Text::default();
            for (size, _) in &sets {
                text.set(&vec![1; *size]);
            }
            let from = text.keys.len().saturating_sub(queries);
            for (row, key) in text.keys.iter_mut().enumerate() {
                let (live, bias, lane, lanes) = rows[row];
                (key.live, key.bias) = (live || row >= from, bias);
                if in_lanes {
                    key.lanes = Lanes { from: Lane(lane), to: Lane(lane + lanes) };
                    text.queries[row].lane = Lane(lane + lanes % 2);
                }
            }
            let mut plan = text.plan(from, 2);
            plan.visibility = visibility;
            match biases {
                Some(seed) => biased(plan, seed),
                None => plan,
            }
        },
    )
}

proptest! {
    #[test]
    fn the_mask_is_what_the_plan_sees(plan in any_plan()) {
        let config = resolve(QWEN3);
        let pass = pass(&plan, Observe::Nothing);
        let whole = &chunks(&pass, usize::MAX)[0];
        let inputs = Inputs::upload(&pass, whole, &config, &ropes(&config), &cpu().device);
        for window in [None, Some(3)] {
            let mask = inputs.mask(window);
            let [_, queries, context] = mask.dims();
            let mask = block_on(read_back(mask.reshape([queries * context]))).unwrap();
            prop_assert_eq!(queries, plan.queries.len());
            for (i, query) in plan.queries.iter().enumerate() {
                let row = &mask[i * context..][..context];
                for (j, key) in plan.keys.iter().enumerate() {
                    let near = window.is_none_or(|window| ((query.set.0 - key.set.0) as usize) < window);
                    let expected = match (plan.sees(query, key) && near, key.slot == query.slot) {
                        (false, _) => HIDDEN,
                        (true, true) => 0.0,
                        (true, false) => key.bias + plan.biases.get(i * plan.keys.len() + j).unwrap_or(&0.0),
                    };
                    prop_assert!(row[j].to_bits() == expected.to_bits(), "query {} row {}: {} is not {}", i, j, row[j], expected);
                }
                prop_assert!(row[plan.keys.len()..].iter().all(|&hidden| hidden == HIDDEN));
            }
        }
    }
}
