//! The run as one JSON document, for programs that do not want a stream.

use std::io::Write;

use anyhow::{Context as _, Result};
use serde::Serialize;
use tempo_core::{Event, ReadingEvent, Stats, StopReason};

use crate::transcript::{Fate, Transcript};

#[derive(Serialize)]
struct Document<'a> {
    prompt: &'a str,
    text: &'a str,
    brackets: &'a str,
    readings: &'a [ReadingEvent],
    reason: StopReason,
    stats: Stats,
    sets: Vec<Set<'a>>,
    /// Of a decoder that has no sets.
    #[serde(skip_serializing_if = "<[Event]>::is_empty")]
    steps: &'a [Event],
}

#[derive(Serialize)]
struct Set<'a> {
    fallback: bool,
    members: Vec<Token<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ended: Vec<Token<'a>>,
}

#[derive(Serialize)]
struct Token<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u32>,
    probability: f64,
    /// A verdict took it out.
    removed: bool,
    /// The budget took it out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    evicted: bool,
}

/// Writes the document.
pub(crate) fn write(transcript: &Transcript, show_ids: bool, out: &mut impl Write) -> Result<()> {
    let (prompt, end) = transcript.prompt.as_ref().zip(transcript.end.as_ref()).context("the run has no end event")?;
    let sets = transcript.sets.iter().map(|set| Set {
        fallback: set.fallback,
        members: set
            .members
            .iter()
            .map(|member| Token {
                text: &member.text,
                id: show_ids.then_some(member.id.0),
                position: Some(member.position.0),
                probability: member.probability,
                removed: transcript.fate(member.slot) == Fate::Removed,
                evicted: transcript.fate(member.slot) == Fate::Evicted,
            })
            .collect(),
        ended: set
            .ended
            .iter()
            .map(|candidate| Token {
                text: &candidate.text,
                id: show_ids.then_some(candidate.id.0),
                position: None,
                probability: candidate.probability,
                removed: false,
                evicted: false,
            })
            .collect(),
    });
    let document = Document {
        prompt: &prompt.text,
        text: &end.text,
        brackets: &end.brackets,
        readings: &end.readings,
        reason: end.reason,
        stats: end.stats,
        sets: sets.collect(),
        steps: &transcript.others,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::transcript::samples::transcript;

    #[test]
    fn the_document_holds_sets_and_fates() {
        let mut out = Vec::new();
        write(&transcript(), true, &mut out).unwrap();
        let document: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(document["prompt"], "Once");
        assert_eq!(document["reason"], "max-steps");
        assert_eq!(document["stats"]["tokens"], 5);
        assert_eq!(document["readings"][1]["kind"], "viterbi");
        assert_eq!(
            document["sets"][1]["members"][1],
            json!({"text": " the", "id": 103, "position": 2, "probability": 0.25, "removed": true})
        );
        assert_eq!(document["sets"][1]["members"][2]["evicted"], true);
        assert_eq!(document["sets"][2]["ended"][0]["text"], "<end>");
    }

    #[test]
    fn ids_come_on_request() {
        let mut out = Vec::new();
        write(&transcript(), false, &mut out).unwrap();
        let document: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(document["sets"][0]["members"][0].get("id"), None);
    }
}
