"""The loop of sec. 2 and its trace (sec. 11)."""

import json
from dataclasses import asdict, replace

from .chain import readings
from .common import rounded
from .margins import Margins
from .lab import Meter, Texts, scored
from .options import ADDED, LATER, Options, selection_threshold
from .removal import Removal
from .selection import choose, distribution, end_of_text, entropy, ranking
from .state import State
from .tokens import decode


def model_event(config, folder):
    """The model as a trace names it."""
    heads = config.num_attention_heads
    # Where kinds of layers have angles of their own, those of the layers that see everything.
    angles = config.rope_parameters.get("full_attention", config.rope_parameters)
    return {
        "id": folder.name,
        "architecture": config.model_type,
        "layers": config.num_hidden_layers,
        "heads": heads,
        "kv_heads": config.num_key_value_heads,
        "head_dim": getattr(config, "head_dim", None) or config.hidden_size // heads,
        "vocab": config.vocab_size,
        "rope_theta": float(angles["rope_theta"]),
    }


def end_ids(folder):
    """sec. 5: generation_config.json if it names any, else config.json."""
    for name in ("generation_config.json", "config.json"):
        path = folder / name
        if path.exists():
            ids = json.loads(path.read_text(encoding="utf-8")).get("eos_token_id")
            if ids is not None:
                return tuple(ids) if isinstance(ids, list) else (ids,)
    return ()


