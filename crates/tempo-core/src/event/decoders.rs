//! The steps of decoders beside TEMPO (LAB.md L8).

use serde::{Deserialize, Serialize};

use super::{Event, Timing};
use crate::ids::{Position, Slot, TokenId};

impl Event {
    /// The times of a step; `None` where this is none.
    pub fn timing_mut(&mut self) -> Option<&mut Option<Timing>> {
        match self {
            Self::Step(step) => Some(&mut step.timing),
            Self::Samples(step) => Some(&mut step.timing),
            Self::Beams(step) => Some(&mut step.timing),
            Self::Search(step) => Some(&mut step.timing),
            Self::Run(_) | Self::End(_) => None,
        }
    }

    /// The number of a step, counted from 0; `None` where this is none.
    pub fn step(&self) -> Option<usize> {
        match self {
            Self::Step(step) => Some(step.step),
            Self::Samples(step) => Some(step.step),
            Self::Beams(step) => Some(step.step),
            Self::Search(step) => Some(step.step),
            Self::Run(_) | Self::End(_) => None,
        }
    }
}

/// A step of every sample that goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplesEvent {
    /// Counted from 0.
    pub step: usize,
    /// What was drawn, in the order of the lanes; lanes that ended before are left out.
    pub lanes: Vec<SampleToken>,
    /// Cache rows held after this step: the prompt's and those of the lanes that go on.
    pub slots: usize,
    /// The same number: nothing that is held is hidden.
    pub live: usize,
    /// Measured by a caller that has a clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
}

/// A token that was drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleToken {
    /// Which sample.
    pub lane: usize,
    /// Its identity; null for an end-of-text token, which ends its lane and is not computed.
    pub slot: Option<Slot>,
    /// Its RoPE position.
    pub position: Position,
    /// Its vocabulary entry.
    pub id: TokenId,
    /// Decoded alone.
    pub text: String,
    /// Before the filters: with penalty and temperature, without what may not be chosen.
    pub probability: f64,
}

/// A step of all beams.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeamsEvent {
    /// Counted from 0.
    pub step: usize,
    /// Those that go on, the most probable one first.
    pub hypotheses: Vec<Hypothesis>,
    /// Those that ended with end-of-text and are kept so far, best first.
    pub finished: Vec<FinishedBeam>,
    /// Cache rows held after this step: the prompt's and those of the hypotheses that go on, each once.
    pub slots: usize,
    /// The same number: nothing that is held is hidden.
    pub live: usize,
    /// Measured by a caller that has a clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
}

/// A beam that goes on, by its newest token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hypothesis {
    /// Its rank in the event before; 0 in the first.
    pub parent: usize,
    /// Identity of the newest token.
    pub slot: Slot,
    /// Its RoPE position.
    pub position: Position,
    /// Its vocabulary entry.
    pub id: TokenId,
    /// Decoded alone.
    pub text: String,
    /// Of all its tokens, in nats.
    pub log_probability: f64,
    /// That over the number of its tokens to the power of `length_penalty`.
    pub score: f64,
}

/// A beam that ended with an end-of-text token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinishedBeam {
    /// Its tokens, the end-of-text token included.
    pub ids: Vec<TokenId>,
    /// Its text, without that token.
    pub text: String,
    /// Of all its tokens, in nats.
    pub log_probability: f64,
    /// That over the number of its tokens to the power of `length_penalty`.
    pub score: f64,
}

/// The simulations of a search for one token, and the tree that they made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchEvent {
    /// Counted from 0.
    pub step: usize,
    /// In the order in which they were made.
    pub simulations: Vec<Simulation>,
    /// Every node before the root moves, unvisited ones too, the root first.
    pub tree: Vec<TreeNode>,
    /// The token that is appended.
    pub chosen: ChosenToken,
    /// Rows of the prompt and of the chosen tokens.
    pub slots: usize,
    /// The same number: nothing that is held is hidden.
    pub live: usize,
    /// Measured by a caller that has a clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
}

/// A simulation of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// Tokens from the root, exclusive, to the node that was reached.
    pub path: Vec<TokenId>,
    /// The most probable tokens from there.
    pub rollout: Vec<TokenId>,
    /// Geometric mean of the probabilities of all these tokens.
    pub value: f64,
}

/// A node of a search tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeNode {
    /// Its index in this list.
    pub node: usize,
    /// The index of the node above it; null for the root.
    pub parent: Option<usize>,
    /// Its vocabulary entry; the root's is the token that everything here follows.
    pub id: TokenId,
    /// Decoded alone.
    pub text: String,
    /// Probability among the children of its parent; 1 for the first root.
    pub prior: f64,
    /// Simulations that went through it or ended there.
    pub visits: usize,
    /// Mean value of these; 0 without any.
    pub value: f64,
}

/// The token that a search has chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChosenToken {
    /// Its identity; null for an end-of-text token, which ends the run.
    pub slot: Option<Slot>,
    /// Its RoPE position.
    pub position: Position,
    /// Its vocabulary entry.
    pub id: TokenId,
    /// Decoded alone.
    pub text: String,
    /// Of the whole vocabulary.
    pub probability: f64,
}
