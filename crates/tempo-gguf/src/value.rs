//! Metadata values, and what they can be read as.

use crate::cursor::{Cursor, Field, Stop};
use crate::error::GgufError;

/// Arrays within arrays that are read; none of the known keys has any.
pub(crate) const NESTED: usize = 4;
/// A value's type and its shortest form, one byte.
pub(crate) const LEAST_VALUE: u64 = 4 + 1;

const CODES: &str = "a metadata type, 0 to 12";

/// A metadata value.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are the types of Rust that they hold")]
pub enum Value {
    U8(u8),
    I8(i8),
    U16(u16),
    I16(i16),
    U32(u32),
    I32(i32),
    U64(u64),
    I64(i64),
    F32(f32),
    F64(f64),
    Bool(bool),
    String(String),
    Array(Array),
    /// Bytes that are no value of their type: text that is not UTF-8, a truth that is neither 0 nor 1. An error for whoever
    /// asks for the key, and nothing to those who do not.
    Unsound(Box<GgufError>),
}

/// A metadata array; all elements have one type.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the variants are the types of Rust that they hold")]
pub enum Array {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    U64(Vec<u64>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Bool(Vec<bool>),
    String(Vec<String>),
    Array(Vec<Array>),
}

impl Value {
    /// The type in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::U8(_) => "u8",
            Self::I8(_) => "i8",
            Self::U16(_) => "u16",
            Self::I16(_) => "i16",
            Self::U32(_) => "u32",
            Self::I32(_) => "i32",
            Self::U64(_) => "u64",
            Self::I64(_) => "i64",
            Self::F32(_) => "f32",
            Self::F64(_) => "f64",
            Self::Bool(_) => "bool",
            Self::String(_) => "string",
            Self::Array(array) => array.kind(),
            Self::Unsound(_) => "what is no value",
        }
    }

    /// An integer of any width.
    fn integer(&self) -> Option<i128> {
        Some(match *self {
            Self::U8(value) => value.into(),
            Self::I8(value) => value.into(),
            Self::U16(value) => value.into(),
            Self::I16(value) => value.into(),
            Self::U32(value) => value.into(),
            Self::I32(value) => value.into(),
            Self::U64(value) => value.into(),
            Self::I64(value) => value.into(),
            _ => return None,
        })
    }

    fn unsound(error: GgufError) -> Self {
        Self::Unsound(Box::new(error))
    }

    /// Reads a value; `key` is for messages.
    pub(crate) fn read(cursor: &mut Cursor, key: &str) -> Result<Self, Stop> {
        let at = cursor.at();
        let code = cursor.u32(Field::Value(key, "type"))?;
        let field = Field::Value(key, "value");
        Ok(match code {
            0 => Self::U8(cursor.u8(field)?),
            1 => Self::I8(cursor.u8(field)?.cast_signed()),
            2 => Self::U16(cursor.u16(field)?),
            3 => Self::I16(cursor.u16(field)?.cast_signed()),
            4 => Self::U32(cursor.u32(field)?),
            5 => Self::I32(cursor.u32(field)?.cast_signed()),
            6 => Self::F32(f32::from_bits(cursor.u32(field)?)),
            7 => {
                let at = cursor.at();
                truth(cursor.u8(field)?, field, at).map_or_else(Self::unsound, Self::Bool)
            }
            8 => cursor.text(field)?.map_or_else(Self::unsound, Self::String),
            9 => Array::read(cursor, key, 1)?.map_or_else(Self::unsound, Self::Array),
            10 => Self::U64(cursor.u64(field)?),
            11 => Self::I64(cursor.u64(field)?.cast_signed()),
            12 => Self::F64(f64::from_bits(cursor.u64(field)?)),
            _ => {
                let field = Field::Value(key, "type").to_string();
                return Err(GgufError::Code { field, at, allowed: CODES, found: code.into() }.into());
            }
        })
    }
}

fn truth(byte: u8, field: Field, at: u64) -> Result<bool, GgufError> {
    match byte {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(GgufError::Code { field: field.to_string(), at, allowed: "0 or 1", found: byte.into() }),
    }
}

