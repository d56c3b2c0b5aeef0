//! Values of `config.json` that have to be there, or within bounds.

use crate::error::LoadError;

/// Refuses `found` unless `holds`.
pub(super) fn demand(holds: bool, field: &'static str, allowed: &str, found: &impl ToString) -> Result<(), LoadError> {
    if holds { Ok(()) } else { Err(LoadError::Config { field, allowed: allowed.into(), found: found.to_string() }) }
}

/// A number that has to be there and above zero.
///
/// # Errors
/// [`LoadError::Config`] otherwise.
pub(super) fn positive(field: &'static str, value: Option<f64>) -> Result<f64, LoadError> {
    let found = value.map_or_else(|| "nothing".into(), |value| value.to_string());
    demand(value.is_some_and(|v| v.is_finite() && v > 0.0), field, "a positive number", &found)?;
    Ok(value.unwrap_or_default())
}

/// A size that has to be there, is not zero and stays below what any model has: numbers that lie must not allocate.
pub(super) fn size(field: &'static str, value: Option<u64>, most: u64) -> Result<usize, LoadError> {
    let allowed = || format!("from 1 to {most}");
    let Some(value) = value else {
        return Err(LoadError::Config { field, allowed: allowed(), found: "nothing".into() });
    };
    match usize::try_from(value) {
        Ok(size) if value >= 1 && value <= most => Ok(size),
        _ => Err(LoadError::Config { field, allowed: allowed(), found: value.to_string() }),
    }
}
