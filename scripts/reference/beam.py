"""Beam search (LAB.md L2), and transformers' own beside it."""

import numpy as np
import torch

from .common import rounded
from .decoders import Decoder


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
