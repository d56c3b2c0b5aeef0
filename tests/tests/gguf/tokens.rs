//! Tokenizers from the tables of a GGUF file.

use serde_json::Value as Json;
use tempo_model::{LoadError, ModelSource as _, Tokenizer};
use tempo_tests::models::folder;

use crate::file::{File, Value, twin};
use crate::open;

/// The tokenizer in a file, checked against its model.
fn tokenizer(file: &File) -> Result<Tokenizer, LoadError> {
    let source = open(file)?;
    source.tokenizer(source.outline()?.vocab)
}

/// A model with these tables and `types`, which all have 1 where they are left out.
fn with_tokens(model: &str, tokens: &[&str], types: &[i32]) -> File {
    let mut file = twin("llama");
    file.set("tokenizer.ggml.model", Value::Text(model.into()));
    file.set("tokenizer.ggml.tokens", Value::Texts(tokens.iter().map(|text| (*text).to_owned()).collect()));
    file.set("tokenizer.ggml.token_type", Value::I32s(types.to_vec()));
    file
}

/// The tables of the story model, whose text is split as that of `SmolLM` is.
fn story() -> File {
    let json: Json =
        serde_json::from_slice(&std::fs::read(folder("storyteller").join("tokenizer.json")).unwrap()).unwrap();
    let vocab = json["model"]["vocab"].as_object().unwrap();
    let mut tokens = vec![""; vocab.len()];
    for (text, id) in vocab {
        tokens[usize::try_from(id.as_u64().unwrap()).unwrap()] = text;
    }
    let types: Vec<i32> = (0..tokens.len()).map(|id| if id < 2 { 3 } else { 1 }).collect();
    let mut file = with_tokens("gpt2", &tokens, &types);
    let merges = json["model"]["merges"].as_array().unwrap().iter();
    let pair = |merge: &Json| format!("{} {}", merge[0].as_str().unwrap(), merge[1].as_str().unwrap());
    file.set("tokenizer.ggml.merges", Value::Texts(merges.map(pair).collect()));
    file.set("tokenizer.ggml.pre", Value::Text("smollm".into()));
    file.set("tokenizer.ggml.bos_token_id", Value::U32(0));
    file.set("tokenizer.ggml.add_bos_token", Value::Bool(true));
    // The twin's embedding is shorter.
    let embedding = crate::file::Stored::f32(&[tokens.len(), 32], &vec![0.5; tokens.len() * 32]);
    file.tensors.insert("token_embd.weight".into(), embedding);
    file
}

#[test]
fn gguf_byte_pairs_are_those_of_tokenizer_json() {
    let found = tokenizer(&story()).unwrap();
    let expected = Tokenizer::load(&folder("storyteller"), 4096).unwrap();
    for text in [
        "Once upon a time, there was a little girl named Lily.",
        "",
        " two  spaces\n\n\ttab \n end  ",
        "It's 1234567 o'clock; we'LL see... \u{e9}\u{301} \u{65e5}\u{672c} \u{1f999}",
        "The end.<|endoftext|>A second <|pad|> text",
    ] {
        assert_eq!(found.encode(text).unwrap(), expected.encode(text).unwrap(), "{text:?}");
    }
    assert_eq!(found.size(), expected.size());
    for id in 0..u32::try_from(found.size()).unwrap() {
        assert_eq!(found.bytes_of(id), expected.bytes_of(id), "{id}");
    }
}

#[test]
fn gguf_begin_of_text_is_put_where_the_file_asks_for_it() {
    let mut file = story();
    let first = |file: &File| tokenizer(file).unwrap().encode("a").unwrap()[0];
    assert_eq!(first(&file), 0);
    file.set("tokenizer.ggml.add_bos_token", Value::Bool(false));
    assert_ne!(first(&file), 0);
    file.metadata.remove("tokenizer.ggml.add_bos_token");
    assert_ne!(first(&file), 0, "smollm does not by itself");
    file.set("tokenizer.ggml.pre", Value::Text("llama-bpe".into()));
    assert_eq!(first(&file), 0, "llama 3 does");
}

