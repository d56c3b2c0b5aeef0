#!/usr/bin/env python3
"""Loads and runs checkpoints with the shapes of published models, and prints one Markdown row for each and device.

Called by shapes.sh, which builds tempo and supplies numpy. A model that fails is named and the others still run; the
exit status is 1 when one failed, took as much memory as it must not, or is not the model that it should be. A device
that the machine lacks is reported as not run.
"""

import argparse
import contextlib
import dataclasses
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from checkpoint.presets import OUTPUT, PRESETS, Preset

# All but our own small one and the one that may not exist.
PUBLISHED = [name for name, preset in PRESETS.items() if preset.source]

# Bytes that a device may not reach, by preset and format.
MOST_DEVICE_BYTES = {("cogito-3b", "q4"): 2.6e9, ("cogito-3b-untied", "q4"): 2.6e9}

# What the process may hold on the CPU beside the weights in their format and one matrix that is laid out anew: the rest
# of the program, a piece of the file on its way, the cache and the logits of a set.
PEAK_ALLOWANCE = 64 << 20

# Bits of a number, scales included, in matrices of layers and in the embedding and the output matrix.
BITS = {"f32": (32, 32), "f16": (16, 16), "q8": (8.5, 8.5), "q4": (4.5, 8.5)}

COLUMNS = (
    "model",
    "device",
    "parameters",
    "weights MB",
    "cache row KB",
    "on device MB",
    "process peak MB",
    "peak / weights",
    "dispatches",
    "submits",
    "KB read",
)
UNTOLD = "not told"


class Failed(Exception):
    """What went wrong with one model, in a line."""


@dataclasses.dataclass
class Outcome:
    """What is told at the end, apart from the rows."""

    failed: list[str] = dataclasses.field(default_factory=list)
    unchecked: list[str] = dataclasses.field(default_factory=list)

    def fail(self, what: str, why: object) -> None:
        self.failed.append(f"{what}: {why}")
        print(f"FAILED {what}: {why}", file=sys.stderr, flush=True)


