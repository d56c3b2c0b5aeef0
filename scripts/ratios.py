"""What tempo's choices cost or bring, as ratios of step times measured in turns in one run; called by bench.py.

Every arm is a run of `tempo bench` with its own flags. All arms take their turn in every round, in the other order every
second time, so that what disturbs the machine hits all of them. A ratio is formed within a round.
"""

import dataclasses
import json
import os
import pathlib
import statistics
from collections.abc import Callable

# Device and flags to the report of `tempo bench`, or None on a machine without that device.
Bench = Callable[..., dict | None]

SHORT, *LONGER = CONTEXTS = (64, 512, 2048)
FORMATS = ("f16", "q8", "q4")
# The context and the set whose steps are measured with a bias for each query and key, and in which formats.
BIASED = (512, 4)
BIASED_FORMATS = ("f32", "q8", "q4")


@dataclasses.dataclass(frozen=True)
class Arm:
    """A way to run `tempo bench`; the later of two equal flags counts, a flag without a value comes last."""

    name: str
    flags: tuple[str, ...] = ()


def arms(long: pathlib.Path) -> list[Arm]:
    """`long` is a model with room for the longest context, whose arm comes last."""
    # Before every set the prompt is read anew, which is what takes time here.
    room = ("--model", str(long), "--sets", "1,8", "--prompt-tokens")
    contexts = [Arm(f"context {tokens}", (*room, str(tokens))) for tokens in CONTEXTS]
    formats = [Arm(weights, ("--weights", weights)) for weights in FORMATS]
    tokens, size = map(str, BIASED)
    biased = ("--model", str(long), "--prompt-tokens", tokens, "--sets", size, "--weights")
    biases = [Arm(f"biases {weights}", (*biased, weights, "--biases")) for weights in BIASED_FORMATS]
    return [Arm("f32"), Arm("tensor", ("--kernels", "tensor")), *formats, *biases, *contexts]


# Rows of the table: (words, arm above, arm below).
COMPARED = [
    ("tensor operations / fused, f32", "tensor", "f32"),
    *((f"{weights} / f32", weights, "f32") for weights in FORMATS),
    *((f"context of {tokens} / {SHORT}", f"context {tokens}", f"context {SHORT}") for tokens in LONGER),
    # Both in one run.
    *(
        (f"biases of every query / none, {weights}, context of {BIASED[0]}", f"biases {weights}", f"biases {weights}")
        for weights in BIASED_FORMATS
    ),
]


def lengthened(model: pathlib.Path, cache: pathlib.Path) -> pathlib.Path:
    """The same weights with more positions. What it then says is noise; how long it takes is not."""
    folder = cache / f"tempo-{model.name}-long"
    folder.mkdir(parents=True, exist_ok=True)
    config = json.loads((model / "config.json").read_text())
    config["max_position_embeddings"] = max(2 * CONTEXTS[-1], config["max_position_embeddings"])
    (folder / "config.json").write_text(json.dumps(config))
    for file in model.iterdir():
        link = folder / file.name
        if file.name != "config.json":
            link.unlink(missing_ok=True)
            link.symlink_to(file.resolve())
    return folder


def measure(bench: Bench, devices: list[str], model: pathlib.Path, rounds: int) -> dict[str, dict[str, list[dict]]]:
    """Reports by device and arm, one for each round."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    order = arms(lengthened(model, cache))
    reports = {device: {arm.name: [] for arm in order} for device in devices}
    for at in range(rounds):
        for arm in reversed(order) if at % 2 else order:
            for device in devices:
                # A software adapter takes minutes to read the longest prompt: once is enough.
                if device == "gpu" and arm is order[-1] and at > 0:
                    continue
                report = bench(device, *arm.flags)
                if report:
                    reports[device][arm.name].append(report)
    return reports


def compared(above: list[dict], below: list[dict], sizes: tuple[int, int]) -> str:
    """Of the ratios within each round the median: of the median steps, and in brackets of the shortest steps.

    An arm beside itself: the steps with biases beside those without, or two sizes.
    """
    if not above or not below:
        return "not run"
    if any(size not in {step["set"] for step in reports[0]["steps"]} for reports, size in zip((above, below), sizes)):
        return ""
    with_biases = (any(step.get("biases") for step in above[0]["steps"]), False)

    def step_of(report: dict, size: int, biases: bool) -> dict:
        return next(step for step in report["steps"] if step["set"] == size and step.get("biases", False) == biases)

    def ratio(key: str) -> float:
        pairs = [
            [step_of(*which)[key] for which in zip(reports, sizes, with_biases)] for reports in zip(above, below)
        ]
        return statistics.median(one / other for one, other in pairs)

    return f"{ratio('ms_median'):.2f} ({ratio('ms_min'):.2f})"


def table(reports: dict[str, dict[str, list[dict]]]) -> list[str]:
    """Markdown: a row for each comparison, a column for each set size that the program measures."""
    lines = []
    for by_arm in reports.values():
        sizes = [step["set"] for step in by_arm["f32"][0]["steps"]]
        if not lines:
            lines += [f"| on | ratio of step times | {' | '.join(f'set of {size}' for size in sizes)} |"]
            lines += ["|" + " --- |" * (2 + len(sizes))]
        name = by_arm["f32"][0]["adapter"] or "CPU"
        for words, above, below in COMPARED:
            cells = [compared(by_arm[above], by_arm[below], (size, size)) for size in sizes]
            lines.append(f"| {name} | {words} | {' | '.join(cells)} |")
        cells = [compared(by_arm["f32"], by_arm["f32"], (size, sizes[0])) for size in sizes]
        lines.append(f"| {name} | set of n / set of {sizes[0]} | {' | '.join(cells)} |")
    return lines
