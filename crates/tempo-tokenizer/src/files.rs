//! What is true of any file that a model is read from: what it may be instead of what its name says, JSON as other
//! programs write it, and what is to be said of a file that can be used all the same.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

/// Something to know about a file that can be used: what was left out of it, or taken for granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The file.
    pub file: String,
    /// What, with the key in it.
    pub text: String,
    /// Whether a text that the model goes on with may be another one for it.
    pub alters_text: bool,
}

impl Remark {
    /// A remark that changes no text.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: text.into(), alters_text: false }
    }

    /// A remark on what a text may be another one for.
    pub fn altering(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { alters_text: true, ..Self::new(file, text) }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}: {}", self.file, self.text)
    }
}

/// Why a file is not the JSON that it should be.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It is something else, in words that follow on "it is".
    #[error("it is {0}")]
    Mistaken(&'static str),
    /// It stops making sense somewhere.
    #[error(transparent)]
    Damaged(#[from] serde_json::Error),
}

/// The byte order mark of UTF-8, which some editors put before a text.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Beginnings of files that are often found under the name of another, and what such a file is, in words that follow on
/// "it is". The beginnings of text are in small letters.
const MISTAKEN: [(&[u8], &str); 17] = [
    (b"version https://git-lfs", LFS),
    (b"<!doctype html", PAGE),
    (b"<html", PAGE),
    (b"<!--", PAGE),
    (b"<?xml", "a message of a server (XML), not the file itself; download it once more"),
    (b"entry not found", MESSAGE),
    (b"repository not found", MESSAGE),
    (b"invalid username or password", MESSAGE),
    (b"access to model", "a message of a server, not the file itself: the model is gated; ask its makers for access"),
    (b"\xff\xfe", UTF16),
    (b"\xfe\xff", UTF16),
    (b"{\0", UTF16),
    (b"\0{", UTF16),
    (b"pk\x03\x04", "a ZIP archive, as PyTorch packs its checkpoints; a safetensors or GGUF file is needed"),
    (b"\x80\x02", "a Python pickle, which is not read; a safetensors or GGUF file is needed"),
    (b"\x1f\x8b", "packed with gzip; unpack it first"),
    (b"tjgg", "a GGML file, older than GGUF; convert the model once more"),
];
const LFS: &str = "a Git LFS pointer, not the file itself; fetch it with \"git lfs pull\"";
const PAGE: &str = "a web page (HTML), not the file itself; download it by its raw address";
const MESSAGE: &str = "a message of a server, not the file itself; download it once more";
const EMPTY: &str = "empty; download it once more";
const UTF16: &str = "text in UTF-16; save it as UTF-8";
const OTHER_TEXT: &str = "not in UTF-8, as text of another encoding or no text; save it as UTF-8";
const JSON: &str = "JSON, as a server sends it with an error; download the file once more";

/// What a file is that begins like this, where it is nothing of a model, in words that follow on "it is".
pub fn mistaken(bytes: &[u8]) -> Option<&'static str> {
    let start = without_mark(bytes).trim_ascii_start();
    let begins = |with: &[u8]| start.get(..with.len()).is_some_and(|found| found.eq_ignore_ascii_case(with));
    MISTAKEN.iter().find(|(with, _)| begins(with)).map(|(_, what)| *what)
}

/// The same of a whole file that should be text.
pub fn mistaken_text(bytes: &[u8]) -> Option<&'static str> {
    let text = without_mark(bytes);
    let no_text = || if text.trim_ascii().is_empty() { Some(EMPTY) } else { None };
    let other = || std::str::from_utf8(text).err().map(|_| OTHER_TEXT);
    mistaken(bytes).or_else(no_text).or_else(other)
}

/// The same of a file that should be safetensors: also JSON and the other format of weights are none.
pub fn mistaken_weights(bytes: &[u8]) -> Option<&'static str> {
    if begins_safetensors(bytes) {
        return None;
    }
    let other = match bytes.trim_ascii_start() {
        [b'G', b'G', b'U', b'F', ..] => Some("a GGUF file; name it itself, not its folder"),
        [b'{', ..] => Some(JSON),
        _ => None,
    };
    mistaken(bytes).or(other)
}

/// The same of a file that should be GGUF.
pub fn mistaken_gguf(bytes: &[u8]) -> Option<&'static str> {
    let other = match bytes.trim_ascii_start() {
        _ if begins_safetensors(bytes) => {
            Some("a safetensors file; name the folder that has it beside config.json and tokenizer.json")
        }
        [] => Some(EMPTY),
        [b'{', ..] => Some(JSON),
        _ => None,
    };
    other.or_else(|| mistaken(bytes))
}

/// The length of a header may look like anything, but its upper half is zero and the header follows.
fn begins_safetensors(bytes: &[u8]) -> bool {
    matches!(bytes, [_, _, _, _, 0, 0, 0, 0, b'{', ..])
}

/// Text without a byte order mark.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK).unwrap_or(bytes)
}

