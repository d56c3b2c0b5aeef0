use proptest::prelude::*;

use super::*;
use crate::decoder::Branches;
use crate::model::{LanguageModel as _, Logits};
use crate::testing::{ScriptedModel, block_on};

const PROMPT: [TokenId; 3] = [TokenId(3), TokenId(11), TokenId(5)];

fn spans(tree: &Tree) -> Vec<(u32, u32)> {
    tree.number(Lane(0)).spans.values().map(|lanes| (lanes.from.0, lanes.to.0)).collect()
}

fn logits(model: &mut ScriptedModel, plan: &crate::StepPlan) -> Vec<f32> {
    match block_on(model.forward(plan)).unwrap().logits {
        Logits::Rows(rows) => rows,
        _ => panic!("no digest was asked for"),
    }
}

/// The last token's logits after the prompt and these tokens, computed alone.
fn alone(tokens: &[TokenId]) -> Vec<f32> {
    let mut model = ScriptedModel::new(24);
    block_on(model.begin(64)).unwrap();
    let text: Vec<TokenId> = PROMPT.iter().chain(tokens).copied().collect();
    logits(&mut model, &Branches::new(&text, 64).prefill(None))
}

#[test]
fn leaves_are_numbered_from_left_to_right_and_nodes_span_them() {
    let mut rows = Rows::new(16);
    let mut tree = Tree::new(Position(3), SetIndex(3), Slot(3));
    let a = tree.append(None, TokenId(1), &mut rows);
    let b = tree.append(None, TokenId(2), &mut rows);
    let aa = tree.append(Some(a), TokenId(3), &mut rows);
    let _ab = tree.append(Some(a), TokenId(4), &mut rows);
    let _child = tree.append(Some(b), TokenId(5), &mut rows);
    assert_eq!(spans(&tree), [(0, 2), (2, 3), (0, 1), (1, 2), (2, 3)]);
    assert_eq!(tree.number(Lane(4)).spans[&aa], Lanes::only(Lane(4)));
    let queries = tree.queries(&[aa, b], &tree.number(Lane(0)));
    assert_eq!(queries.iter().map(|query| query.lane.0).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(queries.iter().map(|query| (query.position.0, query.set.0)).collect::<Vec<_>>(), [(4, 4), (3, 3)]);
    assert_eq!(tree.path(aa), [a, aa]);
}

#[test]
fn freed_rows_are_used_again_and_slots_are_not() {
    let mut rows = Rows::new(4);
    let mut tree = Tree::new(Position(3), SetIndex(3), Slot(3));
    let a = tree.append(None, TokenId(1), &mut rows);
    let aa = tree.append(Some(a), TokenId(2), &mut rows);
    let aaa = tree.append(Some(aa), TokenId(3), &mut rows);
    let b = tree.append(None, TokenId(4), &mut rows);
    assert_eq!(rows.left(), 0);
    tree.free_branch(aaa, &mut rows, |slot| slot == a);
    assert!(tree.has(a) && !tree.has(aa) && !tree.has(aaa));
    assert_eq!(rows.left(), 2);
    let again = tree.append(Some(b), TokenId(5), &mut rows);
    assert_eq!(again, Slot(7));
    assert_eq!(tree.queries(&[again], &tree.number(Lane(0)))[0].row.0, 1, "the lowest free row");
    tree.free(b, &mut rows);
    assert_eq!((rows.held(), tree.leaves()), (1, vec![a]));
}

proptest! {
    /// I13: nodes are appended, computed and freed in any order; each says what it says as the end of a plain text.
    #[test]
    fn i13_a_tree_in_lanes_is_every_path_computed_alone(choices in proptest::collection::vec((0..100_usize, 0..24_u32), 1..24)) {
        let mut model = ScriptedModel::new(24);
        block_on(model.begin(64)).unwrap();
        let mut branches = Branches::new(&PROMPT, 64);
        logits(&mut model, &branches.prefill(None));
        let mut nodes: Vec<Slot> = Vec::new();
        for pair in choices.chunks(2) {
            let mut new = Vec::new();
            for (choice, token) in pair {
                if choice % 5 == 4 && !nodes.is_empty() {
                    branches.free(nodes[choice % nodes.len()]);
                    nodes.retain(|slot| branches.tree().has(*slot));
                    new.retain(|slot| branches.tree().has(*slot));
                    continue;
                }
                // Both of a pair stand beside each other: neither has been computed when the other is appended.
                let at = choice % (nodes.len() + 1);
                new.push(branches.append(nodes.get(at).copied(), TokenId(*token)));
            }
            if new.is_empty() {
                continue;
            }
            let found = logits(&mut model, &branches.plan(&new, None));
            for (slot, found) in new.iter().zip(found.chunks_exact(24)) {
                let path: Vec<TokenId> = branches.tree().path(*slot).iter().map(|slot| branches.tree().token(*slot)).collect();
                for (found, want) in found.iter().zip(alone(&path)) {
                    prop_assert!((found - want).abs() < 1e-5, "{found} is not {want}");
                }
            }
            nodes.extend(new);
        }
    }
}

#[test]
fn i13_without_lanes_cousins_are_seen() {
    let mut model = ScriptedModel::new(24);
    block_on(model.begin(64)).unwrap();
    let mut branches = Branches::new(&PROMPT, 64);
    logits(&mut model, &branches.prefill(None));
    let tops = [branches.append(None, TokenId(1)), branches.append(None, TokenId(2))];
    logits(&mut model, &branches.plan(&tops, None));
    let below = [branches.append(Some(tops[0]), TokenId(7))];
    let mut plan = branches.plan(&below, None);
    let right = logits(&mut model, &plan);
    plan.keys.iter_mut().for_each(|key| key.lanes = Lanes::ALL);
    let wrong = logits(&mut model, &plan);
    let distance = |found: &[f32]| {
        let want = alone(&[TokenId(1), TokenId(7)]);
        found.iter().zip(want).map(|(found, want)| (found - want).abs()).fold(0.0, f32::max)
    };
    assert!(distance(&right) < 1e-5 && distance(&wrong) > 0.1);
}
