//! The formats that a run is printed in when it is over.

mod json;
mod lattice;
mod style;
pub(crate) mod visible;

use std::io::Write;

use anyhow::{Context as _, Result};
use tempo_core::EndEvent;

pub(crate) use lattice::Layout;
pub(crate) use style::Style;

use crate::transcript::Transcript;

tempo_core::choice! {
    /// What is printed.
    pub(crate) enum Format {
        /// A column per position, members with probabilities below each other.
        #[default]
        Lattice = "lattice",
        /// One text, parallel members as [a/b/c].
        Brackets = "brackets",
        /// The reading that `reading` names, as text alone.
        Text = "text",
        /// One document with everything.
        Json = "json",
    }
}

/// Prints a finished run. Text goes to a pipe as it is, to a terminal without its control characters.
pub(crate) fn write(
    transcript: &Transcript,
    format: Format,
    layout: Layout,
    is_terminal: bool,
    out: &mut impl Write,
) -> Result<()> {
    let text = |text: fn(&EndEvent) -> &str| -> Result<String> {
        let end = transcript.end.as_ref().context("the run has no end event")?;
        Ok(if is_terminal { visible::lines(text(end)) } else { text(end).to_owned() })
    };
    match format {
        Format::Lattice => lattice::write(transcript, layout, out)?,
        Format::Brackets => writeln!(out, "{}", text(|end| &end.brackets)?)?,
        Format::Text => {
            let answer = transcript.end.as_ref().and_then(|end| end.answer.as_ref());
            if let Some((thinking, answer)) =
                answer.and_then(|answer| Some((answer.thinking.as_deref()?, &answer.text)))
            {
                // In the same words for every model: a template may have begun the thinking itself, which then has one tag.
                let shown = |text: &str| if is_terminal { visible::lines(text) } else { text.to_owned() };
                let thinking = layout.style.quiet(&format!("<think>\n{}\n</think>", shown(thinking)));
                writeln!(out, "{thinking}\n\n{}", shown(answer))?;
            } else {
                writeln!(out, "{}", text(|end| &end.text)?)?;
            }
        }
        Format::Json => json::write(transcript, layout.show_ids, out)?,
    }
    Ok(())
}

/// The totals of a run in one line.
fn statistics(end: &EndEvent, place: &str) -> String {
    let stats = end.stats;
    let mut parts = vec![
        count(stats.steps, "step"),
        count(stats.tokens, "token"),
        format!("mean set {:.2}", stats.mean_set),
        format!("{} removed", stats.removed),
    ];
    parts.extend(stats.seconds.map(|seconds| format!("{seconds:.2} s")));
    parts.push(match serde_json::to_value(end.reason) {
        Ok(serde_json::Value::String(reason)) => reason,
        other => unreachable!("a stop reason is a name, not {other:?}"),
    });
    parts.push(place.to_owned());
    parts.join(", ")
}

/// A number of things, in words.
pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use tempo_core::AnswerEvent;

    use super::*;
    use crate::transcript::samples::transcript;

    #[test]
    fn thinking_is_marked_in_the_text() {
        let mut run = transcript();
        let answer = AnswerEvent { thinking: Some("Hm.".into()), text: "Yes.".into() };
        let end = run.end.as_mut().unwrap();
        (end.text, end.answer) = ("Hm.</think>Yes.".into(), Some(answer));
        let layout = Layout { width: 80, style: Style::Plain, show_ids: false };
        let mut out = Vec::new();
        write(&run, Format::Text, layout, false, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "<think>\nHm.\n</think>\n\nYes.\n");
    }

    #[test]
    fn text_is_exact_in_a_pipe_and_safe_on_a_terminal() {
        let mut run = transcript();
        run.end.as_mut().unwrap().text = "a\x1b[0m\nb".into();
        let layout = Layout { width: 80, style: Style::Plain, show_ids: false };
        let printed = |is_terminal| {
            let mut out = Vec::new();
            write(&run, Format::Text, layout, is_terminal, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(printed(false), "a\x1b[0m\nb\n");
        assert_eq!(printed(true), "a\u{241b}[0m\nb\n");
    }
}
