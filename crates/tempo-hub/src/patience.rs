//! How long a busy server is waited for, and how often it is asked again.

use std::time::Duration;

use crate::arriving::Watch;
use crate::http::Answer;

/// Pauses before another try after one that brought nothing, in milliseconds.
pub(crate) const PAUSES: [u64; 3] = [500, 1500, 4000];
/// The longest that a server may ask to wait, in seconds: who asks for more is not waited for.
const LONGEST: u64 = 60;
/// A wait that a person is told of, in milliseconds.
const LONG: u64 = 2000;

/// Whether a server may have what is asked for at another time.
pub(crate) fn is_busy(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..)
}

/// Waits as long as a busy server asks for, or this pause where it does not say. False: it asks for too long.
pub(crate) fn wait(answer: &Answer, pause: u64, watch: &dyn Watch) -> bool {
    let asked = answer.retry_after();
    if asked.is_some_and(|seconds| seconds > LONGEST) {
        return false;
    }
    let pause = asked.map_or(pause, |seconds| seconds * 1000);
    if pause >= LONG {
        watch.note(&format!("{} answered {}; asking again in {} s", answer.host, answer.status, pause / 1000));
    }
    sleep(pause);
    true
}

pub(crate) fn sleep(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}
