//! What has to be true of a `tokenizer.json` before the `tokenizers` crate may see it.
//!
//! That crate turns some damage into a panic instead of an error, and a panic ends a page for good: broken JSON inside
//! `decoder`, a `Precompiled` normalizer whose table cannot be read, a `Replace` normalizer that finds nothing, pieces of
//! length 0, and merges that are longer than any token. So all of these are looked at first.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use tokenizers::normalizers::Precompiled;
use tokenizers::tokenizer::pattern::Pattern as _;
use tokenizers::utils::SysRegex;
use tokenizers::{DecoderWrapper, ModelWrapper, NormalizerWrapper, PostProcessorWrapper, PreTokenizerWrapper};

/// Characters of every kind, alone and beside others, that a pattern may look for.
const WORDS: [&str; 9] = [
    "a",
    "Ab b 1.",
    " a ",
    "1",
    ".!?",
    "\n\r\n\t",
    "\u{e9}\u{301}",
    "\u{65e5}\u{672c}\u{3042}\u{ac00}",
    "\u{627}\u{5d0}\u{1f999}\u{2581}_<s>",
];

/// The parts that panic when they are damaged; the large ones are only read over.
#[derive(Deserialize)]
struct Parts {
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
    #[serde(default)]
    decoder: Value,
    #[serde(default)]
    added_tokens: Option<Vec<Added>>,
    #[serde(default)]
    model: Option<Model>,
}

/// A token beside the model's, as the file has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Added {
    pub(super) id: u32,
    pub(super) content: String,
}

#[derive(Deserialize)]
struct Model {
    #[serde(default)]
    vocab: LongestEntry,
    #[serde(default)]
    merges: Merges,
    #[serde(default)]
    continuing_subword_prefix: Option<String>,
}

/// Bytes of the longest entry of a vocabulary.
#[derive(Default)]
struct LongestEntry(usize);

/// The two sides of a merge.
type Merge = (String, String);

/// Of all merges, the longest, and the one whose right side is the shortest.
#[derive(Default)]
struct Merges {
    longest: Option<Merge>,
    shortest_right: Option<Merge>,
}

/// Refuses what would panic, in words. The tokens that the file has beside its model's.
pub(super) fn check(json: &[u8]) -> Result<Vec<Added>, String> {
    let text = std::str::from_utf8(json).map_err(|error| error.to_string())?;
    let parts: Parts = serde_json::from_str(text).map_err(|error| error.to_string())?;
    precompiled(&parts.normalizer)?;
    precompiled(&parts.decoder)?;
    pieces_of_nothing(&parts.pre_tokenizer)?;
    if let Some(model) = &parts.model {
        merges(model)?;
    }
    everywhere(&parts.normalizer, "Prepend", &|part| match part.get("prepend") {
        Some(text) if text == "" => Err("its Prepend normalizer puts nothing before a text".into()),
        _ => Ok(()),
    })?;
    let added = parts.added_tokens.unwrap_or_default();
    let words: Vec<&str> = WORDS.into_iter().chain(added.iter().map(|added| added.content.as_str())).collect();
    replaces_something(&parts.normalizer, &words)?;
    Ok(added)
}

/// What is wrong with a file that the library cannot read. Of a part of a kind that it does not know it says no more than that
/// there is one, in words of its source; which part that is, is said here.
pub(super) fn unread_part(json: &[u8], words: &str) -> String {
    let unknown = words.contains("did not match any variant");
    unknown.then(|| unknown_part(json)).flatten().unwrap_or_else(|| words.to_owned())
}

