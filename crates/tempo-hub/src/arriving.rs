//! A file on its way: read from its beginning before it is whole, and continued where a connection broke.
//!
//! One stream, front to back: the length of what is on the disk is all there is to know about how far it got, for this
//! program and for the others that share the cache.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;

use ring::digest;

use crate::cache::point;
use crate::destination::{Destination, is_whole, locked};
use crate::error::HubError;
use crate::http::{Answer, Body, Client, NoAnswer};
use crate::patience::{is_busy, sleep, wait};
use crate::shelf::{Line, Shelf};

/// Bytes that are moved at once.
const PIECE: usize = 256 << 10;
/// Where no hash was published, the last bytes that are here are asked for again and compared.
const OVERLAP: u64 = 64 << 10;
/// Beginnings from zero that are borne with.
const MOST_RESTARTS: usize = 3;

/// What is told while files arrive.
pub trait Watch {
    /// So many bytes of a file are here, of so many where that is known.
    fn arrived(&self, file: &str, done: u64, total: Option<u64>);
    /// Something to know, in words.
    fn note(&self, words: &str);
}

/// What is known of a file before it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// What messages call it: its path in the repository.
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) size: Option<u64>,
    /// As it was published.
    pub(crate) sha256: Option<String>,
}

/// What arriving needs from around it.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) client: &'a Client,
    pub(crate) watch: &'a dyn Watch,
    pub(crate) shelf: &'a Shelf,
    pub(crate) pauses: &'a [u64],
    /// What an answer that is no success means.
    pub(crate) refusal: &'a dyn Fn(&Answer, &str) -> HubError,
}

/// A file that is fetched as far as it is read.
pub struct Arriving<'a> {
    around: Around<'a>,
    wanted: Wanted,
    destination: Destination,
    file: File,
    /// Held until the file is whole, so that two programs do not write to one.
    _lock: Option<File>,
    have: u64,
    size: Option<u64>,
    /// Whether bytes were here from before.
    resumed: bool,
    line: Line<'a>,
    farthest: u64,
    failures: usize,
    restarts: usize,
    /// Whether the server is asked for a part; one that refuses the part that is all of a file is not.
    in_parts: bool,
}

impl<'a> Arriving<'a> {
    pub(crate) fn open(around: Around<'a>, wanted: Wanted, destination: Destination) -> Result<Self, HubError> {
        let Destination { incomplete, lock, whole, .. } = &destination;
        let mut held = None;
        if !is_whole(whole, wanted.size) {
            for path in [lock, incomplete] {
                let folder = path.parent().unwrap_or(path);
                fs::create_dir_all(folder).map_err(HubError::disk(folder))?;
            }
            held = locked(lock, &wanted.name, around.watch)?;
        }
        // Perhaps another program has just brought it.
        let here = is_whole(whole, wanted.size);
        let path = if here { whole } else { incomplete };
        let mut options = OpenOptions::new();
        let options =
            if here { options.read(true) } else { options.read(true).write(true).create(true).truncate(false) };
        let file = options.open(path).map_err(HubError::disk(path))?;
        let have = file.metadata().map_err(HubError::disk(path))?.len();
        let size = if here { Some(have) } else { wanted.size };
        let line = Line::of(around.shelf, &wanted.name, have);
        let size = size.or(line.size);
        let mut arriving = Self {
            around,
            wanted,
            file,
            _lock: held,
            have,
            size,
            resumed: !here && have > 0,
            line,
            farthest: have,
            failures: 0,
            restarts: 0,
            in_parts: true,
            destination,
        };
        if size.is_some_and(|size| have > size) {
            arriving.begin_anew("more than the whole was here")?;
        }
        Ok(arriving)
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.wanted.name
    }

    /// Bytes of the whole file; where no server tells, it is fetched to know.
    ///
    /// # Errors
    /// When the file cannot be had.
    pub fn size(&mut self) -> Result<u64, HubError> {
        if self.size.is_none() {
            self.until(1)?;
        }
        match self.size {
            Some(size) => Ok(size),
            None => self.until(u64::MAX).map(|()| self.have),
        }
    }

