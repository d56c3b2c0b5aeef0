"""Decoders beside TEMPO (LAB.md L2, L8): every text is computed from scratch, without lanes and without a cache."""

import math

import numpy as np
import torch

from .common import caps, rounded
from .margins import Margins
from .run import end_ids
from .tokens import decode


class SplitMix64:
    """LAB.md L2."""

    MASK = (1 << 64) - 1

    def __init__(self, seed):
        self.state = seed

    def unit(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & self.MASK
        return ((z ^ (z >> 31)) >> 11) * 2.0**-53


DEFAULTS = {
    "max_steps": 40,
    "min_steps": 0,
    "temperature": 1.0,
    "repetition_penalty": 1.0,
    "top_k": 0,
    "top_p": 1.0,
    "seed": 0,
    "samples": 1,
    "min_p": 0.0,
    "beams": 4,
    "length_penalty": 1.0,
    "simulations": 64,
    "exploration": 1.5,
    "branching": 5,
    "depth": 8,
}


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


class Decoder:
    """One run; `events` holds the lines of its trace, `margins` how narrow it was."""

    kind = None

    def __init__(self, model, text, folder, options):
        self.model, self.text, self.folder = model, text, folder
        self.o = {**DEFAULTS, "capacity": model.config.max_position_embeddings, **options}
        self.given = {"capacity": self.o["capacity"], **options}
        self.eos = set(end_ids(folder))
        self.margins = Margins()
        self.known = {}
        self.events = []
        self.passes = self.rows = self.peak = 0
        self.tokens = 0

    # -- the model ---------------------------------------------------------------

    def logits(self, ids):
        """After the prompt and these tokens."""
        key = tuple(ids)
        if key not in self.known:
            with torch.no_grad():
                whole = torch.tensor([self.prompt + list(ids)])
                out = self.model(input_ids=whole, use_cache=False, **caps(self.model))
            self.known[key] = out.logits[0, -1].double().numpy()
        return self.known[key]

    def log_p(self, ids):
        z = self.logits(ids)
        return z - z.max() - math.log(np.exp(z - z.max()).sum())

    def best(self, values, count, what):
        """Indices of the greatest, ties to the smaller one."""
        order = np.lexsort((np.arange(len(values)), -values))[: count + 1]
        for a, b in zip(order, order[1:], strict=False):
            self.margins.note(what, math.exp(values[a] - values[order[0]]), math.exp(values[b] - values[order[0]]))
        return [int(v) for v in order[:count]]

    def over(self, ids):
        return len(ids) == self.o["max_steps"] or (len(ids) > 0 and ids[-1] in self.eos)

    # -- the run -----------------------------------------------------------------

    def generate(self, prompt):
        self.prompt = self.text.encode(prompt) if isinstance(prompt, str) else list(prompt)
        self.length = len(self.prompt)
        self.slot = self.length
        self.events.append(self.head(prompt if isinstance(prompt, str) else ""))
        reason = "max-steps"
        if self.o["max_steps"]:
            self.compute(self.length, self.length)
            self.begin()
        for step in range(self.o["max_steps"]):
            event = self.step(step)
            if event is None:
                reason = "context-full"
                break
            self.events.append(event)
            if self.ended():
                reason = "eos"
                break
        self.events.append(self.end(reason))
        return self.events

    def begin(self):
        pass

    def compute(self, rows, held):
        self.passes += 1
        self.rows += rows
        self.peak = max(self.peak, held)

    def new_slot(self):
        self.slot += 1
        self.tokens += 1
        return self.slot - 1

    # -- the trace ---------------------------------------------------------------

    def said(self, ids):
        """As a text, without the token that ended it."""
        if ids and ids[-1] in self.eos:
            ids = ids[:-1]
        return decode(b"".join(self.text.bytes(v) for v in ids))

    def head(self, prompt):
        config = self.model.config
        heads = config.num_attention_heads
        angles = config.rope_parameters.get("full_attention", config.rope_parameters)
        tokens = [
            {"slot": k, "position": k, "id": v, "text": self.text.one(v)} for k, v in enumerate(self.prompt)
        ]
        return {
            "type": "run",
            "version": 2,
            "decoder": self.kind,
            "model": {
                "id": self.folder.name,
                "architecture": config.model_type,
                "layers": config.num_hidden_layers,
                "heads": heads,
                "kv_heads": config.num_key_value_heads,
                "head_dim": getattr(config, "head_dim", None) or config.hidden_size // heads,
                "vocab": config.vocab_size,
                "rope_theta": float(angles["rope_theta"]),
            },
            "options": {"decoder": self.kind, **self.given},
            "prompt": {"text": prompt, "tokens": tokens},
        }

    def end(self, reason):
        model = self.events[0]["model"]
        row = model["layers"] * 2 * model["kv_heads"] * model["head_dim"] * 4
        steps = len(self.events) - 1
        readings = self.readings()
        return {
            "type": "end",
            "reason": reason,
            "text": readings[0]["text"],
            "brackets": readings[0]["text"],
            "stats": {
                "steps": steps,
                "tokens": self.tokens,
                "mean_set": rounded(self.tokens / steps) if steps else 0.0,
                "removed": 0,
            },
            "readings": readings,
            "work": {
                "passes": self.passes,
                "rows": self.rows,
                "peak_rows": self.peak,
                "cache_bytes": self.peak * row,
            },
        }

    def reading(self, ids, log_probability, **more):
        return {
            "kind": "search" if self.kind == "mcts" else self.kind,
            "text": self.said(ids),
            "ids": list(ids),
            "log_probability": rounded(log_probability),
            **more,
        }


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
            v = self.draw(q, self.stream.unit())
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


class Beam(Decoder):
    kind = "beam"

    def begin(self):
        self.running = [((), 0.0)]
        self.finished = []
        self.sure = False

    def score(self, beam):
        return beam[1] / len(beam[0]) ** self.o["length_penalty"]

    def merged(self, new):
        best = sorted(self.finished + new, key=self.score, reverse=True)
        for a, b in zip(best, best[1:], strict=False):
            self.margins.note("score", self.score(a), self.score(b))
        return best[: self.o["beams"]]

    def step(self, step):
        width = self.o["beams"]
        pairs = []
        for rank, (ids, total) in enumerate(self.running):
            log_p = self.log_p(ids)
            for v in np.argsort(-log_p, kind="stable")[: width + len(self.eos) + 1]:
                pairs.append((total + float(log_p[v]), rank, int(v)))
        pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
        going = [pair for pair in pairs if pair[2] not in self.eos]
        for some in (pairs[: width + 1], going[: width + 1]):
            for a, b in zip(some, some[1:], strict=False):
                self.margins.note("sum", a[0], b[0])
        going = going[:width]
        ending = [pair for pair in pairs[:width] if pair[2] in self.eos]
        grown = lambda pair: ((*self.running[pair[1]][0], pair[2]), pair[0])  # noqa: E731
        new = [grown(pair) for pair in going]
        # Every token that some hypothesis begins with or goes through has one row.
        held = self.length + len({ids[:n] for ids, _ in new for n in range(1, len(ids) + 1)})
        if held > self.o["capacity"]:
            return None
        self.finished = self.merged([grown(pair) for pair in ending])
        self.running = new
        hypotheses = []
        for (_, parent, v), beam in zip(going, new, strict=True):
            hypotheses.append(
                {
                    "parent": parent,
                    "slot": self.new_slot(),
                    "position": self.length + step,
                    "id": v,
                    "text": self.text.one(v),
                    "log_probability": rounded(beam[1]),
                    "score": rounded(self.score(beam)),
                }
            )
        self.compute(len(new), held)
        if len(self.finished) == width:
            best, worst = self.score(new[0]), self.score(self.finished[-1])
            self.margins.note("stop", best, worst)
            self.sure = best <= worst
        finished = [
            {
                "ids": list(beam[0]),
                "text": self.said(list(beam[0])),
                "log_probability": rounded(beam[1]),
                "score": rounded(self.score(beam)),
            }
            for beam in self.finished
        ]
        return {
            "type": "beams",
            "step": step,
            "hypotheses": hypotheses,
            "finished": finished,
            "slots": held,
            "live": held,
        }

    def ended(self):
        return self.sure

    def readings(self):
        best = self.finished if self.sure else self.merged(self.running)
        return [self.reading(list(beam[0]), beam[1], score=rounded(self.score(beam))) for beam in best]

    def check(self):
        """I14: the same by transformers."""
        out = self.model.generate(
            torch.tensor([self.prompt]),
            attention_mask=torch.ones(1, self.length, dtype=torch.long),
            num_beams=self.o["beams"],
            num_return_sequences=self.o["beams"],
            do_sample=False,
            early_stopping=False,
            length_penalty=self.o["length_penalty"],
            max_new_tokens=self.o["max_steps"],
            eos_token_id=sorted(self.eos) or None,
            pad_token_id=min(self.eos, default=0),
            return_dict_in_generate=True,
            output_scores=True,
        )
        readings = self.events[-1]["readings"]
        assert len(readings) == len(out.sequences), self.given
        # One beam is greedy decoding there, without a score.
        scores = getattr(out, "sequences_scores", [reading["score"] for reading in readings])
        for reading, sequence, score in zip(readings, out.sequences, scores, strict=True):
            ids = sequence[self.length :].tolist()
            assert ids[: len(reading["ids"])] == reading["ids"], (self.given, ids, reading["ids"])
            # What is longer is filled with end-of-text.
            assert reading["ids"][-1] in self.eos or len(reading["ids"]) == self.o["max_steps"]
            assert abs(float(score) - reading["score"]) < 1e-4, (self.given, float(score), reading["score"])


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


KINDS = {kind.kind: kind for kind in (Sample, Beam, Search)}
