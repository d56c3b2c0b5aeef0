"""The sequence state and the forward pass: sec. 2, sec. 6 and sec. 7, by full recomputation.

There is no KV cache. Every forward pass feeds every slot ever made through transformers,
with explicit positions and a 4-D mask of finite floats. Row i of that mask is what slot i
could see when it was born (I6): it is written once and changes only by `rebuild`. Slots that
were removed or evicted stay in the batch, for rows that saw them before the verdict were
computed with them; later rows hide them. A cache row that is freed is therefore a matter of
counting here, and `evict` gives the same logits as `mask` by construction.
"""

from dataclasses import dataclass

import numpy as np
import torch

from .chain import Chain
from .common import caps

# Finite, and far below any attention logit: its exponential is exactly 0 in float32.
HIDDEN = -1e9
FLOOR = np.log(1e-9)  # of a weighting's bias (sec. 7)


@dataclass
class Slot:
    id: int
    position: int
    set: int
    probability: float
    live: bool = True
    held: bool = True  # its cache row is not freed
    fade: float = 0.0  # the bias that later rows add on this key (sec. 8 `fade`)
    accumulated: float = 0.0  # attention received, summed over steps (sec. 8 budget)


class State:
    def __init__(self, model, visibility="isolated", weighting="none"):
        self.model = model
        self.visibility = visibility
        self.weighting = weighting
        self.slots = []
        self.sets = []  # lists of slot numbers, in set order
        self.first = None  # the first generated set; None while the prompt is computed
        self.chain = Chain(self.slots, self.sets)
        self.rows = []  # per slot: the mask over the slots that existed at its birth
        self.logits = None
        self.attentions = None

    # -- what is there ---------------------------------------------------------

    def live_members(self, s):
        return [j for j in self.sets[s] if self.slots[j].live]

    def weights(self, s):
        """w_j of the live members of set s, in set order (sec. 3)."""
        p = np.array([self.slots[j].probability for j in self.live_members(s)])
        return p / p.sum()

    def held(self):
        return sum(slot.held for slot in self.slots)

    def live(self):
        return sum(slot.live for slot in self.slots)

    # -- growing ---------------------------------------------------------------

    def append(self, ids, probabilities, positions):
        """One new set. Its rows are born together, after all its members exist.

        The rows of the set before it say now what they think of it (sec. 7a): a verdict of the
        same step comes later.
        """
        s = len(self.sets)
        before = self.live_members(s - 1) if self.first is not None and s > self.first else []
        first = len(self.slots)
        for v, p, position in zip(ids, probabilities, positions, strict=True):
            self.slots.append(Slot(v, position, s, p))
        self.sets.append(list(range(first, len(self.slots))))
        if before:
            self.chain.record(self.sets[s], before, self.logits[before])
        return self.sets[s]

    def prefill(self, ids):
        """Each prompt token is a set of its own, position = index (sec. 2)."""
        for k, v in enumerate(ids):
            self.append([v], [1.0], [k])
            self.born(self.sets[-1])
        self.forward()
        self.first = len(self.sets)

    def born(self, members):
        """Give the members their mask rows, from the state as it is now."""
        assert len(self.rows) == members[0]
        self.rows += [self.row(i) for i in members]

    def row(self, i):
        """Who slot i sees now, and with which biases (sec. 7). The sliding window comes in `masks`."""
        query = self.slots[i]
        row = np.full(len(self.slots), HIDDEN)
        biases = self.biases(i)
        for s in range(query.set + 1):
            for j in self.live_members(s):
                key = self.slots[j]
                if j == i:
                    row[j] = 0.0
                    continue
                if key.set == query.set and not (
                    self.visibility == "visible" or (self.visibility == "ordered" and j < i)
                ):
                    continue
                row[j] = key.fade + biases.get(j, 0.0)
        row[i] = 0.0  # a row always sees itself, even when its slot is not live any more
        return row

    def biases(self, i):
        """What the weighting adds for query i on each member of a set with others in it (sec. 7)."""
        last = self.slots[i].set
        if self.weighting == "none" or self.first is None or last < self.first:
            return {}
        # K is the query's own set.
        lattice = self.chain.lattice(self.first, last)
        if self.weighting == "probability":
            shares = lattice.weights
        elif self.weighting == "gamma":
            shares = lattice.gamma()
        else:
            # The view of its own past; of its own set, the forward weights.
            shares = [*lattice.kin(lattice.sets[-1].index(i)), lattice.forward[-1]]
        return {
            j: max(float(np.log(max(x, 1e-300))), FLOOR)
            for members, row in zip(lattice.sets, shares, strict=True)
            for j, x in zip(members, row, strict=True)
            if len(members) > 1
        }

    # -- the forward pass ------------------------------------------------------

    def masks(self):
        """The whole mask, without and with the model's sliding window (in sets, sec. 6)."""
        n = len(self.slots)
        full = np.full((n, n), HIDDEN)
        for i, row in enumerate(self.rows):
            full[i, : len(row)] = row
        window = getattr(self.model.config, "sliding_window", None)
        if window is None:
            return full, None
        sets = np.array([slot.set for slot in self.slots])
        inside = sets[:, None] - sets[None, :] < window
        return full, np.where(inside, full, HIDDEN)

    def forward(self):
        """All rows anew. Keeps the logits (slots, vocab) and the attentions (layers, heads, q, k)."""
        assert len(self.rows) == len(self.slots)
        dtype = next(self.model.parameters()).dtype
        full, windowed = (m if m is None else torch.from_numpy(m).to(dtype)[None, None] for m in self.masks())
        layer_types = getattr(self.model.config, "layer_types", None)
        if layer_types is not None:
            # Models whose layers differ take one mask per kind of layer.
            mask = {"full_attention": full, "sliding_attention": windowed}
        else:
            mask = full if windowed is None else windowed
        with torch.no_grad():
            out = self.model(
                input_ids=torch.tensor([[slot.id for slot in self.slots]]),
                position_ids=torch.tensor([[slot.position for slot in self.slots]]),
                attention_mask=mask,
                use_cache=False,
                output_attentions=True,
                **caps(self.model),
            )
        self.logits = out.logits[0].double().numpy()
        self.attentions = torch.stack([a[0] for a in out.attentions]).double().numpy()

    def newest_logits(self):
        return self.logits[self.live_members(len(self.sets) - 1)]

    def received(self, layers, layer_weights):
        """u of sec. 8: mean over the newest set's queries and over heads, weighted mean over layers."""
        used = self.attentions[-layers:] if layers else self.attentions
        n = len(used)
        weights = np.ones(n)
        if layer_weights == "linear":
            weights = np.linspace(0.5, 1.0, n) if n > 1 else np.ones(1)
        per_layer = used[:, :, self.sets[-1], :].mean((1, 2))
        return (weights[:, None] * per_layer).sum(0) / weights.sum()

    # -- taking out ------------------------------------------------------------

    def remove(self, gone, effect):
        """`mask`, `evict` or `rebuild` of sec. 8 on the slots `gone`."""
        for j in gone:
            self.slots[j].live = False
            if effect == "evict":
                self.slots[j].held = False
        if effect == "rebuild":
            # As if they had never been chosen: the rows of their sets and all later ones anew
            # from who is live now, which renews the biases too. Rows that never saw them come
            # out as they were, except that what a budget has freed is gone for a renewed row.
            # (Under `gamma` members of the same set see it: their weights speak for all of them.)
            first = min((self.slots[j].set for j in gone), default=len(self.sets))
            for i in range(len(self.rows)):
                if self.slots[i].live and self.slots[i].set >= first:
                    self.rows[i] = self.row(i)[: len(self.rows[i])]
