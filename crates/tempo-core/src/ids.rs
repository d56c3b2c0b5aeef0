//! Numbers that must not be mixed up: a position turns a RoPE angle, a slot names a place in the sequence, a row is
//! where the cache keeps it. There is no `From` between them on purpose.

use serde::{Deserialize, Serialize};

/// Entry of the model's vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TokenId(pub u32);

/// RoPE position. Several slots may share one; it turns the angle and decides nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position(pub u32);

/// Identity of one token in the sequence: counted upwards, unique, never renumbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot(pub u32);

/// Row of the KV cache that holds a slot. A freed row is used again; its slot number is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row(pub u32);

/// One of the continuations that share a cache (LAB.md L1). TEMPO by itself is lane 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(pub u32);

/// Index of a parallel set in the sequence. Every prompt token is a set of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetIndex(pub u32);

impl Lane {
    /// TEMPO's own.
    pub const TEMPO: Self = Self(0);
}

impl Slot {
    /// Slots from here on are of lanes beside TEMPO; TEMPO's own are counted from 0.
    const BESIDE: u32 = 1 << 30;

    /// The slot of this number beside TEMPO.
    pub(crate) const fn beside(number: u32) -> Self {
        Self(Self::BESIDE + number)
    }

    /// Whether it is of a lane beside TEMPO.
    pub(crate) fn is_beside(self) -> bool {
        self.0 >= Self::BESIDE
    }

    /// The slot as an index into arrays that hold one entry per slot.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl TokenId {
    /// The token as an index into a vocabulary-wide row.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl Row {
    /// The row as an index into arrays that hold one entry per cache row.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl SetIndex {
    /// The set as an index into the sequence's list of sets.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
