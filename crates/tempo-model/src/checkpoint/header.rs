//! The header of a safetensors file: what the library refuses is put into words, and what nobody needs refuses nothing.

use safetensors::tensor::Metadata;
use serde_json::Value;

/// What others write for the file as a whole; nothing here needs it.
const ABOUT: &str = "__metadata__";
/// What every type is called; the library knows these.
const KNOWN: &str = "BOOL, U8 to U64, I8 to I64, F4 to F64 and BF16";

/// Reads a header.
///
/// # Errors
/// When it cannot be true, in words.
pub(super) fn read(json: &[u8]) -> Result<Metadata, String> {
    let error = match serde_json::from_slice::<Metadata>(json) {
        Ok(found) => return Ok(found),
        Err(error) => error.to_string(),
    };
    // Only now, for a header of a large model is large.
    let header: Value = serde_json::from_slice(json).map_err(|error| format!("its header is no JSON ({error})"))?;
    let Value::Object(mut tensors) = header else { return Err("its header is no list of tensors".into()) };
    let about = tensors.remove(ABOUT);
    for (name, tensor) in &tensors {
        part(tensor).map_err(|what| format!("of tensor {name:?} its header has {what}"))?;
    }
    // What stands there about the file may be anything.
    if about.is_some()
        && let Ok(found) = serde_json::from_value(Value::Object(tensors))
    {
        return Ok(found);
    }
    Err(error)
}

/// What is wrong with the entry of a tensor by itself.
fn part(tensor: &Value) -> Result<(), String> {
    let Some(parts) = tensor.as_object() else { return Err("no entry, but something else".into()) };
    let numbers = |key: &str| {
        let list = parts.get(key).and_then(Value::as_array).ok_or_else(|| format!("no {key}"))?;
        match list.iter().find(|number| number.as_u64().and_then(|number| usize::try_from(number).ok()).is_none()) {
            None => Ok(list.len()),
            Some(odd) => Err(format!("the number {odd} in {key}")),
        }
    };
    numbers("shape")?;
    if numbers("data_offsets")? != 2 {
        return Err("data_offsets that are not two".into());
    }
    match parts.get("dtype") {
        None => Err("no dtype".into()),
        Some(dtype) => match serde_json::from_value::<safetensors::Dtype>(dtype.clone()) {
            Ok(_) => Ok(()),
            Err(_) => Err(format!("the dtype {dtype}, which is not known (known: {KNOWN})")),
        },
    }
}
