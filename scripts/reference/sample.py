"""Samples (LAB.md L2): texts drawn token by token."""

import numpy as np

from .chain import SplitMix64
from .common import rounded
from .decoders import Decoder
from .selection import softmax


class Sample(Decoder):
    kind = "sample"

    def begin(self):
        self.stream = SplitMix64(self.o["seed"])
        self.lanes = [[] for _ in range(self.o["samples"])]
        self.sums = [0.0] * self.o["samples"]

    def living(self):
        return [i for i, ids in enumerate(self.lanes) if not (ids and ids[-1] in self.eos)]

    def q(self, ids, step):
        """Before the filters."""
        z = self.logits(ids).copy()
        penalty = self.o["repetition_penalty"]
        for v in set(self.prompt) | set(ids):
            z[v] = z[v] * penalty if z[v] < 0 else z[v] / penalty
        q = softmax(z / self.o["temperature"])
        if step < self.o["min_steps"]:
            q[list(self.eos)] = 0
            q /= q.sum()
        return q

    def draw(self, q, u):
        o = self.o
        order = np.lexsort((np.arange(len(q)), -q))
        p = q[order]
        keep = np.ones(len(p), bool)
        if o["top_k"]:
            keep &= np.arange(len(p)) < o["top_k"]
            if o["top_k"] < len(p):
                self.margins.note("top_k", p[o["top_k"] - 1], p[o["top_k"]])
        if 0 < o["top_p"] < 1:
            before = np.concatenate([[0], np.cumsum(p)[:-1]])
            keep &= before < o["top_p"]
            for mass in np.cumsum(p):
                self.margins.note("top_p", mass, o["top_p"])
        if o["min_p"]:
            keep &= p >= o["min_p"] * p[0]
            for x in p[:200]:
                self.margins.note("min_p", x, o["min_p"] * p[0])
        keep[0] = True
        p = np.where(keep, p, 0)
        cumulative = np.cumsum(p / p.sum())
        at = int(np.argmax(cumulative > u)) if (cumulative > u).any() else int(np.nonzero(keep)[0][-1])
        # What would have been drawn by a number a hair away.
        for edge in (cumulative[at - 1] if at else 0.0, cumulative[at]):
            if 0 < edge < 1:
                self.margins.note("draw", 1 + edge, 1 + u)
        # Neighbours in the order of the tokens before it may not change places with it.
        for other in (at - 1, at + 1):
            if 0 <= other < len(p) and p[other] > 0:
                self.margins.note("order", p[at], p[other])
        return int(order[at])

    def step(self, step):
        living = self.living()
        drawn = []
        for i in living:
            q = self.q(self.lanes[i], step)
            v = self.draw(q, self.stream.draw())
            drawn.append((i, v, float(q[v])))
        going = sum(v not in self.eos for _, v, _ in drawn)
        if self.length + going * (step + 1) > self.o["capacity"]:
            return None
        lanes = []
        for i, v, p in drawn:
            self.sums[i] += float(self.log_p(self.lanes[i])[v])
            self.lanes[i].append(v)
            slot = None if v in self.eos else self.new_slot()
            token = {"slot": slot, "position": self.length + step, "id": v, "text": self.text.one(v)}
            lanes.append({"lane": i, **token, "probability": rounded(p)})
        held = self.length + going * (step + 1)
        if going:
            self.compute(going, held)
        return {"type": "samples", "step": step, "lanes": lanes, "slots": held, "live": held}

    def ended(self):
        return not self.living()

    def readings(self):
        return [self.reading(ids, s) for ids, s in zip(self.lanes, self.sums, strict=True)]