/// JSON, with two things that other programs write and the standard has not: a byte order mark, and the numbers `NaN`,
/// `Infinity` and `-Infinity`, which become texts of that name. Of a key that stands there twice the last one counts.
///
/// # Errors
/// When it is no JSON; where it can be told, with what it is.
pub fn json(bytes: &[u8]) -> Result<Value, JsonError> {
    let text = without_mark(bytes);
    match serde_json::from_slice(text) {
        Ok(value) => Ok(value),
        Err(error) => match mistaken_text(bytes) {
            Some(what) => Err(JsonError::Mistaken(what)),
            None => match named_numbers(text) {
                Cow::Owned(plain) => Ok(serde_json::from_slice(&plain)?),
                Cow::Borrowed(_) => Err(error.into()),
            },
        },
    }
}

/// Puts the names of numbers that are none into quotes, outside of texts.
fn named_numbers(text: &[u8]) -> Cow<'_, [u8]> {
    const NAMES: [&[u8]; 3] = [b"NaN", b"-Infinity", b"Infinity"];
    let mut plain = Vec::new();
    let (mut copied, mut at, mut quoted) = (0, 0, false);
    while let Some(&byte) = text.get(at) {
        let name = NAMES.into_iter().find(|name| !quoted && text[at..].starts_with(name));
        at += match (name, byte) {
            (Some(name), _) => {
                plain.extend_from_slice(&text[copied..at]);
                plain.extend([b"\"", name, b"\""].concat());
                copied = at + name.len();
                name.len()
            }
            (None, b'\\') if quoted => 2,
            (None, b'"') => {
                quoted = !quoted;
                1
            }
            (None, _) => 1,
        };
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    plain.extend_from_slice(&text[copied..]);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_of_other_programs_is_read() {
        let read = |text: &str| json(text.as_bytes()).unwrap();
        assert_eq!(read("\u{feff}{\"a\": 1}"), json!({"a": 1}));
        assert_eq!(
            read(r#"{"a": [0.0, Infinity, -Infinity], "b\"NaN": NaN, "NaN": "\\"}"#),
            json!({"a": [0.0, "Infinity", "-Infinity"], "b\"NaN": "NaN", "NaN": "\\"})
        );
        assert_eq!(read(r#"{"a": 1, "a": 2}"#), json!({"a": 2}));
        assert!(matches!(json(b"{\"a\": nan}"), Err(JsonError::Damaged(_))));
        assert!(matches!(json(b"{\"a\": NaN"), Err(JsonError::Damaged(_))));
        assert!(matches!(json(b"\"\\"), Err(JsonError::Damaged(_))));
    }

    #[test]
    fn what_a_file_is_instead_is_told_first() {
        for (bytes, words) in [
            (&b"version https://git-lfs.github.com/spec/v1\noid sha256:0"[..], "Git LFS pointer"),
            (b"\n<!DOCTYPE html>\n<html>", "web page (HTML)"),
            (b"\xff\xfe{\0\"\0", "UTF-16"),
            (b"{\0\"\0", "UTF-16"),
            (b"\0{\0\"", "UTF-16"),
            (b"PK\x03\x04abc", "ZIP archive"),
            (b"Entry not found", "message of a server"),
        ] {
            assert!(mistaken(bytes).is_some_and(|what| what.contains(words)), "{words}");
            let error = json(bytes).unwrap_err().to_string();
            assert!(error.starts_with("it is ") && error.contains(words), "{error}");
            assert!(mistaken_weights(bytes).is_some());
        }
        assert_eq!((mistaken(b"{\"a\": 1}"), mistaken(b"GGUF\x03"), mistaken(b"")), (None, None, None));
        assert_eq!(json(b"\xef\xbb\xbf \n").unwrap_err().to_string(), "it is empty; download it once more");
        let error = json(b"{\"by\": \"caf\xe9\"}").unwrap_err().to_string();
        assert!(error.starts_with("it is not in UTF-8") && mistaken_text(b"{}").is_none(), "{error}");
        assert_eq!(mistaken_gguf(b"GGUF\x03\0\0\0"), None);
        assert_eq!(mistaken_gguf(b""), Some(EMPTY));
        assert!(mistaken_gguf(b"\x10\x02\0\0\0\0\0\0{\"a\"").unwrap().starts_with("a safetensors file"));
        assert!(mistaken_gguf(b"{\"error\": 1}").is_some_and(|what| what.contains("server")));
        assert!(mistaken_weights(b"GGUF\x03").is_some_and(|what| what.starts_with("a GGUF file")));
        assert!(mistaken_weights(b"{\"error\": 1}").is_some_and(|what| what.contains("server")));
        for length in [0x10, 0x7b, 0x0280, 0xfeff, 0x8b1f_u64] {
            let file = [&length.to_le_bytes()[..], b"{\"a\": 1}"].concat();
            assert_eq!(mistaken_weights(&file), None, "{length:#x} bytes of header");
        }
    }
}
