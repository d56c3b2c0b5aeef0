"""Held-out loss, per source and over all of them."""

import math
from collections.abc import Callable

import numpy
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from story import bpe


def windows(ids: numpy.ndarray, context: int) -> list[numpy.ndarray]:
    """Cuts a story into pieces of at most `context` + 1 ids, each beginning with the last id of the one before."""
    return [ids[at : at + context + 1] for at in range(0, len(ids) - 1, context)]


@torch.no_grad()
def held_out_loss(
    logits: Callable[[torch.Tensor], torch.Tensor],
    tokenizer: Tokenizer,
    held: dict[str, list[str]],
    context: int,
    device: torch.device,
    end: int = bpe.END,
) -> dict[str, dict[str, float]]:
    """Nats per token and per byte of every source, and of `all` together, each story on its own.

    Nats per byte can be compared between tokenizers; nats per token cannot.
    """
    report = {}
    for name, stories in held.items():
        nats, tokens = 0.0, 0
        for story in stories:
            for piece in windows(bpe.stream(tokenizer, [story], end), context):
                ids = torch.from_numpy(piece.astype(numpy.int64)).to(device)
                row = logits(ids[None, :-1])[0].float()
                nats += functional.cross_entropy(row, ids[1:], reduction="sum").item()
                tokens += len(ids) - 1
        report[name] = {
            "stories": len(stories),
            "tokens": tokens,
            "bytes": sum(map(len, stories)),
            "nats": nats,
        }
    report["all"] = {
        key: sum(part[key] for part in report.values()) for key in ("stories", "tokens", "bytes", "nats")
    }
    for part in report.values():
        nats = part.pop("nats")
        part["nats_per_token"] = nats / part["tokens"]
        part["perplexity"] = math.exp(nats / part["tokens"])
        part["nats_per_byte"] = nats / part["bytes"]
    return report


def table(report: dict[str, dict[str, float]]) -> str:
    """The report as lines of text."""
    lines = [
        f"{'held out':<12} {'stories':>7} {'tokens':>8} {'nats/token':>10} {'perplexity':>10} {'nats/byte':>9}"
    ]
    for name, part in report.items():
        lines.append(
            f"{name:<12} {part['stories']:>7} {part['tokens']:>8} {part['nats_per_token']:>10.4f} "
            f"{part['perplexity']:>10.2f} {part['nats_per_byte']:>9.4f}"
        )
    return "\n".join(lines)