    /// These bytes of the file, which is fetched as far as they go.
    ///
    /// # Errors
    /// When they cannot be had, or the file ends before them.
    pub fn read(&mut self, bytes: Range<u64>) -> Result<Vec<u8>, HubError> {
        self.until(bytes.end)?;
        let mut content = Vec::new();
        let read = self
            .file
            .seek(SeekFrom::Start(bytes.start))
            .and_then(|_| (&mut self.file).take(bytes.end - bytes.start).read_to_end(&mut content));
        read.map_err(HubError::disk(&self.destination.incomplete))?;
        Ok(content)
    }

    /// Fetches what is missing, compares the whole with what was published, and puts it where it belongs.
    ///
    /// # Errors
    /// When it cannot be had, or is another file than the one that was published.
    pub fn finish(mut self) -> Result<(), HubError> {
        self.until(u64::MAX)?;
        if !self.is_as_published()? {
            // What an earlier try left may have been of another file.
            let again = self.resumed;
            self.resumed = false;
            self.begin_anew("what was here is of another file")?;
            if again {
                self.until(u64::MAX)?;
            }
            if !again || !self.is_as_published()? {
                self.begin_anew("its checksum is another")?;
                return Err(self.damaged("what arrived is not the file that was published"));
            }
        }
        self.line.body = None;
        let Self { destination: Destination { incomplete, whole, pointer, .. }, file, _lock: lock, size, .. } = self;
        file.sync_all().map_err(HubError::disk(&incomplete))?;
        drop(file);
        if !is_whole(&whole, size) || incomplete.exists() {
            fs::create_dir_all(whole.parent().unwrap_or(&whole)).map_err(HubError::disk(&whole))?;
            fs::rename(&incomplete, &whole).map_err(HubError::disk(&whole))?;
        }
        if let Some((pointer, steps)) = pointer {
            point(&pointer, &whole, steps).map_err(HubError::disk(&pointer))?;
        }
        drop(lock);
        Ok(())
    }

    fn is_as_published(&mut self) -> Result<bool, HubError> {
        let Some(published) = &self.wanted.sha256 else { return Ok(true) };
        if is_whole(&self.destination.whole, self.size) {
            return Ok(true);
        }
        let mut digest = digest::Context::new(&digest::SHA256);
        let mut buffer = vec![0; PIECE];
        let failed = HubError::disk(&self.destination.incomplete);
        let mut hash = || -> io::Result<()> {
            self.file.seek(SeekFrom::Start(0))?;
            loop {
                match self.file.read(&mut buffer)? {
                    0 => return Ok(()),
                    read => digest.update(&buffer[..read]),
                }
            }
        };
        hash().map_err(failed)?;
        Ok(hex(digest.finish().as_ref()) == *published)
    }

    /// Fetches until the file is here as far as this, or as far as it goes.
    fn until(&mut self, end: u64) -> Result<(), HubError> {
        let mut buffer = Vec::new();
        while self.have < end && self.size != Some(self.have) {
            let Some(body) = &mut self.line.body else {
                self.connect()?;
                continue;
            };
            buffer.resize(PIECE, 0);
            match body.read(&mut buffer) {
                // The end of a body of unknown length is the end of the file.
                Ok(0) if self.size.is_none() => self.size = Some(self.have),
                Ok(0) => self.broke("it ended early".into())?,
                Ok(read) => self.accept(&buffer[..read])?,
                Err(error) => self.broke(error.to_string())?,
            }
        }
        Ok(())
    }

    fn accept(&mut self, bytes: &[u8]) -> Result<(), HubError> {
        if self.size.is_some_and(|size| self.have + bytes.len() as u64 > size) {
            return self.begin_anew("more came than was announced");
        }
        let written = self.file.seek(SeekFrom::Start(self.have)).and_then(|_| self.file.write_all(bytes));
        written.map_err(HubError::disk(&self.destination.incomplete))?;
        self.have += bytes.len() as u64;
        self.line.at = self.have;
        self.around.watch.arrived(&self.wanted.name, self.have, self.size);
        Ok(())
    }

