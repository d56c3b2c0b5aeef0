//! Biases of every query.

use super::*;

#[track_caller]
fn assert_apart(left: &[f32], right: &[f32]) {
    assert_eq!(left.len(), right.len());
    assert!(left.iter().zip(right).any(|(a, b)| (a - b).abs() > 100.0 * ROUNDING * (1.0 + a.abs())), "they are equal");
}

/// What a query adds is what its keys would have as their own, were it alone.
fn every_query_has_its_own(engine: &mut Engine) {
    let vocab = engine.config().vocab;
    for visibility in [Visibility::Isolated, Visibility::Visible, Visibility::Ordered] {
        let layers = begin(engine, 16);
        let mut text = Text::prompt(&PROMPT);
        run(engine, &text.plan(0, layers));
        let from = text.keys.len();
        text.set(&[7, 8, 9]);
        (text.keys[2].bias, text.keys[5].bias) = (-1.5, 0.5);
        let plan = biased(StepPlan { visibility, ..text.plan(from, layers) }, 2);
        let together = run(engine, &plan);
        let mut received = vec![0.0; plan.keys.len()];
        for (member, line) in plan.biases.chunks_exact(plan.keys.len()).enumerate() {
            let mut alone =
                StepPlan { queries: vec![plan.queries[member]], logits: 0..1, biases: Vec::new(), ..plan.clone() };
            alone.keys.iter_mut().zip(line).for_each(|(key, bias)| key.bias += bias);
            let alone = run(engine, &alone);
            assert_close(&together.logits[member * vocab..][..vocab], &alone.logits);
            received.iter_mut().zip(alone.received).for_each(|(sum, part)| *sum += part / 3.0);
        }
        assert_close(&together.received, &received);

        let mut others = plan.clone();
        others.biases.rotate_left(plan.keys.len());
        let others = run(engine, &others);
        assert_apart(&together.logits, &others.logits);
        assert_apart(&together.received, &others.received);
    }
}

/// Every chunk of a long pass takes the lines of its own queries, as far as it reads.
fn chunks_take_their_own(engine: &mut Engine) {
    let tokens: Vec<u32> = (0..600).map(|i| i * 7 % 48).collect();
    let text = Text::prompt(&tokens);
    let layers = begin(engine, 600);
    let mut plan = biased(text.plan(0, layers), 4);
    plan.layer_weights.clear();
    let whole = run(engine, &plan).logits;
    begin(engine, 600);
    let mut parts = Vec::new();
    for (start, end) in [(0, 130), (130, 350), (350, 600)] {
        let biases = plan.biases.chunks_exact(600).skip(start).take(end - start).flat_map(|line| &line[..end]);
        let part = StepPlan {
            queries: plan.queries[start..end].to_vec(),
            keys: plan.keys[..end].to_vec(),
            logits: 0..end - start,
            biases: biases.copied().collect(),
            ..plan.clone()
        };
        parts.extend(run(engine, &part).logits);
    }
    assert_close(&whole, &parts);
    begin(engine, 600);
    assert_apart(&whole, &run(engine, &biased(plan, 5)).logits);
}

fn check(device: &DeviceChoice) {
    for json in KERNELS {
        for options in kernels() {
            let engine = &mut engine_by(options, json, device);
            every_query_has_its_own(engine);
            chunks_take_their_own(engine);
        }
    }
}

#[test]
fn biases_are_of_a_query_and_a_key() {
    check(&cpu());
}

#[test]
fn gpu_biases_are_of_a_query_and_a_key() {
    check(&gpu());
}
