//! Digests and lists in core's words and in the kernels'.

use tempo_core::{Combine, Digest, DigestRequest, Logits, LogitsRequest, RowFacts, RowList, TokenId};
use tempo_kernels::{CombineRule, MOST_CANDIDATES, Outputs};

use crate::float::to_f32;

/// The kernels' request; `None` where more candidates are wanted than they list, which then takes whole rows.
pub(super) fn to_kernels(request: &LogitsRequest) -> Option<tempo_kernels::LogitsRequest> {
    let candidates = match request {
        LogitsRequest::Combined(request) => request.candidates,
        LogitsRequest::EachRow(request) => request.candidates,
    };
    (candidates <= MOST_CANDIDATES).then(|| match request {
        LogitsRequest::Combined(request) => tempo_kernels::LogitsRequest::Combined(combined(request)),
        LogitsRequest::EachRow(request) => {
            tempo_kernels::LogitsRequest::EachRow { temperature: to_f32(request.temperature) }
        }
    })
}

fn combined(request: &DigestRequest) -> tempo_kernels::DigestRequest {
    tempo_kernels::DigestRequest {
        rule: match request.rule {
            Combine::First => CombineRule::First,
            Combine::Last => CombineRule::Last,
            Combine::Mixture => CombineRule::Mixture,
            Combine::LogitMean => CombineRule::LogitMean,
            Combine::Max => CombineRule::Max,
        },
        weights: request.weights.iter().copied().map(to_f32).collect(),
        temperature: to_f32(request.temperature),
        suppressed: request.suppressed.iter().map(|id| id.0).collect(),
    }
}

/// What the kernels answered, in core's words.
pub(super) fn logits(outputs: &mut Outputs, request: Option<&LogitsRequest>) -> Logits {
    match (outputs.digest.take(), request) {
        (Some(digest), Some(LogitsRequest::Combined(request))) => Logits::Digest(from_kernels(digest, request)),
        _ if !outputs.lists.is_empty() => {
            Logits::Lists(std::mem::take(&mut outputs.lists).into_iter().map(list).collect())
        }
        _ => std::mem::take(&mut outputs.logits).into(),
    }
}

fn list(list: tempo_kernels::RowList) -> RowList {
    RowList {
        facts: facts(list.facts),
        tokens: list.tokens.into_iter().map(TokenId).collect(),
        logits: list.logits,
        complete_to: list.complete_to,
    }
}

fn facts(row: tempo_kernels::RowFacts) -> RowFacts {
    RowFacts { max: row.max, sum: row.sum.into(), sum_at_temperature: row.sum_at_temperature.into() }
}

/// The kernels' digest in core's words.
fn from_kernels(digest: tempo_kernels::Digest, request: &DigestRequest) -> Digest {
    // Shares of softmaxes add up to 1; where their sum in f32 differs from it, that is rounding.
    let total = match request.rule {
        Combine::First | Combine::Last | Combine::Mixture => 1.0,
        Combine::Max | Combine::LogitMean => digest.total,
    };
    let left = if request.suppressed.is_empty() { 1.0 } else { digest.left / total };
    Digest {
        rows: digest.rows.into_iter().map(facts).collect(),
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
