//! Between Rust values and plain JavaScript objects.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::error::{ErrorCode, Failure};

/// A plain object, as `JSON.parse` would give it.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, Failure> {
    value.serialize(&Serializer::json_compatible()).map_err(|error| Failure::new(ErrorCode::Panic, error.to_string()))
}

/// Reads a plain object; what is wrong with it is told under this code.
///
/// By way of JSON, because reading the object itself would pass over keys that the type does not know.
pub(crate) fn from_js<T: DeserializeOwned>(value: &JsValue, code: ErrorCode) -> Result<T, Failure> {
    let json = js_sys::JSON::stringify(value).map(String::from).unwrap_or_default();
    serde_json::from_str(&json).map_err(|error| {
        // The JSON is of our own making: a caller has no use for a place in it.
        let message = error.to_string();
        let words = message.rsplit_once(" at line ").map_or(message.as_str(), |(words, _)| words);
        Failure::new(code, words)
    })
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let error = js_sys::Error::new(&failure.message);
        let code = serde_wasm_bindgen::to_value(&failure.code).unwrap_or(JsValue::UNDEFINED);
        // Setting a property of a fresh object cannot fail.
        let _ = js_sys::Reflect::set(&error, &"code".into(), &code);
        error.into()
    }
}
