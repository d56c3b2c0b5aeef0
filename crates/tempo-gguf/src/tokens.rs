//! What a file says about its tokenizer, as it stands there.

use crate::error::GgufError;
use crate::header::Header;

/// The tokenizer's tables, borrowed from the header. They fit each other: as many scores and types as tokens, and every
/// id below their number.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenizerFacts<'a> {
    /// The kind: `llama` is `SentencePiece` with scores, `gpt2` byte pairs with merges, and there are others.
    pub model: &'a str,
    /// How text is split before byte pairs are merged, as `qwen2`.
    pub pre: Option<&'a str>,
    /// The text of each token, as the kind writes it (`▁the`, `Ġthe`).
    pub tokens: &'a [String],
    /// The score of each token.
    pub scores: Option<&'a [f32]>,
    /// The type of each token: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.
    pub types: Option<Vec<i32>>,
    /// Pairs that are merged, the first ones first: two texts and a space between.
    pub merges: Option<&'a [String]>,
    /// The token that begins a text.
    pub bos_id: Option<u32>,
    /// Tokens that end a text: end of text, of turn, of message.
    pub eos_ids: Vec<u32>,
    /// The token for what cannot be written.
    pub unk_id: Option<u32>,
    /// Whether a text begins with `bos_id`. Where the file does not tell, llama.cpp does so for the kind `llama`.
    pub add_bos: Option<bool>,
    /// Whether a space is put before a text. Where the file does not tell, llama.cpp does so for the kind `llama`.
    pub add_space_prefix: Option<bool>,
}

impl<'a> TokenizerFacts<'a> {
    /// Reads them from the metadata.
    ///
    /// # Errors
    /// When the kind or the tokens are missing, a key is of another type, or the tables do not fit each other.
    pub fn new(header: &'a Header) -> Result<Self, GgufError> {
        let tokens = header.strings("tokenizer.ggml.tokens")?;
        let scores: Option<&[f32]> = header.optional("tokenizer.ggml.scores")?;
        let types: Option<Vec<i32>> = header.optional("tokenizer.ggml.token_type")?;
        let merges: Option<&[String]> = header.optional("tokenizer.ggml.merges")?;
        same_length("tokenizer.ggml.scores", scores.map(<[_]>::len), tokens.len())?;
        same_length("tokenizer.ggml.token_type", types.as_ref().map(Vec::len), tokens.len())?;
        if let Some((index, merge)) = merges.unwrap_or(&[]).iter().enumerate().find(|(_, merge)| !is_pair(merge)) {
            return Err(GgufError::KeyValue {
                key: format!("tokenizer.ggml.merges[{index}]"),
                allowed: "two texts and a space between".into(),
                found: format!("{:?}", crate::error::brief(merge)),
            });
        }
        let vocab = tokens.len() as u64;
        Ok(Self {
            model: header.string("tokenizer.ggml.model")?,
            pre: header.optional("tokenizer.ggml.pre")?,
            tokens,
            scores,
            types,
            merges,
            bos_id: special(header, "bos", vocab)?,
            eos_ids: eos_ids(header, vocab)?,
            unk_id: special(header, "unknown", vocab)?,
            add_bos: header.optional("tokenizer.ggml.add_bos_token")?,
            add_space_prefix: header.optional("tokenizer.ggml.add_space_prefix")?,
        })
    }
}

/// Texts of byte pairs have no spaces, they write them as `Ġ`.
fn is_pair(merge: &str) -> bool {
    merge.split_once(' ').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty() && !right.contains(' '))
}

fn same_length(key: &str, found: Option<usize>, tokens: usize) -> Result<(), GgufError> {
    match found {
        Some(found) if found != tokens => Err(GgufError::KeyValue {
            key: key.to_owned(),
            allowed: format!("as long as the {tokens} tokens"),
            found: found.to_string(),
        }),
        _ => Ok(()),
    }
}

/// End of text, of turn, of message, each once.
pub(crate) fn eos_ids(header: &Header, vocab: u64) -> Result<Vec<u32>, GgufError> {
    let mut ids = Vec::new();
    for name in ["eos", "eot", "eom"] {
        ids.extend(special(header, name, vocab)?.filter(|id| !ids.contains(id)));
    }
    Ok(ids)
}

/// The id of a special token below `vocab`. Converters write -1 for one that does not exist, in 32 bits without a sign.
pub(crate) fn special(header: &Header, name: &str, vocab: u64) -> Result<Option<u32>, GgufError> {
    const NONE: i64 = u32::MAX as i64;
    let key = format!("tokenizer.ggml.{name}_token_id");
    match header.optional::<i64>(&key)? {
        None | Some(-1 | NONE) => Ok(None),
        Some(id) => match u32::try_from(id) {
            Ok(small) if u64::from(small) < vocab => Ok(Some(small)),
            _ => Err(GgufError::KeyValue { key, allowed: format!("below {vocab}"), found: id.to_string() }),
        },
    }
}
