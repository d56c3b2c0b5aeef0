//! The one place between a tokenizer of the `tokenizers` crate and its use: what that crate would renumber, leave out or
//! panic at is corrected here, told of, or refused by name.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::Value;
use tokenizers::models::bpe::BPE;
use tokenizers::tokenizer::{AddedToken, Model as _, NormalizedString, Normalizer as _, Tokenizer as Inner};
use tokenizers::utils::SysRegex;
use tokenizers::{
    ModelWrapper, NormalizerWrapper, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer as _,
};

use super::sound::{Added, finds_nothing, unread_part};
use super::{byte_of, splits_bytes};

/// Texts that are tokenised before a tokenizer is used.
const PROBES: [&str; 4] = ["", "a", " Hello, 12 w\u{f6}rlds\n", "\u{65e5}\u{672c} \u{1f999}"];

/// A tokenizer that was looked at.
#[derive(Debug)]
pub(super) struct Library {
    inner: Inner,
    /// Tokens of the model; an id from here on has no embedding.
    vocab: usize,
    /// Tokens without one, which only a prompt can name.
    beyond: BTreeMap<u32, String>,
    /// Characters may have no token and no token for the unknown.
    leaves_out: bool,
    /// What the normalizers look for by patterns.
    patterns: Vec<SysRegex>,
    /// Stands before every text.
    begin: Option<u32>,
}

/// What is known of a tokenizer from its file, and what is to be said of it.
pub(super) struct Found {
    pub(super) library: Library,
    /// Every entry of the vocabulary with an embedding, and whether it stands for itself.
    pub(super) entries: BTreeMap<u32, (String, bool)>,
    /// What was left out or taken for granted, in words.
    pub(super) remarks: Vec<String>,
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn words(error: tokenizers::Error) -> String {
    error.to_string()
}

/// Reads a `tokenizer.json`, which has these tokens beside its model's.
pub(super) fn read(json: &[u8], added: &[Added]) -> Result<Inner, String> {
    let inner = Inner::from_bytes(json).map_err(|error| unread_part(json, &error.to_string()))?;
    let moved = |inner: &Inner| -> Vec<Added> {
        let named = added.iter().filter(|added| !added.content.is_empty());
        named.filter(|added| inner.token_to_id(&added.content) != Some(added.id)).cloned().collect()
    };
    let wrong = moved(&inner);
    if wrong.is_empty() {
        return Ok(inner);
    }
    // The library numbers tokens beside the model's on from there; as tokens of the model they keep the file's numbers.
    let mut file: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let mut names = BTreeMap::new();
    for Added { id, content } in added {
        if let Some(other) = names.insert(id, content).filter(|other| *other != content) {
            return Err(format!("its added tokens {other:?} and {content:?} both have the id {id}"));
        }
    }
    for Added { id, content } in &wrong {
        let refuse = |why: String| format!("its added token {content:?} has the id {id}, {why}");
        if let Some(other) = inner.get_model().id_to_token(*id).filter(|other| other != content) {
            return Err(refuse(format!("which is that of {other:?}")));
        }
        if let Some(other) = inner.get_model().token_to_id(content) {
            return Err(refuse(format!("and {other} in the vocabulary of its model")));
        }
        let vocab = file.pointer_mut("/model/vocab").and_then(Value::as_object_mut);
        let vocab = vocab.ok_or_else(|| refuse("which does not follow on its vocabulary".into()))?;
        vocab.insert(content.clone(), (*id).into());
    }
    let inner = Inner::from_bytes(file.to_string()).map_err(words)?;
    match moved(&inner).first() {
        None => Ok(inner),
        Some(Added { id, content }) => Err(format!("its added token {content:?} cannot have the id {id}")),
    }
}

impl Library {
    /// Looks at a tokenizer for a model of this many tokens.
    pub(super) fn look(mut inner: Inner, vocab: usize) -> Result<Found, String> {
        let mut remarks = Vec::new();
        // Settings for training in batches; a prompt is neither cut nor filled up.
        inner.with_padding(None);
        inner.with_truncation(None).map_err(words)?;
        if let ModelWrapper::BPE(model) = inner.get_model()
            && let Some(share) = model.dropout.filter(|share| *share > 0.0)
        {
            let mut model = model.clone();
            model.dropout = None;
            inner.with_model(model);
            remarks.push(format!("its dropout of {share} is for training, and left off"));
        }
        normalized_to_nothing(&inner).map_err(words)?.map_or(Ok(()), |token| {
            Err(format!("its normalizer makes nothing of its added token {token:?}, which is then everywhere"))
        })?;
        let added: BTreeSet<u32> = inner.get_added_tokens_decoder().keys().copied().collect();
        let all: BTreeMap<u32, String> = inner.get_vocab(true).into_iter().map(|(entry, id)| (id, entry)).collect();
        let has_embedding = |id: u32| (id as usize) < vocab;
        let (entries, beyond): (BTreeMap<_, _>, BTreeMap<_, _>) =
            all.into_iter().partition(|(id, _)| has_embedding(*id));
        if let Some(id) = beyond.keys().rev().find(|id| !added.contains(id)) {
            return Err(format!("its largest token id is {id}, the model has logits for {vocab} tokens"));
        }
        if entries.is_empty() {
            return Err("its vocabulary is empty".into());
        }
        if let Some((id, entry)) = beyond.first_key_value() {
            let more = if beyond.len() > 1 { format!(" and {} more", beyond.len() - 1) } else { String::new() };
            remarks.push(format!(
                "its token {entry:?} ({id}){more} has no embedding in the model of {vocab} tokens; \
                 a prompt with it is refused"
            ));
        }
        let leaves_out = leaves_out(&inner);
        if leaves_out {
            remarks.push("it has no token for the unknown; a character that it lacks is left out of a prompt".into());
        }
        let patterns = patterns(inner.get_normalizer())?;
        let mut library = Self { inner, vocab, beyond, leaves_out, patterns, begin: None };
        remarks.extend(library.probe()?);
        let entries = entries.into_iter().map(|(id, entry)| (id, (entry, added.contains(&id)))).collect();
        Ok(Found { library, entries, remarks })
    }

