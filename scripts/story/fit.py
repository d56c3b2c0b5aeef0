"""Training: mixture batches, AdamW, warm-up and cosine, exact resumption."""

import contextlib
import dataclasses
import math
import pathlib
import time
from collections.abc import Callable

import numpy
import torch
from torch.nn import functional

from story.corpus import SOURCES
from story.decoder import Decoder

# Steps whose speed decides how many fit into --minutes. The first ones pay for allocation and compilation.
TIMED_FROM, TIMED_TO = 5, 25


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, apart from data, tokenizer and shape."""

    steps: int = 4000
    batch: int = 8
    rate: float = 2e-3
    final_rate: float = 0.02  # of `rate`
    warmup: int = 100
    weight_decay: float = 0.1
    dropout: float = 0.1
    clip: float = 1.0
    seed: int = 1
    precision: str = "bf16"


def learning_rate(recipe: Recipe, step: int, total: int) -> float:
    """Linear warm-up, then a cosine down to `final_rate` of the top."""
    warmup = min(recipe.warmup, total // 10)
    if step < warmup:
        return recipe.rate * (step + 1) / warmup
    done = (step - warmup) / max(1, total - 1 - warmup)
    cosine = 0.5 * (1 + math.cos(math.pi * done))
    return recipe.rate * (recipe.final_rate + (1 - recipe.final_rate) * cosine)


def draw(
    streams: dict[str, numpy.ndarray], recipe: Recipe, step: int, total: int, context: int
) -> torch.Tensor:
    """The windows [batch, context + 1] of a step.

    They depend on the seed and the step only, so a resumed run sees what an uninterrupted one would have seen.
    """
    late = 2 * step >= total
    names = list(streams)
    shares = {source.name: source.late if late else source.early for source in SOURCES}
    weights = numpy.array([shares[name] for name in names])
    choice = numpy.random.default_rng([recipe.seed, step])
    rows = []
    for name in choice.choice(names, size=recipe.batch, p=weights / weights.sum()):
        ids = streams[name]
        at = choice.integers(0, len(ids) - context)
        rows.append(ids[at : at + context + 1])
    return torch.from_numpy(numpy.stack(rows).astype(numpy.int64))


def optimizer(model: Decoder, recipe: Recipe, device: torch.device) -> torch.optim.AdamW:
    """AdamW with weight decay on the matrices only: a norm's scale has no reason to shrink."""
    matrices = [weight for weight in model.parameters() if weight.dim() == 2]
    scales = [weight for weight in model.parameters() if weight.dim() != 2]
    groups = [
        {"params": matrices, "weight_decay": recipe.weight_decay},
        {"params": scales, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.95), fused=device.type == "cuda")


def save(path: pathlib.Path, state: dict) -> None:
    """Writes the state whole or not at all: an interrupted write must not cost the run."""
    temporary = path.with_suffix(".part")
    torch.save(state, temporary)
    temporary.replace(path)


def train(
    model: Decoder,
    streams: dict[str, numpy.ndarray],
    recipe: Recipe,
    device: torch.device,
    state_file: pathlib.Path,
    *,
    minutes: float | None = None,
    compiled: bool = False,
    save_every: int = 500,
    evaluate: Callable[[], float] | None = None,
    evaluate_every: int = 500,
) -> None:
    """Trains in place, continuing from `state_file` when it exists."""
    context = model.shape.max_position_embeddings
    for name, ids in streams.items():
        if len(ids) <= context:
            raise SystemExit(f"{name}: {len(ids)} tokens are too few for a context of {context}")
    model.to(device).train()
    adam = optimizer(model, recipe, device)
    identity = {"recipe": dataclasses.asdict(recipe), "shape": dataclasses.asdict(model.shape)}
    first, total = 0, recipe.steps
    if state_file.is_file():
        state = torch.load(state_file, map_location=device, weights_only=True)
        if state["identity"] != identity:
            raise SystemExit(f"{state_file} was begun with other settings; name another --work folder")
        model.load_state_dict(state["model"])
        adam.load_state_dict(state["optimizer"])
        first, total, minutes = state["step"], state["total"], None
        print(f"continuing at step {first} of {total}")
    run = torch.compile(model) if compiled else model
    autocast = (
        torch.autocast(device.type, dtype=torch.bfloat16)
        if recipe.precision == "bf16"
        else contextlib.nullcontext()
    )
    print(
        f"{sum(map(len, streams.values()))} training tokens, {recipe.batch * context} per step, up to {total} steps"
    )

    def keep(step: int) -> None:
        state = {"identity": identity, "step": step, "total": total}
        save(state_file, state | {"model": model.state_dict(), "optimizer": adam.state_dict()})

    begun, shown = time.monotonic(), time.monotonic()
    for step in range(first, total):
        if step == total:
            break  # --minutes has lowered the number of steps
        if minutes and step == TIMED_FROM:
            timed = time.monotonic()
        if minutes and step == TIMED_TO:
            per_step = (time.monotonic() - timed) / (TIMED_TO - TIMED_FROM)
            total = min(
                total, max(step + 1, int((minutes * 60 - (time.monotonic() - begun)) / per_step) + step)
            )
            print(
                f"{1e3 * per_step:.0f} ms a step: {total} steps fit; give --steps {total} to repeat this run"
            )
        for group in adam.param_groups:
            group["lr"] = learning_rate(recipe, step, total)
        # Dropout, too, depends on the seed and the step only.
        torch.manual_seed(recipe.seed * 1_000_003 + step)
        ids = draw(streams, recipe, step, total, context).to(device, non_blocking=True)
        with autocast:
            logits = run(ids[:, :-1])
            loss = functional.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten())
        adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        adam.step()
        if step == first or step + 1 == total or time.monotonic() - shown > 10:
            shown = time.monotonic()
            value = loss.item()
            if not math.isfinite(value):
                raise SystemExit(f"the loss is {value} at step {step}; lower --rate")
            rate = adam.param_groups[0]["lr"]
            print(
                f"step {step + 1}/{total}  loss {value:.3f}  rate {rate:.1e}  {shown - begun:.0f} s",
                flush=True,
            )
        if (step + 1) % save_every == 0 or step + 1 == total:
            keep(step + 1)
        if evaluate and (step + 1) % evaluate_every == 0 and step + 1 < total:
            model.eval()
            print(f"step {step + 1}  held out {evaluate():.4f} nats/token", flush=True)
            model.train()
    model.eval()
