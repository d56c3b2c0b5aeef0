#!/usr/bin/env python3
"""Times tempo and Hugging Face transformers on the same weights, threads and machine, and prints them side by side.

Called by bench.sh, which builds tempo and supplies the packages. One step of tempo with a set of n tokens stands
beside one step of beam search of width n: both feed n tokens per forward pass. A set of one is greedy decoding.

transformers is timed twice: `generate`, as everybody uses it, and the bare forward pass in a loop with its key-value
cache, which leaves out all bookkeeping and is therefore the harder one to beat.

Then tempo beside itself: tensor operations beside fused kernels, formats of weights, lengths of context (ratios.py).
"""

import argparse
import functools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import ratios

SETS = "1,2,4,8,16"


def tempo(program: str, model: pathlib.Path, threads: int, steps: int, device: str, *flags: str) -> dict | None:
    """The report of `tempo bench`, or None on a machine without that device.

    Of two equal flags the later one counts; a flag without a value comes last.
    """
    settings = {"--device": device, "--model": str(model), "--threads": str(threads), "--steps": str(steps)}
    settings["--sets"] = SETS
    # What the other implementation computes in.
    settings["--weights"] = "f32"
    settings |= dict(zip(flags[::2], flags[1::2]))
    alone = flags[len(flags) // 2 * 2 :]
    command = [program, "bench", "--json", *alone, *(word for setting in settings.items() for word in setting)]
    # The CPU backend takes its thread pool's size from here.
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        if device == "gpu":
            print(f"NOT RUN: tempo on a GPU ({done.stderr.strip() or 'no message'})")
            return None
        sys.exit(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Clock:
    """A logits processor that changes nothing and notes when it is called, once per step."""

    def __init__(self):
        self.times = []

    def __call__(self, ids, scores):
        self.times.append(time.perf_counter())
        return scores

    def steps(self) -> list[float]:
        """Milliseconds from step to step; the first call ends the prefill."""
        return [1e3 * (after - before) for before, after in zip(self.times, self.times[1:])]


def summary(milliseconds: list[float]) -> dict[str, float]:
    return {"median": statistics.median(milliseconds), "min": min(milliseconds)}


class Transformers:
    """The other implementation, with the same weights in the f32 that tempo computes in."""

    def __init__(self, folder: pathlib.Path, attention: str, prompt: int, steps: int, repeats: int):
        import torch
        from transformers import AutoModelForCausalLM

        self.torch = torch
        self.model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation=attention
        ).eval()
        random = torch.Generator().manual_seed(0)
        # Ids 0 and 1 are often special; which ids are fed does not change the time.
        self.prompt = torch.randint(2, self.model.config.vocab_size, (1, prompt), generator=random)
        self.steps, self.repeats = steps, repeats

    def generate(self, width: int) -> dict[str, float]:
        """Greedy decoding for width 1, beam search otherwise; never ends early."""
        steps = []
        for repeat in range(self.repeats + 1):
            clock = Clock()
            self.model.generate(
                self.prompt,
                attention_mask=self.torch.ones_like(self.prompt),
                do_sample=False,
                num_beams=width,
                # The first new token is the prefill's.
                min_new_tokens=self.steps + 1,
                max_new_tokens=self.steps + 1,
                pad_token_id=0,
                logits_processor=[clock],
            )
            if repeat:  # the first run warms up
                steps += clock.steps()
        return summary(steps)

    def forward(self, width: int) -> dict[str, float]:
        """The forward pass alone, `width` sequences of one new token each on a growing cache."""
        steps = []
        with self.torch.inference_mode():
            for repeat in range(self.repeats + 1):
                prompt = self.prompt.expand(width, -1)
                out = self.model(prompt, use_cache=True, logits_to_keep=1)
                for _ in range(self.steps):
                    begun = time.perf_counter()
                    following = out.logits[:, -1].argmax(-1, keepdim=True)
                    out = self.model(following, past_key_values=out.past_key_values, use_cache=True)
                    if repeat:
                        steps.append(1e3 * (time.perf_counter() - begun))
        return summary(steps)

    def prefill(self) -> dict[str, float]:
        """Reading the prompt."""
        times = []
        with self.torch.inference_mode():
            for _ in range(4 * self.repeats + 1):
                begun = time.perf_counter()
                self.model(self.prompt, use_cache=True, logits_to_keep=1)
                times.append(1e3 * (time.perf_counter() - begun))
        return summary(times[1:])


def table(reports: dict[str, dict], theirs: dict[int, dict], prefill: dict[str, float]) -> list[str]:
    """Lines of text: medians in milliseconds, and the time of transformers over that of tempo (above 1: faster)."""
    head = f"{'ms per step':<14}" + "".join(f"{'tempo ' + device:>12}" for device in reports)
    head += f"{'hf generate':>13}{'hf forward':>12}"
    for device in reports:
        head += f"{device + ': generate/tempo':>22}{'forward/tempo':>15}"
    lines = [head, "-" * len(head)]

    def row(label: str, ours: dict[str, float], generate: float | None, forward: float) -> str:
        line = f"{label:<14}" + "".join(f"{value:>12.3f}" for value in ours.values())
        line += f"{generate:>13.3f}" if generate else f"{'':>13}"
        line += f"{forward:>12.3f}"
        for value in ours.values():
            line += f"{generate / value:>22.2f}" if generate else f"{'':>22}"
            line += f"{forward / value:>15.2f}"
        return line

    tokens = next(iter(reports.values()))["prefill"]["tokens"]
    ours = {device: report["prefill"]["ms"] for device, report in reports.items()}
    lines.append(row(f"prefill {tokens}", ours, None, prefill["median"]))
    for size, other in theirs.items():
        ours = {
            device: next(step["ms_median"] for step in report["steps"] if step["set"] == size)
            for device, report in reports.items()
        }
        lines.append(row(f"set {size}", ours, other["generate"]["median"], other["forward"]["median"]))
    return lines


def counts(device: str, report: dict) -> str:
    """What a larger set costs tempo, and the passes and readbacks of a step."""
    steps = {step["set"]: step for step in report["steps"]}
    one = steps[1]["ms_median"]
    growth = ", ".join(f"{size}: {step['ms_median'] / one:.2f}" for size, step in steps.items())
    passes = sorted({step["passes"] for step in report["steps"]})
    readbacks = sorted({step["readbacks"] for step in report["steps"]})
    return f"tempo {device}: step time over that of set 1 {{{growth}}}; passes {passes}, readbacks {readbacks} per step"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tempo", required=True, help="the program")
    parser.add_argument("--model", type=pathlib.Path, required=True, help="model folder")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--steps", type=int, default=32, help="measured steps per run")
    parser.add_argument("--repeats", type=int, default=3, help="timed runs of transformers")
    parser.add_argument("--attention", choices=("sdpa", "eager"), default="sdpa", help="of transformers")
    parser.add_argument("--rounds", type=int, default=3, help="of the ratios of tempo to itself; 0 leaves them out")
    parser.add_argument("--round-steps", type=int, default=8, help="measured steps of each of those runs")
    parser.add_argument("--json", type=pathlib.Path, help="write all numbers here as well")
    args = parser.parse_args()

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > 0.5:
        print(f"The machine is not idle (load {load:.1f}): the times below are too long, and not evenly so.")
    # One after the other, never at once: both want all threads.
    reports = {}
    for device in ("cpu", "gpu"):
        report = tempo(args.tempo, args.model, args.threads, args.steps, device)
        if report:
            reports[device] = report
    import torch
    import transformers

    torch.set_num_threads(args.threads)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    prompt = reports["cpu"]["prefill"]["tokens"]
    other = Transformers(args.model, args.attention, prompt, args.steps, args.repeats)
    prefill = other.prefill()
    sizes = [step["set"] for step in reports["cpu"]["steps"]]
    theirs = {size: {"generate": other.generate(size), "forward": other.forward(size)} for size in sizes}

    print(f"model {args.model.name}, {args.threads} threads, prompt of {prompt} tokens")
    for device, report in reports.items():
        print(f"tempo {device}: {report['adapter'] or 'processor'}")
    print(
        f"hf: transformers {transformers.__version__}, torch {torch.__version__} on the CPU, f32, {args.attention}"
    )
    print("hf generate is greedy for a set of 1, beam search of the set's size otherwise\n")
    print("\n".join(table(reports, theirs, prefill)))
    print()
    for device, report in reports.items():
        print(counts(device, report))
    rounds = {}
    if args.rounds:
        bench = functools.partial(tempo, args.tempo, args.model, args.threads, args.round_steps)
        rounds = ratios.measure(bench, list(reports), args.model, args.rounds)
        print(f"\ntempo beside itself, {args.rounds} rounds in turns: median ratio (ratio of the shortest steps)\n")
        print("\n".join(ratios.table(rounds)))
    if args.json:
        everything = {"tempo": reports, "transformers": theirs, "transformers_prefill": prefill, "rounds": rounds}
        args.json.write_text(json.dumps(everything, indent=2) + "\n")


if __name__ == "__main__":
    main()
