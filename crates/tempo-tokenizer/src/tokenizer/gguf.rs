//! Tokenizers from the tables of a GGUF file, which has no `tokenizer.json`.
//!
//! Two kinds are known: `llama` is `SentencePiece` with scores, `gpt2` is byte pairs with merges, for which the file names
//! a rule by which text is split before.

use tempo_gguf::{Header, TokenizerFacts};
use tokenizers::models::bpe::{BPE, Merges, Vocab};
use tokenizers::normalizers::NFC;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::{AddedToken, SplitDelimiterBehavior};
use tokenizers::{PreTokenizerWrapper, Tokenizer as Inner};

use super::library::{Found, Library};
use super::pieces::Pieces;
use super::spelling::{Spelling, single_byte};
use super::{Splitter, Tokenizer};
use crate::error::TokenizerError;
use crate::files::Remark;

/// The begin-of-text token of `SentencePiece`, where the file does not tell.
const SENTENCE_PIECE_BOS: u32 = 1;
/// `SentencePiece` writes it for a space.
const SPACE: char = '\u{2581}';

/// The type of a single byte.
const BYTE: i32 = 6;

/// What a token is for, `tokenizer.ggml.token_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Part of texts.
    Normal,
    /// Stands for itself: unknown, control, user-defined.
    Literal,
    /// `<0xNN>`, the byte that no piece spells.
    Byte,
    /// Fills the vocabulary up.
    Unused,
}

/// How text is split before byte pairs are merged: these patterns, one after the other, cut it into pieces.
struct SplitRule {
    patterns: &'static [&'static str],
    /// A piece that is a token is not put together from merges.
    ignore_merges: bool,
    /// A text begins with the begin-of-text token, unless the file tells.
    begins: bool,
    /// Characters are composed before.
    compose: bool,
}

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// The rule of the `o200k` vocabularies: an ending as `'s` stays with its word.
const GPT4O: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

