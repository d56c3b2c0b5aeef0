//! The file of measurements: rows are appended as they come, and whatever stops a study leaves whole rows.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context as _, bail};

use super::row::{Key, Row};

/// What was measured so far, and where more goes.
#[derive(Debug)]
pub struct Journal<W> {
    rows: Vec<Row>,
    keys: BTreeSet<Key>,
    name: String,
    out: W,
}

impl Journal<File> {
    /// Opens a file of measurements, or begins one. A last line that a killed study has torn is cut off: it is measured anew.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds something else.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path);
        let file = file.as_mut().map_err(|error| anyhow::anyhow!("cannot open {name}: {error}"))?;
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(|| format!("cannot read {name}"))?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            file.set_len(whole as u64).with_context(|| format!("cannot mend the last line of {name}"))?;
            file.seek(SeekFrom::End(0))?;
        }
        let out = file.try_clone()?;
        Self { rows: Vec::new(), keys: BTreeSet::new(), name, out }.with(&text[..whole])
    }
}

impl<W: Write> Journal<W> {
    fn with(mut self, text: &str) -> anyhow::Result<Self> {
        for (index, line) in text.lines().enumerate() {
            let row: Row = serde_json::from_str(line)
                .with_context(|| format!("{}, line {}: not a row of a study", self.name, index + 1))?;
            if !self.keys.insert(row.key()) {
                bail!("{}, line {}: a row that is there already", self.name, index + 1);
            }
            self.rows.push(row);
        }
        Ok(self)
    }

    /// Whether this was measured.
    pub fn has(&self, key: &Key) -> bool {
        self.keys.contains(key)
    }

    /// The rows, in the order of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Writes a row: one write for the whole line.
    ///
    /// # Errors
    /// When the file cannot take it; what is there stays.
    pub fn append(&mut self, row: Row) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(&row)?;
        line.push(b'\n');
        self.out.write_all(&line).and_then(|()| self.out.flush()).with_context(|| {
            format!(
                "cannot write to {}; what is measured so far is kept, and the same command goes on from there",
                self.name
            )
        })?;
        self.keys.insert(row.key());
        self.rows.push(row);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::Content;
    use super::*;

    fn row(document: usize) -> Row {
        Row { document, window: 0, threshold: None, content: Content::Plain { log_probability: vec![-1.5, -0.25] } }
    }

    #[test]
    fn a_torn_line_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        (0..3).for_each(|document| journal.append(row(document)).unwrap());
        let whole = std::fs::read(&path).unwrap();
        let line = whole.len() / 3;
        for torn in 2 * line..whole.len() {
            std::fs::write(&path, &whole[..torn]).unwrap();
            let mut journal = Journal::open(&path).unwrap();
            assert_eq!(journal.rows(), &[row(0), row(1)]);
            assert!(!journal.has(&row(2).key()));
            journal.append(row(2)).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole);
        }
    }

    #[test]
    fn a_line_that_is_no_row_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.jsonl");
        std::fs::write(&path, "{}\n").unwrap();
        assert!(format!("{:#}", Journal::open(&path).unwrap_err()).contains("m.jsonl, line 1"));
    }

    /// Takes so many bytes, as a disk that is full after them.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_told_and_nothing_counts_as_measured() {
        let mut journal = Journal { rows: Vec::new(), keys: BTreeSet::new(), name: "m.jsonl".into(), out: Full(100) };
        journal.append(row(0)).unwrap();
        let error = format!("{:#}", journal.append(row(1)).unwrap_err());
        assert!(
            error.contains("m.jsonl") && error.contains("goes on from there") && error.contains("no storage space"),
            "{error}"
        );
        assert_eq!(journal.rows().len(), 1);
    }
}
