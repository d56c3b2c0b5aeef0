//! Files written by llama.cpp's own Python package; see `scripts/reference/gguf_fixtures.py`.

use tempo_gguf::{Header, ModelFacts, Parsed, RopeScaling, TokenizerFacts};

use crate::writer::complete;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/gguf/", $name))
    };
}
pub(crate) use fixture;

pub(crate) const MODELS: [(&str, &[u8]); 4] = [
    ("llama", fixture!("llama.gguf")),
    ("qwen2", fixture!("qwen2.gguf")),
    ("qwen3", fixture!("qwen3.gguf")),
    ("gemma3", fixture!("gemma3.gguf")),
];

#[test]
fn models_are_what_they_were_written_as() {
    for (architecture, file) in MODELS {
        let header = complete(file).unwrap();
        let facts = ModelFacts::new(&header, &[architecture]).unwrap();
        let llama = architecture == "llama";
        let gemma = architecture == "gemma3";
        let qwen = !llama && !gemma;
        let expected = ModelFacts {
            architecture,
            hidden: 32,
            intermediate: 48,
            layers: 1,
            heads: 2,
            kv_heads: 1,
            head_dim: 16,
            rotated: 16,
            vocab: 8,
            max_positions: 64,
            rms_norm_eps: 1e-5,
            rope_theta: Some(5000.0),
            rope_scaling: if gemma { RopeScaling::Linear { factor: 8.0 } } else { RopeScaling::None },
            rope_factors: llama,
            tied: !llama,
            eos_ids: if qwen { vec![2, 7] } else { vec![2] },
            eos_by_name: Vec::new(),
            left_out: Vec::new(),
        };
        assert_eq!(facts, expected);
        assert_eq!(facts.sliding_window(&header), Ok(gemma.then_some(8)));
        assert_eq!((facts.sliding_window_pattern(&header), facts.rope_theta_local(&header)), (Ok(None), Ok(None)));
        assert_eq!(facts.final_logit_softcap(&header), Ok(None));
    }
}

#[test]
fn tokenizers_are_what_they_were_written_as() {
    for (architecture, file) in MODELS {
        let header = complete(file).unwrap();
        let facts = TokenizerFacts::new(&header).unwrap();
        let qwen = architecture.starts_with("qwen");
        assert_eq!(facts.model, if qwen { "gpt2" } else { "llama" });
        assert_eq!(facts.pre, qwen.then_some("qwen2"));
        assert_eq!(facts.tokens, ["<unk>", "<s>", "</s>", "a", "b", "ab", "▁", "<end>"]);
        assert_eq!(facts.types.unwrap(), [2, 3, 3, 1, 1, 1, 1, 3]);
        assert_eq!(facts.scores.map(|scores| scores[5]), (!qwen).then_some(-3.0));
        assert_eq!(facts.merges.map(<[_]>::len), qwen.then_some(1));
        assert_eq!((facts.bos_id, facts.unk_id), (Some(1), (!qwen).then_some(0)));
        assert_eq!(facts.add_bos, Some(!qwen));
        assert_eq!(facts.add_space_prefix, (!qwen).then_some(false));
    }
}

#[test]
fn every_prefix_asks_for_more() {
    for (_, file) in MODELS {
        let header = usize::try_from(complete(file).unwrap().header_bytes()).unwrap();
        let mut before = 0;
        for prefix in 0..header {
            let parsed = Header::parse(&file[..prefix], file.len() as u64).unwrap();
            let Parsed::NeedsMore { at_least } = parsed else { panic!("{prefix} of {header} bytes were enough") };
            assert!(at_least >= before.max(prefix as u64 + 1) && at_least <= header as u64);
            before = at_least;
        }
    }
}