/// `SentencePiece` with a user-defined token of two spaces.
fn pieces() -> File {
    let tokens = [
        "<unk>",
        "<s>",
        "</s>",
        "<0xC3>",
        "<0xA9>",
        "\u{2581}",
        "a",
        "b",
        "\u{2581}a",
        "ab",
        "\u{2581}\u{2581}",
        "[PAD]",
    ];
    let mut file = with_tokens("llama", &tokens, &[2, 3, 3, 6, 6, 1, 1, 1, 1, 1, 4, 5]);
    let scores = [0.0, 0.0, 0.0, 0.0, 0.0, -9.0, -9.0, -9.0, -2.0, -1.0, 0.0, 0.0];
    file.set("tokenizer.ggml.scores", Value::F32s(scores.to_vec()));
    file.set("tokenizer.ggml.unknown_token_id", Value::U32(0));
    file
}

#[test]
fn gguf_pieces_are_joined_by_their_scores() {
    let mut file = pieces();
    let encode = |file: &File, text: &str| tokenizer(file).unwrap().encode(text).unwrap();
    assert_eq!(encode(&file, "ab a"), [1, 5, 9, 8]);
    assert_eq!(encode(&file, "b\u{e9}</s>?"), [1, 5, 7, 3, 4, 2, 5, 0], "bytes, a control token, unknown");
    assert_eq!(encode(&file, "b  b"), [1, 5, 7, 10, 5, 7], "two spaces are one token, and begin a stretch");
    file.set("tokenizer.ggml.add_space_prefix", Value::Bool(false));
    file.set("tokenizer.ggml.add_bos_token", Value::Bool(false));
    assert_eq!(encode(&file, "ab a"), [9, 8]);
    let tokenizer = tokenizer(&file).unwrap();
    let bytes: Vec<&[u8]> = (0..12).map(|id| tokenizer.bytes_of(id)).collect();
    let expected: [&[u8]; 12] =
        [b"<unk>", b"<s>", b"</s>", b"\xc3", b"\xa9", b" ", b"a", b"b", b" a", b"ab", b"  ", b""];
    assert_eq!(bytes, expected);
}

fn remarks(tokenizer: &Tokenizer) -> Vec<String> {
    tokenizer.remarks().iter().map(|remark| format!("{} {remark}", remark.alters_text)).collect()
}

#[test]
fn gguf_bytes_that_are_typed_as_text_are_bytes() {
    let mut file = pieces();
    let mut types = [1; 12];
    types[..3].copy_from_slice(&[2, 3, 3]);
    file.set("tokenizer.ggml.token_type", Value::I32s(types.to_vec()));
    let tokenizer = tokenizer(&file).unwrap();
    assert_eq!(tokenizer.encode("\u{e9}").unwrap(), [1, 5, 3, 4]);
    assert_eq!(tokenizer.bytes_of(3), b"\xc3");
}

#[test]
fn gguf_merges_that_make_no_token_are_left_out_and_told_of() {
    for long in ["abc", "a-long-token"] {
        let mut file = with_tokens("gpt2", &["a", "b", "c", "ab", long], &[1; 5]);
        file.set("tokenizer.ggml.pre", Value::Text("gpt-2".into()));
        let merges = ["b c", "a b", "ab ca", "z a", "ab", " b", "a b c"].map(str::to_owned).to_vec();
        file.set("tokenizer.ggml.merges", Value::Texts(merges));
        let tokenizer = tokenizer(&file).unwrap();
        assert_eq!(tokenizer.encode("abc").unwrap(), [3, 2]);
        let told = "false twin.gguf: 6 of tokenizer.ggml.merges make no token and are left out, \"b\" and \"c\" first";
        assert!(remarks(&tokenizer).contains(&told.to_owned()), "{:?}", remarks(&tokenizer));
    }
}

