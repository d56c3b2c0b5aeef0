//! What a setting may be: its kind turns words from flags and variables, and typed values from files, into one form.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tempo_core::Range;

/// The kind of a setting's value, with everything that can be checked without a model.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A number in a range.
    Number(Range),
    /// A whole number up to a largest one.
    Count(u64),
    /// One of these names.
    Choice(Names),
    /// Any text; the word stands for it in the help.
    Text(&'static str),
    /// On or off; the flag takes no value.
    Switch,
}

/// Names that a setting takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    /// In the order of the help.
    pub(crate) names: &'static [&'static str],
    /// What each of them means, as a sentence.
    pub(crate) meanings: &'static [&'static str],
}

impl Kind {
    /// The word that stands for the value in the help.
    pub(crate) fn placeholder(self) -> &'static str {
        match self {
            Self::Number(_) => "F",
            Self::Count(_) => "N",
            Self::Choice(_) => "NAME",
            Self::Text(word) => word,
            Self::Switch => "",
        }
    }

    /// Reads the words of a flag or of an environment variable.
    pub(crate) fn read(self, words: &str) -> Result<Value> {
        let value = match self {
            Self::Number(range) => {
                let number: f64 = words.parse().ok().with_context(|| not_a("number", range.words()))?;
                // JSON has no NaN and no infinity: they become null, which `accept` refuses.
                Value::from(number)
            }
            Self::Count(_) => {
                Value::from(words.parse::<u64>().ok().with_context(|| not_a("whole number", "0 or more"))?)
            }
            Self::Choice(_) | Self::Text(_) => Value::from(words),
            Self::Switch => match words {
                "1" | "true" => Value::Bool(true),
                "0" | "false" => Value::Bool(false),
                _ => bail!("use true or false"),
            },
        };
        self.accept(value)
    }

    /// Checks a typed value, as a configuration file holds it.
    pub(crate) fn accept(self, value: Value) -> Result<Value> {
        match self {
            Self::Number(range) => {
                let fits = value.as_f64().is_some_and(|number| range.contains(number));
                ensure!(fits, not_a("number", range.words()));
            }
            Self::Count(most) => {
                let count = value.as_u64().with_context(|| not_a("whole number", "0 or more"))?;
                ensure!(count <= most, "must be at most {most}");
            }
            Self::Choice(Names { names, .. }) => {
                let valid = value.as_str().is_some_and(|name| names.contains(&name));
                ensure!(valid, "must be one of {}", names.join(", "));
            }
            Self::Text(_) => ensure!(value.is_string(), "must be text in quotes"),
            Self::Switch => ensure!(value.is_boolean(), "must be true or false"),
        }
        Ok(value)
    }
}

fn not_a(what: &str, range: &str) -> String {
    format!("must be a {what}: {range}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_values_or_errors() {
        let number = Kind::Number(Range::NonNegative);
        assert_eq!(number.read("0.25").unwrap(), Value::from(0.25));
        assert_eq!(number.read("1e-3").unwrap(), Value::from(0.001));
        for bad in ["-0.1", "NaN", "inf", "-inf", "half", ""] {
            assert_eq!(number.read(bad).unwrap_err().to_string(), "must be a number: 0 or more", "{bad}");
        }
        assert_eq!(Kind::Count(8).read("8").unwrap(), Value::from(8));
        assert_eq!(Kind::Count(8).read("9").unwrap_err().to_string(), "must be at most 8");
        assert!(Kind::Count(8).read("-1").is_err());
        assert!(
            Kind::Choice(Names { names: &["a", "b"], meanings: &["A.", "B."] })
                .read("c")
                .unwrap_err()
                .to_string()
                .contains("a, b")
        );
        assert_eq!(Kind::Switch.read("1").unwrap(), Value::Bool(true));
        assert!(Kind::Switch.read("yes please").is_err());
    }

    #[test]
    fn typed_values_must_have_the_type() {
        assert_eq!(Kind::Number(Range::Unit).accept(Value::from(1)).unwrap(), Value::from(1));
        assert!(Kind::Number(Range::Unit).accept(Value::from("1")).is_err());
        assert!(Kind::Number(Range::Positive).accept(Value::from(0.0)).is_err());
        assert!(Kind::Number(Range::Finite).accept(Value::Null).is_err());
        assert!(Kind::Count(9).accept(Value::from(2.5)).is_err());
        assert!(Kind::Text("TEXT").accept(Value::from(3)).is_err());
    }
}
