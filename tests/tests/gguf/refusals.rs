//! Files that are refused, by name.

use std::ops::Range;

use pollster::block_on;
use tempo_gguf::TensorType;
use tempo_model::{ByteRanges, GgufSource, LoadError};
use tempo_tests::models::FUSED;

use crate::file::{File, Memory, Stored, Value, twin};
use crate::{engine, open};

/// The error and its causes.
fn refused(file: &File) -> String {
    let error = anyhow::Error::from(engine(file, FUSED).unwrap_err());
    format!("{error:#}")
}

#[test]
fn gguf_models_that_compute_something_else_are_refused() {
    let with = |id: &str, key: &str, value| {
        let mut file = twin(id);
        file.set(key, value);
        refused(&file)
    };
    for (error, words) in [
        (with("llama", "llama.rope.scaling.type", Value::Text("yarn".into())), "rope scaling yarn (supported"),
        (with("llama", "llama.rope.dimension_count", Value::U32(4)), "a rotation of 4 elements in heads of 8"),
        (
            with("phi3-window", "phi3.rope.scaling.type", Value::Text("longrope".into())),
            "rope scaling longrope (supported: none, linear, llama3 by rope_freqs.weight, longrope by rope_factors_short",
        ),
        (
            with("phi3-long", "phi3.rope.scaling.attn_factor", Value::F32(-1.0)),
            "attn_factor must be finite and above 0",
        ),
        (with("phi3-long", "phi3.rope.scaling.original_context_length", Value::U32(0)), "must be from 1 to"),
        (with("olmo2", "olmo2.attention.sliding_window", Value::U32(5)), "a sliding window (supported: none in this"),
        (with("llama", "llama.expert_count", Value::U32(8)), "a mixture of 8 experts"),
        (with("llama-rope-llama3", "llama.rope.scale_linear", Value::F32(2.0)), "rope_freqs.weight beside other"),
        (with("llama", "llama.context_length", Value::U32(u32::MAX)), "llama.context_length must be from 1 to"),
        (with("llama", "general.architecture", Value::Text("gpt2".into())), "found gpt2"),
    ] {
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn gguf_tensors_are_judged_before_weights_are_read() {
    let mut file = twin("llama");
    file.tensors.insert("blk.0.attn_sub_norm.weight".into(), Stored::f32(&[32], &[1.0; 32]));
    assert!(refused(&file).contains("the tensor blk.0.attn_sub_norm.weight in a file of llama"), "{}", refused(&file));

    let mut file = twin("llama");
    file.tensors.remove("blk.1.ffn_up.weight");
    assert!(refused(&file).contains("no tensor model.layers.1.mlp.up_proj.weight"), "{}", refused(&file));

    let mut file = twin("llama");
    let kind = TensorType::Q8_1;
    let stored = Stored { shape: vec![112, 32], kind, bytes: vec![0; 112 * 36] };
    file.tensors.insert("token_embd.weight".into(), stored);
    assert!(refused(&file).contains("cannot use twin.gguf: tensors of type Q8_1 are not read"), "{}", refused(&file));

    let mut file = twin("llama-rope-llama3");
    file.tensors.insert("rope_freqs.weight".into(), Stored::f32(&[4], &[1.0, 1.0, 0.0, 1.0]));
    assert!(refused(&file).contains("rope_freqs.weight must be finite and above 0, found 0"), "{}", refused(&file));
    let mut long = twin("phi3-long");
    long.tensors.insert("rope_factors_long.weight".into(), Stored::f32(&[3], &[1.0; 3]));
    assert!(refused(&long).contains("rope_factors_long.weight must have the dimensions [2]"), "{}", refused(&long));
    file.tensors.insert("rope_freqs.weight".into(), Stored::f32(&[3], &[1.0; 3]));
    assert!(refused(&file).contains("rope_freqs.weight must have the dimensions [4]"), "{}", refused(&file));
}

/// A file that ends earlier than it says.
#[derive(Debug)]
struct Short(Memory);

impl ByteRanges for Short {
    fn size(&self) -> u64 {
        self.0.size()
    }

    async fn read(&mut self, bytes: Range<u64>) -> Result<Vec<u8>, LoadError> {
        self.0.read(bytes.start..bytes.end - 1).await
    }
}

#[test]
fn gguf_bytes_that_do_not_come_are_an_error() {
    let error = block_on(GgufSource::open("short.gguf", Short(Memory(twin("llama").bytes())))).unwrap_err();
    assert!(matches!(error, LoadError::Read { .. }), "{error}");
    let cut = File { tensors: twin("llama").tensors, ..File::default() };
    assert!(open(&cut).unwrap_err().to_string().contains("cannot use twin.gguf"));
    let error = block_on(GgufSource::open("empty.gguf", Memory(Vec::new()))).unwrap_err();
    assert!(error.to_string().starts_with("empty.gguf is empty"), "{error}");
}

#[test]
fn gguf_files_that_are_something_else_are_named() {
    for (bytes, words) in [
        (&b"version https://git-lfs.github.com/spec/v1\n"[..], "page.gguf is a Git LFS pointer"),
        (b"<!doctype html>\n", "page.gguf is a web page (HTML)"),
    ] {
        let error = block_on(GgufSource::open("page.gguf", Memory(bytes.into()))).unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
    }
}
