//! Models in several files, as llama.cpp splits them: their headers as one.

use crate::error::{GgufError, brief};
use crate::header::Header;

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
