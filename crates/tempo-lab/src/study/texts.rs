//! Texts become windows.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use tempo_core::{SplitMix64, TokenId};

use super::spec::Spec;

/// Bytes of a document that are looked at.
const LONGEST: usize = 64 << 10;

/// A stretch of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Number of the document among those that are taken.
    pub document: usize,
    /// Number of the window in its document.
    pub window: usize,
    /// What a tokenizer puts before every text, and the prefix; in a conversation all that comes before the answer.
    pub prompt: Vec<TokenId>,
    /// What the text goes on with.
    pub gold: Vec<TokenId>,
}

/// Splits texts into tokens.
pub trait Tokens {
    /// With whatever the tokenizer puts around a text.
    ///
    /// # Errors
    /// When the text cannot be tokenised.
    fn whole(&self, text: &str) -> anyhow::Result<Vec<TokenId>>;

    /// Without it.
    ///
    /// # Errors
    /// When the text cannot be tokenised.
    fn plain(&self, text: &str) -> anyhow::Result<Vec<TokenId>>;

    /// A conversation up to the answer: a user says the instruction and these tokens as a text.
    ///
    /// # Errors
    /// When the model holds no conversations, or the text cannot be tokenised.
    fn conversation(&self, instruction: &str, text: &[TokenId]) -> anyhow::Result<Vec<TokenId>>;
}

/// The documents of a folder of `.txt` files in order of their names, or of one file.
///
/// # Errors
/// When something cannot be read, or there is no text.
pub fn documents(texts: &Path) -> anyhow::Result<Vec<String>> {
    let shown = texts.display();
    let mut files = vec![texts.to_owned()];
    if texts.is_dir() {
        let entries = std::fs::read_dir(texts).with_context(|| format!("cannot read the folder {shown}"))?;
        let paths: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        files = paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "txt")).collect();
        files.sort();
        ensure!(!files.is_empty(), "`texts`: the folder {shown} has no .txt file");
    }
    let mut documents = Vec::new();
    for file in files {
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("`texts`: cannot read {}", file.display()))?;
        let parts = text.split("<|endoftext|>").map(str::trim).filter(|part| !part.is_empty());
        documents.extend(parts.map(str::to_owned));
    }
    ensure!(!documents.is_empty(), "`texts`: there is no text in {shown}");
    Ok(documents)
}

/// The windows of a study, in order, and how many documents are too short for one.
///
/// # Errors
/// When there are fewer documents that are long enough than the study asks for.
pub fn windows(spec: &Spec, documents: &[String], tokens: &impl Tokens) -> anyhow::Result<(Vec<Window>, usize)> {
    let needed = spec.prefix + spec.n;
    let mut long = Vec::new();
    let mut longest = 0;
    for document in documents {
        // A token has one byte at least, so what is shorter need not be split.
        if document.len() < needed {
            longest = longest.max(document.len());
            continue;
        }
        let end = (0..=document.len().min(LONGEST)).rev().find(|end| document.is_char_boundary(*end)).unwrap_or(0);
        let plain = tokens.plain(&document[..end])?;
        if plain.len() >= needed {
            long.push((document, plain));
        } else {
            longest = longest.max(plain.len());
        }
    }
    let (found, short) = (long.len(), documents.len() - long.len());
    let wanted = if spec.documents == 0 { found } else { spec.documents };
    if found < wanted.max(1) {
        bail!(
            "{found} of {} documents have the {needed} tokens of `prefix` = {} and `n` = {}, {} are wanted; the longest of the others \
             has about {longest}: lower `prefix`, `n` or `documents`, or give longer texts",
            documents.len(),
            spec.prefix,
            spec.n,
            wanted.max(1),
        );
    }
    let mut windows = Vec::new();
    for document in 0..wanted {
        let (text, plain) = &long[document * found / wanted];
        let before = prefix(tokens, text)?;
        let mut places = SplitMix64::new(spec.seed.wrapping_add(document as u64 * 1_000_003));
        for window in 0..spec.windows {
            let rooms = plain.len() - needed + 1;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the number of places")]
            let start = (places.unit() * rooms as f64) as usize;
            let (prompt, gold) = plain[start..start + needed].split_at(spec.prefix);
            let prompt = match &spec.instruction {
                Some(instruction) => tokens.conversation(instruction, prompt)?,
                None => before.iter().chain(prompt).copied().collect(),
            };
            windows.push(Window { document, window, prompt, gold: gold.to_vec() });
        }
    }
    Ok((windows, short))
}