def output(command: list[object], limit: int) -> str:
    """What a program prints, or Failed with what it complains about."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {limit} s") from None
    if done.returncode != 0:
        # A panic's first lines say what it is; the message of an error is the last line.
        lines = [line for line in done.stderr.splitlines() if line.strip() and "XDG_RUNTIME_DIR" not in line]
        panic = next((i for i, line in enumerate(lines) if "panicked at" in line), None)
        told = lines[-1:] if panic is None else lines[panic : panic + 2]
        raise Failed(f"status {done.returncode}, {' '.join(told) or 'no message'}")
    return done.stdout


def adapters(tempo: str) -> list[str]:
    """Names of the graphics adapters that tempo finds."""
    return [adapter["name"] for adapter in json.loads(output([tempo, "devices", "--json"], 60))["adapters"]]


def inspected(tempo: str, folder: pathlib.Path, preset: Preset) -> dict:
    """What tempo says of the checkpoint without loading it; Failed when that is another model."""
    found = json.loads(output([tempo, "inspect", folder, "--json", "--weights", "f32"], 60))
    if found["parameters"] != preset.parameters:
        raise Failed(f"inspect counts {found['parameters']} parameters, published are {preset.parameters}")
    unused = [OUTPUT] if preset.repeats_output else []
    if found["unused"] != unused or found["unsupported"]:
        raise Failed(f"inspect finds unused {found['unused']}, unsupported {found['unsupported']}")
    return found


def weight_bytes(found: dict, weights: str) -> float:
    """Bytes of the weights in a format. inspect tells them for f32; the others follow from its numbers."""
    shape = found["shape"]
    outer = shape["vocab"] * shape["hidden"] * (1 if shape["tied"] else 2)
    layers, ends = BITS[weights]
    return found["weight_bytes"] / 32 * layers + outer * (ends - layers) / 8


def span(steps: list[dict], key: str, unit: int = 1) -> str:
    """The number of a step, from the smallest set to the largest."""
    numbers = [round(step[key] / unit) for step in steps if step.get(key) is not None]
    if not numbers:
        return UNTOLD
    return str(numbers[0]) if len(set(numbers)) == 1 else f"{numbers[0]} to {numbers[-1]}"


def row(name: str, device: str, found: dict, report: dict, weights: str, times: bool) -> list[str]:
    """One line of the table, in the order of COLUMNS."""
    predicted, steps = weight_bytes(found, weights), report["steps"]
    on_device, peak = report.get("device_bytes"), report["peak_bytes"]
    cells = [
        name,
        device,
        f"{found['parameters']:,}",
        f"{predicted / 1e6:.0f}",
        f"{found['slot_bytes'] / 1e3:.0f}",
        UNTOLD if on_device is None else f"{on_device / 1e6:.0f}",
        UNTOLD if peak is None else f"{peak / 1e6:.0f}",
        UNTOLD if peak is None else f"{peak / predicted:.2f}",
        span(steps, "dispatches"),
        span(steps, "submits"),
        span(steps, "bytes_read", 1000),
    ]
    if times:
        cells += [f"{report['prefill']['ms']:.0f}", f"{steps[0]['ms_median']:.0f} to {steps[-1]['ms_median']:.0f}"]
    return cells


def bounds(name: str, device: str, found: dict, report: dict, weights: str, outcome: Outcome) -> None:
    """Fails what takes more memory than it may."""
    what, most = f"{name} on {device}", MOST_DEVICE_BYTES.get((name, weights))
    on_device, peak = report.get("device_bytes"), report["peak_bytes"]
    if most and on_device is None:
        outcome.unchecked.append(f"{what}: whether it takes less than {most / 1e9} GB of device memory")
    elif most and on_device >= most:
        outcome.fail(what, f"{on_device / 1e9:.3f} GB of device memory, {most / 1e9} GB are too much")
    largest = found["shape"]["vocab"] * found["shape"]["hidden"] * BITS[weights][1] / 8
    allowed = weight_bytes(found, weights) + largest + PEAK_ALLOWANCE
    # A graphics driver keeps its memory where it likes.
    if device == "cpu" and peak and peak > allowed:
        outcome.fail(what, f"the process held {peak / 1e6:.0f} MB at once, {allowed / 1e6:.0f} MB are allowed")


@contextlib.contextmanager
def checkpoint(name: str, folder: pathlib.Path | None) -> Iterator[pathlib.Path]:
    """The checkpoint of a preset: in a temporary folder, or in one that is kept."""
    script = pathlib.Path(__file__).with_name("make_checkpoint.py")
    kept = folder / name if folder else pathlib.Path(tempfile.mkdtemp(prefix="tempo-shapes-")) / name
    try:
        if not (kept / "model.safetensors").exists():
            output([sys.executable, script, name, kept], 900)
        yield kept
    finally:
        if not folder:
            shutil.rmtree(kept.parent, ignore_errors=True)


def line(cells: list[str]) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


def measure(name: str, args: argparse.Namespace, found_adapters: list[str], outcome: Outcome) -> None:
    """The rows of one model."""
    columns = len(COLUMNS) + 2 * args.times
    with checkpoint(name, args.folder) as folder:
        found = inspected(args.tempo, folder, PRESETS[name])
        for device in args.device:
            if device == "gpu" and not found_adapters:
                line([name, device, "NOT RUN: no graphics adapter", *[""] * (columns - 3)])
                continue
            command = [args.tempo, "bench", "--json", "--model", folder, "--device", device]
            command += ["--weights", args.weights, "--steps", args.steps, "--prompt-tokens", args.prompt_tokens]
            command += ["--sets", "1,8"]
            begun = time.monotonic()
            try:
                report = json.loads(output(command, args.limit))
            except Failed as why:
                outcome.fail(f"{name} on {device}", why)
                line([name, device, "FAILED", *[""] * (columns - 3)])
                continue
            line(row(name, device, found, report, args.weights, args.times))
            print(f"{name} on {device}: {time.monotonic() - begun:.0f} s in all", file=sys.stderr, flush=True)
            bounds(name, device, found, report, args.weights, outcome)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tempo", required=True, help="the program")
    parser.add_argument("presets", nargs="*", metavar="PRESET", help=f"of {', '.join(PRESETS)}")
    parser.add_argument("--weights", choices=BITS, default="q4")
    parser.add_argument("--device", choices=("cpu", "gpu"), action="append", help="both unless given")
    parser.add_argument("--folder", type=pathlib.Path, help="keeps checkpoints here, each under its preset's name")
    parser.add_argument("--steps", type=int, default=2, help="of each set size")
    parser.add_argument("--prompt-tokens", type=int, default=4)
    parser.add_argument("--limit", type=int, default=3600, metavar="SECONDS", help="for one model on one device")
    parser.add_argument("--times", action="store_true", help="milliseconds too, of an idle machine")
    args = parser.parse_args()
    if unknown := [name for name in args.presets if name not in PRESETS]:
        parser.error(f"no preset {', '.join(unknown)}; there are {', '.join(PRESETS)}")
    args.presets = args.presets or PUBLISHED
    args.device = args.device or ["cpu", "gpu"]
    return args


def main() -> None:
    args = arguments()
    # A run that is ended from outside takes its checkpoint with it, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        found_adapters = adapters(args.tempo)
    except (Failed, OSError) as why:
        sys.exit(f"{args.tempo} does not list its devices: {why}")
    print(f"weights in {args.weights}; gpu: {', '.join(found_adapters) or 'none'}; a step is one of sets 1 and 8\n")
    columns = [*COLUMNS, *(["prefill ms", "step ms"] if args.times else [])]
    line(columns)
    line(["---", "---", *["---:"] * (len(columns) - 2)])
    outcome = Outcome()
    for name in args.presets:
        try:
            measure(name, args, found_adapters, outcome)
        except Failed as why:
            outcome.fail(name, why)
            line([name, "", "FAILED", *[""] * (len(columns) - 3)])
    print()
    for what in outcome.unchecked:
        print(f"NOT CHECKED {what} (bench did not tell)")
    for what in outcome.failed:
        print(f"FAILED {what}")
    if not outcome.failed:
        print("nothing failed")
    sys.exit(bool(outcome.failed))


if __name__ == "__main__":
    main()
