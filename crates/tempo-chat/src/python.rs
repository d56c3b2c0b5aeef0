//! What templates use of Python beyond Jinja itself, as transformers gives it to them.

use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};
use serde::Serialize as _;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

/// Steps of a template's program: a conversation of a thousand turns takes some hundred thousands.
const FUEL: u64 = 5_000_000;

/// What `raise_exception` raises begins with it, to be told from the engine's own errors.
pub(crate) const RAISED: &str = "the template says: ";

/// The environment that transformers compiles templates in.
pub(crate) fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_fuel(Some(FUEL));
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.set_formatter(|out, state, value| match value.kind() {
        // Python writes them so.
        ValueKind::None => out.write_str("None").map_err(Error::from),
        ValueKind::Bool => out.write_str(if value.is_true() { "True" } else { "False" }).map_err(Error::from),
        _ => minijinja::escape_formatter(out, state, value),
    });
    environment.add_function("raise_exception", |message: String| -> Result<Value, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, format!("{RAISED}{message}")))
    });
    environment.add_filter("tojson", to_json);
    Ok(environment)
}

/// `strftime_now`, at a date from outside: templates that tell the date then give the same text again.
pub(crate) fn strftime_now(now: DateTime) -> impl Fn(String) -> Result<String, Error> + Send + Sync + 'static {
    move |format| {
        BrokenDownTime::from(now)
            .to_string(&format)
            .map_err(|error| Error::new(ErrorKind::InvalidOperation, format!("strftime_now({format:?}): {error}")))
    }
}

/// Python's `json.dumps(value, ensure_ascii=False)`: a space behind every comma and colon, nothing escaped for HTML.
#[expect(clippy::needless_pass_by_value, reason = "a filter is given it so")]
fn to_json(state: &State, value: &Value, options: Kwargs) -> Result<Value, Error> {
    let indent: Option<usize> = options.get("indent")?;
    // Others are accepted: they change nothing for texts and lists of them.
    for name in ["ensure_ascii", "sort_keys", "separators"] {
        let _known: Option<Value> = options.get(name)?;
    }
    options.assert_all_used()?;
    let mut written = Vec::new();
    let wrong = |error: serde_json::Error| Error::new(ErrorKind::BadSerialization, error.to_string());
    match indent {
        Some(indent) => {
            let spaces = " ".repeat(indent.min(16));
            let formatter = PrettyFormatter::with_indent(spaces.as_bytes());
            value.serialize(&mut Serializer::with_formatter(&mut written, formatter)).map_err(wrong)?;
        }
        None => value.serialize(&mut Serializer::with_formatter(&mut written, Spaced)).map_err(wrong)?,
    }
    state.consume_fuel(written.len() as u64 / 64)?;
    let text =
        String::from_utf8(written).map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    Ok(Value::from(text))
}

/// The separators of Python's `json`.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: std::io::Write + ?Sized>(&mut self, out: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: std::io::Write + ?Sized>(&mut self, out: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: std::io::Write + ?Sized>(&mut self, out: &mut W) -> std::io::Result<()> {
        out.write_all(b": ")
    }
}
