"""A tree search (LAB.md L2)."""

import math

import numpy as np

from .common import rounded
from .decoders import Decoder


class Node:
    def __init__(self, ids, prior, log_p, parent):
        self.ids, self.prior, self.log_p, self.parent = ids, prior, log_p, parent
        self.visits, self.total = 0, 0.0
        self.children = None
        self.computed = False

    def q(self):
        return self.total / self.visits if self.visits else 0.0

    def below(self):
        yield self
        for child in self.children or ():
            yield from child.below()


class Search(Decoder):
    kind = "mcts"

    def begin(self):
        self.root = Node((), 1.0, 0.0, None)
        self.made = [self.root]  # in the order in which they were made
        self.sum = 0.0
        self.expand(self.root)

    def expand(self, node):
        log_p = self.log_p(node.ids)
        best = self.best(log_p, self.o["branching"], "expand")
        p = np.exp(log_p[best])
        node.children = [
            Node((*node.ids, v), float(prior), float(log_p[v]), node)
            for v, prior in zip(best, p / p.sum(), strict=True)
        ]
        self.made += node.children

    def held(self):
        return self.length + len(self.root.ids) + sum(n.computed for n in self.root.below() if n is not self.root)

    def select(self, node):
        while node.children:
            scores = []
            for child in node.children:
                q = child.q() if child.visits else node.q()
                u = self.o["exploration"] * child.prior * math.sqrt(1 + node.visits) / (1 + child.visits)
                scores.append(q + u)
            at = scores.index(max(scores))
            for other, score in enumerate(scores):
                if other != at:
                    self.margins.note("select", scores[at], score)
            node = node.children[at]
        return node

    def simulate(self):
        node = self.select(self.root)
        rollout = []
        first = len(self.root.ids)
        if not self.over(node.ids):
            node.computed = True
            self.compute(1, self.held())
            self.expand(node)
            ids = list(node.ids)
            for n in range(self.o["depth"]):
                if self.over(ids):
                    break
                if n:
                    self.compute(1, self.held() + n)
                v = self.best(self.log_p(ids), 1, "rollout")[0]
                rollout.append(v)
                ids.append(v)
        whole = (*node.ids, *rollout)
        logs = [float(self.log_p(whole[:n])[whole[n]]) for n in range(first, len(whole))]
        value = math.exp(sum(logs) / len(logs))
        path = list(node.ids[first:])
        while node is not None:
            node.visits += 1
            node.total += value
            node = node.parent
        return {"path": path, "rollout": rollout, "value": rounded(value)}

    def step(self, step):
        simulations = [self.simulate() for _ in range(self.o["simulations"])]
        tree = list(self.root.below())
        tree.sort(key=self.made.index)
        number = {id(node): k for k, node in enumerate(tree)}
        last = lambda node: (self.prompt + list(node.ids))[-1]  # noqa: E731
        written = [
            {
                "node": k,
                "parent": number[id(node.parent)] if node is not self.root else None,
                "id": last(node),
                "text": self.text.one(last(node)),
                "prior": rounded(node.prior),
                "visits": node.visits,
                "value": rounded(node.q()),
            }
            for k, node in enumerate(tree)
        ]
        children = self.root.children
        best = max(children, key=lambda child: (child.visits, child.q()))
        for child in children:
            if child is not best and child.visits == best.visits:
                self.margins.note("choose", child.q(), best.q())
        v = best.ids[-1]
        self.root, best.parent = best, None
        self.sum += best.log_p
        slot = None if v in self.eos else self.new_slot()
        held = self.length + len(best.ids) - (slot is None)
        chosen = {"slot": slot, "position": self.length + step, "id": v, "text": self.text.one(v)}
        return {
            "type": "search",
            "step": step,
            "simulations": simulations,
            "tree": written,
            "chosen": {**chosen, "probability": rounded(math.exp(best.log_p))},
            "slots": held,
            "live": held,
        }

    def ended(self):
        return bool(self.root.ids) and self.root.ids[-1] in self.eos

    def readings(self):
        return [self.reading(list(self.root.ids), self.sum)]
