//! A pass for drivers that compile a kernel when it is first launched.

use crate::{CombineRule, DigestRequest, InSet, Key, Lanes, LogitsRequest, Observe, Pass, Query};

/// One set of this size, alone, whose rows are combined.
pub(super) fn warm_up(rows: usize, layers: usize) -> Pass {
    let number = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
    Pass {
        queries: (0..rows)
            .map(|row| Query { token: 0, position: 0, slot: number(row), set: 0, row, lane: 0 })
            .collect(),
        keys: (0..rows)
            .map(|row| Key { slot: number(row), set: 0, bias: 0.0, live: true, lanes: Lanes::ALL })
            .collect(),
        in_set: InSet::Isolated,
        // More than a set has are a prompt's, whose last row alone is answered.
        logits: rows.saturating_sub(16)..rows,
        layer_weights: vec![1.0; layers],
        observe: Observe::Nothing,
        digest: Some(LogitsRequest::Combined(DigestRequest {
            rule: CombineRule::LogitMean,
            weights: vec![1.0 / rows as f32; rows.min(16)],
            temperature: 1.0,
            suppressed: Vec::new(),
        })),
        biases: Vec::new(),
    }
}
