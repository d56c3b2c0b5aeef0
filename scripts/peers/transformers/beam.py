#!/usr/bin/env python3
"""Beam search of Hugging Face transformers on a GGUF file: one line of JSON with the milliseconds of a step.

    beam.py MODEL.gguf THREADS STEPS BEAMS

The weights are turned into f32, which is how transformers computes on a processor.
"""

import json
import pathlib
import statistics
import sys
import time

import torch
from transformers import AutoModelForCausalLM


class Clock:
    """A logits processor that changes nothing and notes when it is called, once per step."""

    def __init__(self):
        self.times = []

    def __call__(self, ids, scores):
        self.times.append(time.perf_counter())
        return scores


def main() -> None:
    model, threads, steps, beams = pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:])
    torch.set_num_threads(threads)
    loaded = AutoModelForCausalLM.from_pretrained(model.parent, gguf_file=model.name, dtype=torch.float32).eval()
    # Which ids are fed does not change the time.
    prompt = torch.tensor([[(at * 7919 + 9) % 30_000 for at in range(16)]])
    clock = Clock()
    loaded.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        do_sample=False,
        num_beams=beams,
        # The first new token is the prompt's; the first steps warm up.
        min_new_tokens=steps + 4,
        max_new_tokens=steps + 4,
        pad_token_id=0,
        logits_processor=[clock],
    )
    times = [1e3 * (after - before) for before, after in zip(clock.times[3:], clock.times[4:])]
    print(json.dumps({"beam": statistics.median(times)}))


if __name__ == "__main__":
    main()
