//! What has to be true of a `tokenizer.json` before the `tokenizers` crate may see it.
//!
//! That crate turns some damage into a panic instead of an error: broken JSON inside `decoder`, and a `Precompiled`
//! normalizer whose table cannot be read. A panic ends a page for good, so both are looked at first.

use serde::Deserialize;
use serde_json::Value;
use tokenizers::normalizers::Precompiled;

/// The parts that panic when they are damaged; the large ones are only read over.
#[derive(Deserialize)]
struct Parts {
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    decoder: Value,
}

/// Refuses what would panic, in words.
pub(super) fn check(json: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(json).map_err(|error| error.to_string())?;
    let Parts { normalizer, decoder } = serde_json::from_str(text).map_err(|error| error.to_string())?;
    precompiled(&normalizer)?;
    precompiled(&decoder)
}

/// Reads every precompiled table, wherever it is nested.
fn precompiled(value: &Value) -> Result<(), String> {
    match value {
        Value::Array(items) => items.iter().try_for_each(precompiled),
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|kind| kind == "Precompiled") {
                let read = serde_json::from_value::<Precompiled>(value.clone());
                read.map_err(|error| format!("its precompiled normalizer cannot be read: {error}"))?;
            }
            fields.values().try_for_each(precompiled)
        }
        _ => Ok(()),
    }
}
