//! What an index of shards may name.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::names::is_file_name;
use crate::visible::escaped;

/// Shards that an index may name.
const MOST: usize = 1000;
/// The byte order mark of UTF-8, which some editors put before a text.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Whether an index may name this file: a safetensors file beside it, by a name that is one everywhere.
pub fn is_shard(name: &str) -> bool {
    is_file_name(name) && name.ends_with(".safetensors")
}

/// The shards that an index names, each once.
///
/// # Errors
/// When it is no such index, or names something that is no safetensors file beside it: why, in words that follow on the
/// name of the file and a colon.
pub fn shards(index: &[u8]) -> Result<Vec<String>, String> {
    let text = index.strip_prefix(MARK).unwrap_or(index);
    let index: Value = serde_json::from_slice(text).map_err(|error| format!("it is not JSON ({error})"))?;
    let map = index["weight_map"].as_object().ok_or("it has no weight_map; fetch the file again")?;
    let names: BTreeSet<&str> = map.values().map(|name| name.as_str().unwrap_or_default()).collect();
    if let Some(odd) = names.iter().find(|name| !is_shard(name)) {
        return Err(not_a_shard(odd));
    }
    if names.is_empty() || names.len() > MOST {
        return Err(format!("it names {} shards; between 1 and {MOST} can be read", names.len()));
    }
    Ok(names.into_iter().map(str::to_owned).collect())
}

/// What is said of a name that an index must not have.
pub fn not_a_shard(name: &str) -> String {
    format!("it names the file \"{}\", which is no safetensors file beside it", escaped(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_names_files_beside_it() {
        let index = br#"{"weight_map": {"a": "y.safetensors", "b": "x.safetensors", "c": "y.safetensors"}}"#;
        assert_eq!(shards(index).unwrap(), ["x.safetensors", "y.safetensors"]);
        assert_eq!(shards(&[MARK, index].concat()).unwrap().len(), 2);
        for index in [
            "",
            "[",
            "{}",
            "[]",
            r#"{"weight_map": 3}"#,
            r#"{"weight_map": {}}"#,
            r#"{"weight_map": {"a": 1}}"#,
            r#"{"weight_map": {"a": "b.bin"}}"#,
            r#"{"weight_map": {"a": "../x.safetensors"}}"#,
        ] {
            assert!(shards(index.as_bytes()).is_err(), "{index}");
        }
        let many: Vec<String> = (0..1001).map(|i| format!(r#""{i}": "{i}.safetensors""#)).collect();
        let error = shards(format!(r#"{{"weight_map": {{{}}}}}"#, many.join(",")).as_bytes()).unwrap_err();
        assert!(error.contains("1001 shards"), "{error}");
    }

    #[test]
    fn what_nobody_sees_in_a_name_is_shown_where_it_is_refused() {
        let error = shards(r#"{"weight_map": {"a": "m\u200b.safetensors"}}"#.as_bytes()).unwrap_err();
        assert!(error.contains(r"m\u{200b}.safetensors"), "{error}");
    }
}