impl Array {
    /// The least bytes of an array in the file: its type and its count.
    const LEAST: u64 = 4 + 8;

    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(items) => items.len(),
            Self::I8(items) => items.len(),
            Self::U16(items) => items.len(),
            Self::I16(items) => items.len(),
            Self::U32(items) => items.len(),
            Self::I32(items) => items.len(),
            Self::U64(items) => items.len(),
            Self::I64(items) => items.len(),
            Self::F32(items) => items.len(),
            Self::F64(items) => items.len(),
            Self::Bool(items) => items.len(),
            Self::String(items) => items.len(),
            Self::Array(items) => items.len(),
        }
    }

    /// True without elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::U8(_) => "array of u8",
            Self::I8(_) => "array of i8",
            Self::U16(_) => "array of u16",
            Self::I16(_) => "array of i16",
            Self::U32(_) => "array of u32",
            Self::I32(_) => "array of i32",
            Self::U64(_) => "array of u64",
            Self::I64(_) => "array of i64",
            Self::F32(_) => "array of f32",
            Self::F64(_) => "array of f64",
            Self::Bool(_) => "array of bool",
            Self::String(_) => "array of strings",
            Self::Array(_) => "array of arrays",
        }
    }

    /// The integers of any width in it as another type, or the first that does not fit, in words.
    fn integers<T: TryFrom<i128>>(&self) -> Option<Result<Vec<T>, String>> {
        fn fit<F: Copy + Into<i128>, T: TryFrom<i128>>(items: &[F]) -> Result<Vec<T>, String> {
            let fit = |&item: &F| T::try_from(item.into()).map_err(|_| Into::<i128>::into(item).to_string());
            items.iter().map(fit).collect()
        }
        Some(match self {
            Self::U8(items) => fit(items),
            Self::I8(items) => fit(items),
            Self::U16(items) => fit(items),
            Self::I16(items) => fit(items),
            Self::U32(items) => fit(items),
            Self::I32(items) => fit(items),
            Self::U64(items) => fit(items),
            Self::I64(items) => fit(items),
            _ => return None,
        })
    }

    /// Reads an array to its end; inside, the first element that is no value of its type.
    fn read(cursor: &mut Cursor, key: &str, depth: usize) -> Result<Result<Self, GgufError>, Stop> {
        let at = cursor.at();
        if depth > NESTED {
            let field = Field::Value(key, "value").to_string();
            return Err(GgufError::Nested { field, at, limit: NESTED }.into());
        }
        let code = cursor.u32(Field::Value(key, "element type"))?;
        let count = cursor.u64(Field::Value(key, "element count"))?;
        let field = Field::Value(key, "elements");
        Ok(Ok(match code {
            0 => Self::U8(cursor.take(count, field)?.to_vec()),
            1 => Self::I8(cursor.take(count, field)?.iter().map(|byte| byte.cast_signed()).collect()),
            2 => Self::U16(numbers(cursor, count, field, u16::from_le_bytes)?),
            3 => Self::I16(numbers(cursor, count, field, i16::from_le_bytes)?),
            4 => Self::U32(numbers(cursor, count, field, u32::from_le_bytes)?),
            5 => Self::I32(numbers(cursor, count, field, i32::from_le_bytes)?),
            6 => Self::F32(numbers(cursor, count, field, f32::from_le_bytes)?),
            7 => {
                let begin = cursor.at();
                let bytes = cursor.take(count, field)?.iter().zip(0..);
                let truths = bytes.map(|(&byte, index)| truth(byte, Field::Element(key, index), begin + index));
                match truths.collect() {
                    Ok(items) => Self::Bool(items),
                    Err(error) => return Ok(Err(error)),
                }
            }
            8 => {
                let (mut items, mut unsound) = (Vec::with_capacity(cursor.owe(count, 8, field)?), None);
                for index in 0..count {
                    cursor.pay(8);
                    match cursor.text(Field::Element(key, index))? {
                        Ok(item) => items.push(item),
                        Err(error) => unsound = unsound.or(Some(error)),
                    }
                }
                match unsound {
                    None => Self::String(items),
                    Some(error) => return Ok(Err(error)),
                }
            }
            9 => {
                let (mut items, mut unsound) = (Vec::with_capacity(cursor.owe(count, Self::LEAST, field)?), None);
                for _ in 0..count {
                    cursor.pay(Self::LEAST);
                    match Self::read(cursor, key, depth + 1)? {
                        Ok(item) => items.push(item),
                        Err(error) => unsound = unsound.or(Some(error)),
                    }
                }
                match unsound {
                    None => Self::Array(items),
                    Some(error) => return Ok(Err(error)),
                }
            }
            10 => Self::U64(numbers(cursor, count, field, u64::from_le_bytes)?),
            11 => Self::I64(numbers(cursor, count, field, i64::from_le_bytes)?),
            12 => Self::F64(numbers(cursor, count, field, f64::from_le_bytes)?),
            _ => {
                let field = Field::Value(key, "element type").to_string();
                return Err(GgufError::Code { field, at, allowed: CODES, found: code.into() }.into());
            }
        }))
    }
}