/// The name of a part, and whether the library reads it.
type Part = (&'static str, fn(&Value) -> bool);

fn unknown_part(json: &[u8]) -> Option<String> {
    fn reads<T: DeserializeOwned>(part: &Value) -> bool {
        T::deserialize(part).is_ok()
    }
    let parts: [Part; 5] = [
        ("normalizer", reads::<NormalizerWrapper>),
        ("pre_tokenizer", reads::<PreTokenizerWrapper>),
        ("model", reads::<ModelWrapper>),
        ("post_processor", reads::<PostProcessorWrapper>),
        ("decoder", reads::<DecoderWrapper>),
    ];
    let file: Value = serde_json::from_slice(json).ok()?;
    let (name, part) = parts.into_iter().find_map(|(name, reads)| {
        let part = file.get(name).filter(|part| !part.is_null())?;
        (!reads(part)).then_some((name, part))
    })?;
    Some(match part.get("type").and_then(Value::as_str) {
        Some(kind) => format!("its {name} of type {kind:?} is not known here, or has settings that are not"),
        None => format!("its {name} has no type that is known here"),
    })
}

/// Reads every precompiled table, wherever it is nested.
fn precompiled(value: &Value) -> Result<(), String> {
    everywhere(value, "Precompiled", &|part| {
        let read = serde_json::from_value::<Precompiled>(part.clone());
        read.map(|_| ()).map_err(|error| format!("its precompiled normalizer cannot be read: {error}"))
    })
}

fn pieces_of_nothing(value: &Value) -> Result<(), String> {
    everywhere(value, "FixedLength", &|part| match part.get("length") {
        Some(length) if length.as_u64() == Some(0) => Err("its pre-tokenizer cuts pieces of length 0".into()),
        _ => Ok(()),
    })
}

/// A normalizer that finds nothing and puts something there makes the library lose count of its characters.
fn replaces_something(value: &Value, words: &[&str]) -> Result<(), String> {
    everywhere(value, "Replace", &|part| {
        let pattern = |kind: &str| part.get("pattern")?.get(kind)?.as_str();
        let regex = pattern("Regex").map(SysRegex::new).transpose().map_err(|error| error.to_string())?;
        let nothing = match regex {
            Some(regex) => words.iter().any(|word| finds_nothing(&regex, word).unwrap_or(true)),
            None => pattern("String") == Some(""),
        };
        match pattern("Regex").or(pattern("String")).filter(|_| nothing) {
            Some(text) => Err(format!("its Replace normalizer finds nothing by {text:?} and puts something there")),
            None => Ok(()),
        }
    })
}

/// Whether an empty match is among those of a pattern.
pub(super) fn finds_nothing(pattern: &SysRegex, text: &str) -> tokenizers::Result<bool> {
    Ok(pattern.find_matches(text)?.iter().any(|((start, end), is_match)| *is_match && start == end))
}

/// Looks at every part of this type, wherever it is nested.
fn everywhere(value: &Value, kind: &str, look: &dyn Fn(&Value) -> Result<(), String>) -> Result<(), String> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| everywhere(item, kind, look)),
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|found| found == kind) {
                look(value)?;
            }
            fields.values().try_for_each(|field| everywhere(field, kind, look))
        }
        _ => Ok(()),
    }
}

/// The library writes each merge into a buffer as long as the longest token, without the prefix of its right side, whose
/// bytes it does not look at.
fn merges(model: &Model) -> Result<(), String> {
    let prefix = model.continuing_subword_prefix.as_deref().unwrap_or_default();
    if !prefix.is_ascii() {
        return Err(format!("continuing_subword_prefix {prefix:?} is not known here (known: letters of ASCII)"));
    }
    let makes_none = |(left, right): &Merge| format!("its merge of {left:?} and {right:?} makes no token");
    let shortest = model.merges.shortest_right.as_ref().filter(|(_, right)| right.len() < prefix.len());
    let longest = model.merges.longest.as_ref();
    let longest = longest.filter(|(left, right)| left.len() + right.len() > model.vocab.0 + prefix.len());
    shortest.or(longest).map_or(Ok(()), |merge| Err(makes_none(merge)))
}

impl<'de> Deserialize<'de> for LongestEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = LongestEntry;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a vocabulary")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LongestEntry, A::Error> {
                let mut longest = 0;
                while let Some((entry, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                    longest = longest.max(entry.len());
                }
                Ok(LongestEntry(longest))
            }

            /// Pieces with scores, which have no merges.
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<LongestEntry, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(LongestEntry(0))
            }
        }
        deserializer.deserialize_any(Entries)
    }
}

impl<'de> Deserialize<'de> for Merges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = Merges;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a list of merges")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Merges, A::Error> {
                let mut merges = Merges::default();
                while let Some(Given(merge)) = items.next_element::<Given>()? {
                    if let Some(merge) = merge {
                        merges.add(&merge);
                    }
                }
                Ok(merges)
            }

            fn visit_unit<E>(self) -> Result<Merges, E> {
                Ok(Merges::default())
            }
        }
        deserializer.deserialize_any(Items)
    }
}

/// A merge as a file has it: two texts, or one with a space between. The library refuses what is neither.
struct Given(Option<Merge>);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Sides;
        impl<'de> Visitor<'de> for Sides {
            type Value = Given;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a merge")
            }

            fn visit_str<E>(self, both: &str) -> Result<Given, E> {
                Ok(Given(both.split_once(' ').map(|(left, right)| (left.into(), right.into()))))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Given, A::Error> {
                let sides = items.next_element()?.zip(items.next_element()?);
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Given(sides))
            }
        }
        deserializer.deserialize_any(Sides)
    }
}

impl Merges {
    fn add(&mut self, merge: &Merge) {
        let whole = |(left, right): &Merge| left.len() + right.len();
        if self.longest.as_ref().is_none_or(|longest| whole(longest) < whole(merge)) {
            self.longest = Some(merge.clone());
        }
        if self.shortest_right.as_ref().is_none_or(|shortest| shortest.1.len() > merge.1.len()) {
            self.shortest_right = Some(merge.clone());
        }
    }
}
