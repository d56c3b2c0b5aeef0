//! Names as they can be shown: what nobody sees in them is written out.

use std::borrow::Cow;

/// A name in which every character can be seen: those that cannot, and the controls that would steer a terminal, are written
/// as `\u{200b}`. Names come from files and servers, and two that look alike need not be the same.
pub fn escaped(name: &str) -> Cow<'_, str> {
    let hidden = |c: char| c.is_control() || is_invisible(c) || is_joiner(c);
    if !name.contains(hidden) {
        return Cow::Borrowed(name);
    }
    let mut shown = String::with_capacity(name.len() + 16);
    for c in name.chars() {
        if hidden(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// Characters that change how their neighbours are shown, or show nothing: C1 controls, zero-width and bidirectional
/// marks, line separators, the byte order mark, the soft hyphen, fillers, blanks and tags. Not the joiners of emoji and of
/// Indic scripts (U+200C, U+200D): a text needs them, a name does not ([`escaped`]).
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// What joins its neighbours, or chooses how the one before it is drawn.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_a_name_can_be_seen() {
        assert!(matches!(escaped("owner/name.Q4_K_M.gguf"), Cow::Borrowed(_)));
        assert_eq!(escaped("modèle 模型.gguf"), "modèle 模型.gguf");
        for (hidden, shown) in [
            ('\u{200b}', r"a\u{200b}b"),
            ('\u{200d}', r"a\u{200d}b"),
            ('\u{202e}', r"a\u{202e}b"),
            ('\u{2066}', r"a\u{2066}b"),
            ('\u{feff}', r"a\u{feff}b"),
            ('\u{ad}', r"a\u{ad}b"),
            ('\u{fe0f}', r"a\u{fe0f}b"),
            ('\u{9b}', r"a\u{9b}b"),
            ('\u{1b}', r"a\u{1b}b"),
            ('\n', r"a\u{a}b"),
            ('\u{7f}', r"a\u{7f}b"),
            ('\u{e0041}', r"a\u{e0041}b"),
        ] {
            assert_eq!(escaped(&format!("a{hidden}b")), shown);
        }
    }
}