impl SplitRule {
    /// The rule of that name in `tokenizer.ggml.pre`.
    fn named(pre: &str) -> Option<Self> {
        let plain = |patterns| Self { patterns, ignore_merges: false, begins: false, compose: false };
        let whole = |patterns| Self { ignore_merges: true, begins: true, ..plain(patterns) };
        Some(match pre {
            "default" => plain(&[r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", "[0-9][0-9][0-9]"]),
            "gpt-2" | "phi-2" | "mpt" | "olmo" | "jais" | "exaone4" | "mellum" | "trillion" | "granite-docling" => {
                plain(&[GPT2])
            }
            "smollm" | "starcoder" | "refact" | "command-r" | "codeshell" | "exaone" | "minerva-7b" => {
                plain(&[r"\p{N}", GPT2])
            }
            "llama-bpe" | "llama3" | "llama-v3" | "falcon3" | "pixtral" => whole(&[LLAMA3]),
            "dbrx" | "smaug-bpe" => plain(&[LLAMA3]),
            // The library of its makers composes characters, which llama.cpp leaves out.
            "qwen2" => Self { compose: true, ..plain(&[QWEN2]) },
            "deepseek-r1-qwen" | "stablelm2" => plain(&[QWEN2]),
            "tekken" => whole(&[TEKKEN]),
            "gpt-4o" | "llama4" => plain(&[GPT4O]),
            _ => return None,
        })
    }
}

impl Tokenizer {
    /// Reads the tables in the header of a GGUF file.
    ///
    /// # Errors
    /// When they are missing or contradict each other, are of a kind that is not known, or have tokens that the model's
    /// vocabulary of `vocab` has not.
    pub fn from_gguf(file: &str, header: &Header, vocab: usize) -> Result<Self, TokenizerError> {
        let facts = TokenizerFacts::new(header).map_err(|source| TokenizerError::Gguf { file: file.into(), source })?;
        let refuse = |reason: String| TokenizerError::Unfit { file: file.into(), reason };
        let size = facts.tokens.len();
        if size == 0 {
            return Err(refuse("its vocabulary is empty".into()));
        }
        if size > vocab {
            let reason = format!("its largest token id is {}, the model has logits for {vocab} tokens", size - 1);
            return Err(refuse(reason));
        }
        let left_out = facts.left_out.iter().map(|error| Remark::altering(file, format!("{error}; it is left out")));
        let mut remarks: Vec<Remark> = left_out.collect();
        let (splitter, spelling, begins, default_bos) = match facts.model {
            "llama" => {
                if facts.add_space_prefix.is_none() {
                    let text = "no tokenizer.ggml.add_space_prefix: true is taken, as llama.cpp does";
                    remarks.push(Remark::new(file, text));
                }
                let pieces = pieces(&facts).map_err(refuse)?;
                let bos = Some(SENTENCE_PIECE_BOS).filter(|&bos| (bos as usize) < size);
                (Splitter::Pieces(pieces), Spelling::Pieces(SPACE), true, bos)
            }
            "gpt2" => {
                // llama.cpp takes the same one, with a warning.
                let pre = facts.pre.unwrap_or("default");
                let rule = SplitRule::named(pre);
                let rule =
                    rule.ok_or_else(|| refuse(format!("tokenizer.ggml.pre {pre:?} is a rule not known here")))?;
                if facts.pre.is_none() {
                    let text = format!("no tokenizer.ggml.pre: text is split by the rule {pre:?}, which is a guess");
                    remarks.push(Remark::altering(file, text));
                }
                let (inner, lost) = byte_pairs(&facts, &rule).map_err(refuse)?;
                remarks.extend(lost.map(|text| Remark::new(file, text)));
                let Found { library, remarks: more, .. } = Library::look(inner, vocab).map_err(refuse)?;
                remarks.extend(more.into_iter().map(|text| Remark::new(file, text)));
                (Splitter::Library(Box::new(library)), Spelling::ByteLevel, rule.begins, None)
            }
            other => {
                let reason = format!("tokenizer.ggml.model {other:?} is not known here (known: llama, gpt2)");
                return Err(refuse(reason));
            }
        };
        if facts.add_bos.is_none() {
            let text = format!("no tokenizer.ggml.add_bos_token: {begins} is taken, as llama.cpp does");
            remarks.push(Remark::new(file, text));
        }
        let begins = facts.add_bos.unwrap_or(begins);
        if let (true, None, Some(bos)) = (begins, facts.bos_id, default_bos) {
            remarks.push(Remark::altering(file, format!("no tokenizer.ggml.bos_token_id: {bos} is taken")));
        }
        let prefix = facts.bos_id.or(default_bos).filter(|_| begins).into_iter().collect();
        let bytes = tokens(&facts).map(|(text, _, role)| match role {
            Role::Normal | Role::Byte => spelling.bytes(text),
            Role::Literal => literal(&facts, text).into_bytes(),
            Role::Unused => Vec::new(),
        });
        let specials = specials(&facts);
        Ok(Self { file: file.into(), splitter, prefix, bytes: bytes.collect(), specials, remarks })
    }
}

/// The tokens of the types unknown and control, as they stand in a text.
fn specials(facts: &TokenizerFacts) -> Vec<String> {
    let types = facts.types.iter().flat_map(|types| types.iter());
    let special = facts.tokens.iter().zip(types).filter(|(text, kind)| matches!(kind, 2 | 3) && !text.is_empty());
    special.map(|(text, _)| literal(facts, text)).collect()
}

/// Text, id and role of every token.
fn tokens<'a>(facts: &'a TokenizerFacts) -> impl Iterator<Item = (&'a str, u32, Role)> {
    // Some converters type bytes as text. Where a file types any as bytes, it means what it says.
    let untyped = facts.model == "llama" && facts.types.as_ref().is_none_or(|types| !types.contains(&BYTE));
    facts.tokens.iter().zip(0..).map(move |(text, id)| {
        let kind = facts.types.as_ref().and_then(|types| types.get(id as usize));
        let role = match kind {
            Some(2..=4) => Role::Literal,
            Some(5) => Role::Unused,
            Some(&BYTE) => Role::Byte,
            _ if untyped && single_byte(text).is_some() => Role::Byte,
            _ => Role::Normal,
        };
        (text.as_str(), id, role)
    })
}

/// A token as it stands in a text. Some converters leave the spaces of user-defined pieces as the vocabulary has them.
fn literal(facts: &TokenizerFacts, text: &str) -> String {
    if facts.model == "llama" { text.replace(SPACE, " ") } else { text.to_owned() }
}

fn pieces(facts: &TokenizerFacts) -> Result<Pieces, String> {
    let Some(scores) = facts.scores else { return Err("it has no tokenizer.ggml.scores".into()) };
    let mut pieces = Pieces::new(facts.unk_id, facts.add_space_prefix.unwrap_or(true));
    for ((text, id, role), &score) in tokens(facts).zip(scores) {
        match role {
            Role::Normal => pieces.add_piece(text, id, score),
            Role::Literal => pieces.add_literal(&literal(facts, text), id),
            Role::Byte if pieces.add_byte(text, id) => {}
            Role::Byte => return Err(format!("its token {id} is to be a byte and is {text:?}")),
            Role::Unused => {}
        }
    }
    pieces.sort();
    Ok(pieces)
}

/// The tokenizer, and what was left out of it, in words.
fn byte_pairs(facts: &TokenizerFacts, rule: &SplitRule) -> Result<(Inner, Option<String>), String> {
    let words = |error: tokenizers::Error| error.to_string();
    let Some(merges) = facts.merges else { return Err("it has no tokenizer.ggml.merges".into()) };
    let used = tokens(facts).filter(|(_, _, role)| *role != Role::Unused);
    let vocab: Vocab = used.map(|(text, id, _)| (text.to_owned(), id)).collect();
    // Merges that make no token do nothing in llama.cpp, and the library panics at some of them.
    let made = |(left, right): &(&str, &str)| {
        vocab.contains_key(*left) && vocab.contains_key(*right) && vocab.contains_key(&format!("{left}{right}"))
    };
    let sides = merges.iter().map(|merge| merge.split_once(' ').unwrap_or((merge, "")));
    let (sound, lost): (Vec<_>, Vec<_>) = sides.partition(made);
    let merges: Merges = sound.into_iter().map(|(left, right)| (left.to_owned(), right.to_owned())).collect();
    let lost = lost.first().map(|(left, right)| {
        format!("{} of tokenizer.ggml.merges make no token and are left out, {left:?} and {right:?} first", lost.len())
    });
    let model = BPE::builder().vocab_and_merges(vocab, merges).ignore_merges(rule.ignore_merges);
    let mut inner = Inner::new(model.build().map_err(words)?);
    let mut steps = Vec::new();
    for pattern in rule.patterns {
        let pattern = SplitPattern::Regex((*pattern).to_owned());
        steps.push(Split::new(pattern, SplitDelimiterBehavior::Isolated, false).map_err(words)?.into());
    }
    steps.push(PreTokenizerWrapper::from(ByteLevel::new(false, true, false)));
    inner.with_pre_tokenizer(Some(Sequence::new(steps)));
    if rule.compose {
        inner.with_normalizer(Some(NFC)).map_err(words)?;
    }
    let literals = tokens(facts).filter(|(text, _, role)| *role == Role::Literal && !text.is_empty());
    let literals = literals.map(|(text, _, _)| AddedToken::from(text, true).normalized(false));
    inner.add_special_tokens(literals).map_err(words)?;
    Ok((inner, lost))
}

#[cfg(test)]
mod tests {
    use tokenizers::tokenizer::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer as _};

    use super::*;

    fn split<'a>(rule: &str, text: &'a str) -> Vec<&'a str> {
        let mut pieces = PreTokenizedString::from(text);
        for pattern in SplitRule::named(rule).unwrap().patterns {
            let pattern = SplitPattern::Regex((*pattern).to_owned());
            let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false).unwrap();
            split.pre_tokenize(&mut pieces).unwrap();
        }
        let pieces = pieces.get_splits(OffsetReferential::Original, OffsetType::Byte);
        pieces.into_iter().map(|(_, (from, to), _)| &text[from..to]).collect()
    }

    /// What tiktoken's o200k pattern gives with Python's regex library.
    #[test]
    fn the_rule_of_o200k_keeps_endings_and_cuts_capitals() {
        let text = "It's HTTPServer's 12345 café 你好 //\n\n  x DON'T don't";
        let pieces =
            ["It's", " HTTPServer's", " ", "123", "45", " café", " 你好", " //\n\n", " ", " x", " DON'T", " don't"];
        assert_eq!(split("gpt-4o", text), pieces);
        assert_ne!(split("llama-bpe", text), pieces);
    }
}
