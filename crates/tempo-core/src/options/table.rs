//! What a row of the table of options says, and the macro that makes the options from their rows.

use std::fmt;

use super::choices::DecoderKind;

/// One option, with all that a face needs to offer it: flags, variables, keys of files, help, checks, and the page's
/// ranges follow from this.
#[derive(Clone, Copy, Debug)]
pub struct OptionRow {
    /// Its key in traces, links and configuration files.
    pub name: &'static str,
    /// What it does, as the lines of its doc comment. Names of options and of commands stand in backticks.
    pub doc: &'static [&'static str],
    /// Which options it stands with in a help.
    pub group: OptionGroup,
    /// What its values are.
    pub kind: OptionKind,
    /// Which numbers it takes; without a meaning for names.
    pub range: Range,
    /// A further name of its flag.
    pub alias: Option<&'static str>,
    /// What it means that there is no value, where it may have none.
    pub unset: Option<&'static str>,
    /// When it has no effect; the first that holds is the reason.
    pub idle: &'static [Idle],
}

/// Options that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionGroup {
    /// Which decoder, and what others than TEMPO go by.
    Decoder,
    /// Which tokens form a set.
    Selection,
    /// How the selection threshold moves.
    Schedule,
    /// How long a run is.
    Length,
    /// Positions and attention.
    Attention,
    /// How members are taken out.
    Removal,
    /// Rows of the cache, and what a step reports.
    Budget,
    /// The run as one text.
    Reading,
}

/// What the values of an option are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// Numbers.
    Number,
    /// Whole numbers up to this one.
    Count(u64),
    /// Names.
    Choice {
        /// In the order of the documentation.
        names: &'static [&'static str],
        /// What each of them means.
        meanings: &'static [&'static str],
    },
}

/// The value of an option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OptionValue {
    /// A number.
    Number(f64),
    /// A whole number.
    Count(u64),
    /// A name.
    Name(&'static str),
    /// No value: [`OptionRow::unset`] says what that means.
    Unset,
}

impl fmt::Display for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Name(name) => f.write_str(name),
            Self::Unset => Ok(()),
        }
    }
}

/// The numbers that an option takes; all of them are finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// 0 or more.
    NonNegative,
    /// More than 0.
    Positive,
    /// 1 or more.
    AtLeastOne,
    /// From 0 to 1, both included.
    Unit,
    /// From 1 to 64: as many continuations as a cache is shared by.
    Lanes,
    /// From 0 to a million: as many paths as are worth waiting for.
    Paths,
    /// Any.
    Finite,
}

impl Range {
    /// Whether the number is one of these.
    pub fn contains(self, number: f64) -> bool {
        let (least, most) = self.bounds();
        number.is_finite() && (least..=most).contains(&number)
    }

    /// The least and the largest of them.
    pub fn bounds(self) -> (f64, f64) {
        match self {
            Self::NonNegative => (0.0, f64::MAX),
            // The smallest number above 0 that there is.
            Self::Positive => (f64::from_bits(1), f64::MAX),
            Self::AtLeastOne => (1.0, f64::MAX),
            Self::Unit => (0.0, 1.0),
            Self::Lanes => (1.0, 64.0),
            Self::Paths => (0.0, 1e6),
            Self::Finite => (f64::MIN, f64::MAX),
        }
    }

    /// In words, for a help.
    pub fn words(self) -> &'static str {
        match self {
            Self::NonNegative => "0 or more",
            Self::Positive => "more than 0",
            Self::AtLeastOne => "1 or more",
            Self::Unit => "0 to 1",
            Self::Lanes => "1 to 64",
            Self::Paths => "0 to 1000000",
            Self::Finite => "any finite number",
        }
    }

    /// After "must be", for errors.
    pub(crate) fn allowed(self) -> &'static str {
        match self {
            Self::NonNegative => "a finite number that is 0 or larger",
            Self::Positive => "a finite number larger than 0",
            Self::AtLeastOne => "at least 1",
            Self::Unit => "between 0 and 1",
            Self::Lanes => "between 1 and 64",
            Self::Paths => "between 0 and 1000000",
            Self::Finite => "a finite number",
        }
    }
}

/// A reason why an option has no effect, in the value of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The other option.
    pub option: &'static str,
    values: &'static [&'static str],
    /// Whether it is these values that have the effect, and all others not.
    unless: bool,
    /// The reason in words, after "has no effect:".
    pub reason: &'static str,
    /// A count that has to be 0 as well.
    pub besides: Option<&'static str>,
    /// The decoders that it is a reason for; empty: all.
    pub decoders: &'static [DecoderKind],
}

