#!/usr/bin/env python3
"""Times decoding steps of Hugging Face transformers on one device; called by card.py. Prints one JSON document.

A process of its own, so that it holds memory of the card only while tempo does not, and one that brings the driver down
takes no other with it. Two ways to decode, both with sdpa attention in half precision:

- eager: the forward pass with a cache that grows, as everybody calls it,
- compiled: a cache of fixed size, the step compiled whole and replayed as a CUDA graph; the harder one to beat.

A step is timed twice: with the chosen tokens read after every one, as tempo reads its digest ("ms_median", "ms_min"),
and on the card's own clock with nothing read, so that the processor may run ahead ("ms_queued").
"""

import argparse
import gc
import json
import pathlib
import statistics
import time
from collections.abc import Callable

import torch
import transformers

# Steps before the measured ones: the first compile, the second and third record a graph.
WARM_UP = 8

# Gives the next tokens for the last ones.
Advance = Callable[[torch.Tensor], torch.Tensor]


def seen() -> dict:
    """What this installation can reach."""
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "cuda": torch.version.cuda or torch.version.hip,
        "devices": [torch.cuda.get_device_name(at) for at in range(cards)],
    }


def load(folder: pathlib.Path, device: str) -> tuple[torch.nn.Module, str | None]:
    """The model in float16, as tempo's f16 is, or in bfloat16 and why."""
    why = None
    for dtype in (torch.float16, torch.bfloat16):
        try:
            model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa")
            model = model.to(device).eval()
            with torch.inference_mode():
                logits = model(torch.full((1, 4), 2, device=device), use_cache=False).logits
            if torch.isfinite(logits).all():
                return model, why
            why = f"{dtype} gives logits that are not finite"
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            why = first_line(error)
    raise RuntimeError(why)


def first_line(error: Exception) -> str:
    """An error in a line; those of the compiler are pages long."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"[:300]


def eager(model: torch.nn.Module) -> Callable[[torch.Tensor], tuple[torch.Tensor, Advance]]:
    """Reads a prompt; gives the first tokens and how to go on."""

    def begin(prompt: torch.Tensor) -> tuple[torch.Tensor, Advance]:
        read = model(prompt, use_cache=True, logits_to_keep=1)

        def advance(ids: torch.Tensor) -> torch.Tensor:
            out = model(ids, past_key_values=read.past_key_values, use_cache=True)
            return out.logits[:, -1].argmax(-1, keepdim=True)

        return read.logits[:, -1].argmax(-1, keepdim=True), advance

    return begin


def compiled(model: torch.nn.Module, positions: int) -> Callable[[torch.Tensor], tuple[torch.Tensor, Advance]]:
    """The same with one cache for all that is begun, so that the compiled step finds it at its place."""
    cache = transformers.StaticCache(config=model.config, max_cache_len=positions)

    def step(ids: torch.Tensor, cache: transformers.StaticCache) -> torch.Tensor:
        out = model(ids, past_key_values=cache, use_cache=True)
        return out.logits[:, -1].argmax(-1, keepdim=True)

    fast = torch.compile(step, mode="reduce-overhead", fullgraph=True)

    def begin(prompt: torch.Tensor) -> tuple[torch.Tensor, Advance]:
        cache.reset()
        read = model(prompt, past_key_values=cache, use_cache=True, logits_to_keep=1)

        def advance(ids: torch.Tensor) -> torch.Tensor:
            torch.compiler.cudagraph_mark_step_begin()
            # A graph writes its answer to the same place every time.
            return fast(ids, cache).clone()

        return read.logits[:, -1].argmax(-1, keepdim=True), advance

    return begin


def read_steps(ids: torch.Tensor, advance: Advance, steps: int) -> list[float]:
    """Milliseconds of each step that ends with its tokens in the processor's memory."""
    times = []
    for at in range(WARM_UP + steps):
        begun = time.perf_counter()
        ids = advance(ids)
        ids.tolist()
        if at >= WARM_UP:
            times.append(1e3 * (time.perf_counter() - begun))
    return times


def queued_steps(ids: torch.Tensor, advance: Advance, steps: int) -> list[float]:
    """Milliseconds from step to step on the card's clock, nothing being waited for."""
    for _ in range(WARM_UP):
        ids = advance(ids)
    events = [torch.cuda.Event(enable_timing=True) for _ in range(steps + 1)]
    events[0].record()
    for event in events[1:]:
        ids = advance(ids)
        event.record()
    torch.cuda.synchronize()
    return [before.elapsed_time(after) for before, after in zip(events, events[1:])]


def measure(model: torch.nn.Module, arm: str, prompt: torch.Tensor, steps: int) -> dict:
    """The times of one batch at one context."""
    torch.compiler.reset()
    counters = torch._dynamo.utils.counters
    counters.clear()
    # A fixed cache is read whole at every step: it has the room that is needed, and no more.
    needed = prompt.shape[1] + WARM_UP + steps
    begin = eager(model) if arm == "eager" else compiled(model, -(-needed // 64) * 64)
    # generate compiles without inference mode, too.
    with torch.inference_mode() if arm == "eager" else torch.no_grad():
        times = read_steps(*begin(prompt), steps)
        queued = queued_steps(*begin(prompt), steps) if prompt.is_cuda else []
    return {
        "ms_median": statistics.median(times),
        "ms_min": min(times),
        "ms_queued": statistics.median(queued) if queued else None,
        # Where the compiler finds no way to make graphs it says so in a counter only.
        "graphs_skipped": counters["inductor"]["cudagraph_skips"] if prompt.is_cuda else None,
    }


def numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, nargs="?", help="checkpoint; without one: what torch can reach")
    parser.add_argument("--arm", choices=("eager", "compiled"), default="eager")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--batches", type=numbers, default=[1, 8])
    parser.add_argument("--contexts", type=numbers, default=[64, 2048])
    parser.add_argument("--steps", type=int, default=32)
    args = parser.parse_args()
    if args.folder is None:
        print(json.dumps(seen()))
        return
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    if args.device.startswith("cuda"):
        torch.cuda.set_device(args.device)
    model, fallback = load(args.folder, args.device)
    random = torch.Generator().manual_seed(0)
    rows = []
    for context in args.contexts:
        for batch in args.batches:
            row = {"arm": args.arm, "context": context, "batch": batch}
            # Ids 0 and 1 are often special; which ids are fed does not change the time.
            prompt = torch.randint(2, model.config.vocab_size, (batch, context), generator=random).to(args.device)
            try:
                row |= measure(model, args.arm, prompt, args.steps)
            except Exception as error:  # of the compiler, the driver or the memory: named, and the others go on
                row["failed"] = first_line(error)
            rows.append(row)
            gc.collect()
            torch.cuda.empty_cache()
    print(json.dumps({"dtype": str(model.dtype).removeprefix("torch."), "fallback": fallback, "rows": rows}))


if __name__ == "__main__":
    main()
