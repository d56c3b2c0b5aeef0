//! The fused kernels against plain loops, on whatever adapter there is.

use crate::plain::Plain;
use crate::testing::{Feed, Kind, decoder, distance, weights};
use crate::{Decoder, InSet, LayerWeights, Linear, Matrix, Outputs, Pass, WeightFormat, Weights};

use super::{Gpu, GpuMatrix, GpuModel, Rows};

fn gpu() -> Gpu {
    let mut asked = wgpu::InstanceDescriptor::new_without_display_handle();
    asked.backends = wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(asked);
    let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).unwrap();
    let described = wgpu::DeviceDescriptor { required_limits: adapter.limits(), ..Default::default() };
    let (device, queue) = pollster::block_on(adapter.request_device(&described)).unwrap();
    Gpu::new(device, queue, adapter.get_info().device_type == wgpu::DeviceType::Cpu)
}

fn upload(gpu: &Gpu, weights: &Weights<Matrix>) -> Weights<GpuMatrix> {
    let linear = |linear: &Linear<Matrix>, rows: Rows| Linear {
        weight: GpuMatrix::upload(gpu, &linear.weight, rows).unwrap(),
        bias: linear.bias.clone(),
    };
    let single = |matrix: &Matrix| GpuMatrix::upload(gpu, matrix, Rows::Single).unwrap();
    let layers = weights.layers.iter().map(|layer| LayerWeights {
        input_norm: layer.input_norm.clone(),
        qkv: linear(&layer.qkv, Rows::Single),
        qk_norm: layer.qk_norm.clone(),
        output: linear(&layer.output, Rows::Single),
        attention_out_norm: layer.attention_out_norm.clone(),
        mlp_norm: layer.mlp_norm.clone(),
        gate_up: linear(&layer.gate_up, Rows::Paired),
        down: linear(&layer.down, Rows::Single),
        mlp_out_norm: layer.mlp_out_norm.clone(),
    });
    Weights {
        embedding: single(&weights.embedding),
        lm_head: weights.lm_head.as_ref().map(single),
        layers: layers.collect(),
        norm: weights.norm.clone(),
    }
}

fn model(gpu: &Gpu, decoder: &Decoder, weights: &Weights<Matrix>) -> GpuModel {
    pollster::block_on(GpuModel::new(gpu, decoder.clone(), upload(gpu, weights), |_, _| ())).unwrap()
}

fn close(found: &Outputs, want: &Outputs, what: &str) {
    let logits = distance(&found.logits, &want.logits);
    let received = distance(&found.received, &want.received);
    let attention = distance(&found.attention, &want.attention);
    assert!(logits < 2e-4 && received < 1e-5 && attention < 1e-5, "{what}: {logits} {received} {attention}");
}

fn kinds() -> [Kind; 5] {
    let plain = Kind::default();
    [
        Kind { tied: true, ..plain },
        Kind { bias: true, window: true, ..plain },
        Kind { qk_norm: true, bias: true, ..plain },
        Kind { qk_norm: true, gemma: true, tied: true, window: true, ..plain },
        Kind { gemma: true, ..plain },
    ]
}

fn run(model: &mut GpuModel, plain: &mut Plain<'_>, pass: &Pass, what: &str) {
    let found = pollster::block_on(model.forward(pass)).unwrap();
    close(&found, &plain.forward(pass), what);
}

#[test]
fn gpu_passes_of_every_kind_equal_plain_loops() {
    let gpu = gpu();
    for kind in kinds() {
        for format in WeightFormat::ALL {
            let decoder = decoder(kind);
            let weights = weights(&decoder, kind, format);
            let mut model = model(&gpu, &decoder, &weights);
            for in_set in [InSet::Isolated, InSet::Visible, InSet::Ordered] {
                let what = format!("{kind:?} {format:?} {in_set:?}");
                pollster::block_on(model.begin(90)).unwrap();
                let mut plain = Plain::new(&decoder, &weights, 90);
                let mut feed = Feed::default();
                let layers = decoder.layers.len();
                // A prompt, sets of every size that a kernel is made for and some that are not, then a longer chunk.
                for sizes in [&[1, 1, 1, 1, 1][..], &[1], &[2], &[3], &[4], &[8], &[11], &[16], &[1, 2, 5, 1, 9]] {
                    let mut pass = feed.sets(sizes, in_set, layers);
                    if feed.keys.len() > 12 {
                        (feed.keys[3].live, feed.keys[9].bias) = (false, -0.7);
                    }
                    run(&mut model, &mut plain, &pass, &what);
                    pass.look = true;
                    pass.layer_weights.clear();
                    pass.logits = 0..0;
                    if format == WeightFormat::F32 {
                        run(&mut model, &mut plain, &pass, &what);
                    }
                }
            }
        }
    }
}
