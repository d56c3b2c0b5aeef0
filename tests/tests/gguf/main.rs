//! GGUF files as models: twins of the fixtures, quantised weights, tokenizers, refusals.

mod file;
mod parts;
mod refusals;
mod tokens;

use std::collections::BTreeMap;

use file::{File, Memory, Stored, Tensors, config, gguf_name, metadata, twin};
use pollster::block_on;
use tempo_core::LanguageModel as _;
use tempo_gguf::TensorType;
use tempo_kernels::MatrixBuilder;
use tempo_model::{
    DeviceChoice, Engine, Folder, GgufSource, LoadError, LoadOptions, ModelSource as _, Numbers, SmallFiles,
    TensorSource as _, WeightFormat,
};
use tempo_tests::golden::text;
use tempo_tests::models::{FUSED, TENSOR, load};

fn open(file: &File) -> Result<GgufSource<Memory>, LoadError> {
    block_on(GgufSource::open("twin.gguf", Memory(file.bytes())))
}

fn engine(file: &File, options: LoadOptions) -> Result<Engine, LoadError> {
    block_on(Engine::open(&mut open(file)?, &DeviceChoice::cpu("a test"), options, |_| ()))
}

/// All logits of a text of 20 tokens, longer than every window and far enough for angles to matter.
fn logits(engine: &mut Engine) -> Vec<f32> {
    let vocab = u32::try_from(engine.config().vocab).unwrap();
    let ids: Vec<u32> = (0..20).map(|i| (i * 7 + 3) % vocab).collect();
    block_on(engine.begin(ids.len())).unwrap();
    let readout = block_on(engine.forward(&text(&ids, 0, ids.len()))).unwrap();
    readout.logits.rows().unwrap().to_vec()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn gguf_twins_of_the_fixtures_have_their_configuration_and_their_logits() {
    const TWINS: [&str; 27] = [
        "llama",
        "llama-untied",
        "llama-head-dim",
        "llama-rope-llama3",
        "llama-rope-linear",
        "llama-bias",
        "llama-sharded",
        "llama-bf16",
        "llama-f16",
        "llama-config-v4",
        "qwen2",
        "qwen3",
        "gemma3",
        "gemma3-caps",
        "gemma3-config-v4",
        "gemma2",
        "gpt-neox",
        "gpt-neox-serial",
        "gpt-neox-tied",
        "granite",
        "granite-untied",
        "olmo2",
        "phi3-window",
        "phi3-long",
        "phi3-short",
        "phi3-partial",
        "smollm3",
    ];
    let cpu = DeviceChoice::cpu("a test");
    for id in TWINS {
        let file = twin(id);
        let (mut found, mut expected) = (block_on(open(&file).unwrap().config()).unwrap(), config(id));
        // Numbers that a file has in f32, angles that it has as factors, and norms that it has with one added.
        for (found, expected) in [
            (&mut found.attention_scale, expected.attention_scale),
            (&mut found.rms_norm_eps, expected.rms_norm_eps),
            (&mut found.embedding_scale, expected.embedding_scale),
        ] {
            assert!((*found / expected - 1.0).abs() < 2e-7, "{id}");
            *found = expected;
        }
        expected.norm_offset = 0.0;
        // The converter has taken them apart.
        expected.by_head = false;
        if id == "llama-rope-llama3" || id.starts_with("phi3") {
            found.ropes = expected.ropes.clone();
        }
        assert_eq!(found, expected, "{id}");
        for options in [FUSED, TENSOR] {
            let expected = logits(&mut load(id, &cpu, options).unwrap());
            let found = logits(&mut engine(&file, options).unwrap());
            let difference = largest_difference(&found, &expected);
            assert!(difference < 1e-5, "{id}: {difference}");
        }
    }
}

/// Every type, with the bytes of a block's scales.
const QUANTISED: [(TensorType, &[usize]); 13] = [
    (TensorType::Q4_0, &[0]),
    (TensorType::Q4_1, &[0, 2]),
    (TensorType::Q5_0, &[0]),
    (TensorType::Q5_1, &[0, 2]),
    (TensorType::Q8_0, &[0]),
    (TensorType::Q4_K, &[0, 2]),
    (TensorType::Q5_K, &[0, 2]),
    (TensorType::Q6_K, &[208]),
    (TensorType::Q2_K, &[80, 82]),
    (TensorType::Q3_K, &[108]),
    (TensorType::IQ4_NL, &[0]),
    (TensorType::IQ4_XS, &[0]),
    (TensorType::MXFP4, &[]),
];

/// 2^-11 in half precision, so that random blocks are numbers of a sound size.
const SCALE: [u8; 2] = [0x00, 0x10];
/// The same as the scale of MXFP4.
const EXPONENT: u8 = 117;

const WIDE: &str = r#"{"model_type": "llama", "hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 1,
    "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64, "vocab_size": 24,
    "max_position_embeddings": 64, "tie_word_embeddings": true, "rms_norm_eps": 1e-5, "eos_token_id": 2}"#;

