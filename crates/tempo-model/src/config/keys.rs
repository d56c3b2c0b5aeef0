//! Keys of a configuration, each read when it is asked for: what nobody needs refuses nothing.

use serde_json::{Map, Value};

use crate::error::LoadError;

/// The keys of an object in `config.json`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys<'a>(pub(super) &'a Map<String, Value>);

/// What a value can be read as.
pub(super) trait Read<'a>: Sized {
    /// In words, for messages.
    const WORDS: &'static str;

    fn read(value: &'a Value) -> Option<Self>;
}

impl<'a> Keys<'a> {
    /// The value of a key; `None` where it is absent or `null`.
    ///
    /// # Errors
    /// When it is of another type.
    pub(super) fn get<T: Read<'a>>(self, key: &'static str) -> Result<Option<T>, LoadError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let wrong = || LoadError::Config { field: key, allowed: T::WORDS.into(), found: brief(value) };
        T::read(value).map(Some).ok_or_else(wrong)
    }

    /// The value of a key, whatever it is; `None` where it is absent or `null`.
    pub(super) fn value(self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    /// The key is there and `null`: none, where an absent key is the family's default.
    pub(super) fn is_null(self, key: &str) -> bool {
        self.0.get(key).is_some_and(Value::is_null)
    }
}

/// Whole numbers, also as other programs write them: `4096.0`.
impl Read<'_> for u64 {
    const WORDS: &'static str = "a whole number";

    fn read(value: &Value) -> Option<Self> {
        const EXACT: f64 = (1_u64 << 53) as f64;
        let whole = |number: &f64| (0.0..=EXACT).contains(number) && number.fract() == 0.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was just looked at")]
        value.as_u64().or_else(|| value.as_f64().filter(whole).map(|number| number as Self))
    }
}

impl Read<'_> for f64 {
    const WORDS: &'static str = "a number";

    fn read(value: &Value) -> Option<Self> {
        value.as_f64()
    }
}

impl Read<'_> for bool {
    const WORDS: &'static str = "true or false";

    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl<'a> Read<'a> for &'a str {
    const WORDS: &'static str = "a text";

    fn read(value: &'a Value) -> Option<Self> {
        value.as_str()
    }
}

impl<'a> Read<'a> for Vec<&'a str> {
    const WORDS: &'static str = "a list of texts";

    fn read(value: &'a Value) -> Option<Self> {
        value.as_array()?.iter().map(Value::as_str).collect()
    }
}

impl Read<'_> for Vec<u64> {
    const WORDS: &'static str = "a list of whole numbers";

    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(u64::read).collect()
    }
}

impl Read<'_> for Vec<f64> {
    const WORDS: &'static str = "a list of numbers";

    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(f64::read).collect()
    }
}

impl<'a> Read<'a> for Keys<'a> {
    const WORDS: &'static str = "an object";

    fn read(value: &'a Value) -> Option<Self> {
        value.as_object().map(Keys)
    }
}

/// A value for messages, as long as it may be.
pub(super) fn brief(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_is_read_when_it_is_asked_for() {
        let object = json!({"a": 4096.0, "b": 0.5, "c": null, "d": "x", "e": -1, "f": ["y"], "g": {"h": true}});
        let keys = Keys(object.as_object().unwrap());
        assert_eq!(keys.get::<u64>("a").unwrap(), Some(4096));
        assert_eq!(keys.get::<f64>("b").unwrap(), Some(0.5));
        assert_eq!((keys.get::<u64>("c").unwrap(), keys.is_null("c"), keys.is_null("z")), (None, true, false));
        assert_eq!(keys.get::<Vec<&str>>("f").unwrap(), Some(vec!["y"]));
        assert_eq!(keys.get::<Keys>("g").unwrap().unwrap().get::<bool>("h").unwrap(), Some(true));
        for (error, words) in [
            (keys.get::<u64>("b").unwrap_err(), "config.json: b must be a whole number, found 0.5"),
            (keys.get::<u64>("e").unwrap_err(), "config.json: e must be a whole number, found -1"),
            (keys.get::<f64>("d").unwrap_err(), "config.json: d must be a number, found \"x\""),
        ] {
            assert_eq!(error.to_string(), words);
        }
        assert_eq!(brief(&json!("x".repeat(500))).len(), 63);
    }
}
