//! The tokenizer's tables have to fit each other.

use tempo_gguf::TokenizerFacts;

use crate::writer::Writer;

fn three() -> Writer {
    Writer::new().string("tokenizer.ggml.model", "gpt2").strings("tokenizer.ggml.tokens", &["a", "b", "ab"])
}

fn says(writer: &Writer, expected: &str) {
    assert_eq!(TokenizerFacts::new(&writer.parsed()).unwrap_err().to_string(), expected);
}

#[test]
fn tables_are_borrowed_as_they_are() {
    let header = three().strings("tokenizer.ggml.merges", &["a b", "Ġ ▁"]).parsed();
    let facts = TokenizerFacts::new(&header).unwrap();
    assert_eq!((facts.model, facts.tokens.len()), ("gpt2", 3));
    assert_eq!(facts.merges.unwrap(), ["a b", "Ġ ▁"]);
    assert_eq!((facts.scores, facts.types, facts.add_bos), (None, None, None));
}

#[test]
fn what_is_missing_is_named() {
    says(&Writer::new(), "the metadata has no key tokenizer.ggml.tokens");
    says(&Writer::new().strings("tokenizer.ggml.tokens", &["a"]), "the metadata has no key tokenizer.ggml.model");
}

#[test]
fn tables_that_do_not_fit() {
    let scores = |model: &str| {
        let writer = Writer::new().string("tokenizer.ggml.model", model);
        writer.strings("tokenizer.ggml.tokens", &["a", "b", "ab"]).f32s("tokenizer.ggml.scores", &[0.0, 0.0])
    };
    says(&scores("llama"), "tokenizer.ggml.scores must be as long as the 3 tokens, found 2");
    assert!(TokenizerFacts::new(&scores("gpt2").parsed()).is_ok(), "byte pairs have no use for scores");
    says(
        &three().i32s("tokenizer.ggml.token_type", &[1; 4]),
        "tokenizer.ggml.token_type must be as long as the 3 tokens, found 4",
    );
    says(&three().u32("tokenizer.ggml.merges", 1), "tokenizer.ggml.merges must be an array of strings, found u32");
}

#[test]
fn ids_that_are_no_tokens_are_told_of_and_left_out() {
    for name in ["bos", "unknown"] {
        let key = format!("tokenizer.ggml.{name}_token_id");
        let header = three().u32(&key, 3).parsed();
        let facts = TokenizerFacts::new(&header).unwrap();
        assert_eq!((facts.bos_id, facts.unk_id), (None, None));
        assert_eq!(facts.left_out[0].to_string(), format!("{key} must be below 3, found 3"));
    }
    let header = three()
        .raw("tokenizer.ggml.bos_token_id", 11, &(-2i64).to_le_bytes())
        .u32("tokenizer.ggml.add_bos_token", 1)
        .parsed();
    let facts = TokenizerFacts::new(&header).unwrap();
    let words: Vec<String> = facts.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "tokenizer.ggml.bos_token_id must be below 3, found -2",
            "tokenizer.ggml.add_bos_token must be true or false, found u32"
        ]
    );
}