const WIDE_MATRICES: [(&str, [usize; 2]); 8] = [
    ("model.embed_tokens", [24, 256]),
    ("model.layers.0.self_attn.q_proj", [256, 256]),
    ("model.layers.0.self_attn.k_proj", [128, 256]),
    ("model.layers.0.self_attn.v_proj", [128, 256]),
    ("model.layers.0.self_attn.o_proj", [256, 256]),
    ("model.layers.0.mlp.gate_proj", [512, 256]),
    ("model.layers.0.mlp.up_proj", [512, 256]),
    ("model.layers.0.mlp.down_proj", [256, 512]),
];

/// Three quarters of each head are turned, so rows of the joined matrix are reordered.
const JOINED: &str = r#"{"model_type": "phi3", "hidden_size": 256, "intermediate_size": 64, "num_hidden_layers": 1,
    "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 24, "partial_rotary_factor": 0.75,
    "max_position_embeddings": 64, "tie_word_embeddings": true, "rms_norm_eps": 1e-5, "eos_token_id": 2}"#;

const JOINED_MATRICES: [(&str, [usize; 2]); 5] = [
    ("model.embed_tokens", [24, 256]),
    ("model.layers.0.self_attn.qkv_proj", [512, 256]),
    ("model.layers.0.self_attn.o_proj", [256, 256]),
    ("model.layers.0.mlp.gate_up_proj", [128, 256]),
    ("model.layers.0.mlp.down_proj", [256, 64]),
];

fn quantised(kind: TensorType, scales: &[usize]) -> (File, Tensors) {
    random_blocks((WIDE, &WIDE_MATRICES), kind, scales)
}

/// A model of random blocks, as a GGUF file and as the numbers in it by their Hugging Face names.
fn random_blocks(
    (json, matrices): (&str, &[(&str, [usize; 2])]),
    kind: TensorType,
    scales: &[usize],
) -> (File, Tensors) {
    let config = tempo_model::config::ConfigFile::parse(json.as_bytes()).unwrap().resolve(None).unwrap();
    let mut file = metadata(&config);
    let mut state = 7_u32;
    let mut numbers = BTreeMap::new();
    for &(name, shape) in matrices {
        let elements = (shape[0] * shape[1]) as u64;
        let bytes = (0..kind.bytes(elements).unwrap()).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        });
        let mut bytes: Vec<u8> = bytes.collect();
        for block in bytes.chunks_mut(usize::try_from(kind.block_bytes()).unwrap()) {
            scales.iter().for_each(|at| block[*at..at + 2].copy_from_slice(&SCALE));
            if kind == TensorType::MXFP4 {
                block[0] = EXPONENT;
            }
        }
        let stored = Stored { shape: shape.to_vec(), kind, bytes };
        let name = format!("{name}.weight");
        let heads = [("q_proj", config.heads), ("k_proj", config.kv_heads)];
        let heads = heads.into_iter().find(|(part, _)| name.contains(part));
        let in_file = heads.map_or_else(|| stored.clone(), |(_, heads)| stored.permuted(heads));
        file.tensors.insert(gguf_name(&config, &name), in_file);
        numbers.insert(name, stored.numbers());
    }
    for name in ["model.norm", "model.layers.0.input_layernorm", "model.layers.0.post_attention_layernorm"] {
        let name = format!("{name}.weight");
        file.tensors.insert(gguf_name(&config, &name), Stored::f32(&[256], &[1.0; 256]));
        numbers.insert(name, vec![1.0; 256]);
    }
    let entries = open(&file).unwrap().tensors().clone();
    (file, Tensors { entries, numbers })
}

#[test]
fn gguf_quantised_weights_are_the_numbers_they_stand_for() {
    let cpu = DeviceChoice::cpu("a test");
    for (kind, scales) in QUANTISED {
        let (file, numbers) = quantised(kind, scales);
        let files = SmallFiles::Memory([("config.json", WIDE.into())].into());
        let mut source = Folder::new("numbers", files, numbers).unwrap();
        let mut expected = block_on(Engine::open(&mut source, &cpu, FUSED, |_| ())).unwrap();
        let expected = logits(&mut expected);
        assert!(expected.iter().any(|logit| logit.abs() > 1e-3), "{kind}: it says something");
        assert_eq!(logits(&mut engine(&file, FUSED).unwrap()), expected, "{kind}");
    }
}