#[test]
fn gguf_what_is_taken_for_granted_is_told() {
    let mut file = story();
    assert_eq!(remarks(&tokenizer(&file).unwrap()), [""; 0]);
    file.metadata.remove("tokenizer.ggml.pre");
    file.set("tokenizer.ggml.bos_token_id", Value::U32(9999));
    let told = remarks(&tokenizer(&file).unwrap());
    let words = ["bos_token_id must be below", "no tokenizer.ggml.pre: text is split by the rule \"default\""];
    assert!(told.len() == 2 && told.iter().zip(words).all(|(told, words)| told.contains(words)), "{told:?}");
    assert!(told.iter().all(|told| told.starts_with("true twin.gguf: ")), "{told:?}");

    let mut file = pieces();
    let space = "false twin.gguf: no tokenizer.ggml.add_space_prefix: true is taken, as llama.cpp does".to_owned();
    assert!(remarks(&tokenizer(&file).unwrap()).contains(&space));
    file.set("tokenizer.ggml.add_space_prefix", Value::Bool(true));
    file.set("tokenizer.ggml.add_bos_token", Value::Bool(true));
    file.metadata.remove("tokenizer.ggml.bos_token_id");
    assert_eq!(remarks(&tokenizer(&file).unwrap()), ["true twin.gguf: no tokenizer.ggml.bos_token_id: 1 is taken"]);
    file.metadata.remove("tokenizer.ggml.add_bos_token");
    assert!(
        remarks(&tokenizer(&file).unwrap())[0].starts_with("false twin.gguf: no tokenizer.ggml.add_bos_token: true")
    );

    let mut file = twin("llama");
    file.metadata.remove("llama.rope.freq_base");
    let told: Vec<String> = open(&file).unwrap().remarks().iter().map(ToString::to_string).collect();
    assert!(told.contains(&"twin.gguf: no llama.rope.freq_base: 10000 is taken".to_owned()), "{told:?}");
    let mut file = twin("gemma3");
    file.metadata.remove("gemma3.rope.freq_base");
    assert_eq!(open(&file).unwrap().outline().unwrap().ropes[0].theta, 1e6, "its family's");
    for (key, value, given) in
        [("rope.freq_base_swa", 10_000, Value::F32(1e4)), ("attention.sliding_window_pattern", 6, Value::U32(6))]
    {
        let (key, words) = (format!("gemma3.{key}"), format!("no gemma3.{key}: {value} is taken, as llama.cpp does"));
        let told = |file: &File| open(file).unwrap().remarks().iter().any(|remark| remark.text == words);
        file.metadata.remove(&key);
        assert!(told(&file), "{words}");
        file.set(&key, given);
        assert!(!told(&file), "{words}");
    }
}

#[test]
fn gguf_begin_of_text_that_was_typed_is_there_twice() {
    let tokenizer = tokenizer(&pieces()).unwrap();
    let twice = |text| tokenizer.doubled_begin(&tokenizer.encode(text).unwrap());
    assert_eq!((twice("<s>ab"), twice("ab")), (Some(1), None));
}

#[test]
fn gguf_tokenizers_that_are_not_known_are_refused_by_name() {
    let refused = |file: &File| tokenizer(file).unwrap_err().to_string();
    let mut file = story();
    file.set("tokenizer.ggml.pre", Value::Text("falcon-h9".into()));
    assert_eq!(
        refused(&file),
        "twin.gguf is not a tokenizer for this model: tokenizer.ggml.pre \"falcon-h9\" is a rule not known here"
    );
    file.set("tokenizer.ggml.model", Value::Text("t5".into()));
    assert!(refused(&file).contains("tokenizer.ggml.model \"t5\" is not known here (known: llama, gpt2)"));
    let mut file = pieces();
    file.metadata.remove("tokenizer.ggml.scores");
    assert!(refused(&file).contains("it has no tokenizer.ggml.scores"));
    let many = vec!["a"; 113];
    let file = with_tokens("llama", &many, &[1; 113]);
    assert!(refused(&file).contains("largest token id is 112, the model has logits for 112 tokens"));
}
