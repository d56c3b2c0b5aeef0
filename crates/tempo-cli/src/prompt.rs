//! Where the prompt comes from.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use tempo_model::files;

/// What the built-in model continues when there is no prompt.
const EXAMPLE: &str = "Once upon a time";

/// A place from the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PromptSource {
    /// The text itself.
    Text(String),
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl PromptSource {
    /// The value of `--prompt-file`.
    pub(crate) fn file(name: String) -> Self {
        if name == "-" { Self::Stdin } else { Self::File(name.into()) }
    }

    /// What stands there; `what` names it in errors, as `prompt`.
    ///
    /// # Errors
    /// When it cannot be read as UTF-8.
    pub(crate) fn read(self, what: &str) -> Result<String> {
        match self {
            Self::Text(text) => Ok(text),
            Self::File(path) => text_of(&path, &format!("{what} file")),
            Self::Stdin => {
                let mut bytes = Vec::new();
                let failed = || format!("cannot read the {what} from standard input");
                io::stdin().lock().read_to_end(&mut bytes).with_context(failed)?;
                decode(&bytes, "standard input")
            }
        }
    }
}

/// The prompt as text, and a remark where it is the example.
///
/// # Errors
/// When there is none, when it is empty, or when it cannot be read as UTF-8.
///
/// Standard input is read only on request: an open pipe without a writer would hang the program.
pub(crate) fn read(source: Option<PromptSource>, built_in_model: bool) -> Result<(String, Option<String>)> {
    if let Some(source) = source {
        let text = source.read("prompt")?;
        if text.is_empty() {
            bail!("empty prompt; a run needs at least one token to continue from");
        }
        return Ok((text, None));
    }
    if !built_in_model {
        bail!("no prompt; give one with --prompt TEXT or --prompt-file FILE (- for standard input)");
    }
    Ok((EXAMPLE.to_owned(), Some(format!("no prompt given, so the example is used: --prompt \"{EXAMPLE}\""))))
}

/// The text of a file of this kind, as `prompt file`.
///
/// # Errors
/// When it cannot be read as UTF-8.
pub(crate) fn text_of(path: &Path, kind: &str) -> Result<String> {
    let name = format!("the {kind} {}", path.display());
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {name}"))?;
    decode(&bytes, &name)
}

/// Text of a file without its final line break and its byte order mark: an editor put them there, and a model would take
/// them as a paragraph's end and as a character.
fn decode(bytes: &[u8], name: &str) -> Result<String> {
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes {
        bail!("{name} is not UTF-8 but UTF-16; save it as UTF-8");
    }
    let bytes = files::without_mark(bytes).to_vec();
    let mut text =
        String::from_utf8(bytes).map_err(|error| error.utf8_error()).with_context(|| format!("{name} is not UTF-8"))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_final_line_break_is_left_out() {
        for (bytes, want) in [("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a", "a"), ("\n", ""), ("a ", "a ")] {
            assert_eq!(decode(bytes.as_bytes(), "x").unwrap(), want);
        }
        assert!(
            format!("{:#}", decode(&[0xff], "the prompt file p").unwrap_err())
                .starts_with("the prompt file p is not UTF-8")
        );
    }

    #[test]
    fn files_of_windows_are_text_or_told_of() {
        assert_eq!(decode(b"\xef\xbb\xbfhello\r\n", "x").unwrap(), "hello");
        let error = decode(b"\xff\xfeh\0i\0", "x").unwrap_err().to_string();
        assert_eq!(error, "x is not UTF-8 but UTF-16; save it as UTF-8");
    }

    #[test]
    fn only_the_built_in_model_has_an_example() {
        let (text, remark) = read(None, true).unwrap();
        assert_eq!(text, EXAMPLE);
        assert!(remark.unwrap().contains(EXAMPLE));
        assert!(read(None, false).unwrap_err().to_string().contains("--prompt-file"));
        let empty = read(Some(PromptSource::Text(String::new())), true).unwrap_err();
        assert!(empty.to_string().starts_with("empty prompt"));
    }

    #[test]
    fn a_dash_is_standard_input() {
        assert_eq!(PromptSource::file("-".into()), PromptSource::Stdin);
        assert_eq!(PromptSource::file("p.txt".into()), PromptSource::File("p.txt".into()));
    }
}