class Run:
    """One TEMPO run. `events` holds the lines of its trace, `margins` how narrow it was."""

    def __init__(self, model, text, folder, o, version=2):
        config = model.config
        if o.capacity is None:
            o = replace(o, capacity=config.max_position_embeddings)
        self.model, self.text, self.o = model, text, o
        self.folder = folder
        self.version = version  # of the trace
        self.eos = end_ids(folder)
        self.margins = Margins()
        self.state = State(model, o.visibility, o.weighting)
        self.appended = self.removed = self.steps = 0
        self.peak = 0  # most cache rows held at once
        self.rows_held = []  # after each set was appended
        self.events = []

    def generate(self, prompt):
        """`prompt` is a text, or ids where the model has no tokenizer."""
        ids = self.text.encode(prompt) if isinstance(prompt, str) else list(prompt)
        assert 0 < len(ids) <= self.o.capacity
        self.length = len(ids)
        self.events.append(self.head(prompt if isinstance(prompt, str) else "", ids))
        self.state.prefill(ids)
        self.peak = self.state.held()
        self.removal = Removal(self.state, self.o, self.length, self.margins)
        self.texts = Texts(self.model, ids)
        self.meter = Meter(self.texts, self.o, self.margins)
        reason = "max-steps"
        for s in range(self.o.max_steps):
            stop = self.step(s)
            if stop:
                reason = stop
                break
        self.events.append(self.end(reason))
        return self.events

    def step(self, s):
        """One step; the reason if it stops instead, for then nothing is appended or emitted."""
        o, state, where = self.o, self.state, f"step {s}"
        newest = len(state.sets) - 1
        rows = state.newest_logits()
        live_ids = [slot.id for slot in state.slots if slot.live]
        q = distribution(rows, state.weights(newest), live_ids, o, self.eos, s)
        nats = entropy(q)
        tau = selection_threshold(o, s, nats, float(q.max()), self.model.config.vocab_size)
        order = ranking(q)
        chosen, fallback = choose(q, order, tau, o, self.margins, where)
        stop, chosen, ended = end_of_text(chosen, q, self.eos, o.eos, self.margins, where)
        if stop:
            self.last_words = [self.token(v, q) for v in ended]
            return "eos"
        if len(chosen) > o.capacity - state.held():
            return "context-full"

        members = state.append(chosen, [float(q[v]) for v in chosen], self.positions(s, chosen))
        self.appended += len(members)
        self.peak = max(self.peak, state.held())
        self.rows_held.append(state.held())
        chain = state.chain.chosen(members)
        verdicts = []
        # These two judge now, the others by the attention of this step.
        early = {
            "posterior": lambda: self.removal.by_posterior(rows, s),
            "gamma": lambda: self.removal.by_gamma(s),
        }
        by_rows = o.removal != "off" and o.removal_score in early
        by_attention = o.removal != "off" and not by_rows
        gone = []
        fading = []
        if by_rows:
            verdicts = early[o.removal_score]()
            if o.removal == "fade":
                fading = verdicts  # acts from the next step
            else:
                gone += self.removal.apply(verdicts)
        state.born(members)
        state.forward()
        received = state.received(o.removal_layers, o.layer_weights)
        self.removal.observe(received)
        self.removal.apply(fading)
        if by_attention:
            verdicts = self.removal.by_attention(s)
            taken = self.removal.apply(verdicts)
            gone += taken
            if taken and o.removal == "rebuild":
                state.forward()  # the newest rows and z too; `received` stays what it was
        over = self.removal.over_budget(s)
        self.removed += len(gone)
        self.steps += 1

        event = {
            "type": "step",
            "step": s,
            "threshold": rounded(tau),
            "entropy": rounded(nats),
            "above": int((q >= tau).sum()),
            "fallback": fallback,
            "candidates": [self.token(v, q) for v in order[: o.candidates]],
            "set": [self.member(j) for j in members],
            "ended": [self.token(v, q) for v in ended],
            "received": [rounded(x) for x in received],
            "verdicts": [rounded_verdict(v) for v in verdicts],
            "slots": state.held(),
            "live": state.live(),
        }
        if over:
            event["over_budget"] = over
        if chain and self.version > 1:
            event["chain"] = [[rounded(x) for x in row] for row in chain]
        if o.exact_limit or o.meter_samples:
            lattice = state.chain.lattice(state.first, len(state.sets) - 1)
            measured = self.meter.measure(lattice, self.ids(lattice), state.newest_logits())
            if measured is not None:
                event["meter"] = measured
        self.events.append(event)
        return None

    def positions(self, s, chosen):
        """sec. 6. `consecutive`: the next position that no slot ever had."""
        base = self.length + self.o.position_gap
        if self.o.positions == "shared":
            return [base + s] * len(chosen)
        return [base + self.appended + m for m in range(len(chosen))]

    # -- the trace ---------------------------------------------------------------

    def token(self, v, q):
        v = int(v)
        return {"id": v, "text": self.text.one(v), "probability": rounded(q[v])}

    def member(self, j):
        slot = self.state.slots[j]
        return {
            "slot": j,
            "position": slot.position,
            "id": slot.id,
            "text": self.text.one(slot.id),
            "probability": rounded(slot.probability),
        }

    def head(self, prompt, ids):
        tokens = [{"slot": k, "position": k, "id": v, "text": self.text.one(v)} for k, v in enumerate(ids)]
        options = asdict(self.o)
        options = {n: v for n, v in options.items() if n not in LATER or v != getattr(Options, n)}
        if self.version == 1:
            options = {name: value for name, value in options.items() if name not in ADDED}
        return {
            "type": "run",
            "version": self.version,
            **({"decoder": "tempo"} if self.version > 1 else {}),
            "model": model_event(self.model.config, self.folder),
            "options": options,
            "prompt": {"text": prompt, "tokens": tokens},
        }

    def end(self, reason):
        state, o = self.state, self.o
        lattice = state.chain.lattice(state.first, len(state.sets) - 1)
        found = [
            self.reading(lattice, kind, path)
            for kind, path in readings(
                lattice, o.readings, o.seed, self.margins if self.version > 1 else None
            )
        ]
        if o.reading_beams:
            ids = self.ids(lattice)
            self.scored = scored(self.texts, lattice, ids, o.reading_beams, self.margins)
            found.insert(2, self.scored_reading(lattice))
        event = {
            "type": "end",
            "reason": reason,
            "text": next(r["text"] for r in found if r["kind"] == o.reading),
            "brackets": self.brackets(lattice),
            "stats": {
                "steps": self.steps,
                "tokens": self.appended,
                "mean_set": rounded(self.appended / self.steps) if self.steps else 0.0,
                "removed": self.removed,
            },
        }
        if self.version > 1:
            if reason == "eos":
                event["ended"] = self.last_words
            event["readings"] = found
            # A beam that loses members may have to begin anew, which is a rebuild too.
            loses = o.removal in ("mask", "evict") or o.budget
            if o.removal != "rebuild" and not (o.reading_beams and loses):
                event["work"] = self.work()
        return event

    def reading(self, lattice, kind, path):
        slots = [members[rank] for members, rank in zip(lattice.sets, path, strict=True)]
        ids = [self.state.slots[j].id for j in slots]
        return {
            "kind": kind,
            "text": decode(b"".join(self.text.bytes(v) for v in ids)),
            "ids": ids,
            "log_probability": rounded(lattice.log_probability(path)),
        }

    def ids(self, lattice):
        return [[self.state.slots[j].id for j in members] for members in lattice.sets]

    def scored_reading(self, lattice):
        """LAB.md L3: what counts is the sum of ln p as ordinary text."""
        found = self.reading(lattice, "scored", self.scored.path)
        score = rounded(self.scored.log_probability)
        return {**found, "log_probability": score, "score": score, "exact": self.scored.exact}

    def brackets(self, lattice):
        if self.text.tokenizer is None:
            return ""
        written = b""
        for members in lattice.sets:
            parts = [self.text.bytes(self.state.slots[j].id) for j in members]
            written += parts[0] if len(parts) == 1 else b"[" + b"/".join(parts) + b"]"
        return decode(written)

    def work(self):
        """LAB.md L8. What a rebuild computes again is up to an implementation; this one computes all, always."""
        model = self.events[0]["model"]
        row = model["layers"] * 2 * model["kv_heads"] * model["head_dim"] * 4
        rows, peak = self.length + self.appended, self.peak
        if self.o.reading_beams:
            # Its lanes ride in the passes of the steps.
            rows += sum(self.scored.texts)
            pairs = zip(self.rows_held, self.scored.nodes, strict=True)
            peak = max([self.length, *(held + nodes for held, nodes in pairs)])
        return {
            "passes": 1 + self.steps,
            "rows": rows,
            "peak_rows": peak,
            "cache_bytes": peak * row,
        }


def rounded_verdict(verdict):
    return {**verdict, "score": rounded(verdict["score"]), "limit": rounded(verdict["limit"])}
