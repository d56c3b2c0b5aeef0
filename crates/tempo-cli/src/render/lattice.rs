//! The lattice: a column for every position, its members below each other, the most probable on top, those of the Viterbi
//! reading with a mark.

use std::collections::BTreeSet;
use std::io::{self, Write};

use tempo_core::{EndEvent, ReadingEvent, ReadingKind, Slot};
use unicode_width::UnicodeWidthStr as _;

use super::style::Style;
use super::visible;
use crate::transcript::{Column, Fate, Transcript};

/// How a lattice is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Columns of the screen.
    pub(crate) width: usize,
    /// Whether escape sequences may be used.
    pub(crate) style: Style,
    /// Whether token ids are shown.
    pub(crate) show_ids: bool,
}

/// Left margin of every line and space between columns.
const GAP: usize = 2;

/// Screen columns of a probability and the mark after it: `0.41<`.
const NUMBER: usize = 5;

/// After the probability of a member that the Viterbi reading goes through.
const ON_PATH: char = '<';

/// Writes the lattice, the texts read from it, what the marks mean, and one line of statistics.
pub(crate) fn write(transcript: &Transcript, layout: Layout, out: &mut impl Write) -> io::Result<()> {
    if let Some(prompt) = &transcript.prompt {
        write_text("prompt", &prompt.text, out)?;
    }
    let path = transcript.viterbi();
    let columns: Vec<Drawn> = transcript.sets.iter().map(|set| draw(set, transcript, &path, layout)).collect();
    for block in blocks(&columns, layout.width) {
        writeln!(out)?;
        write_block(block, layout.style, out)?;
    }
    if let Some(end) = &transcript.end {
        writeln!(out)?;
        write_readings(transcript, end, out)?;
        if transcript.others.is_empty() {
            write_text("brackets", &end.brackets, out)?;
        }
    }
    for line in legend(transcript, &path, layout.style) {
        writeln!(out, "{}", layout.style.quiet(&line))?;
    }
    if let Some(end) = &transcript.end {
        writeln!(out, "{}", layout.style.quiet(&super::statistics(end, &transcript.place)))?;
    }
    Ok(())
}

/// The readings, each with its name: first the one that is the text of the run, then the others, those drawn last.
fn write_readings(transcript: &Transcript, end: &EndEvent, out: &mut impl Write) -> io::Result<()> {
    if !transcript.others.is_empty() {
        return write_texts(&end.readings, out);
    }
    let mut kinds = [
        (ReadingKind::Viterbi, "viterbi"),
        (ReadingKind::Probable, "probable"),
        (ReadingKind::Scored, "scored"),
        (ReadingKind::Drawn, "drawn"),
    ];
    // A stable sort: the others keep their order.
    kinds.sort_by_key(|(kind, _)| *kind != transcript.reading.into());
    for (kind, name) in kinds {
        for reading in end.readings.iter().filter(|reading| reading.kind == kind) {
            write_text(name, &reading.text, out)?;
        }
    }
    Ok(())
}

/// The texts of a decoder that has no sets, numbered where there are several, each with its `ln p`.
fn write_texts(readings: &[ReadingEvent], out: &mut impl Write) -> io::Result<()> {
    let name = |index: usize, kind| {
        let kind = match kind {
            ReadingKind::Sample => "sample",
            ReadingKind::Beam => "beam",
            _ => "search",
        };
        if readings.len() == 1 { kind.to_owned() } else { format!("{kind} {}", index + 1) }
    };
    for (index, reading) in readings.iter().enumerate() {
        let log = format!("{:.2}", reading.log_probability);
        write_text(&name(index, reading.kind), &format!("{log:>8}  {}", reading.text), out)?;
    }
    Ok(())
}

fn write_text(name: &str, text: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", format!("{name:<10}{}", visible::line(text)).trim_end())
}

/// A column as strings, all of one width on the screen.
struct Drawn {
    ruler: String,
    cells: Vec<Cell>,
    width: usize,
}

/// A member as it is shown. The width is apart, because escape sequences take none.
struct Cell {
    text: String,
    width: usize,
    number: String,
}

