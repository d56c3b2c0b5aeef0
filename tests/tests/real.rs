//! Real models against transformers. Run where `TEMPO_REAL_MODELS` names the folder that `scripts/models.sh` fetches into.

use tempo_model::{WeightFormat, WeightPreference};
use tempo_tests::real::Real;

#[expect(clippy::print_stdout, reason = "the figures are what the test is run for, beside its verdict")]
fn follows(name: &str) {
    let real = Real::find(name).unwrap();
    let exact = real.follow(WeightPreference::Fixed(WeightFormat::F32)).unwrap();
    println!("{name} f32: {exact:?}");
    assert!(exact.agreement >= 1.0 && exact.worst <= 1e-3, "{exact:?}");
    let auto = real.follow(WeightPreference::Auto).unwrap();
    println!("{name} auto: {auto:?}");
    assert!(auto.agreement >= 0.98, "{auto:?}");
}

fn spells(name: &str) {
    let differ = Real::find(name).unwrap().lines_that_differ().unwrap();
    assert!(differ.is_empty(), "{} lines: {differ:#?}", differ.len());
}

#[test]
fn real_smollm2_follows_a_text_as_transformers_does() {
    follows("smollm2");
}

#[test]
fn real_gemma3_follows_a_text_as_transformers_does() {
    follows("gemma3");
}

#[test]
fn real_smollm2_spells_awkward_lines_as_transformers_does() {
    spells("smollm2");
}

#[test]
fn real_gemma3_spells_awkward_lines_as_transformers_does() {
    spells("gemma3");
}
