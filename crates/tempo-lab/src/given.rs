//! TEMPO on sets that are given beforehand: its distribution before and after each of them.
//!
//! A run goes step by step because a set follows from the distribution before it. Where the sets are given that reason is gone,
//! and one pass over all of them will do, unless something else follows from what earlier rows say: biases (every weighting but
//! `none`), members that are removed, faded or evicted, or a place in the set's order, which is that of the probabilities.

use anyhow::{Context as _, ensure};
use pollster::block_on;
use tempo_core::{
    Distribution, GenerationOptions, Key, Lanes, LanguageModel, Positions, Query, RemovalMode, Sequence, StepPlan,
    TokenId, Visibility, Weighting,
};

use crate::lattice::{Sets, run};

/// The distributions of the next token by id, before the first set and after each of them.
///
/// # Errors
/// When the options, the prompt or a set make no sense, or a pass fails.
pub fn distributions<M: LanguageModel>(
    model: &mut M,
    options: GenerationOptions,
    prompt: &[TokenId],
    sets: &[Vec<TokenId>],
) -> anyhow::Result<Vec<Vec<f64>>>
where
    M::Error: Send + Sync,
{
    if !sets.is_empty() && is_one_pass(&options) {
        return at_once(model, options, prompt, sets);
    }
    let lattice = run(model, options, prompt, Sets::Given(sets))?;
    Ok([lattice.first].into_iter().chain(lattice.steps.into_iter().map(|step| step.q)).collect())
}

/// Whether no row of a given set depends on what the rows before it say.
pub fn is_one_pass(options: &GenerationOptions) -> bool {
    options.weighting == Weighting::None
        && options.visibility != Visibility::Ordered
        && options.positions == Positions::Shared
        && options.removal == RemovalMode::Off
        && options.budget == 0
        // A penalty falls on what is there by then, and a text that may not end yet is another distribution.
        && options.repetition_penalty.to_bits() == 1.0_f64.to_bits()
        && options.min_steps == 0
}

fn at_once<M: LanguageModel>(
    model: &mut M,
    options: GenerationOptions,
    prompt: &[TokenId],
    sets: &[Vec<TokenId>],
) -> anyhow::Result<Vec<Vec<f64>>>
where
    M::Error: Send + Sync,
{
    let config = options.check(model.description())?;
    let vocab = model.description().vocab;
    let total = prompt.len() + sets.iter().map(Vec::len).sum::<usize>();
    ensure!(!prompt.is_empty() && total <= config.capacity, "prompt and sets are 1 to {} tokens", config.capacity);
    let mut sequence = Sequence::new(prompt, config.capacity, options.positions, options.position_gap);
    for set in sets {
        ensure!(set.iter().all(|id| id.index() < vocab) && !set.is_empty(), "a set is of tokens of the model");
        // Recorded probabilities play no part in what is computed.
        sequence.append(&set.iter().map(|id| (*id, 1.0)).collect::<Vec<_>>());
    }
    block_on(model.begin(total))?;
    // The prompt is a pass of its own, so that whoever holds it need not compute it again.
    let root = rows(model, &sequence, 0..prompt.len(), prompt.len() - 1, options.visibility)?;
    let said = rows(model, &sequence, prompt.len()..total, 0, options.visibility)?;

    let mut distributions = vec![Distribution::combine(&root, vocab, &[1.0], &[], &config.selection).probabilities()?];
    let mut said = said.chunks_exact(vocab);
    for set in sets {
        let before = &distributions[distributions.len() - 1];
        let of_set: Vec<&[f32]> = said.by_ref().take(set.len()).collect();
        // The order of a set is that of its probabilities; of equals the smaller id comes first.
        let mut order: Vec<usize> = (0..set.len()).collect();
        order.sort_by(|a, b| {
            let [p, q] = [a, b].map(|index| before[set[*index].index()]);
            q.total_cmp(&p).then(set[*a].cmp(&set[*b]))
        });
        let recorded: Vec<f64> = order.iter().map(|index| before[set[*index].index()]).collect();
        let sum: f64 = recorded.iter().sum();
        ensure!(sum > 0.0, "a set of tokens that cannot come has no weights");
        let weights: Vec<f64> = recorded.iter().map(|one| one / sum).collect();
        let logits: Vec<f32> = order.iter().flat_map(|index| of_set[*index]).copied().collect();
        let q = Distribution::combine(&logits, vocab, &weights, &[], &config.selection).probabilities()?;
        distributions.push(q);
    }
    Ok(distributions)
}

/// Computes these slots in one pass and returns the rows from `first` of them on.
fn rows<M: LanguageModel>(
    model: &mut M,
    sequence: &Sequence,
    slots: std::ops::Range<usize>,
    first: usize,
    visibility: Visibility,
) -> anyhow::Result<Vec<f32>>
where
    M::Error: Send + Sync,
{
    let key = |query: &Query| Key { slot: query.slot, set: query.set, bias: 0.0, live: true, lanes: Lanes::ALL };
    let keys = sequence.queries(0..slots.end).iter().map(key).collect();
    let queries = sequence.queries(slots);
    let logits = first..queries.len();
    let plan =
        StepPlan { queries, keys, visibility, logits, layer_weights: Vec::new(), digest: None, biases: Vec::new() };
    let readout = block_on(model.forward(&plan))?;
    readout.logits.into_rows().context("whole rows, for no digest was asked for")
}
