//! Any bytes as a file: parse, and read all that can be read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tempo_gguf::{Header, ModelFacts, Parsed, TokenizerFacts};

/// Room behind the bytes given, so that counts and tensors are not all refused for the size of the file.
const BEHIND: u64 = 1 << 16;
/// Tensors of at most so many bytes are read.
const SMALL: usize = 4096;

fuzz_target!(|bytes: &[u8]| {
    let file_bytes = bytes.len() as u64 + BEHIND;
    // As the whole file: it cannot need more.
    let whole = Header::parse(bytes, bytes.len() as u64);
    assert!(!matches!(whole, Ok(Parsed::NeedsMore { .. })));
    let header = match Header::parse(bytes, file_bytes) {
        Err(error) => {
            assert!(error.to_string().len() < 2000);
            return;
        }
        Ok(Parsed::NeedsMore { at_least }) => {
            assert!(at_least > bytes.len() as u64 && at_least <= file_bytes);
            return;
        }
        Ok(Parsed::Complete(header)) => header,
    };
    // What was enough is still enough, and what was short is still short.
    let length = header.header_bytes() as usize;
    // Not compared with `==`, as values may be NaN.
    let Ok(Parsed::Complete(again)) = Header::parse(&bytes[..length], file_bytes) else {
        panic!("the bytes behind the header were needed");
    };
    assert!(again.tensors() == header.tensors() && again.metadata().len() == header.metadata().len());
    if let Ok(Parsed::NeedsMore { at_least }) = Header::parse(&bytes[..length / 2], file_bytes) {
        assert!(at_least > length as u64 / 2 && at_least <= length as u64);
    } else {
        panic!("half of the header was enough, or wrong");
    }

    let facts = ModelFacts::new(&header, &["llama", "qwen2", "qwen3", "gemma3"]);
    let tokens = TokenizerFacts::new(&header);
    for error in facts.as_ref().err().into_iter().chain(tokens.as_ref().err()) {
        assert!(error.to_string().len() < 1 << 17, "a key may be long");
    }
    if let Ok(facts) = facts {
        assert!(facts.heads % facts.kv_heads == 0 && facts.layers <= header.tensors().len() as u64);
    }
    if let Ok(facts) = tokens {
        assert!(facts.types.is_none_or(|types| types.len() == facts.tokens.len()));
    }

    let mut out = Vec::new();
    for tensor in header.tensors() {
        assert_eq!(header.tensor(tensor.name()), Ok(tensor));
        let place = tensor.range();
        assert!(place.start >= length as u64 && place.end <= file_bytes);
        let size = (place.end - place.start) as usize;
        if size <= SMALL {
            out.clear();
            let stored = vec![0x5A; size];
            assert_eq!(tensor.dequantise(&stored, &mut out).is_ok(), tensor.kind().is_readable());
        }
    }
});
