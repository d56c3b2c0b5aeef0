"""Golden logits of the tiny models (`reference.py logits`)."""

import zlib

import numpy as np
import torch

from .common import LOGITS, MODELS, caps, load, rounded, write_json, write_sums
from .models import CATALOGUE


def prompt_ids(name, length, vocab):
    """`length` token ids, the beginning-of-text token first, one pair repeated."""
    numbers = np.random.default_rng(zlib.crc32(f"ids/{name}".encode()))
    ids = [1] + [int(i) for i in numbers.integers(3, vocab, length - 1)]
    ids[length // 2] = ids[2]
    return ids


def main():
    for name in CATALOGUE:
        model = load(MODELS / name)
        # The windowed models get a text several windows long.
        windowed = "window" in name or getattr(model.config, "sliding_window", None)
        length = 20 if windowed else 13
        ids = prompt_ids(name, length, model.config.vocab_size)
        with torch.no_grad():
            # No mask and no positions are given: this is transformers' own reading of the
            # model, its sliding window included.
            out = model(torch.tensor([ids]), use_cache=False, output_attentions=True, **caps(model))
        logits = out.logits[0]
        probabilities = torch.softmax(logits.double(), -1)
        entropy = float(-(probabilities * probabilities.log()).sum(-1).mean())
        top = max(float(a[..., -1, :].max()) for a in out.attentions)
        rows = [[rounded(x) for x in row] for row in logits.tolist()]
        write_json(LOGITS / f"{name}.json", {"model": name, "ids": ids, "logits": rows})
        print(
            f"{name}: {length} tokens, logits {logits.min():.2f} .. {logits.max():.2f}, "
            f"mean entropy {entropy:.2f} of {np.log(logits.shape[-1]):.2f}, strongest attention {top:.2f}"
        )
    write_sums()
