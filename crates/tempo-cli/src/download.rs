//! What a person sees of a download: a bar on a terminal, a line for each tenth elsewhere.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _};
use std::time::Instant;

use indicatif::HumanBytes;
use tempo_hub::Watch;

use crate::progress::Progress;
use crate::remark::remark;

/// Smaller files are not worth a line.
const SMALL: u64 = 1 << 20;

/// The file that is arriving.
struct Current {
    name: String,
    begun: Instant,
    /// Bytes that were here before.
    before: u64,
    /// Tenths that were told.
    told: u64,
    bar: Option<Progress>,
}

/// Tells how far a download is.
#[derive(Default)]
pub(crate) struct Download {
    current: RefCell<Option<Current>>,
    /// Of files that are to be read in part only, how far they are says nothing.
    in_part: bool,
}

impl Download {
    /// Of files of which only headers are wanted.
    pub(crate) fn of_headers() -> Self {
        Self { in_part: true, ..Self::default() }
    }
}

impl Watch for Download {
    fn arrived(&self, file: &str, done: u64, total: Option<u64>) {
        if self.in_part {
            return;
        }
        let mut current = self.current.borrow_mut();
        if current.as_ref().is_none_or(|current| current.name != file) {
            let bar = io::stderr().is_terminal().then(|| Progress::download(file, done));
            let name = file.to_owned();
            *current = Some(Current { name, begun: Instant::now(), before: done, told: 0, bar });
        }
        let Some(current) = current.as_mut() else { return };
        match (&current.bar, total) {
            (Some(bar), total) => bar.show(done, total.unwrap_or(done)),
            (None, Some(total)) if total >= SMALL => {
                let tenths = done * 10 / total;
                if tenths > current.told || done == current.before {
                    current.told = tenths;
                    let seconds = current.begun.elapsed().as_secs_f64();
                    let left = seconds_left(done - current.before.min(done), total - done.min(total), seconds);
                    // Who closed standard error does not want to know.
                    let _gone = remark("note", &line(file, done, total, left));
                }
            }
            (None, _) => {}
        }
    }

    fn note(&self, words: &str) {
        let _gone = remark("note", words);
    }
}

/// At the speed so far; nothing before there is one.
fn seconds_left(came: u64, missing: u64, seconds: f64) -> Option<u64> {
    // Whole seconds, of a number that is positive.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
    (came > 0 && missing > 0).then(|| (missing as f64 * seconds / came as f64).ceil() as u64)
}

fn line(file: &str, done: u64, total: u64, left: Option<u64>) -> String {
    let left = match left {
        None => String::new(),
        Some(seconds) if seconds < 120 => format!(", {seconds} s left"),
        Some(seconds) => format!(", {} min left", seconds.div_ceil(60)),
    };
    format!("{file}: {} of {} ({} %){left}", HumanBytes(done), HumanBytes(total), done * 100 / total.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_bytes_and_the_time_that_is_left() {
        assert_eq!(line("m.gguf", 0, 4 << 20, None), "m.gguf: 0 B of 4.00 MiB (0 %)");
        assert_eq!(line("m.gguf", 1 << 20, 4 << 20, Some(9)), "m.gguf: 1.00 MiB of 4.00 MiB (25 %), 9 s left");
        assert!(line("m.gguf", 1 << 20, 4 << 20, Some(121)).ends_with(", 3 min left"));
        assert_eq!(seconds_left(10, 30, 2.0), Some(6));
        assert_eq!((seconds_left(0, 30, 2.0), seconds_left(30, 0, 2.0)), (None, None));
    }
}
