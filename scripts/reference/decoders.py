"""Decoders beside TEMPO (LAB.md L2, L8): every text is computed from scratch, without lanes and without a cache.

What all of them share; sample.py, beam.py and search.py have what each decides by.
"""

import math

import numpy as np
import torch

from .chain import log_softmax
from .common import caps, rounded
from .margins import Margins
from .run import end_ids, model_event
from .tokens import decode

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
        return log_softmax(z)

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
        tokens = [
            {"slot": k, "position": k, "id": v, "text": self.text.one(v)} for k, v in enumerate(self.prompt)
        ]
        return {
            "type": "run",
            "version": 2,
            "decoder": self.kind,
            "model": model_event(self.model.config, self.folder),
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
