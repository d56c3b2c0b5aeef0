//! Models in several files, as llama.cpp splits them: the names of the files, and their headers as one.

use crate::error::{GgufError, brief};
use crate::header::Header;

/// The most files that a model is split into here.
const MOST: usize = 1000;

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
    let sound = !name.is_empty() && (1..=MOST).contains(&count) && (1..=count).contains(&part);
    sound.then(|| (part - 1, (1..=count).map(|part| format!("{name}-{part:05}-of-{all}{ending}")).collect()))
}

/// The name of a model in several files: that of its parts without their numbers.
pub fn name_of_parts(file: &str) -> Option<&str> {
    part_names(file)?;
    file.rsplit_once("-of-")?.0.rsplit_once('-').map(|(name, _)| name)
}

impl Header {
    /// Files that the model is in, as this one tells: 1 where it does not say.
    ///
    /// # Errors
    /// When the value is of another type.
    pub fn parts(&self) -> Result<u64, GgufError> {
        Ok(self.optional::<u64>(COUNT)?.unwrap_or(1))
    }

    /// One header of all the files of a model, in their order: the metadata of the first, the tensors of all. Which file holds
    /// a tensor is told by [`Tensor::part`](crate::Tensor::part).
    ///
    /// # Errors
    /// When the files are not those of one model in this order, or have a tensor twice.
    pub fn join(mut headers: Vec<Self>) -> Result<Self, GgufError> {
        let count = headers.len() as u64;
        for (part, header) in (0..).zip(&headers) {
            header.is_part(part, count)?;
        }
        if headers.is_empty() {
            return Err(GgufError::MissingKey { key: COUNT.into() });
        }
        let mut joined = headers.remove(0);
        joined.append(headers)?;
        let tensors = joined.tensors().len() as u64;
        match joined.optional::<u64>(TENSORS)? {
            Some(promised) if promised != tensors => {
                Err(wrong(TENSORS, &format!("{tensors}, as the files have"), promised))
            }
            _ => Ok(joined),
        }
    }

    /// Checks that this is the header of that part of so many.
    fn is_part(&self, part: u64, count: u64) -> Result<(), GgufError> {
        let (found, all) = (self.required::<u64>(NUMBER)?, self.parts()?);
        match () {
            () if all != count => Err(wrong(COUNT, &format!("{count}, as its name says"), all)),
            () if found != part => Err(wrong(NUMBER, &format!("{part}, as its name says"), found)),
            () => Ok(()),
        }
    }
}

const NUMBER: &str = "split.no";
const COUNT: &str = "split.count";
const TENSORS: &str = "split.tensors.count";

fn wrong(key: &str, allowed: &str, found: u64) -> GgufError {
    GgufError::KeyValue { key: key.into(), allowed: brief(allowed), found: found.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_all_parts_follow_from_one() {
        let (part, names) = part_names("a-of-b-00002-of-00003.gguf").unwrap();
        let want = ["a-of-b-00001-of-00003.gguf", "a-of-b-00002-of-00003.gguf", "a-of-b-00003-of-00003.gguf"];
        assert_eq!((part, names.as_slice()), (1, want.map(String::from).as_slice()));
        assert_eq!(name_of_parts("m.Q4_0-00001-of-00001.GGUF"), Some("m.Q4_0"));
        for other in [
            "",
            "a.gguf",
            "-00001-of-00003.gguf",
            "a-00000-of-00003.gguf",
            "a-00004-of-00003.gguf",
            "a-1-of-3.gguf",
            "a-00001-of-00003.bin",
            "a-00001-of-99999.gguf",
            "a-+0001-of-00003.gguf",
            "ä-00001-of-0000é.gguf",
        ] {
            assert_eq!(part_names(other), None, "{other}");
            assert_eq!(name_of_parts(other), None, "{other}");
        }
    }
}
