use burn::tensor::TensorData;

use super::*;
use crate::testing::cpu;

fn config(rotated: usize, scaling: RopeScaling) -> RopeConfig {
    RopeConfig { theta: 10_000.0, rotated, scaling }
}

fn frequencies(dim: usize, scaling: RopeScaling) -> Vec<f64> {
    rope(&config(dim, scaling), dim).turns().iter().map(|turn| turn.frequency).collect()
}

/// `numbers` as one head per position, turned.
fn turned(numbers: &[f32], positions: &[u32]) -> Vec<f32> {
    let device = cpu().device;
    let dim = numbers.len();
    let (cos, sin) = rows(&rope(&config(dim, RopeScaling::Default), dim), positions);
    let tensor =
        |numbers: Vec<f32>| Tensor::<3>::from_data(TensorData::new(numbers, [positions.len(), 1, dim]), &device);
    let rotation = Rotation { cos: tensor(cos), sin: tensor(sin) };
    let turned = rotation.apply(tensor(numbers.repeat(positions.len())));
    pollster::block_on(turned.into_data_async()).unwrap().try_into_vec().unwrap()
}

#[test]
fn equal_positions_turn_equally() {
    let rows = turned(&[1.0, -2.0, 3.0, 0.5], &[5, 9, 5]);
    assert_eq!(rows[..4], rows[8..]);
    assert_ne!(rows[..4], rows[4..8]);
}

#[test]
fn position_zero_turns_nothing_and_one_turns_by_one_radian() {
    assert_eq!(turned(&[1.0, -2.0, 3.0, 0.5], &[0]), [1.0, -2.0, 3.0, 0.5]);
    let [a, b] = turned(&[1.0, 0.0], &[1])[..] else { panic!("two numbers") };
    assert!((a - 1.0_f32.cos()).abs() < 1e-7 && (b - 1.0_f32.sin()).abs() < 1e-7);
}

#[test]
fn products_depend_on_the_distance_only() {
    let (q, k) = ([0.3, -1.0, 0.7, 2.0], [1.5, 0.2, -0.4, 1.0]);
    let product = |at: u32, distance: u32| -> f32 {
        turned(&q, &[at + distance]).iter().zip(turned(&k, &[at])).map(|(a, b)| a * b).sum()
    };
    assert!((product(3, 7) - product(1003, 7)).abs() < 1e-4);
    assert!((product(3, 7) - product(3, 8)).abs() > 1e-2);
}

#[test]
fn linear_scaling_divides_positions() {
    let plain = rows(&rope(&config(8, RopeScaling::Default), 8), &[3]);
    let scaled = rows(&rope(&config(8, RopeScaling::Linear { factor: 4.0 }), 8), &[12]);
    assert_eq!(plain, scaled);
}

#[test]
fn llama3_scaling_keeps_fast_angles_and_divides_slow_ones() {
    let llama3 = RopeScaling::Llama3 { factor: 8.0, low: 1.0, high: 4.0, original: 8192.0 };
    let (fast, slow) = (1.0, 1e-5);
    assert!((scaled(&llama3, None, 0, fast) - fast).abs() < 1e-12);
    assert!((scaled(&llama3, None, 0, slow) - slow / 8.0).abs() < 1e-12);
    // Two and a half turns over the original context: half way between.
    let middle = std::f64::consts::TAU * 2.5 / 8192.0;
    assert!((scaled(&llama3, None, 0, middle) - middle * (0.5 + 0.5 / 8.0)).abs() < 1e-12);
}

#[test]
fn factors_divide_each_angle_by_its_own() {
    let plain = frequencies(4, RopeScaling::Default);
    let divided = frequencies(4, RopeScaling::Factors([1.0, 8.0].into()));
    assert_eq!(divided, [plain[0], plain[1] / 8.0]);
}

#[test]
fn a_rope_of_no_numbers_turns_nothing() {
    let still = rope(&config(0, RopeScaling::Default), 6);
    assert_eq!(still.turns(), [Turn { frequency: 0.0, scale: 1.0 }; 3]);
    assert!(still.at(9).all(|turn| turn == (1.0, 0.0)));
}

#[test]
fn runs_beyond_the_original_context_turn_by_other_factors() {
    let plain = frequencies(4, RopeScaling::Default);
    let scaling = RopeScaling::LongRope { short: [1.0, 2.0].into(), long: [4.0, 8.0].into(), original: 9, factor: 1.5 };
    let config = RopeConfig { theta: 10_000.0, rotated: 4, scaling };
    let mut rope = rope(&config, 8);
    let still = [Turn { frequency: 0.0, scale: 1.0 }; 2];
    for (run, by) in [(9, [1.0, 2.0]), (10, [4.0, 8.0]), (2, [1.0, 2.0])] {
        rope.begin(run);
        let turned = [0, 1].map(|pair| Turn { frequency: plain[pair] / by[pair], scale: 1.5 });
        assert_eq!(rope.turns(), [turned, still].concat(), "{run} rows");
    }
}
