//! What weights lose in each format, on a text that the story model has to follow.

use tempo_model::{DeviceChoice, DevicePreference, WeightFormat, device};
use tempo_tests::forced::forced;

/// The least share of places where the format's first choice is that of f32.
const AGREEMENT: [(WeightFormat, f64); 3] =
    [(WeightFormat::F16, 0.99), (WeightFormat::Q8, 0.99), (WeightFormat::Q4, 0.95)];

#[expect(clippy::print_stdout, reason = "the figures are what the test is run for, beside its verdict")]
fn compare(place: &str, device: &DeviceChoice) {
    let exact = forced(device, WeightFormat::F32).unwrap();
    println!("{place}: f32 has a perplexity of {:.3} over {} tokens", exact.perplexity(), exact.tokens);
    for (format, least) in AGREEMENT {
        let found = forced(device, format).unwrap();
        let (agreement, rise) = (exact.agreement(&found), found.perplexity() / exact.perplexity() - 1.0);
        println!(
            "{place}: {} agrees at {:.2} % of places, perplexity {:+.3} %",
            format.name(),
            100.0 * agreement,
            100.0 * rise
        );
        assert!(agreement >= least, "{place}: {} agrees at {agreement} of places only", format.name());
        assert!(rise < 0.1, "{place}: {} raises the perplexity by {rise}", format.name());
    }
}

#[test]
fn formats_choose_what_f32_chooses() {
    compare("CPU", &DeviceChoice::cpu("a test"));
}

#[test]
fn gpu_formats_choose_what_f32_chooses() {
    compare("graphics adapter", &pollster::block_on(device::open(DevicePreference::Gpu)).unwrap());
}
