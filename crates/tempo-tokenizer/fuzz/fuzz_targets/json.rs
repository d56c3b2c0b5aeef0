//! Any bytes as a `tokenizer.json`, and what it makes of a few texts.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tempo_tokenizer::Tokenizer;

/// Tokens of the model.
const VOCAB: usize = 40;
const TEXTS: [&str; 5] = ["", "a", " Hello, 12 w\u{f6}rlds\n", "\u{65e5}\u{672c}\u{301} \u{1f999}", "<s>a</s>"];

fuzz_target!(|bytes: &[u8]| {
    let tokenizer = match Tokenizer::parse(bytes, VOCAB) {
        Ok(tokenizer) => tokenizer,
        Err(error) => {
            assert!(!error.to_string().contains('\u{fffd}') || String::from_utf8_lossy(bytes).contains('\u{fffd}'));
            return;
        }
    };
    assert!((1..=VOCAB).contains(&tokenizer.size()));
    for text in TEXTS {
        if let Ok(ids) = tokenizer.encode(text) {
            assert!(ids.iter().all(|id| (*id as usize) < VOCAB));
            assert_eq!(tokenizer.encode(text).ok(), Some(ids), "the same text twice");
        }
    }
});
