//! Parts of a study that several machines measured become one.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};

use super::header::{Header, Shard};
use super::row::{Key, Row};

/// A folder's part: its name, what it says of itself, and its rows.
#[derive(Clone, Debug)]
pub struct Part {
    /// For errors.
    pub name: String,
    /// What was measured.
    pub header: Header,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One study of all parts, with the rows in order; and how many documents have no row.
///
/// # Errors
/// When they are parts of different studies, or say different things of one window.
pub fn merge(parts: Vec<Part>) -> anyhow::Result<(Header, Vec<Row>, usize)> {
    let first = parts.first().context("there is nothing to merge")?;
    let (name, header) = (first.name.clone(), Header { shard: Shard::WHOLE, ..first.header.clone() });
    let mut rows: BTreeMap<Key, Row> = BTreeMap::new();
    for part in parts {
        let both = || format!("{name} and {} are no parts of one study", part.name);
        header.same_study(&part.header).with_context(both)?;
        for row in part.rows {
            match rows.get(&row.key()) {
                Some(other) if *other != row => {
                    bail!(
                        "{} says something else of document {}, window {} than a part before it",
                        part.name,
                        row.document,
                        row.window
                    )
                }
                _ => drop(rows.insert(row.key(), row)),
            }
        }
    }
    let without = (0..header.documents).filter(|document| rows.values().all(|row| row.document != *document)).count();
    Ok((header, rows.into_values().collect(), without))
}