#[test]
fn gguf_blocks_of_the_same_format_are_not_rounded_again() {
    for (kind, format) in [
        (TensorType::Q8_0, WeightFormat::Q8),
        (TensorType::Q4_0, WeightFormat::Q4),
        // As the embedding is kept in a model of q4.
        (TensorType::Q4_0, WeightFormat::Q8),
    ] {
        let (file, tensors) = quantised(kind, &[0]);
        let mut source = open(&file).unwrap();
        for (name, entry) in tensors.entries.iter().filter(|(_, entry)| entry.shape.len() == 2) {
            let mut builder = MatrixBuilder::new(format, entry.shape[0], entry.shape[1]);
            let elements = (entry.shape[0] * entry.shape[1]) as u64;
            for start in (0..elements).step_by(4096) {
                let piece = block_on(source.read(name, start..elements.min(start + 4096))).unwrap();
                let Numbers::Blocks(blocks) = piece else { panic!("{name} of {kind} is handed out as numbers") };
                builder.push_blocks(&blocks);
            }
            let matrix = builder.finish();
            let scale = half::f16::from_le_bytes(SCALE).to_f32();
            assert!((0..elements / 32).all(|block| matrix.scale(block as usize).to_bits() == scale.to_bits()));
            let found = (0..entry.shape[0]).flat_map(|row| matrix.row(row)).map(f32::to_bits);
            assert!(found.eq(tensors.numbers[name].iter().map(|number| number.to_bits())), "{name} of {kind}");
        }
    }
}

#[test]
fn gguf_blocks_of_reordered_rows_are_those_of_the_file() {
    for (kind, weights) in [(TensorType::Q8_0, WeightFormat::Q8), (TensorType::Q4_0, WeightFormat::Q4)] {
        let (file, _) = random_blocks((JOINED, &JOINED_MATRICES), kind, &[0]);
        let expected = logits(&mut engine(&file, FUSED).unwrap());
        let found = logits(&mut engine(&file, LoadOptions { weights: weights.into(), ..FUSED }).unwrap());
        let size = expected.iter().fold(0.0_f32, |most, logit| most.max(logit.abs()));
        let off = largest_difference(&found, &expected) / size;
        // Only rows are rounded, to 16 bits.
        assert!(size > 1e-3 && off < 1e-3, "{kind}: {off} of {size}");
    }
}

#[test]
fn gguf_pieces_of_a_tensor_are_parts_of_the_whole() {
    for (kind, scales) in [(TensorType::Q5_K, [0, 2].as_slice()), (TensorType::Q8_0, &[0]), (TensorType::Q4_0, &[0])] {
        let (file, tensors) = quantised(kind, scales);
        let mut source = open(&file).unwrap();
        for (name, whole) in &tensors.numbers {
            let end = whole.len();
            // Within a row, over rows, over heads, whole blocks, beyond the end.
            for range in
                [0..end, 1..2, 250..258, 255..17_501, 16_383..35_000, 32..96, end - 1..end, end - 1..end + 100, 2..2]
            {
                let found = block_on(source.read(name, range.start as u64..range.end as u64)).unwrap().into_f32();
                let range = range.start.min(end)..range.end.min(end);
                assert!(found == whole[range.clone()], "{name} {range:?} of {kind}");
            }
        }
    }
    let mut source = open(&quantised(TensorType::Q8_0, &[0]).0).unwrap();
    assert!(matches!(block_on(source.read("no.such", 0..4)), Err(LoadError::MissingTensor { .. })));
}

#[test]
fn gguf_progress_counts_bytes_of_the_file() {
    let (file, _) = quantised(TensorType::Q8_0, &[0]);
    let mut reports = Vec::new();
    let cpu = DeviceChoice::cpu("a test");
    block_on(Engine::open(&mut open(&file).unwrap(), &cpu, FUSED, |done| reports.push((done.done, done.total))))
        .unwrap();
    let stored: usize = file.tensors.values().map(|tensor| tensor.bytes.len()).sum();
    assert_eq!(reports.first(), Some(&(0, stored as u64)));
    assert_eq!(reports.last(), Some(&(stored as u64, stored as u64)));
    assert!(reports.is_sorted());
}
