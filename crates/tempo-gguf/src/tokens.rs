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
    /// The end-of-text token; what is wrong with it is told by [`ModelFacts`](crate::ModelFacts).
    pub eos_id: Option<u32>,
    /// The token for what cannot be written.
    pub unk_id: Option<u32>,
    /// The token that fills texts up to one length.
    pub pad_id: Option<u32>,
    /// Whether a text begins with `bos_id`. Where the file does not tell, llama.cpp does so for the kind `llama`.
    pub add_bos: Option<bool>,
    /// Whether a space is put before a text. Where the file does not tell, llama.cpp does so for the kind `llama`.
    pub add_space_prefix: Option<bool>,
    /// What is wrong with keys of this kind that a tokenizer can do without; they are taken as not there.
    pub left_out: Vec<GgufError>,
}

impl<'a> TokenizerFacts<'a> {
    /// Reads them from the metadata.
    ///
    /// # Errors
    /// When the kind or the tokens are missing, a key is of another type, or the tables do not fit each other.
    pub fn new(header: &'a Header) -> Result<Self, GgufError> {
        let tokens = header.strings("tokenizer.ggml.tokens")?;
        let model = header.string("tokenizer.ggml.model")?;
        // What a kind has no use for is not asked for.
        let (by_scores, by_merges) = (model != "gpt2", model != "llama");
        let scores: Option<&[f32]> = if by_scores { header.optional("tokenizer.ggml.scores")? } else { None };
        let types: Option<Vec<i32>> = header.optional("tokenizer.ggml.token_type")?;
        let merges: Option<&[String]> = if by_merges { header.optional("tokenizer.ggml.merges")? } else { None };
        same_length("tokenizer.ggml.scores", scores.map(<[_]>::len), tokens.len())?;
        same_length("tokenizer.ggml.token_type", types.as_ref().map(Vec::len), tokens.len())?;
        let vocab = tokens.len() as u64;
        let mut optional = Optional { header, vocab, left_out: Vec::new() };
        Ok(Self {
            model,
            pre: if by_merges { header.optional("tokenizer.ggml.pre")? } else { None },
            tokens,
            scores,
            types,
            merges,
            bos_id: optional.special("bos"),
            eos_id: Optional { header, vocab, left_out: Vec::new() }.special("eos"),
            unk_id: optional.special("unknown"),
            // Few templates name it, and nothing else asks for it: one that cannot be used is no remark.
            pad_id: Optional { header, vocab, left_out: Vec::new() }.special("padding"),
            add_bos: optional.switch("tokenizer.ggml.add_bos_token"),
            add_space_prefix: optional.switch("tokenizer.ggml.add_space_prefix"),
            left_out: optional.left_out,
        })
    }
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

/// What tokens are called that end a turn or a text in the formats of conversations. Files often name one of several.
const ENDS: [&str; 12] = [
    "<|eot_id|>",
    "<|eom_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|END_OF_TURN_TOKEN|>",
    "<end_of_turn>",
    "<end_of_utterance>",
    "<EOT>",
    "<\u{ff5c}end\u{2581}of\u{2581}sentence\u{ff5c}>",
];

/// Tokens that end a text.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    /// Each once.
    pub(crate) ids: Vec<u32>,
    /// Those that no key names, only their text.
    pub(crate) by_name: Vec<String>,
}

/// Keys that a model can do without. One that cannot be used is as good as none, and is told of.
pub(crate) struct Optional<'a> {
    pub(crate) header: &'a Header,
    pub(crate) vocab: u64,
    pub(crate) left_out: Vec<GgufError>,
}

impl Optional<'_> {
    fn keep<T>(&mut self, found: Result<Option<T>, GgufError>) -> Option<T> {
        found.unwrap_or_else(|error| {
            self.left_out.push(error);
            None
        })
    }

    pub(crate) fn switch(&mut self, key: &str) -> Option<bool> {
        self.keep(self.header.optional(key))
    }

    /// The id of a special token below `vocab`. Converters write -1 for one that does not exist, in 32 bits without a
    /// sign.
    pub(crate) fn special(&mut self, name: &str) -> Option<u32> {
        const NONE: i64 = u32::MAX as i64;
        let key = format!("tokenizer.ggml.{name}_token_id");
        let found = self.header.optional::<i64>(&key).and_then(|id| match id {
            None | Some(-1 | NONE) => Ok(None),
            Some(id) => match u32::try_from(id) {
                Ok(small) if u64::from(small) < self.vocab => Ok(Some(small)),
                _ => {
                    let allowed = format!("below {}", self.vocab);
                    Err(GgufError::KeyValue { key, allowed, found: id.to_string() })
                }
            },
        });
        self.keep(found)
    }

    /// End of text, of turn, of message; then those that are known by their text and typed as tokens of this kind.
    pub(crate) fn ends(&mut self) -> Ends {
        let mut ends = Ends::default();
        for name in ["eos", "eot", "eom"] {
            ends.ids.extend(self.special(name).filter(|id| !ends.ids.contains(id)));
        }
        let tokens: &[String] = self.header.optional("tokenizer.ggml.tokens").ok().flatten().unwrap_or_default();
        let types: Option<Vec<i32>> = self.header.optional("tokenizer.ggml.token_type").ok().flatten();
        let special = |id: usize| types.as_ref().is_none_or(|types| matches!(types.get(id), Some(3 | 4)));
        let named = tokens.iter().zip(0..self.vocab).filter(|(text, _)| ENDS.contains(&text.as_str()));
        for (text, id) in named.filter_map(|(text, id)| Some((text, u32::try_from(id).ok()?))) {
            if special(id as usize) && !ends.ids.contains(&id) {
                ends.ids.push(id);
                ends.by_name.push(text.clone());
            }
        }
        ends
    }
}
