use burn::tensor::Tensor;
use pollster::block_on;
use safetensors::Dtype;

use super::*;
use crate::attention::HeadNorm;
use crate::engine::Engine;
use crate::linear::Products;
use crate::model::CausalLm;
use crate::options::LoadOptions;
use crate::tensors::OnDevice;
use crate::testing::{GEMMA3, LLAMA, Memory, PHI3, QWEN3, cpu, folder, resolve};

fn load_with(json: &str, source: &mut Memory, progress: &mut dyn FnMut(Progress)) -> Result<CausalLm, LoadError> {
    let (config, device) = (resolve(json), cpu().device);
    let inventory = Inventory::new(&config, source.tensors());
    let mut target = OnDevice::new(&device);
    let weights = block_on(load(&config, &inventory, source, WeightFormat::F32, &mut target, progress))?;
    Ok(CausalLm::new(&config, weights, Products::Whole, &device))
}

fn load_from(json: &str, source: &mut Memory) -> Result<CausalLm, LoadError> {
    load_with(json, source, &mut |_| ())
}

fn layer_tensor(layer: usize, name: &str) -> String {
    format!("model.layers.{layer}.{name}")
}

fn numbers<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    block_on(tensor.to_data_async()).unwrap().try_into_vec().unwrap()
}

fn head_norm(norm: Option<&HeadNorm>) -> &Tensor<3> {
    let Some(HeadNorm::Apart(norm)) = norm else { panic!("no norm of every head by itself") };
    &norm.weight
}

#[test]
fn a_tied_matrix_comes_under_either_name() {
    let config = resolve(LLAMA);
    let mut source = Memory::random(&config, 1);
    let one = load_from(LLAMA, &mut source).unwrap();
    let embedding = "model.embed_tokens.weight";
    let (entry, bytes) = (source.entries.remove(embedding).unwrap(), source.bytes.remove(embedding).unwrap());
    source.put_bytes("lm_head.weight", &entry.shape, Dtype::F32, bytes);
    let other = load_from(LLAMA, &mut source).unwrap();
    assert_eq!(numbers(&one.embed_tokens), numbers(&other.embed_tokens));
    assert_eq!(numbers(&one.lm_head), numbers(&other.lm_head));
}

#[test]
fn projections_lie_below_each_other() {
    let config = resolve(QWEN3);
    let mut source = Memory::random(&config, 1);
    let model = load_from(QWEN3, &mut source).unwrap();
    let stored = |name: &str| -> Vec<f32> {
        source.bytes[&layer_tensor(1, name)].as_chunks().0.iter().copied().map(f32::from_le_bytes).collect()
    };
    let parts = ["q", "k", "v"].map(|part| stored(&format!("self_attn.{part}_proj.weight"))).concat();
    let attention = &model.layers[1].self_attn;
    assert_eq!(numbers(&attention.qkv_proj.weight), parts);
    let biases = ["q", "k", "v"].map(|part| stored(&format!("self_attn.{part}_proj.bias"))).concat();
    assert_eq!(numbers(attention.qkv_proj.bias.as_ref().unwrap()), biases);
    let norms = [stored("self_attn.q_norm.weight").repeat(4), stored("self_attn.k_norm.weight")].concat();
    assert_eq!(numbers(head_norm(attention.qk_norm.as_ref())), norms);
}

#[test]
fn rows_of_pairs_that_are_turned_come_first() {
    let config = resolve(PHI3);
    let mut source = Memory::random(&config, 1);
    let joined = layer_tensor(0, "self_attn.qkv_proj.weight");
    let rows: Vec<f32> = (0..48_u8).flat_map(|row| [f32::from(row); 24]).collect();
    source.put(&joined, &[48, 24], &rows);
    let mut done = Vec::new();
    let model = load_with(PHI3, &mut source, &mut |progress| done.push(progress.done)).unwrap();
    let found = numbers(&model.layers[0].self_attn.qkv_proj.weight);
    let order: Vec<usize> = found
        .chunks(24)
        .map(|row| rows.iter().position(|number| number.to_bits() == row[0].to_bits()).unwrap() / 24)
        .collect();
    // Four of the six numbers of a head are turned: the first and the third, the second and the fourth.
    assert_eq!(order[..12], [0, 1, 4, 2, 3, 5, 6, 7, 10, 8, 9, 11]);
    assert_eq!(order[30..38], [30, 31, 34, 32, 33, 35, 36, 37], "values stay");
    assert!(done.is_sorted() && done.last() == Some(&source.file_bytes()));
}

