//! Attention by layer and head, on request.

use super::*;

fn close(a: &[f32], b: &[f32], tolerance: f32) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance)
}

fn maps_agree_with_what_was_received(engine: &mut Engine) {
    let mut plan = Text::prompt(&[3, 5, 7, 9]).set(&[11, 2, 40]).plan(0, 2);
    plan.logits = 4..7;
    let maps = maps_of(engine, &plan);
    let biased = maps_of(engine, &biased(plan, 3));
    assert!(!close(&maps, &biased, 0.01), "biases of queries make no difference");
}

/// The maps of a plan, seen to be those of its pass.
fn maps_of(engine: &mut Engine, plan: &StepPlan) -> Vec<f32> {
    block_on(engine.begin(16)).unwrap();
    let readout = block_on(engine.forward(plan)).unwrap();
    let maps = block_on(engine.attention(plan)).unwrap();
    let (layers, heads, queries, keys) = (2, 4, 3, 7);
    assert_eq!(maps.len(), layers * heads * queries * keys);
    for row in maps.chunks(keys) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < ROUNDING, "{row:?}");
    }
    let share = 1.0 / (heads * queries) as f32;
    let mut received = vec![0.0; keys];
    for (number, row) in maps.chunks(keys).enumerate() {
        let weight = plan.layer_weights[number / (heads * queries)] * share;
        received.iter_mut().zip(row).for_each(|(sum, part)| *sum += weight * part);
    }
    assert!(close(&received, &readout.received, ROUNDING), "{received:?} and {:?}", readout.received);
    // Siblings are isolated: the maps show it.
    let sibling = maps[keys - 1];
    assert!(sibling.abs() < 1e-12, "the first member does not look at the last: {sibling}");
    maps
}

fn looking_changes_nothing(engine: &mut Engine) {
    let mut text = Text::prompt(&[3, 5, 7]);
    let first = text.set(&[11, 2]).plan(0, 2);
    let second = text.set(&[6]).plan(5, 2);
    let run = |engine: &mut Engine, maps: bool| {
        block_on(engine.begin(16)).unwrap();
        block_on(engine.forward(&first)).unwrap();
        if maps {
            // A plan under which other rows would have come out.
            let mut other = first.clone();
            other.visibility = Visibility::Visible;
            block_on(engine.attention(&other)).unwrap();
        }
        super::run(engine, &second)
    };
    let passes = engine.counts().passes;
    assert_eq!(run(engine, true), run(engine, false));
    assert_eq!(engine.counts().passes, passes + 4, "looking is not counted as a pass of the run");
}

fn growing_the_cache_keeps_the_run(engine: &mut Engine) {
    let mut text = Text::prompt(&[3, 5, 7]);
    let first = text.set(&[11, 2]).plan(0, 2);
    let second = text.set(&[6, 8, 1, 4]).plan(5, 2);
    let run = |engine: &mut Engine, rows: usize| {
        block_on(engine.begin(rows)).unwrap();
        block_on(engine.forward(&first)).unwrap();
        block_on(engine.grow(40)).unwrap();
        super::run(engine, &second)
    };
    let small = run(engine, 5);
    assert_eq!(engine.body.rows(), 40);
    let large = run(engine, 40);
    assert!(close(&small.logits, &large.logits, ROUNDING));
}

#[test]
fn attention_maps_look_and_touch_nothing() {
    for json in [LLAMA, MISTRAL, QWEN3] {
        for options in kernels() {
            maps_agree_with_what_was_received(&mut engine_by(options, json, &cpu()));
            looking_changes_nothing(&mut engine_by(options, json, &cpu()));
            growing_the_cache_keeps_the_run(&mut engine_by(options, json, &cpu()));
        }
    }
}

#[test]
fn gpu_attention_maps_look_and_touch_nothing() {
    for json in [LLAMA, MISTRAL, QWEN3] {
        for options in kernels() {
            maps_agree_with_what_was_received(&mut engine_by(options, json, &gpu()));
            looking_changes_nothing(&mut engine_by(options, json, &gpu()));
            growing_the_cache_keeps_the_run(&mut engine_by(options, json, &gpu()));
        }
    }
}
