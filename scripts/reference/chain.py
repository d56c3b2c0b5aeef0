"""The chain (sec. 7a): what the rows say of each other, and the readings it gives (LAB.md L3). All in float64.

Nothing is carried from step to step but ln T, recorded when a set is chosen. Whoever asks gets a
`Lattice` of the members that are live now, and everything is computed from it anew.
"""

from dataclasses import dataclass

import numpy as np


def log_softmax(rows):
    """ln softmax as z - ln sum e^z, which stays finite where a probability would round to 0."""
    rows = np.asarray(rows, np.float64)
    top = rows.max(-1, keepdims=True)
    return rows - top - np.log(np.exp(rows - top).sum(-1, keepdims=True))


def shares(numbers, instead):
    """The numbers over their sum; `instead` where the sum is 0."""
    total = numbers.sum()
    return numbers / total if total > 0 else instead


class SplitMix64:
    """The one source of chance (LAB.md L2)."""

    MASK = (1 << 64) - 1

    def __init__(self, seed):
        self.state = seed & self.MASK

    def draw(self):
        """The next number in [0, 1)."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & self.MASK
        return ((z ^ (z >> 31)) >> 11) * 2.0**-53


@dataclass
class Lattice:
    """Live members of sets that follow each other, oldest first; positions that were emptied are left out.

    A path is one index for each set: the rank of a member among the live ones.
    """

    sets: list  # slots
    probabilities: list  # as recorded
    logs: list  # ln T[j, v] between each set and the next

    def __post_init__(self):
        self.weights = [p / p.sum() for p in self.probabilities]  # w of sec. 3
        self.links = [np.exp(log) for log in self.logs]  # T
        # Forward weights, normalised.
        self.forward = [self.weights[0]] if self.sets else []
        for w, link in zip(self.weights[1:], self.links, strict=True):
            self.forward.append(shares(self.forward[-1] @ link, w))

    def back(self, k):
        """B_k[v, j]: the share of each v of the next set that came through j."""
        joint = (self.forward[k][:, None] * self.links[k]).T
        return np.array([shares(row, self.weights[k]) for row in joint])

    def kin(self, rank):
        """B* of one member of the last set: an array for each earlier set, oldest first."""
        row, found = np.eye(len(self.sets[-1]))[rank], []
        for k in reversed(range(len(self.links))):
            row = row @ self.back(k)
            found.append(row)
        return found[::-1]

    def gamma(self):
        """Smoothed weights g of every set, the last one being K."""
        behind, found = np.ones(len(self.sets[-1])), []
        for k in reversed(range(len(self.sets))):
            if k < len(self.links):
                # Only ratios inside of a set count; without this a long chain would round to 0.
                behind = shares(self.links[k] @ behind, np.zeros(len(self.sets[k])))
            found.append(shares(self.forward[k] * behind, self.weights[k]))
        return found[::-1]

    # -- readings (LAB.md L3) ----------------------------------------------------

    def log_probability(self, path):
        """What the chain says of a path: ln q_1 and the sum of ln T."""
        if not path:
            return 0.0
        steps = [log[j, v] for log, j, v in zip(self.logs, path, path[1:], strict=False)]
        return float(np.log(self.probabilities[0][path[0]]) + sum(steps))

    def probable(self):
        """Set order is (probability desc, id asc): the first live member of every set."""
        return [0] * len(self.sets)

    def viterbi(self, margins=None):
        """The path of greatest log probability; ties go to the lower rank, the last member first."""
        if not self.sets:
            return []
        best, before = np.log(self.probabilities[0]), []
        for log in self.logs:
            through = best[:, None] + log
            before.append(through)
            best = through.max(0)
        path = [self.best_of(best, margins)]
        for through in reversed(before):
            path.append(self.best_of(through[:, path[-1]], margins))
        return path[::-1]

    @staticmethod
    def best_of(sums, margins):
        rank = int(np.argmax(sums))  # the first of equals
        rest = np.delete(sums, rank)
        if margins and len(rest):
            margins.note("viterbi", 1.0, float(np.exp(rest.max() - sums[rank])))
        return rank

    def draw_path(self, chance, margins=None):
        """A path with probability proportional to the product, from the newest set to the oldest."""
        path = []
        for k in reversed(range(len(self.sets))):
            row = self.back(k)[path[-1]] if path else self.forward[k]
            path.append(self.pick(row, chance, margins) if len(row) > 1 else 0)
        return path[::-1]

    @staticmethod
    def pick(row, chance, margins):
        sums, u = np.cumsum(row), chance.draw()
        rank = min(int((sums <= u).sum()), len(row) - 1)  # the first whose sum exceeds u
        if margins:
            for bound in sums[max(rank - 1, 0) : min(rank + 1, len(row) - 1)]:
                margins.note("drawn", float(bound), u)
        return rank


class Chain:
    """ln T as it was recorded, for good: a rebuild does not change it."""

    def __init__(self, slots, sets):
        self.slots = slots  # the state's own lists
        self.sets = sets
        self.log_t = {}  # slot of v -> {slot of j: ln T[j, v]}, j live when v was chosen

    def record(self, members, before, rows):
        """A set was chosen after the live members `before`, whose logits are `rows`."""
        logs = log_softmax(rows)
        for v in members:
            self.log_t[v] = {j: float(log[self.slots[v].id]) for j, log in zip(before, logs, strict=True)}

    def chosen(self, members):
        """T as the trace has it: a row for each member, a column for each live member before it."""
        return [[float(np.exp(log)) for log in self.log_t[v].values()] for v in members if v in self.log_t]

    def lattice(self, first, last):
        """What is live now in the sets first..=last."""
        numbers = [s for s in range(first, last + 1) if any(self.slots[j].live for j in self.sets[s])]
        sets = [[j for j in self.sets[s] if self.slots[j].live] for s in numbers]
        probabilities = [np.array([self.slots[j].probability for j in members]) for members in sets]
        logs = []
        for k in range(len(sets) - 1):
            if numbers[k + 1] == numbers[k] + 1:
                log = [[self.log_t[v][j] for v in sets[k + 1]] for j in sets[k]]
            else:  # a position between them was emptied: nobody spoke of v but the run itself
                log = [np.log(probabilities[k + 1])] * len(sets[k])
            logs.append(np.array(log))
        return Lattice(sets, probabilities, logs)


def readings(lattice, count, seed, margins):
    """(kind, path) of all readings of a lattice, in the order of the trace."""
    chance = SplitMix64(seed)
    found = [("probable", lattice.probable()), ("viterbi", lattice.viterbi(margins))]
    return found + [("drawn", lattice.draw_path(chance, margins)) for _ in range(count)]
