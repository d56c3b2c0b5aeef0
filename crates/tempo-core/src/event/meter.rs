//! What the exact meter says of a step (LAB.md L4).

use serde::{Deserialize, Serialize, Serializer};

/// How far TEMPO's distribution of the next token is from the exact one, over all paths through the live members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeterEvent {
    /// How many paths there are: the product of the sets' sizes.
    #[serde(serialize_with = "whole")]
    pub paths: f64,
    /// Of TEMPO's distribution from the exact one, in nats.
    pub kl: f64,
    /// Half the sum of the differences.
    pub total_variation: f64,
    /// Whether both find the same token most probable.
    pub top1: bool,
    /// The exact posterior of each live member, in order, of every set with more than one, oldest set first.
    pub members: Vec<Vec<f64>>,
    /// How many paths were drawn, where it was not all of them: then every number but `paths` is an estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<usize>,
    /// The effective sample size of what was drawn, from 1 to `sampled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ess: Option<f64>,
}

/// A count without a decimal point, as long as a float holds whole numbers.
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")
)]
fn whole<S: Serializer>(count: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    const EXACT: f64 = (1_u64 << 53) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count below 2^53")]
    if *count < EXACT { serializer.serialize_u64(*count as u64) } else { serializer.serialize_f64(*count) }
}
