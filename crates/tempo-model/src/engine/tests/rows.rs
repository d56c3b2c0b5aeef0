//! Rows that stay from one run to the next.

use super::*;

fn goes_on(engine: &mut Engine) {
    let layers = begin(engine, 64);
    let text = Text::prompt(&[&PROMPT[..], &[8, 8, 6, 1, 7]].concat());
    let from = PROMPT.len();
    let whole = run(engine, &text.plan(0, layers)).logits;
    begin(engine, 16);
    let mut first = Text::prompt(&PROMPT);
    run(engine, &first.plan(0, layers));
    run(engine, &first.set(&[11, 12]).plan(from, layers));
    assert!(block_on(engine.resume(64)).unwrap(), "as many rows turn alike");
    let rest = run(engine, &text.plan(from, layers)).logits;
    assert_close(&whole[from * engine.config().vocab..], &rest);
}

#[test]
fn a_run_goes_on_with_rows() {
    for json in KINDS {
        for options in kernels() {
            goes_on(&mut engine_by(options, json, &cpu()));
        }
    }
}

#[test]
fn gpu_a_run_goes_on_with_rows() {
    for json in KERNELS {
        for options in kernels() {
            goes_on(&mut engine_by(options, json, &gpu()));
        }
    }
}