/// What the tokenizer puts before a text.
fn prefix(tokens: &impl Tokens, text: &str) -> anyhow::Result<Vec<TokenId>> {
    let end = text.char_indices().nth(200).map_or(text.len(), |(end, _)| end);
    let (whole, plain) = (tokens.whole(&text[..end])?, tokens.plain(&text[..end])?);
    let extra = whole.len().saturating_sub(plain.len());
    // It may put something behind it, too.
    let before = (0..=extra).find(|before| whole[*before..].starts_with(&plain)).unwrap_or(0);
    Ok(whole[..before].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte a token, and 0 before every text.
    struct Bytes;

    impl Tokens for Bytes {
        fn whole(&self, text: &str) -> anyhow::Result<Vec<TokenId>> {
            Ok([vec![TokenId(0)], self.plain(text)?].concat())
        }

        fn plain(&self, text: &str) -> anyhow::Result<Vec<TokenId>> {
            Ok(text.bytes().map(|byte| TokenId(byte.into())).collect())
        }

        fn conversation(&self, instruction: &str, text: &[TokenId]) -> anyhow::Result<Vec<TokenId>> {
            Ok([self.plain(instruction)?, text.to_vec(), vec![TokenId(1)]].concat())
        }
    }

    fn spec(documents: usize) -> Spec {
        Spec { documents, windows: 2, prefix: 4, n: 3, ..Spec::default() }
    }

    #[test]
    fn windows_are_stretches_of_their_documents() {
        let documents = ["abcdefghijklmnop".to_owned(), "xyz".to_owned(), "0123456789".to_owned()];
        let (found, short) = windows(&spec(0), &documents, &Bytes).unwrap();
        assert_eq!((found.len(), short), (4, 1));
        for window in &found {
            assert_eq!((window.prompt.len(), window.gold.len(), window.prompt[0]), (5, 3, TokenId(0)));
            let text = [&window.prompt[1..], &window.gold].concat();
            let text: String = text.iter().map(|id| char::from(u8::try_from(id.0).unwrap())).collect();
            assert!(documents[if window.document == 0 { 0 } else { 2 }].contains(&text));
        }
        assert_eq!(windows(&spec(0), &documents, &Bytes).unwrap().0, found);
        let other = Spec { seed: 1, ..spec(0) };
        assert_ne!(windows(&other, &documents, &Bytes).unwrap().0, found);
    }

    #[test]
    fn in_a_conversation_the_user_says_the_prefix_and_the_text_goes_on() {
        let documents = ["abcdefghijklmnop".to_owned()];
        let plain = windows(&spec(0), &documents, &Bytes).unwrap().0;
        let said = Spec { instruction: Some("go".to_owned()), ..spec(0) };
        let said = windows(&said, &documents, &Bytes).unwrap().0;
        for (plain, said) in plain.iter().zip(&said) {
            assert_eq!(plain.gold, said.gold);
            let own = [&[TokenId(103), TokenId(111)], &plain.prompt[1..], &[TokenId(1)]].concat();
            assert_eq!(said.prompt, own);
        }
    }

    #[test]
    fn too_few_long_texts_are_told_with_what_is_needed() {
        let documents = ["abcdefghij".to_owned(), "xyz".to_owned()];
        let error = windows(&spec(2), &documents, &Bytes).unwrap_err().to_string();
        assert!(
            error.contains("1 of 2 documents have the 7 tokens") && error.contains("longest of the others has about 3")
        );
        assert!(windows(&Spec { n: 300, ..spec(0) }, &documents, &Bytes).unwrap_err().to_string().contains("0 of 2"));
    }
}
