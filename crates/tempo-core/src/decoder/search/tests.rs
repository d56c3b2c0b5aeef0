use super::super::row::log_probability;
use super::super::tests::{PROMPT, alone, end, events, options};
use super::*;
use crate::options::DecoderKind;

#[derive(Clone)]
struct Plain {
    ids: Vec<TokenId>,
    prior: f64,
    log: f64,
    visits: usize,
    total: f64,
    children: Option<Vec<Plain>>,
}

struct Rules {
    eos: Vec<u32>,
    steps: usize,
    exploration: f64,
    branching: usize,
    depth: usize,
}

impl Plain {
    fn value(&self, or: f64) -> f64 {
        if self.visits == 0 { or } else { self.total / self.visits as f64 }
    }

    fn expand(&mut self, rules: &Rules) {
        let best = top(&alone(&self.ids), 0, rules.branching).unwrap();
        let sum: f64 = best.iter().map(|(_, log)| log.exp()).sum();
        let children = best.into_iter().map(|(id, log)| Plain {
            ids: self.ids.iter().copied().chain([id]).collect(),
            prior: log.exp() / sum,
            log,
            visits: 0,
            total: 0.0,
            children: None,
        });
        self.children = Some(children.collect());
    }

    /// One simulation from here down, with the `ln p` of the tokens above; its value.
    fn simulate(&mut self, rules: &Rules, above: &mut Vec<f64>) -> f64 {
        let (own, visits) = (self.value(0.0), self.visits as f64);
        let value = if let Some(children) = &mut self.children {
            let terms = children.iter().map(|child| {
                let term = child.prior * (1.0 + visits).sqrt() / (1.0 + child.visits as f64);
                child.value(own) + rules.exploration * term
            });
            let terms: Vec<f64> = terms.collect();
            let best = (0..terms.len()).fold(0, |best, index| if terms[index] > terms[best] { index } else { best });
            above.push(children[best].log);
            children[best].simulate(rules, above)
        } else {
            let mut text = self.ids.clone();
            let over =
                |text: &[TokenId]| text.len() == rules.steps || text.last().is_some_and(|id| rules.eos.contains(&id.0));
            if !over(&text) {
                self.expand(rules);
            }
            for _ in 0..rules.depth {
                if over(&text) {
                    break;
                }
                let next = alone(&text);
                let best = top(&next, 0, 1).unwrap()[0].0;
                above.push(log_probability(&next, 0, best).unwrap());
                text.push(best);
            }
            (above.iter().sum::<f64>() / above.len() as f64).exp()
        };
        self.visits += 1;
        self.total += value;
        value
    }
}

/// The search in plain words, every text computed alone: what is chosen, and visits and values of the root's children at each
/// step.
fn plain(rules: &Rules, simulations: usize) -> (Vec<TokenId>, Vec<Vec<(usize, f64)>>) {
    let mut root = Plain { ids: Vec::new(), prior: 1.0, log: 0.0, visits: 0, total: 0.0, children: None };
    root.expand(rules);
    let mut all = Vec::new();
    while root.ids.len() < rules.steps && !root.ids.last().is_some_and(|id| rules.eos.contains(&id.0)) {
        for _ in 0..simulations {
            root.simulate(rules, &mut Vec::new());
        }
        let children = root.children.take().unwrap();
        all.push(children.iter().map(|child| (child.visits, child.value(0.0))).collect());
        let key = |child: &Plain| (child.visits, child.value(0.0));
        let best =
            (0..children.len()).fold(0, |best, at| if key(&children[at]) > key(&children[best]) { at } else { best });
        root = children[best].clone();
    }
    (root.ids, all)
}

#[test]
fn a_search_is_that_of_plain_recursion_without_a_cache() {
    let mut ended = 0;
    for eos in [vec![], vec![4, 9, 14]] {
        for (simulations, exploration, branching, depth) in
            [(16, 1.5, 3, 4), (9, 0.0, 5, 2), (12, 6.0, 4, 0), (1, 1.5, 1, 3)]
        {
            let rules = Rules { eos: eos.clone(), steps: 5, exploration, branching, depth };
            let run = events(
                &eos,
                options(DecoderKind::Mcts, |o| {
                    (o.max_steps, o.simulations, o.exploration, o.branching, o.depth) =
                        (5, simulations, exploration, branching, depth);
                }),
            );
            let (ids, steps) = plain(&rules, simulations);
            assert_eq!(end(&run).readings[0].ids, ids, "{eos:?} {simulations} {exploration}");
            ended += usize::from(ids.len() < 5);
            let found = run.iter().filter_map(|event| match event {
                Event::Search(step) => Some(step),
                _ => None,
            });
            for (found, want) in found.zip(&steps) {
                assert_eq!(found.simulations.len(), simulations);
                let children: Vec<_> = found.tree.iter().filter(|node| node.parent == Some(0)).collect();
                assert_eq!(children.len(), want.len());
                for (child, (visits, value)) in children.iter().zip(want) {
                    assert_eq!(child.visits, *visits);
                    assert!((child.value - value).abs() < 1e-4);
                }
            }
        }
    }
    assert!(ended > 0, "one of them ends by its own choice");
}

#[test]
fn a_tree_is_whole_and_what_is_kept_keeps_its_numbers() {
    let run = events(&[], options(DecoderKind::Mcts, |o| (o.simulations, o.branching, o.depth) = (12, 3, 2)));
    let mut before: Option<(usize, f64)> = None;
    for event in &run {
        let Event::Search(step) = event else { continue };
        assert_eq!((step.tree[0].node, step.tree[0].parent), (0, None));
        for (index, node) in step.tree.iter().enumerate().skip(1) {
            assert_eq!(node.node, index);
            assert!(node.parent.unwrap() < index, "a parent stands before its children");
        }
        let root = &step.tree[0];
        if let Some((visits, value)) = before {
            assert_eq!(root.visits, visits + 12, "twelve more than it had");
            assert!(root.value > 0.0 && value > 0.0);
        }
        let chosen = step.tree.iter().filter(|node| node.parent == Some(0)).max_by_key(|node| node.visits).unwrap();
        before = Some((chosen.visits, chosen.value));
        let position = u32::try_from(PROMPT.len() + step.step).unwrap();
        assert_eq!((step.chosen.slot, step.chosen.position.0), (Some(Slot(position)), position));
        assert_eq!(step.slots, PROMPT.len() + step.step + 1);
    }
}