    fn connect(&mut self) -> Result<(), HubError> {
        let overlap = if self.wanted.sha256.is_some() { 0 } else { self.have.min(OVERLAP) };
        let from = self.have - overlap;
        let answer = match self.around.client.get(&self.wanted.address, Some(from).filter(|_| self.in_parts)) {
            Ok(answer) => answer,
            // Where nothing ever came, nothing will by itself.
            Err(error) if self.farthest == 0 && self.failures == 0 => return Err(error.into()),
            Err(NoAnswer { reason, .. }) => return self.broke(reason),
        };
        let (start, total) = answer.range();
        match answer.status {
            200 | 206 => {}
            // Nothing is missing, or what is here is of a longer file.
            416 if total == Some(self.have) => {
                self.size = total;
                return Ok(());
            }
            416 if from == 0 && self.in_parts => {
                self.in_parts = false;
                return Ok(());
            }
            416 => return self.begin_anew("the file of the server is shorter"),
            status => {
                let pause = self.around.pauses.get(self.failures).filter(|_| is_busy(status));
                if !pause.is_some_and(|&pause| wait(&answer, pause, self.around.watch)) {
                    return Err((self.around.refusal)(&answer, &self.wanted.name));
                }
                self.failures += 1;
                return Ok(());
            }
        }
        if let Some(packing) = answer.packing() {
            let what = format!("packed as {packing}, which was not asked for and is not read");
            return Err(self.mistaken(&answer, what));
        }
        if answer.is_page() {
            return Err(self.mistaken(&answer, "a web page".into()));
        }
        if let (Some(size), Some(total)) = (self.size, total)
            && size != total
        {
            return self.begin_anew_of(&format!("the server has {total} bytes, not {size}"), total);
        }
        let is_torn = answer.is_torn();
        self.size = self.size.or(total);
        let mut body = answer.body;
        match start {
            _ if is_torn => return self.begin_anew("the server goes on in the middle of a packed file"),
            Some(0) if answer.status == 200 && self.have > 0 => {
                // A whole body where a part was asked for: it is used, not asked for again.
                self.begin_anew("the server cannot continue a broken download")?;
            }
            Some(start) if start == from => match self.overlap(&mut body, from)? {
                Ok(true) => {}
                Ok(false) => return self.begin_anew("it changed on the server"),
                Err(reason) => return self.broke(reason),
            },
            _ => return self.begin_anew("the server sent another part than the one asked for"),
        }
        self.line.body = Some(body);
        (self.line.at, self.line.size) = (self.have, self.size);
        self.around.watch.arrived(&self.wanted.name, self.have, self.size);
        Ok(())
    }

    /// Whether a body begins with the last bytes that are here, or why it broke off.
    fn overlap(&mut self, body: &mut Body, from: u64) -> Result<Result<bool, String>, HubError> {
        let mut here = Vec::new();
        let read = self.file.seek(SeekFrom::Start(from)).and_then(|_| self.file.read_to_end(&mut here));
        read.map_err(HubError::disk(&self.destination.incomplete))?;
        let mut there = vec![0; here.len()];
        Ok(body.read_exact(&mut there).map(|()| here == there).map_err(|error| error.to_string()))
    }

    /// Another try, at once where the last one brought something.
    fn broke(&mut self, reason: String) -> Result<(), HubError> {
        self.line.body = None;
        if self.have > self.farthest {
            self.farthest = self.have;
            self.failures = 0;
            return Ok(());
        }
        let Some(&pause) = self.around.pauses.get(self.failures) else {
            let of = self.size.map_or_else(String::new, |size| format!(" of {size}"));
            return Err(HubError::Broken { file: self.wanted.name.clone(), at: self.have, of, reason });
        };
        self.failures += 1;
        sleep(pause);
        Ok(())
    }

    fn begin_anew(&mut self, why: &str) -> Result<(), HubError> {
        self.line.body = None;
        self.restarts += 1;
        if self.restarts > MOST_RESTARTS {
            return Err(self.damaged(why));
        }
        if self.have > 0 {
            self.around.watch.note(&format!("{} is fetched from its beginning: {why}", self.wanted.name));
        }
        self.have = 0;
        self.file.set_len(0).map_err(HubError::disk(&self.destination.incomplete))
    }

    /// The same where the length is another: one that was published is not open to discussion.
    fn begin_anew_of(&mut self, why: &str, total: u64) -> Result<(), HubError> {
        if self.wanted.size.is_some() {
            self.begin_anew(why)?;
            return Err(self.damaged(why));
        }
        self.size = Some(total);
        self.begin_anew(why)
    }

    fn damaged(&self, what: &str) -> HubError {
        HubError::Damaged { file: self.wanted.name.clone(), what: what.to_owned() }
    }

    fn mistaken(&self, answer: &Answer, what: String) -> HubError {
        HubError::Mistaken { host: answer.host.clone(), file: self.wanted.name.clone(), what }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
