//! Many continuations in one cache: I13, and what their rows say.

use anyhow::{Context as _, ensure};
use pollster::block_on;
use tempo_core::{
    EachRow, Key, Lane, Lanes, LanguageModel as _, ListRequest, Logits, Position, Query, ReadoutStep, Row, SetIndex,
    Slot, StepPlan, TokenId, Visibility, Weighting,
};

use super::Bench;

/// Leaves from left to right, as the words that lead to them. Siblings, cousins and a path that ends early.
const LEAVES: [&[&str]; 6] = [
    &[" dog", " who", " was"],
    &[" dog", " who", " had"],
    &[" dog", " and"],
    &[" cat", " who", " was"],
    &[" cat", " and", " was"],
    &[" bird", " who", " had"],
];

/// A token of the tree. It spans the leaves below it.
struct Node {
    path: Vec<TokenId>,
    leaves: Lanes,
}

impl Bench {
    /// I13: every node of a tree that is computed in lanes is what its path is alone, whether the tree comes depth by depth
    /// or all at once.
    ///
    /// # Errors
    /// When it is not, or when a tree without lanes is as good.
    pub fn i13_a_tree_in_lanes_is_every_path_alone(&mut self) -> anyhow::Result<()> {
        let nodes = self.tree()?;
        let alone = nodes.iter().map(|node| self.row_of_path(&node.path)).collect::<anyhow::Result<Vec<_>>>()?;
        for at_once in [false, true] {
            let in_lanes = self.rows_of_tree(&nodes, at_once, |node| node.leaves)?;
            let mixed = self.rows_of_tree(&nodes, at_once, |_| Lanes::ALL)?;
            for (index, node) in nodes.iter().enumerate() {
                self.equal(&in_lanes[index], &alone[index])?;
                if node.path.len() > 1 {
                    self.different(&mixed[index], &alone[index])?;
                }
            }
        }
        Ok(())
    }

    /// The nodes in order of depth.
    fn tree(&self) -> anyhow::Result<Vec<Node>> {
        let paths = LEAVES.map(|words| words.iter().map(|word| self.token(word)).collect::<anyhow::Result<Vec<_>>>());
        let mut nodes: Vec<Node> = Vec::new();
        for (lane, path) in (0..).zip(paths) {
            let path = path?;
            for depth in 1..=path.len() {
                match nodes.iter_mut().find(|node| node.path == path[..depth]) {
                    Some(node) => node.leaves.to = Lane(lane + 1),
                    None => nodes.push(Node { path: path[..depth].to_vec(), leaves: Lanes::only(Lane(lane)) }),
                }
            }
        }
        nodes.sort_by_key(|node| node.path.len());
        Ok(nodes)
    }

    /// The row of the last token of a path that is computed token by token.
    fn row_of_path(&mut self, path: &[TokenId]) -> anyhow::Result<Vec<f32>> {
        let mut sequence = self.prompted()?;
        let mut row = None;
        for id in path {
            row = self.append(&mut sequence, &[(*id, 1.0)], Visibility::Isolated, Weighting::None)?.1.pop();
        }
        row.context("a path has a token")
    }

    /// The rows of all nodes, in one cache: a pass for each depth, or one for all.
    fn rows_of_tree(
        &mut self,
        nodes: &[Node],
        at_once: bool,
        lanes: impl Fn(&Node) -> Lanes,
    ) -> anyhow::Result<Vec<Vec<f32>>> {
        let mut keys = self.prompted()?.keys(Weighting::None);
        let mut rows = Vec::new();
        for depth in nodes.chunk_by(|a, b| at_once || a.path.len() == b.path.len()) {
            let plan = self.plan_of(&mut keys, depth, &lanes)?;
            rows.extend(self.rows(&plan)?);
        }
        Ok(rows)
    }

    /// The pass that computes these nodes, in new rows at the end.
    fn plan_of(&self, keys: &mut Vec<Key>, nodes: &[Node], lanes: impl Fn(&Node) -> Lanes) -> anyhow::Result<StepPlan> {
        let first = u32::try_from(self.prompt.len())?;
        let mut queries = Vec::new();
        for node in nodes {
            let number = u32::try_from(keys.len())?;
            let place = first + u32::try_from(node.path.len())? - 1;
            let (slot, set) = (Slot(number), SetIndex(place));
            keys.push(Key { slot, set, bias: 0.0, live: true, lanes: lanes(node) });
            queries.push(Query {
                token: *node.path.last().context("a node has a token")?,
                position: Position(place),
                slot,
                set,
                row: Row(number),
                lane: node.leaves.from,
            });
        }
        Ok(StepPlan {
            logits: 0..queries.len(),
            queries,
            keys: keys.clone(),
            visibility: Visibility::Isolated,
            layer_weights: Vec::new(),
            digest: None,
            biases: Vec::new(),
        })
    }

    /// The best tokens of every node's row, which come as a list.
    ///
    /// # Errors
    /// When they are others than those of the rows, or the pass costs more than one read of 16 KB.
    pub fn the_best_of_every_row_come_with_the_pass(&mut self) -> anyhow::Result<()> {
        let (nodes, vocab) = (self.tree()?, self.engine.description().vocab);
        let mut keys = self.prompted()?.keys(Weighting::None);
        let request = ListRequest { candidates: 40, temperature: 0.8 };
        let plan = self.plan_of(&mut keys, &nodes, |node| node.leaves)?;
        let before = self.engine.counts();
        let readout = block_on(self.engine.forward(&StepPlan { digest: Some(request.into()), ..plan.clone() }))?;
        let cost = self.engine.counts() - before;
        ensure!((cost.passes, cost.readbacks) == (1, 1), "{cost:?}");
        ensure!(matches!(readout.logits, Logits::Lists(_)), "no whole rows");
        ensure!(cost.bytes_read <= 16 << 10, "{} bytes", cost.bytes_read);
        let check = |logits| EachRow::check(logits, nodes.len(), vocab, Some(request), ReadoutStep::Step(0));
        let found = check(readout.logits)?;
        let rows = block_on(self.engine.logits())?;
        let whole = check(rows.into())?;
        for row in 0..nodes.len() {
            ensure!(found.best(row, 40)? == whole.best(row, 40)?, "row {row}");
            for temperature in [1.0, 0.8] {
                let (found, whole) = (found.log_sum(row, temperature)?, whole.log_sum(row, temperature)?);
                ensure!((found - whole).abs() < 1e-5 * (1.0 + whole.abs()), "row {row}: {found} is not {whole}");
            }
        }
        Ok(())
    }
}