    /// The first of the tokens around every text.
    pub(super) fn begin(&self) -> Option<u32> {
        self.begin
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Appends the tokens of a text; where it cannot be spelt, the reason.
    pub(super) fn encode(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), String> {
        self.can_replace(text)?;
        let encoded = self.inner.encode_fast(text, true).map_err(words)?;
        self.add(encoded.get_ids(), ids)
    }

    /// Appends the tokens of a part of a text, with nothing around it; in a `plain` part added tokens are text.
    pub(super) fn encode_part(
        &self,
        text: &str,
        part: Range<usize>,
        plain: bool,
        ids: &mut Vec<u32>,
    ) -> Result<(), String> {
        self.can_replace(&text[part.clone()])?;
        if !plain {
            let encoded = self.inner.encode_fast(&text[part], false).map_err(words)?;
            return self.add(encoded.get_ids(), ids);
        }
        // Cut out of the whole text: what a tokenizer puts before a text is not put before a part of one.
        let whole = NormalizedString::from(text);
        let Some(cut) = whole.slice(tokenizers::tokenizer::normalizer::Range::Original(part)) else { return Ok(()) };
        let mut parts = PreTokenizedString::from(cut);
        if let Some(normalizer) = self.inner.get_normalizer() {
            parts.normalize(|part| normalizer.normalize(part)).map_err(words)?;
        }
        if let Some(pre_tokenizer) = self.inner.get_pre_tokenizer() {
            pre_tokenizer.pre_tokenize(&mut parts).map_err(words)?;
        }
        parts.tokenize(|part| self.inner.get_model().tokenize(part.get())).map_err(words)?;
        for (_, _, tokens) in parts.get_splits(OffsetReferential::Normalized, OffsetType::Byte) {
            let found: Vec<u32> = tokens.iter().flatten().map(|token| token.id).collect();
            self.add(&found, ids)?;
        }
        Ok(())
    }

    /// The added tokens that its file calls special.
    pub(super) fn specials(&self) -> Vec<String> {
        let added: BTreeMap<u32, AddedToken> = self.inner.get_added_tokens_decoder().into_iter().collect();
        added.into_values().filter(|token| token.special).map(|token| token.content).collect()
    }

    /// Refuses a text that a normalizer would not come to an end with.
    fn can_replace(&self, text: &str) -> Result<(), String> {
        for pattern in &self.patterns {
            if finds_nothing(pattern, text).map_err(words)? {
                return Err("a Replace normalizer of its finds nothing and puts something there".into());
            }
        }
        Ok(())
    }

    /// Appends ids that all have an embedding.
    fn add(&self, found: &[u32], ids: &mut Vec<u32>) -> Result<(), String> {
        if let Some(id) = found.iter().find(|id| **id as usize >= self.vocab) {
            let name = self.beyond.get(id).map_or_else(|| id.to_string(), |entry| format!("{entry:?} ({id})"));
            return Err(format!("its token {name} has no embedding in the model of {} tokens", self.vocab));
        }
        ids.extend_from_slice(found);
        Ok(())
    }

    /// Tokenises a few texts. A text that it cannot spell is no fault yet; a token of every text that has no embedding is.
    fn probe(&mut self) -> Result<Vec<String>, String> {
        let mut remarks = Vec::new();
        let encode = |text: &str| self.inner.encode_fast(text, true).map(|found| found.get_ids().to_vec());
        let around = encode(PROBES[0]).unwrap_or_default();
        if let Some(id) = around.iter().find(|id| **id as usize >= self.vocab) {
            return Err(format!("it puts the token {id} around every text, the model has {} tokens", self.vocab));
        }
        self.begin = around.first().copied();
        for probe in PROBES {
            let mut ids = Vec::new();
            if self.encode(probe, &mut ids).is_ok()
                && probe == PROBES[1]
                && let Some(last) = ids.last().filter(|last| ids.len() > 1 && around.last() == Some(last))
            {
                let name = self.inner.id_to_token(*last).unwrap_or_default();
                remarks.push(format!("it puts {name} ({last}) behind every text, also behind a prompt"));
            }
        }
        Ok(remarks)
    }

    /// The characters of a text that no token stands for, in words: [`encode`](Self::encode) leaves them out.
    pub(super) fn left_out(&self, text: &str) -> tokenizers::Result<Option<String>> {
        if !self.leaves_out {
            return Ok(None);
        }
        let inner = &self.inner;
        let mut parts = inner.get_added_vocabulary().extract_and_normalize(inner.get_normalizer(), text);
        if let Some(pre_tokenizer) = inner.get_pre_tokenizer() {
            pre_tokenizer.pre_tokenize(&mut parts)?;
        }
        let bytes = splits_bytes(inner.get_pre_tokenizer());
        let mut lost = BTreeSet::new();
        for (part, _, tokens) in parts.get_splits(OffsetReferential::Normalized, OffsetType::Byte) {
            if tokens.is_some() {
                continue;
            }
            let spelt: usize = inner.get_model().tokenize(part)?.last().map_or(0, |token| token.offsets.1);
            if spelt < part.len() {
                let unknown =
                    part.chars().filter(|c| inner.get_model().token_to_id(c.encode_utf8(&mut [0; 4])).is_none());
                lost.extend(unknown.map(|c| match byte_of(c).filter(|_| bytes) {
                    Some(byte) => format!("the byte {byte:#04x}"),
                    None => format!("{c:?}"),
                }));
                lost.extend(lost.is_empty().then(|| format!("a character of {part:?}")));
            }
        }
        Ok((!lost.is_empty()).then(|| lost.into_iter().take(8).collect::<Vec<_>>().join(", ")))
    }
}

/// An added token that is looked for in normalized text and is empty there: the library finds it within characters.
fn normalized_to_nothing(inner: &Inner) -> tokenizers::Result<Option<String>> {
    let Some(normalizer) = inner.get_normalizer() else { return Ok(None) };
    for token in inner.get_added_tokens_decoder().into_values().filter(|token| token.normalized) {
        let mut text = NormalizedString::from(token.content.as_str());
        normalizer.normalize(&mut text)?;
        if text.is_empty() {
            return Ok(Some(token.content));
        }
    }
    Ok(None)
}

/// Whether a model drops a character that it has no token for.
fn leaves_out(inner: &Inner) -> bool {
    let ModelWrapper::BPE(model) = inner.get_model() else { return false };
    let all_bytes = |name: &dyn Fn(u8) -> Option<String>| {
        // Those that no UTF-8 has are often missing.
        let occurring = (0..=u8::MAX).filter(|byte| !matches!(byte, 0xc0 | 0xc1 | 0xf5..));
        occurring.into_iter().all(|byte| name(byte).is_some_and(|name| model.token_to_id(&name).is_some()))
    };
    let spelling: BTreeMap<u8, char> =
        (0..0x200).filter_map(char::from_u32).filter_map(|c| Some((byte_of(c)?, c))).collect();
    let by_alphabet = splits_bytes(inner.get_pre_tokenizer()) || normalizes_bytes(inner.get_normalizer());
    !(has_unknown(model)
        || model.byte_fallback && all_bytes(&|byte| Some(format!("<{byte:#04X}>")))
        || by_alphabet && all_bytes(&|byte| spelling.get(&byte).map(char::to_string)))
}

/// A token for the unknown that the vocabulary lacks is an error of the library's own.
fn has_unknown(model: &BPE) -> bool {
    model.unk_token.is_some()
}

fn normalizes_bytes(normalizer: Option<&NormalizerWrapper>) -> bool {
    match normalizer {
        Some(NormalizerWrapper::ByteLevel(_)) => true,
        Some(NormalizerWrapper::Sequence(all)) => all.as_ref().iter().any(|one| normalizes_bytes(Some(one))),
        _ => false,
    }
}

/// The patterns of all `Replace` normalizers.
fn patterns(normalizer: Option<&NormalizerWrapper>) -> Result<Vec<SysRegex>, String> {
    match normalizer {
        Some(NormalizerWrapper::Sequence(all)) => all.as_ref().iter().try_fold(Vec::new(), |mut found, one| {
            found.extend(patterns(Some(one))?);
            Ok(found)
        }),
        Some(NormalizerWrapper::Replace(replace)) => {
            // Its pattern is private to the library, but for its JSON.
            let json = serde_json::to_value(replace).map_err(|error| error.to_string())?;
            let regex = json.pointer("/pattern/Regex").and_then(Value::as_str).map(SysRegex::new).transpose();
            Ok(regex.map_err(|error| error.to_string())?.into_iter().collect())
        }
        _ => Ok(Vec::new()),
    }
}
