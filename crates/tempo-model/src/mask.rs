//! Who sees whom, made on the device from one entry per query and one per cache row.
//!
//! Query `i` sees row `j` iff `j` is live and holds `i`'s own slot, or an earlier set, or a member of `i`'s own set that
//! [`InSet`] allows, and, where lanes differ, `j` is part of `i`'s own lane. A mask is added to attention logits: 0 or the row's bias and the query's where seen, [`HIDDEN`]
//! where not. It is finite on purpose: shaders may assume that there are no infinities.

use burn::tensor::{Bool, Int, Tensor};
use tempo_kernels::{HIDDEN, InSet};

/// One entry per query or per row, on the device.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    /// `[queries, 1]`
    pub(crate) query_sets: Tensor<2, Int>,
    /// `[queries, 1]`
    pub(crate) query_slots: Tensor<2, Int>,
    /// `[1, context]`
    pub(crate) key_sets: Tensor<2, Int>,
    /// `[1, context]`
    pub(crate) key_slots: Tensor<2, Int>,
    /// What every other slot's query adds, the row's bias, or [`HIDDEN`]: `[1, context]`, or `[queries, context]` where
    /// queries have biases, too.
    pub(crate) others: Tensor<2>,
    /// `[1, context]`: what the slot's own query adds: 0, or [`HIDDEN`].
    pub(crate) own: Tensor<2>,
    pub(crate) in_set: InSet,
    /// Where some row is not part of every lane.
    pub(crate) lanes: Option<Lanes>,
}

/// Which lanes there are, on the device.
#[derive(Clone, Debug)]
pub(crate) struct Lanes {
    /// `[queries, 1]`
    pub(crate) of_queries: Tensor<2, Int>,
    /// `[1, context]`: the first lane of each row.
    pub(crate) from: Tensor<2, Int>,
    /// `[1, context]`: the one after its last.
    pub(crate) to: Tensor<2, Int>,
}

impl Sight {
    /// The mask of layers with this sliding window, measured in sets.
    ///
    /// # Shapes
    /// `[1, queries, context]`
    pub(crate) fn mask(&self, window: Option<usize>) -> Tensor<3> {
        let [queries, _] = self.query_sets.dims();
        let [_, context] = self.key_sets.dims();
        // Columns of queries meet rows of keys: every comparison is [queries, context].
        let (query_sets, query_slots) = (|| self.query_sets.clone(), || self.query_slots.clone());
        let (key_sets, key_slots) = (|| self.key_sets.clone(), || self.key_slots.clone());
        let own: Tensor<2, Bool> = key_slots().equal(query_slots());
        let mut seen = match self.in_set {
            InSet::Isolated => key_sets().lower(query_sets()),
            InSet::Visible => key_sets().lower_equal(query_sets()),
            // Slots count upwards over sets, so the order of slots is the order of the text.
            InSet::Ordered => key_slots().lower(query_slots()),
        };
        if let Some(window) = window {
            let window = i32::try_from(window).unwrap_or(i32::MAX);
            seen = seen.bool_and(key_sets().greater(query_sets() - window));
        }
        if let Some(Lanes { of_queries, from, to }) = &self.lanes {
            let begun = from.clone().lower_equal(of_queries.clone());
            seen = seen.bool_and(begun).bool_and(to.clone().greater(of_queries.clone()));
        }
        Tensor::full([queries, context], HIDDEN, &self.others.device())
            .mask_where(seen, self.others.clone())
            .mask_where(own, self.own.clone())
            .unsqueeze()
    }
}
