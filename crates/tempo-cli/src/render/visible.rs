//! Text that is safe to show: control characters become symbols, so that no token can steer a terminal.

use tempo_files::is_invisible;

/// Text on one line: line breaks and all other control characters are symbols.
pub(crate) fn line(text: &str) -> String {
    text.chars().flat_map(symbols).collect()
}

/// Text on many lines: line breaks and tabs stay what they are.
pub(crate) fn lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\n' | '\t') { shown.push(c) } else { shown.extend(symbols(c)) }
    }
    shown
}

/// A token in a cell: the space before it and the rest. The one space that begins a word stays a space; any other space
/// at an end would be lost to the eye and is shown.
pub(crate) fn token(text: &str) -> (&'static str, String) {
    let (lead, body) = match text.strip_prefix(' ') {
        Some(word) if word.starts_with(|c| c != ' ') => (" ", word),
        _ => ("", text),
    };
    let inner = body.trim_matches(' ');
    let before = if inner.is_empty() { 0 } else { body.len() - body.trim_start_matches(' ').len() };
    let after = body.len() - before - inner.len();
    (lead, format!("{}{}{}", SPACE.repeat(before), line(inner), SPACE.repeat(after)))
}

/// An open box.
const SPACE: &str = "\u{2423}";

/// The character itself, or what stands for it.
fn symbols(c: char) -> impl Iterator<Item = char> {
    let symbol = match c {
        '\n' => Some('\u{23ce}'), // return symbol
        '\t' => Some('\u{21e5}'), // arrow to bar
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)),
        '\x7f' => Some('\u{2421}'),
        _ => None,
    };
    let escape = symbol.is_none() && is_invisible(c);
    let shown = symbol.unwrap_or(c);
    (!escape).then_some(shown).into_iter().chain(escape.then(|| c.escape_unicode()).into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_show_only_where_they_would_be_lost() {
        for (text, want) in [
            (" cat", " cat"),
            ("cat", "cat"),
            ("cat ", "cat\u{2423}"),
            (" ", "\u{2423}"),
            ("   ", "\u{2423}\u{2423}\u{2423}"),
            ("  cat", "\u{2423}\u{2423}cat"),
            (" a b", " a b"),
            ("", ""),
        ] {
            let (lead, shown) = token(text);
            assert_eq!(format!("{lead}{shown}"), want, "{text:?}");
        }
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(line("a\x1b[31mb\r\n\t\x07"), "a\u{241b}[31mb\u{240d}\u{23ce}\u{21e5}\u{2407}");
        assert_eq!(lines("a\x1b\n\tb\r"), "a\u{241b}\n\tb\u{240d}");
        assert_eq!(line("\u{9b}\u{202e}\u{7f}"), "\\u{9b}\\u{202e}\u{2421}");
        let hidden = "\u{61c}\u{e0041}\u{180e}\u{34f}\u{fff9}\u{115f}\u{3164}\u{2800}\u{2066}";
        assert!(line(hidden).is_ascii() && lines(hidden).is_ascii());
        assert_eq!(line("caf\u{e9} \u{1f469}\u{200d}\u{1f680}"), "caf\u{e9} \u{1f469}\u{200d}\u{1f680}");
    }
}