impl Idle {
    /// While the other option holds one of these values.
    pub(crate) const fn when(option: &'static str, values: &'static [&'static str], reason: &'static str) -> Self {
        Self { option, values, unless: false, reason, besides: None, decoders: &[] }
    }

    /// While the other option holds none of these values.
    pub(crate) const fn unless(option: &'static str, values: &'static [&'static str], reason: &'static str) -> Self {
        Self { option, values, unless: true, reason, besides: None, decoders: &[] }
    }

    /// The same, while this count is 0 as well.
    pub(crate) const fn besides(self, count: &'static str) -> Self {
        Self { besides: Some(count), ..self }
    }

    /// The same, for these decoders alone.
    pub(crate) const fn of(self, decoders: &'static [DecoderKind]) -> Self {
        Self { decoders, ..self }
    }

    /// Whether this value of the other option is a reason.
    pub fn holds(&self, value: OptionValue) -> bool {
        self.values.contains(&value.to_string().as_str()) != self.unless
    }
}

/// A type that an option can have.
pub(crate) trait Field: Copy {
    const KIND: OptionKind;

    fn value(self) -> OptionValue;

    /// From words; else what they must be.
    fn read(words: &str) -> Result<Self, String>;
}

/// A whole number from words.
fn whole<T: std::str::FromStr>(words: &str) -> Result<T, String> {
    words.parse().map_err(|_| "a whole number: 0 or more".to_owned())
}

impl Field for f64 {
    const KIND: OptionKind = OptionKind::Number;

    fn value(self) -> OptionValue {
        OptionValue::Number(self)
    }

    fn read(words: &str) -> Result<Self, String> {
        words.parse().map_err(|_| "a number".to_owned())
    }
}

impl Field for usize {
    const KIND: OptionKind = OptionKind::Count(usize::MAX as u64);

    fn value(self) -> OptionValue {
        OptionValue::Count(self as u64)
    }

    fn read(words: &str) -> Result<Self, String> {
        whole(words)
    }
}

impl Field for u32 {
    const KIND: OptionKind = OptionKind::Count(u32::MAX as u64);

    fn value(self) -> OptionValue {
        OptionValue::Count(self.into())
    }

    fn read(words: &str) -> Result<Self, String> {
        whole(words)
    }
}

impl Field for u64 {
    const KIND: OptionKind = OptionKind::Count(u64::MAX);

    fn value(self) -> OptionValue {
        OptionValue::Count(self)
    }

    fn read(words: &str) -> Result<Self, String> {
        whole(words)
    }
}

impl<T: Field> Field for Option<T> {
    const KIND: OptionKind = T::KIND;

    fn value(self) -> OptionValue {
        self.map_or(OptionValue::Unset, T::value)
    }

    fn read(words: &str) -> Result<Self, String> {
        T::read(words).map(Some)
    }
}

/// Makes a struct of options, its defaults and its table from rows: doc comment, name, type, default, group, and those
/// fields of [`OptionRow`] that are not as usual.
macro_rules! options {
    (
        $(#[$meta:meta])*
        pub struct $options:ident {
            $(
                $(#[doc = $doc:literal])+
                pub $name:ident: $type:ty = $default:expr, $group:ident $(, $field:ident: $value:expr)*;
            )+
        }
    ) => {
        $(#[$meta])*
        pub struct $options {
            $( $(#[doc = $doc])+ pub $name: $type, )+
        }

        impl Default for $options {
            fn default() -> Self {
                Self { $( $name: $default, )+ }
            }
        }

        impl $options {
            /// Every option, in the order of its key in a trace.
            pub const ROWS: &'static [$crate::options::table::OptionRow] = &[$(
                $crate::options::table::OptionRow {
                    $( $field: $value, )*
                    ..$crate::options::table::OptionRow {
                        name: stringify!($name),
                        doc: &[$($doc),+],
                        group: $crate::options::table::OptionGroup::$group,
                        kind: <$type as $crate::options::table::Field>::KIND,
                        range: $crate::options::table::Range::NonNegative,
                        alias: None,
                        unset: None,
                        idle: &[],
                    }
                },
            )+];

            /// The value of the option of that name; `None` when there is no such option.
            pub fn value(&self, name: &str) -> Option<$crate::options::table::OptionValue> {
                match name {
                    $( stringify!($name) => Some($crate::options::table::Field::value(self.$name)), )+
                    _ => None,
                }
            }

            /// Gives the option of that name the value that these words say; else tells what it must be.
            pub(crate) fn read(&mut self, name: &str, words: &str) -> Result<(), String> {
                match name {
                    $( stringify!($name) => self.$name = $crate::options::table::Field::read(words)?, )+
                    _ => return Err("the name of an option".to_owned()),
                }
                Ok(())
            }
        }
    };
}

pub(crate) use options;
