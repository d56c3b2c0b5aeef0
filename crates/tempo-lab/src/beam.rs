//! Beam search over ordinary texts, and how probable a text is.
//!
//! Core's decoder has one width for the whole run. [`search`] has one for each step, so that it spends as many rows as a
//! lattice whose sets have different sizes; with equal widths it finds what the decoder finds, which a test holds.

use pollster::block_on;
use tempo_core::{
    Decoder, DecoderKind, Event, GenerationOptions, Hypothesis, LanguageModel, Prompt, TokenId, next_event,
};

use crate::lattice::NoWords;
use crate::paths::Paths;

/// The most probable text that beam search finds with as many beams at each step as `widths` says. `never`: tokens that no
/// beam takes.
///
/// # Errors
/// When a pass fails.
pub fn search<M: LanguageModel>(
    engine: &mut M,
    prompt: &[TokenId],
    widths: &[usize],
    never: &[TokenId],
) -> anyhow::Result<(Vec<TokenId>, f64)>
where
    M::Error: Send + Sync,
{
    let mut paths = Paths::new(engine, prompt)?;
    for width in widths {
        step(&mut paths, *width, |id| !never.contains(&id))?;
    }
    Ok(best(&paths))
}

/// How many of the gold tokens core's beam search of so many beams holds: the longest beginning of `gold` that is one of its
/// hypotheses after so many steps. Beams that end count for nothing and take no room.
///
/// # Errors
/// When there are no beams or more than a decoder may have, or a pass fails.
pub fn reach<M: LanguageModel>(
    engine: &mut M,
    prompt: &[TokenId],
    gold: &[TokenId],
    beams: usize,
) -> anyhow::Result<usize>
where
    M::Error: Send + Sync,
{
    let options = GenerationOptions {
        decoder: DecoderKind::Beam,
        beams,
        length_penalty: NEVER_STOP,
        max_steps: gold.len(),
        ..GenerationOptions::default()
    };
    let text = Prompt { text: String::new(), ids: prompt.to_vec() };
    let mut run = Decoder::new(options, engine.description(), text, NoWords)?;
    let (mut held, mut rank) = (0, 0);
    while let Some(event) = block_on(next_event(&mut run, engine))? {
        let Event::Beams(step) = event else { continue };
        // Beams only grow, so what is lost does not come back.
        let goes_on = |one: &Hypothesis| one.parent == rank && one.id == gold[held];
        let Some(found) = step.hypotheses.iter().position(goes_on) else { break };
        (held, rank) = (held + 1, found);
    }
    Ok(held)
}

/// A longer text is always better by such a length penalty, so a search does not stop before its last step.
const NEVER_STOP: f64 = 64.0;

/// Lets the most probable `width` continuations by tokens that may come go on.
fn step<M: LanguageModel>(
    paths: &mut Paths<'_, M>,
    width: usize,
    may_come: impl Fn(TokenId) -> bool,
) -> anyhow::Result<()>
where
    M::Error: Send + Sync,
{
    // Most first; ties by the rank of the beam, then by id.
    let order = |a: &(f64, usize, TokenId), b: &(f64, usize, TokenId)| {
        b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2))
    };
    let mut best: Vec<(f64, usize, TokenId)> = Vec::new();
    for (index, leaf) in paths.leaves().iter().enumerate() {
        let next =
            leaf.next.iter().zip(0..).map(|(log, id)| (leaf.log_probability + f64::from(*log), index, TokenId(id)));
        best.extend(next.filter(|(_, _, id)| may_come(*id)));
        if best.len() > width {
            best.select_nth_unstable_by(width - 1, order);
            best.truncate(width);
        }
    }
    best.sort_by(order);
    paths.grow(&best.into_iter().map(|(_, leaf, id)| (leaf, id)).collect::<Vec<_>>())
}

fn best<M: LanguageModel>(paths: &Paths<'_, M>) -> (Vec<TokenId>, f64)
where
    M::Error: Send + Sync,
{
    let best = paths.leaves().iter().reduce(|a, b| if b.log_probability > a.log_probability { b } else { a });
    best.map_or((Vec::new(), 0.0), |leaf| (leaf.ids.clone(), leaf.log_probability))
}

/// Mean of the logarithms of the probabilities of these tokens after the prompt, as ordinary text, in nats a token.
///
/// # Errors
/// When a pass fails.
pub fn score<M: LanguageModel>(engine: &mut M, prompt: &[TokenId], ids: &[TokenId]) -> anyhow::Result<f64>
where
    M::Error: Send + Sync,
{
    let scores = block_on(tempo_core::score(engine, prompt, ids))?;
    let known = scores.iter().flatten();
    Ok(known.clone().map(|score| score.log_probability).sum::<f64>() / known.count() as f64)
}
