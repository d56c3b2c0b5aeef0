//! A digest in core's words and in the kernels'.

use tempo_core::{Combine, Digest, DigestRequest, RowFacts, TokenId};
use tempo_kernels::{CombineRule, MOST_CANDIDATES};

use crate::float::to_f32;

/// The kernels' request; `None` where more candidates are wanted than their digest lists, which then takes whole rows.
pub(super) fn to_kernels(request: &DigestRequest) -> Option<tempo_kernels::DigestRequest> {
    let rule = match request.rule {
        Combine::First => CombineRule::First,
        Combine::Last => CombineRule::Last,
        Combine::Mixture => CombineRule::Mixture,
        Combine::LogitMean => CombineRule::LogitMean,
        Combine::Max => CombineRule::Max,
    };
    (request.candidates <= MOST_CANDIDATES).then(|| tempo_kernels::DigestRequest {
        rule,
        weights: request.weights.iter().copied().map(to_f32).collect(),
        temperature: to_f32(request.temperature),
        suppressed: request.suppressed.iter().map(|id| id.0).collect(),
    })
}

/// The kernels' digest in core's words.
pub(super) fn from_kernels(digest: tempo_kernels::Digest, request: &DigestRequest) -> Digest {
    // Shares of softmaxes add up to 1; where their sum in f32 differs from it, that is rounding.
    let total = match request.rule {
        Combine::First | Combine::Last | Combine::Mixture => 1.0,
        Combine::Max | Combine::LogitMean => digest.total,
    };
    let left = if request.suppressed.is_empty() { 1.0 } else { digest.left / total };
    let rows = digest.rows.iter().map(|row| RowFacts {
        max: row.max,
        sum: row.sum.into(),
        sum_at_temperature: row.sum_at_temperature.into(),
    });
    Digest {
        rows: rows.collect(),
        peak: digest.peak.into(),
        total,
        left,
        // With q = u / s: -sum q ln q = ln s - sum(u ln u) / s.
        entropy: (digest.left.ln() - digest.log_sum / digest.left).max(0.0),
        tokens: digest.tokens.into_iter().map(TokenId).collect(),
        logits: digest.logits,
        complete_to: f64::from(digest.complete_to) / (total * left),
    }
}
