//! Beam search over ordinary texts, and how probable a text is.

use tempo_core::TokenId;
use tempo_model::Engine;

use crate::paths::Paths;

/// The most probable text that beam search finds with as many beams at each step as `widths` says. `never`: tokens that no
/// beam takes.
///
/// # Errors
/// When a pass fails.
pub fn search(
    engine: &mut Engine,
    prompt: &[TokenId],
    widths: &[usize],
    never: &[TokenId],
) -> anyhow::Result<(Vec<TokenId>, f64)> {
    let mut paths = Paths::new(engine, prompt)?;
    for width in widths {
        let mut best: Vec<(f64, usize, TokenId)> = Vec::new();
        for (index, leaf) in paths.leaves().iter().enumerate() {
            let next =
                leaf.next.iter().zip(0..).map(|(log, id)| (leaf.log_probability + f64::from(*log), index, TokenId(id)));
            best.extend(next.filter(|(_, _, id)| !never.contains(id)));
            // Most first; ties by the rank of the beam, then by id.
            best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
            best.truncate(*width);
        }
        paths.grow(&best.into_iter().map(|(_, leaf, id)| (leaf, id)).collect::<Vec<_>>())?;
    }
    let best = paths.leaves().iter().reduce(|a, b| if b.log_probability > a.log_probability { b } else { a });
    Ok(best.map_or((Vec::new(), 0.0), |leaf| (leaf.ids.clone(), leaf.log_probability)))
}

/// Mean of the logarithms of the probabilities of these tokens after the prompt, as ordinary text, in nats a token.
///
/// # Errors
/// When a pass fails.
pub fn score(engine: &mut Engine, prompt: &[TokenId], ids: &[TokenId]) -> anyhow::Result<f64> {
    let mut paths = Paths::new(engine, prompt)?;
    for id in ids {
        paths.extend(&[*id])?;
    }
    Ok(paths.leaves()[0].log_probability / ids.len() as f64)
}
