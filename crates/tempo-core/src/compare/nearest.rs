//! The word that somebody may have meant.

/// The one of these that takes the fewest letters to be put in, left out or changed; the first of equals.
pub(super) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> &'a str {
    names.into_iter().min_by_key(|name| distance(word, name)).unwrap_or_default()
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, letter) in a.bytes().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], index + 1);
        for (at, other) in b.bytes().enumerate() {
            let changed = corner + usize::from(letter != other);
            corner = row[at + 1];
            row[at + 1] = changed.min(corner + 1).min(row[at] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        for (a, b, count) in
            [("", "abc", 3), ("beam", "beam", 0), ("beem", "beam", 1), ("bem", "beam", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!((distance(a, b), distance(b, a)), (count, count), "{a} and {b}");
        }
        assert_eq!(nearest("beems", ["samples", "beams", "depth"]), "beams");
    }
}
