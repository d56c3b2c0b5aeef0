//! Names of files: those that a model's files have, and what names may be at all.

use std::path::Path;

/// What a model is.
pub const CONFIG: &str = "config.json";
/// Its words.
pub const TOKENIZER: &str = "tokenizer.json";
/// Checkpoints that are not split.
pub const SINGLE: &str = "model.safetensors";
/// Which shard holds which tensor.
pub const INDEX: &str = "model.safetensors.index.json";
/// How its makers generate.
pub const GENERATION: &str = "generation_config.json";
/// Its special tokens, and perhaps its chat template.
pub const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
/// Its chat template.
pub const CHAT_TEMPLATE: &str = "chat_template.jinja";
/// Its words in forms that other programs read, and this one does not.
pub const OTHER_TOKENIZERS: [&str; 4] = ["tokenizer.model", "spiece.model", "tekken.json", "vocab.json"];
/// Small files that are read where they are there.
pub const OPTIONAL: [&str; 3] = [GENERATION, TOKENIZER_CONFIG, CHAT_TEMPLATE];

/// The most files that a model is split into here.
const MOST_PARTS: usize = 1000;
/// Bytes of a name at most, and of a path.
const LONGEST_NAME: usize = 200;
const LONGEST_PATH: usize = 300;
/// What a GGUF file is called that holds something else than a language model.
const OTHER: [&str; 3] = ["mmproj", "adapter", "imatrix"];

/// Whether a file is one of this format by its name.
pub fn is_gguf(name: &str) -> bool {
    has_extension(name, "gguf")
}

fn has_extension(name: &str, wanted: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found.eq_ignore_ascii_case(wanted))
        || name.strip_prefix('.').is_some_and(|rest| rest.eq_ignore_ascii_case(wanted))
}

/// Projectors of images, adapters and statistics.
pub(crate) fn is_other(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    OTHER.iter().any(|other| small.contains(other))
}

/// The names of all files of a model, from the name of one of them, and the number of that one, from 0 on: parts are called
/// `NAME-00001-of-00003.gguf`. `None` for a file that is called otherwise.
pub fn part_names(file: &str) -> Option<(usize, Vec<String>)> {
    let (stem, ending) = file.split_at_checked(file.len().checked_sub(".gguf".len())?)?;
    if !ending.eq_ignore_ascii_case(".gguf") {
        return None;
    }
    let (before, all) = stem.rsplit_once("-of-")?;
    let (name, part) = before.rsplit_once('-')?;
    let number = |digits: &str| {
        let plain = digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<usize>().ok().filter(|_| plain)
    };
    let (part, count) = (number(part)?, number(all)?);
    let sound = !name.is_empty() && (1..=MOST_PARTS).contains(&count) && (1..=count).contains(&part);
    sound.then(|| (part - 1, (1..=count).map(|part| format!("{name}-{part:05}-of-{all}{ending}")).collect()))
}

/// The file, or all files of the model that it is a part of, in their order.
pub fn parts(file: &str) -> Vec<String> {
    part_names(file).map_or_else(|| vec![file.to_owned()], |(_, parts)| parts)
}

/// The name of a model in several files: that of its parts without their numbers.
pub fn name_of_parts(file: &str) -> Option<&str> {
    part_names(file)?;
    file.rsplit_once("-of-")?.0.rsplit_once('-').map(|(name, _)| name)
}

/// True for names that are safe as one part of a path, everywhere.
pub fn is_file_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    name.len() <= LONGEST_NAME
        && name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && name.bytes().all(plain)
        && !name.contains("..")
}

/// The same of a file that may lie in folders.
pub fn is_path(path: &str) -> bool {
    path.len() <= LONGEST_PATH && path.split('/').all(is_file_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_known_by_the_name_of_any_of_them() {
        let (part, names) = part_names("a-of-b-00002-of-00003.gguf").unwrap();
        assert_eq!((part, names.len(), &*names[2]), (1, 3, "a-of-b-00003-of-00003.gguf"));
        assert_eq!(name_of_parts("m.Q4_0-00001-of-00001.GGUF"), Some("m.Q4_0"));
        for other in [
            "m.gguf",
            "m-00000-of-00002.gguf",
            "m-00003-of-00002.gguf",
            "m-1-of-2.gguf",
            "m-00001-of-01001.gguf",
            "-00001-of-00002.gguf",
            "m-00001-of-00002.bin",
            "m-of-1.gguf",
            "+0001-of-00002.gguf",
            "",
            "é.gguf",
        ] {
            assert_eq!(part_names(other), None, "{other}");
            assert_eq!(name_of_parts(other), None, "{other}");
            assert_eq!(parts(other), [other]);
        }
    }

    #[test]
    fn names_are_plain() {
        assert!(["a", "a.gguf", "0_b-c.safetensors"].into_iter().all(is_file_name));
        assert!(is_path("Q4/m.gguf") && !is_path("Q4//m.gguf") && !is_path("../m.gguf"));
        let odd =
            ["", ".a", "-a", "a b", "a..b", "a/b", "a\u{200b}", "\u{feff}a", "a\u{202e}b", "a\u{ad}b", "a\n", "é"];
        assert!(!odd.into_iter().any(is_file_name));
        assert!(!is_file_name(&"a".repeat(201)));
        assert!(is_gguf("m.GGUF") && is_gguf(".gguf") && !is_gguf("gguf"));
    }
}
