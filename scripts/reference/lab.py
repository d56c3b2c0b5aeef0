"""What stands beside a run (LAB.md L3, L4): the exact meter and the scored reading, by plain enumeration.

Every text is computed alone, from the prompt on, as transformers does it: no lanes, no cache.
"""

from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import torch

from .chain import SplitMix64, log_softmax
from .common import caps, rounded
from .selection import distribution, ranking


@dataclass
class Texts:
    """ln p of the next token after any text."""

    model: object
    prompt: list
    done: dict = field(default_factory=dict)

    def after(self, path):
        """[vocab] after the prompt and these ids."""
        if path not in self.done:
            ids = torch.tensor([[*self.prompt, *path]])
            with torch.no_grad():
                logits = self.model(input_ids=ids, use_cache=False, **caps(self.model)).logits[0]
            logs = log_softmax(logits[len(self.prompt) - 1 :].double().numpy())
            for length in range(len(path) + 1):
                self.done[path[:length]] = logs[length]
        return self.done[path]

    def score(self, path):
        """Sum of ln p of the ids after the prompt."""
        return sum(float(self.after(path[:k])[v]) for k, v in enumerate(path))


class Meter:
    """How far q is from the exact distribution."""

    def __init__(self, texts, o, margins):
        self.texts, self.o, self.margins = texts, o, margins
        self.chance = SplitMix64(o.seed)  # one stream a run

    def measure(self, lattice, ids, rows):
        """The object of a step; None where it has none. `rows` are the logits of the newest set's live members."""
        sizes = [len(members) for members in lattice.sets]
        count = int(np.prod(sizes, dtype=object)) if sizes else 1
        drawn = count > self.o.exact_limit
        if not drawn:
            paths, proposals = list(product(*map(range, sizes))), None
        elif self.o.meter_samples:
            paths = [self.draw(lattice) for _ in range(self.o.meter_samples)]
            proposals = [self.log_proposal(lattice, path) for path in paths]
        else:
            return None
        texts = [tuple(ids[s][j] for s, j in enumerate(path)) for path in paths]
        logs = np.array([self.texts.score(text) for text in texts])
        if drawn:
            logs = logs - proposals
        ratios = np.exp(logs - logs.max())
        weights = ratios / ratios.sum()
        exact = sum(w * np.exp(self.texts.after(text)) for w, text in zip(weights, texts, strict=True))
        # q at T = 1, without penalty and suppression; w_j as recorded.
        plain = replace(self.o, temperature=1.0, repetition_penalty=1.0, min_steps=0)
        q = distribution(rows, lattice.weights[-1], (), plain, (), 0)
        for p in (exact, q):
            first, second = ranking(p)[:2]
            self.margins.note("top1", float(p[first]), float(p[second]))
        members = [np.zeros(size) for size in sizes]
        for path, w in zip(paths, weights, strict=True):
            for s, j in enumerate(path):
                members[s][j] += w
        found = {
            "paths": count,
            "kl": rounded(max(0.0, (exact * np.log(exact / q)).sum())),
            "total_variation": rounded(abs(exact - q).sum() / 2),
            "top1": bool(ranking(exact)[0] == ranking(q)[0]),
            "members": [[rounded(x) for x in row] for row in members if len(row) > 1],
        }
        if drawn:
            found["sampled"] = len(paths)
            found["ess"] = rounded(ratios.sum() ** 2 / (ratios**2).sum())
        return found

    def draw(self, lattice):
        """A draw for each set with more than one live member: by the chain the newest set first, by weights the oldest."""
        if self.o.meter_proposal == "chain":
            return lattice.draw_path(self.chance, self.margins)
        return [lattice.pick(w, self.chance, self.margins) if len(w) > 1 else 0 for w in lattice.weights]

    def log_proposal(self, lattice, path):
        """ln of how often a path is drawn, but for a constant."""
        if self.o.meter_proposal == "chain":
            return lattice.log_probability(path)
        return sum(np.log(w[j]) for w, j in zip(lattice.weights, path, strict=True))


@dataclass
class Scored:
    """The beam of the scored reading after the sets of a lattice."""

    path: list  # ranks
    log_probability: float
    exact: bool
    texts: list  # how many there were after each set
    nodes: list  # how many different tokens these were


def scored(texts, lattice, ids, beams, margins):
    """A beam restricted to the live members of each set."""
    best, sizes, nodes = [(0.0, ())], [], []
    for members in ids:
        found = []
        for score, path in best:
            after = texts.after(tuple(ids[s][j] for s, j in enumerate(path)))
            found += [(score + float(after[v]), (*path, j)) for j, v in enumerate(members)]
        found.sort(key=lambda pair: -pair[0])  # stable: the better text first, then the better member
        if len(found) > beams:
            margins.note("scored", 1.0, float(np.exp(found[beams][0] - found[beams - 1][0])))
        best = found[:beams]
        sizes.append(len(best))
        nodes.append(len({path[:k] for _, path in best for k in range(1, len(path) + 1)}))
    if len(best) > 1:
        margins.note("scored", 1.0, float(np.exp(best[1][0] - best[0][0])))
    exact = beams >= np.prod([len(members) for members in ids], dtype=object)
    return Scored(list(best[0][1]), best[0][0], bool(exact), sizes, nodes)