fn draw(set: &Column, transcript: &Transcript, path: &BTreeSet<Slot>, layout: Layout) -> Drawn {
    let members = set.members.iter().map(|member| {
        let fate = transcript.fate(member.slot);
        let (before, after) = layout.style.marks(fate);
        let (lead, shown) = visible::token(&member.text);
        let id = id_mark(member.id.0, layout.show_ids);
        Cell {
            width: lead.len() + shown.width() + layout.style.marks_width(fate) + id.len(),
            text: format!("{lead}{before}{shown}{after}{id}"),
            number: format!(
                "{}{}",
                number(member.probability),
                if path.contains(&member.slot) { ON_PATH } else { ' ' }
            ),
        }
    });
    let ended = set.ended.iter().map(|candidate| {
        let (lead, shown) = visible::token(&candidate.text);
        let text = format!("{lead}({shown}){}", id_mark(candidate.id.0, layout.show_ids));
        Cell { width: text.width(), text, number: format!("{} ", number(candidate.probability)) }
    });
    let cells: Vec<Cell> = members.chain(ended).collect();
    let ruler = ruler(set);
    let text_width = cells.iter().map(|cell| cell.width).max().unwrap_or(0);
    Drawn { width: (text_width + 1 + NUMBER).max(ruler.len()), ruler, cells }
}

fn id_mark(id: u32, show: bool) -> String {
    if show { format!("#{id}") } else { String::new() }
}

/// The position of the set, or its positions where members do not share one; a star for a fallback.
fn ruler(set: &Column) -> String {
    let star = if set.fallback { "*" } else { "" };
    match (set.members.first(), set.members.last()) {
        (Some(first), Some(last)) if first.position != last.position => {
            format!("{}-{}{star}", first.position.0, last.position.0)
        }
        (Some(first), _) => format!("{}{star}", first.position.0),
        _ => star.to_owned(),
    }
}

/// Two decimals; what would round to nothing says so.
fn number(probability: f64) -> String {
    if probability < 0.005 { "<.01".to_owned() } else { format!("{probability:.2}") }
}

/// Cuts the columns into runs that fit the width; a column that alone is too wide gets a block of its own.
fn blocks(columns: &[Drawn], width: usize) -> Vec<&[Drawn]> {
    let mut blocks = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (index, column) in columns.iter().enumerate() {
        if index > start && used + GAP + column.width > width {
            blocks.push(&columns[start..index]);
            (start, used) = (index, 0);
        }
        used += GAP + column.width;
    }
    if start < columns.len() {
        blocks.push(&columns[start..]);
    }
    blocks
}

fn write_block(block: &[Drawn], style: Style, out: &mut impl Write) -> io::Result<()> {
    let mut line = Line::default();
    for column in block {
        line.push(&column.ruler, column.ruler.len(), column.width);
    }
    writeln!(out, "{}", style.quiet(&line.text))?;
    let rows = block.iter().map(|column| column.cells.len()).max().unwrap_or(0);
    for row in 0..rows {
        let mut line = Line::default();
        for column in block {
            match column.cells.get(row) {
                Some(cell) => {
                    let pad = " ".repeat(column.width - cell.width - NUMBER);
                    let text = format!("{}{pad}{}", cell.text, cell.number);
                    let shown = text.trim_end();
                    line.push(shown, column.width - (text.len() - shown.len()), column.width);
                }
                None => line.push("", 0, column.width),
            }
        }
        writeln!(out, "{}", line.text)?;
    }
    Ok(())
}

/// A line under construction: padding is written only when something follows it, so no line ends in spaces.
#[derive(Default)]
struct Line {
    text: String,
    owed: usize,
}

impl Line {
    fn push(&mut self, text: &str, text_width: usize, column_width: usize) {
        self.owed += GAP;
        if !text.is_empty() {
            self.text.extend(std::iter::repeat_n(' ', self.owed));
            self.text.push_str(text);
            self.owed = 0;
        }
        self.owed += column_width - text_width;
    }
}