/// `count` numbers; the vector is made after their bytes were found in the prefix.
fn numbers<T, const N: usize>(
    cursor: &mut Cursor,
    count: u64,
    field: Field,
    number: fn([u8; N]) -> T,
) -> Result<Vec<T>, Stop> {
    Ok(cursor.items(count, field)?.iter().map(|&bytes| number(bytes)).collect())
}

mod sealed {
    pub trait Sealed {}
}

/// What a metadata value can be read as: integers and vectors of them, `f32`, `bool`, `&str`, `&[String]`, `&[f32]`,
/// `&[bool]`. Numbers of any width are taken where the value fits.
pub trait FromValue<'a>: sealed::Sealed + Sized {
    /// The type in words, for messages.
    const EXPECTED: &'static str;

    /// The value, if it is of such a type; `None` for another one, the number in words for one that does not fit.
    ///
    /// # Errors
    /// A number that does not fit.
    fn from_value(value: &'a Value) -> Option<Result<Self, String>>;
}

macro_rules! integers {
    ($($type:ty, $one:literal, $many:literal;)*) => {$(
        impl sealed::Sealed for $type {}
        impl FromValue<'_> for $type {
            const EXPECTED: &'static str = $one;
            fn from_value(value: &Value) -> Option<Result<Self, String>> {
                let wide = value.integer()?;
                Some(Self::try_from(wide).map_err(|_| wide.to_string()))
            }
        }
        impl sealed::Sealed for Vec<$type> {}
        impl FromValue<'_> for Vec<$type> {
            const EXPECTED: &'static str = $many;
            fn from_value(value: &Value) -> Option<Result<Self, String>> {
                let Value::Array(array) = value else { return None };
                array.integers()
            }
        }
    )*};
}

integers! {
    u32, "an integer of 32 bits without a sign", "an array of integers of 32 bits without a sign";
    i32, "an integer of 32 bits", "an array of integers of 32 bits";
    i64, "an integer of 64 bits", "an array of integers of 64 bits";
    u64, "an integer of 64 bits without a sign", "an array of integers of 64 bits without a sign";
}

impl sealed::Sealed for f32 {}
impl FromValue<'_> for f32 {
    const EXPECTED: &'static str = "a number";

    /// Also those that other programs write with 64 bits, or as an integer: the nearest one, which has to be finite where
    /// theirs is.
    fn from_value(value: &Value) -> Option<Result<Self, String>> {
        #[expect(clippy::cast_precision_loss, reason = "the nearest number is meant")]
        let wide = match value {
            Value::F32(number) => return Some(Ok(*number)),
            Value::F64(number) => *number,
            _ => value.integer()? as f64,
        };
        #[expect(clippy::cast_possible_truncation, reason = "the nearest number is meant, and looked at")]
        let near = wide as Self;
        Some(if near.is_finite() || !wide.is_finite() { Ok(near) } else { Err(wide.to_string()) })
    }
}

macro_rules! plain {
    ($($type:ty, $words:literal, $pattern:pat => $result:expr;)*) => {$(
        impl<'a> sealed::Sealed for $type {}
        impl<'a> FromValue<'a> for $type {
            const EXPECTED: &'static str = $words;
            fn from_value(value: &'a Value) -> Option<Result<Self, String>> {
                match value {
                    $pattern => Some(Ok($result)),
                    _ => None,
                }
            }
        }
    )*};
}

plain! {
    bool, "true or false", Value::Bool(value) => *value;
    &'a str, "a string", Value::String(value) => value;
    &'a [String], "an array of strings", Value::Array(Array::String(items)) => items;
    &'a [f32], "an array of f32", Value::Array(Array::F32(items)) => items;
    &'a [bool], "an array of true and false", Value::Array(Array::Bool(items)) => items;
}
