"""Removal (sec. 8): evidence, scores, verdicts, fading and the budget. All in float64."""

import numpy as np

from .options import removal_limit
from .selection import softmax


class Removal:
    def __init__(self, state, o, prompt_sets, margins):
        self.state = state
        self.o = o
        self.prompt_sets = prompt_sets  # the set of step s has the number prompt_sets + s
        self.margins = margins
        self.past = []  # u of every step so far

    def birth(self, s):
        return s - self.prompt_sets

    def observe(self, received):
        """Keep u of this step; the budget adds it up from the slot's own step on."""
        self.past.append(received)
        for j, slot in enumerate(self.state.slots):
            slot.accumulated += float(received[j])

    def evidence(self, s, j):
        later = [u[j] for u in self.past[self.birth(s) + 1 :]]
        if self.o.window:
            later = later[-self.o.window :]
        return float(np.mean(later))

    def by_attention(self, step):
        """Verdicts after the forward pass of `step`, on every set that is on trial."""
        verdicts = []
        for s in range(len(self.state.sets) - 1):
            members = self.state.live_members(s)
            later = step - self.birth(s)
            if len(members) < 2 or later < max(1, self.o.min_evidence):
                continue
            evidence = np.array([self.evidence(s, j) for j in members])
            verdicts += self.judge(members, self.scores(s, evidence), step)
        return verdicts

    def scores(self, s, evidence):
        if self.o.removal_score == "attention":
            return evidence
        total = evidence.sum()
        share = evidence / total if total else np.full(len(evidence), 1 / len(evidence))
        if self.o.removal_score == "share":
            return share
        return share / self.state.weights(s)

    def by_posterior(self, rows, step):
        """Verdicts on the set before the one just appended; `rows` are its members' logits."""
        s = len(self.state.sets) - 2
        members = self.state.live_members(s)
        if len(members) < 2:
            return []
        appended = [self.state.slots[j].id for j in self.state.sets[-1]]
        # Raw rows: no temperature, no penalty.
        support = softmax(np.asarray(rows, np.float64))[:, appended].sum(1)
        joint = self.state.weights(s) * support
        return self.judge(members, joint / joint.sum(), step)

    def by_gamma(self, step):
        """Verdicts on all sets before the one just appended, which is K, before any row sees the outcome."""
        state, verdicts = self.state, []
        newest = len(state.sets) - 1
        lattice = state.chain.lattice(state.first, newest)
        for members, scores in zip(lattice.sets, lattice.gamma(), strict=True):
            later = newest - state.slots[members[0]].set
            if len(members) > 1 and later >= max(1, self.o.min_evidence):
                verdicts += self.judge(members, scores, step)
        return verdicts

    def judge(self, members, scores, step):
        o = self.o
        if o.removal_rule == "relative":
            limit = o.relative * float(scores.mean())
        else:
            limit = removal_limit(o, step)
        where = f"step {step}"
        for score in scores:
            self.margins.note("verdict", float(score), limit, where)
        keep = [bool(score >= limit) for score in scores]
        unattended = None
        if not any(keep):
            best = int(np.argmax(scores))  # the first of equals: the lower slot
            rest = np.delete(scores, best)
            self.margins.note("best", float(scores[best]), float(rest.max()), where)
            if o.removal_keep != "remove-position":
                keep[best] = True
            if o.removal_keep == "keep-unattended":
                unattended = best
        verdicts = []
        for k, j in enumerate(members):
            verdict = {"slot": j, "score": float(scores[k]), "limit": limit, "keep": keep[k]}
            verdict["effect"] = o.removal
            if k == unattended:
                verdict["unattended"] = True
            verdicts.append(verdict)
        return verdicts

    def apply(self, verdicts):
        """Carry the verdicts out; the slots that were taken out come back."""
        if self.o.removal == "fade":
            for verdict in verdicts:
                if verdict["limit"]:
                    ratio = verdict["score"] / verdict["limit"]
                    x = self.o.fade_steepness * (ratio - 1)
                    # ln sigmoid(x), without overflow
                    fade = min(x, 0.0) - float(np.log1p(np.exp(-abs(x))))
                    self.state.slots[verdict["slot"]].fade = fade
            return []
        if self.o.removal == "report":
            return []
        gone = [v["slot"] for v in verdicts if not v["keep"]]
        if gone:
            self.state.remove(gone, self.o.removal)
        return gone

    def over_budget(self, step):
        """H2O: free the least attended rows until at most B are held. They come back in order."""
        o, taken = self.o, []
        while o.budget and self.state.held() > o.budget:
            held = [j for j, slot in enumerate(self.state.slots) if slot.held]
            recent = set(held[-o.budget_recent :]) if o.budget_recent else set()
            free = [j for j in held if j not in recent and j not in self.state.sets[-1]]
            if not free:
                break
            free.sort(key=lambda j: (self.state.slots[j].accumulated, j))
            sums = [self.state.slots[j].accumulated for j in free[:2]]
            if len(sums) > 1:
                self.margins.note("budget", sums[0], sums[1], f"step {step}")
            self.state.remove(free[:1], "evict")
            taken.append(free[0])
        return taken