/// What the marks mean, only those that were used.
fn legend(transcript: &Transcript, path: &BTreeSet<Slot>, style: Style) -> Vec<String> {
    let members = || transcript.sets.iter().flat_map(|set| &set.members);
    let mut lines = Vec::new();
    if members().any(|member| path.contains(&member.slot)) {
        lines.push(format!("{ON_PATH}  the Viterbi reading goes through it"));
    }
    let fates = [
        (Fate::Condemned, "judged against, but stays"),
        (Fate::Removed, "removed by what followed"),
        (Fate::Evicted, "evicted by the budget"),
    ];
    for (fate, meaning) in fates {
        if members().any(|member| transcript.fate(member.slot) == fate) {
            let (before, after) = style.marks(fate);
            lines.push(format!("{before}token{after}  {meaning}"));
        }
    }
    if transcript.sets.iter().any(|set| !set.ended.is_empty()) {
        lines.push("(token)  end of text: that reading ended here".to_owned());
    }
    if transcript.sets.iter().any(|set| set.fallback) {
        lines.push("*  no token reached the threshold; the most probable one was taken".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use tempo_core::Reading;

    use super::*;
    use crate::transcript::samples::{member, reading, transcript};

    fn drawn(transcript: &Transcript, layout: Layout) -> String {
        let mut out = Vec::new();
        write(transcript, layout, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn plain(width: usize) -> Layout {
        Layout { width, style: Style::Plain, show_ids: false }
    }

    #[test]
    fn columns_members_and_marks() {
        let want = "\
prompt    Once

  1            2               3*
   upon 0.99<   a       0.50<  .       0.09<
                ~~the~~ 0.25   (<end>) <.01
               {\u{23ce}}      0.12

viterbi    upon a.
probable   upon a.
brackets   upon[ a].
<  the Viterbi reading goes through it
~~token~~  removed by what followed
{token}  evicted by the budget
(token)  end of text: that reading ended here
*  no token reached the threshold; the most probable one was taken
3 steps, 5 tokens, mean set 1.67, 1 removed, 0.50 s, max-steps, m on cpu
";
        assert_eq!(drawn(&transcript(), plain(80)), want);
    }

    #[test]
    fn the_text_of_the_run_is_the_first_reading() {
        let mut transcript = transcript();
        // A drawn reading of the same text stays in its place.
        let drawn_too = reading(ReadingKind::Drawn, " upon a.", &[101, 102, 105]);
        transcript.end.as_mut().unwrap().readings.push(drawn_too);
        let names = |transcript: &Transcript| {
            let text = drawn(transcript, plain(80));
            let lines = text.lines().skip_while(|line| !line.ends_with("upon a."));
            lines.take(3).map(|line| line[..8].trim_end().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&transcript), ["viterbi", "probable", "drawn"]);
        transcript.reading = Reading::Probable;
        assert_eq!(names(&transcript), ["probable", "viterbi", "drawn"]);
    }

    #[test]
    fn narrow_screens_wrap_into_blocks_with_rulers() {
        let text = drawn(&transcript(), plain(30));
        let block = "\n  1            2\n   upon 0.99<   a       0.50<\n                ~~the~~ 0.25\n               {\u{23ce}}      0.12\n\n  3*\n";
        assert!(text.contains(block), "{text}");
        assert!(text.lines().take_while(|line| !line.starts_with("viterbi")).all(|line| line.width() <= 30));
        // Too narrow for anything: a column per block, and still complete.
        assert!(drawn(&transcript(), plain(1)).contains("~~the~~ 0.25"));
    }

    #[test]
    fn a_terminal_gets_strokes_and_ids_on_request() {
        let layout = Layout { width: 80, style: Style::Ansi, show_ids: true };
        let text = drawn(&transcript(), layout);
        assert!(text.contains(" \x1b[9mthe\x1b[29m#103 0.25"), "{text}");
        assert!(text.contains("\x1b[2m\u{23ce}\x1b[22m#104    0.12"), "{text}");
    }

    #[test]
    fn wide_characters_are_measured_as_shown() {
        let mut transcript = transcript();
        transcript.sets = vec![Column {
            fallback: false,
            members: vec![member(1, 7, "\u{732b}\u{732b}", 0.5), member(2, 8, "cat", 0.25)],
            ended: Vec::new(),
        }];
        let text = drawn(&transcript, plain(80));
        assert!(text.contains("\n  7-8\n  \u{732b}\u{732b} 0.50<\n  cat  0.25\n"), "{text}");
    }
}
