//! Prompts that begin as the one before did: what its rows hold is not computed again (ALGORITHM.md §2).

use super::Generator;
use crate::ids::{Slot, TokenId};
use crate::text::Vocabulary;

impl<V: Vocabulary> Generator<V> {
    /// The tokens whose keys and values the model's first rows hold, as a prompt's: row `i` the token `i` at the position `i`.
    /// None before the prompt was computed.
    pub fn held(&self) -> &[TokenId] {
        let prompt: &[TokenId] = if self.has_prompt { &self.prompt } else { &[] };
        // A budget gives rows of the prompt to later tokens.
        let of_prompt = (0..).map(|slot| Some(Slot(slot)));
        let rows = self.sequence.rows().iter().zip(of_prompt).take_while(|(row, slot)| **row == *slot).count();
        &prompt[..rows.min(prompt.len())]
    }

    /// Says what the model's first rows hold, [`held`](Self::held) by the run before this one on the same model. The rows of
    /// the tokens that this prompt begins with are kept then, and not computed. The last token's row always is: the first
    /// set is chosen by it. To be called before the first [`advance`](Self::advance).
    pub fn keep(&mut self, held: &[TokenId]) {
        let alike = self.prompt.iter().zip(held).take_while(|(mine, theirs)| mine == theirs).count();
        self.kept = alike.min(self.prompt.len() - 1);
    }
}