#[test]
fn gemma3_counts_norm_weights_from_one() {
    let mut source = Memory::random(&resolve(GEMMA3), 1);
    let layer = &load_from(GEMMA3, &mut source).unwrap().layers[1];
    let stored = |name: &str| -> Vec<f32> {
        let bytes = &source.bytes[&layer_tensor(1, name)];
        bytes.as_chunks().0.iter().copied().map(|four| f32::from_le_bytes(four) + 1.0).collect()
    };
    let (after_attention, after_mlp) =
        (layer.attention_out_norm.as_ref().unwrap(), layer.mlp_out_norm.as_ref().unwrap());
    for (norm, name) in [
        (layer.input_layernorm.as_ref().unwrap(), "input"),
        (after_attention, "post_attention"),
        (layer.mlp_norm.as_ref().unwrap(), "pre_feedforward"),
        (after_mlp, "post_feedforward"),
    ] {
        assert_eq!(numbers(&norm.weight), stored(&format!("{name}_layernorm.weight")), "{name}");
    }
    let norms = [stored("self_attn.q_norm.weight").repeat(4), stored("self_attn.k_norm.weight").repeat(2)].concat();
    assert_eq!(numbers(head_norm(layer.self_attn.qk_norm.as_ref())), norms);
}

#[test]
fn the_decoder_of_a_model_that_reads_images_is_found() {
    let plain = Memory::random(&resolve(GEMMA3), 1);
    let embedding = numbers(&load_from(GEMMA3, &mut plain.clone()).unwrap().embed_tokens);
    for root in ["model", "model.language_model", "language_model.model"] {
        let moved = |name: &String| name.replacen("model", root, 1);
        let mut source = Memory {
            entries: plain.entries.iter().map(|(name, entry)| (moved(name), entry.clone())).collect(),
            bytes: plain.bytes.iter().map(|(name, bytes)| (moved(name), bytes.clone())).collect(),
        };
        source.put("vision_tower.norm.weight", &[1], &[0.0]);
        assert_eq!(numbers(&load_from(GEMMA3, &mut source).unwrap().embed_tokens), embedding, "{root}");
    }
}

#[test]
fn progress_ends_at_the_total() {
    let config = resolve(LLAMA);
    let mut source = Memory::random(&config, 1);
    let mut reports = Vec::new();
    load_with(LLAMA, &mut source, &mut |progress| reports.push(progress)).unwrap();
    let total = source.bytes.values().map(|bytes| bytes.len() as u64).sum();
    assert_eq!(reports.first(), Some(&Progress { done: 0, total, kernels: None }));
    assert_eq!(reports.last(), Some(&Progress { done: total, total, kernels: None }));
    assert!(reports.is_sorted_by_key(|progress| progress.done));
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let name = layer_tensor(1, "mlp.down_proj.weight");
    let refuse = |change: &dyn Fn(&mut Memory)| {
        let mut source = Memory::random(&resolve(LLAMA), 1);
        change(&mut source);
        load_from(LLAMA, &mut source).unwrap_err().to_string()
    };
    let error = refuse(&|source| drop(source.entries.remove(&name)));
    assert!(error.contains(&format!("no tensor {name}")), "{error}");
    let error = refuse(&|source| source.put(&name, &[40, 24], &[0.0; 960]));
    assert!(
        error.contains(&format!("{name}: config.json asks for shape [24, 40], the checkpoint has [40, 24]")),
        "{error}"
    );
    let error = refuse(&|source| source.put_bytes(&name, &[24, 40], Dtype::I32, vec![0; 3840]));
    assert!(error.contains(&format!("{name} is stored as i32")), "{error}");
    let untied = LLAMA.replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
    let error = load_from(&untied, &mut Memory::random(&resolve(LLAMA), 1)).unwrap_err().to_string();
    assert!(error.contains("no tensor lm_head.weight") && error.contains("tie_word_embeddings"), "{error}");
}

#[test]
fn a_number_that_the_format_cannot_hold_is_refused_by_tensor() {
    let name = layer_tensor(1, "mlp.up_proj.weight");
    let load = |weights: WeightFormat, number: f32| {
        let mut memory = Memory::random(&resolve(LLAMA), 1);
        let bytes = memory.bytes.get_mut(&name).unwrap();
        bytes[40..44].copy_from_slice(&number.to_le_bytes());
        let options = LoadOptions { weights: weights.into(), ..LoadOptions::default() };
        block_on(Engine::open(&mut folder(LLAMA, memory), &cpu(), options, |_| ())).map(|_| ())
    };
    for (format, fits, large) in [
        (WeightFormat::F16, -65_504.0, 131_072.0),
        (WeightFormat::Q8, 131_072.0, 1e7),
        (WeightFormat::Q4, 131_072.0, -1e6),
        (WeightFormat::F32, 1e30, 0.0),
    ] {
        assert!(load(format, fits).is_ok(), "{fits} in {}", format.name());
        if format != WeightFormat::F32 {
            let error = load(format, large).unwrap_err();
            assert!(error.to_string().contains(&name) && matches!(error, LoadError::TooLarge { .. }), "{error}");
        }
    }
}

#[test]
fn names_without_a_prefix_are_found() {
    let mut source = Memory::random(&resolve(LLAMA), 1);
    let with = load_from(LLAMA, &mut source).unwrap();
    let bare = |name: String| name.strip_prefix("model.").unwrap().to_owned();
    source.entries = source.entries.into_iter().map(|(name, entry)| (bare(name), entry)).collect();
    source.bytes = source.bytes.into_iter().map(|(name, bytes)| (bare(name), bytes)).collect();
    let without = load_from(LLAMA, &mut source).unwrap();
    assert_eq!(numbers(&with.embed_tokens), numbers(&without.embed_tokens));
}
