//! Runs that take turns on one engine are runs alone.

use tempo_core::{ListRequest, Logits, LogitsRequest};

use super::*;

/// Two texts, a pass of each in turn: the second run is longer than the first from the start, and both grow.
fn in_turns(engine: &mut Engine) {
    let texts = [&[3, 1, 4, 1, 5][..], &[9, 2, 6, 5, 3, 5, 8, 9, 7][..]].map(Text::prompt);
    let more: [[&[u32]; 3]; 2] = [[&[11, 2], &[6], &[7, 8, 1]], [&[30], &[31, 32, 33], &[4, 2]]];
    let layers = engine.config().layers;
    let plans = [0, 1].map(|run| {
        let mut text = texts[run].clone();
        let mut plans = vec![text.plan(0, layers)];
        for set in more[run] {
            let from = text.keys.len();
            plans.push(text.set(set).plan(from, layers));
        }
        plans
    });
    let rows = [8, 12];
    let alone = [0, 1].map(|run| {
        block_on(engine.begin(rows[run])).unwrap();
        plans[run].iter().map(|plan| step(engine, plan)).collect::<Vec<_>>()
    });

    let mut aside = block_on(engine.aside()).unwrap();
    let mut found = [Vec::new(), Vec::new()];
    for (turn, (first, second)) in plans[0].iter().zip(&plans[1]).enumerate() {
        for (run, plan) in [first, second].into_iter().enumerate() {
            if turn == 0 {
                block_on(engine.begin(rows[run])).unwrap();
            }
            found[run].push(step(engine, plan));
            engine.exchange(&mut aside);
        }
    }
    for (found, alone) in found.iter().flatten().zip(alone.iter().flatten()) {
        assert_close(&found.logits, &alone.logits);
        assert_close(&found.received, &alone.received);
    }
    assert_ne!(alone[0][1], alone[1][1], "two runs that say the same would tell nothing");
    // Another run's cache is not this run's: without the exchange the pass reads other rows.
    let astray = run(engine, &plans[1][3]);
    assert_ne!(astray, found[1][3], "the first run's rows are in place");
}

/// Whoever has lists may ask for the whole rows when the other run has computed in the meantime.
fn asks_later(engine: &mut Engine) {
    let request = LogitsRequest::EachRow(ListRequest { candidates: 4, temperature: 1.0 });
    let layers = engine.config().layers;
    let plans = [&[3, 1, 4, 1, 5][..], &[9, 2, 6]].map(|prompt| Text::prompt(prompt).plan(0, layers));
    let alone = plans.each_ref().map(|plan| {
        block_on(engine.begin(8)).unwrap();
        run(engine, plan).logits
    });
    let mut aside = block_on(engine.aside()).unwrap();
    let told = plans.map(|plan| {
        block_on(engine.begin(8)).unwrap();
        let told = block_on(engine.forward(&StepPlan { digest: Some(request.clone()), ..plan })).unwrap().logits;
        engine.exchange(&mut aside);
        told
    });
    for (told, alone) in told.into_iter().zip(&alone) {
        let rows = match told {
            Logits::Lists(_) => block_on(engine.logits()).unwrap(),
            rows => rows.into_rows().unwrap(),
        };
        assert_close(&rows, alone);
        engine.exchange(&mut aside);
    }
}

/// A pass, with more rows where it needs them.
fn step(engine: &mut Engine, plan: &StepPlan) -> Read {
    if engine.body.rows() < plan.keys.len() {
        block_on(engine.grow(plan.keys.len() + 4)).unwrap();
    }
    run(engine, plan)
}

#[test]
fn runs_in_turns_are_runs_alone() {
    for json in KINDS {
        for options in kernels() {
            in_turns(&mut engine_by(options, json, &cpu()));
            asks_later(&mut engine_by(options, json, &cpu()));
        }
    }
}

#[test]
fn gpu_runs_in_turns_are_runs_alone() {
    for json in KERNELS {
        for options in kernels() {
            in_turns(&mut engine_by(options, json, &gpu()));
            asks_later(&mut engine_by(options, json, &gpu()));
        }
    }
}
