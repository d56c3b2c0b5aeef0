//! How a fate looks: struck through or dim on a terminal, in plain marks everywhere else.

use crate::transcript::Fate;

/// Whether escape sequences may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// A terminal that takes them.
    Ansi,
    /// A file, a pipe, `NO_COLOR`.
    Plain,
}

impl Style {
    /// The style for a stream: colours and strokes only on a terminal, and only where the environment does not forbid them
    /// (`NO_COLOR`, `TERM=dumb`).
    pub(crate) fn of(is_terminal: bool) -> Self {
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if is_terminal && !forbidden { Self::Ansi } else { Self::Plain }
    }

    /// What is written before and after a member of that fate.
    pub(super) fn marks(self, fate: Fate) -> (&'static str, &'static str) {
        match (fate, self) {
            (Fate::Live, _) => ("", ""),
            (Fate::Condemned, _) => ("", "?"),
            (Fate::Removed, Self::Ansi) => ("\x1b[9m", "\x1b[29m"),
            (Fate::Removed, Self::Plain) => ("~~", "~~"),
            (Fate::Evicted, Self::Ansi) => ("\x1b[2m", "\x1b[22m"),
            (Fate::Evicted, Self::Plain) => ("{", "}"),
        }
    }

    /// How many columns those marks take on the screen.
    pub(super) fn marks_width(self, fate: Fate) -> usize {
        let (before, after) = self.marks(fate);
        [before, after].iter().filter(|mark| !mark.starts_with('\x1b')).map(|mark| mark.len()).sum()
    }

    /// A less important line.
    pub(crate) fn quiet(self, text: &str) -> String {
        match self {
            Self::Ansi => format!("\x1b[2m{text}\x1b[22m"),
            Self::Plain => text.to_owned(),
        }
    }
}
