#!/usr/bin/env python3
"""Times tempo on a graphics card, beside what the card's memory allows and beside PyTorch on the same card.

Called by bench.sh. Checkpoints have the shapes of published models and random
weights; each is deleted after its runs, the largest takes 7 GB of disk. Where tempo finds no hardware adapter nothing
is measured and the reason is printed. An arm that fails is named and the others still run; the exit status is then 1.

A set of n tokens stands beside a batch of n sequences: both feed n tokens per forward pass. A batch has a cache for
every sequence, a set has one for all. PyTorch computes in half precision, whatever tempo's weights are kept as.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import signal
import sys

from checkpoint.presets import PRESETS
from shapes import BITS, UNTOLD, Failed, Outcome, checkpoint, inspected, line, output, weight_bytes

SHAPES = ["smollm2-135m", "llama-1b", "cogito-3b"]
FORMATS = ["f16", "q4"]
SETS = (1, 8)

# What a card should reach: set of 8 over set of 1, the longest context over the shortest, and the share of the memory's
# bandwidth with which a set of 1 reads the weights at the shortest context.
MOST_FOR_SET, MOST_FOR_CONTEXT, LEAST_SHARE = 1.25, 1.5, 0.5
SHARE_OF = ("llama-1b", ("f16", "q4"))

COLUMNS = (
    "model",
    "weights",
    "context",
    "set",
    "step ms (min)",
    f"/ set of {SETS[0]}",
    "/ shortest context",
    "weights read MB",
    "of bandwidth",
    "dispatches",
    "submits",
    "on device MB",
)
THEIR_COLUMNS = ("model", "PyTorch", "context", "batch", "step ms (min)", "nothing read, ms")


def nothing_to_measure(adapters: list[dict], any_adapter: bool) -> str | None:
    """Why tempo's times here would not be those of a card."""
    if not adapters:
        return "tempo finds no graphics adapter"
    if any_adapter or any(not adapter["software"] for adapter in adapters):
        return None
    names = " and ".join(adapter["name"] for adapter in adapters)
    return f"the only adapter is {names}, a program" if len(adapters) == 1 else f"{names} are programs"


def taken(devices: dict) -> dict:
    """The adapter that tempo runs on: a hardware one where there is one, of several its own choice."""
    chosen = devices["auto"]["adapter"]
    return min(devices["adapters"], key=lambda adapter: (adapter["software"], adapter["name"] != chosen))


def bytes_of_step(found: dict, weights: str) -> float:
    """Bytes of the weights that a step reads: all but an embedding of its own, of which it reads a few rows."""
    shape = found["shape"]
    embedding = 0 if shape["tied"] else shape["vocab"] * shape["hidden"] * BITS[weights][1] / 8
    return weight_bytes(found, weights) - embedding


def bandwidth(args: argparse.Namespace, outcome: Outcome) -> float | None:
    """Bytes per second that tempo reads from the card's memory in a plain copy, or None where it does not tell."""
    try:
        if "--bandwidth" not in output([args.tempo, "bench", "--help"], 60):
            outcome.unchecked.append("the memory bandwidth: this tempo has no `bench --bandwidth`")
            return None
        command = [args.tempo, "bench", "--json", "--bandwidth", "--device", args.device]
        report = json.loads(output([*command, "--sets", 1, "--steps", 1, "--prompt-tokens", 4], args.limit))
    except Failed as why:
        outcome.fail("memory bandwidth", why)
        return None
    told = report.get("bandwidth_bytes_per_s")
    if not told:
        outcome.unchecked.append("the memory bandwidth: `bench --bandwidth` did not tell")
    return told


def measured(name: str, folder: pathlib.Path, found: dict, args: argparse.Namespace, outcome: Outcome) -> list[dict]:
    """The rows of one model: a run for each format and context, a row for each set size."""
    rows = []
    for weights in args.weights:
        for context in args.contexts:
            command = [args.tempo, "bench", "--json", "--device", args.device, "--model", folder, "--weights", weights]
            command += ["--sets", ",".join(map(str, SETS)), "--prompt-tokens", context, "--steps", args.steps]
            try:
                report = json.loads(output(command, args.limit))
                if report["adapter"] != (args.adapter and args.adapter["name"]):
                    raise Failed(f"tempo ran on {report['adapter'] or 'the processor'}")
            except Failed as why:
                outcome.fail(f"tempo, {name}, {weights}, context {context}", why)
                line([name, weights, str(context), "", "FAILED", *[""] * (len(COLUMNS) - 5)])
                continue
            of_run = {"model": name, "weights": weights, "context": context, "adapter": report["adapter"]}
            of_run |= {"weight_bytes_read": bytes_of_step(found, weights), "device_bytes": report["device_bytes"]}
            for step in report["steps"]:
                rows.append(of_run | step)
                relate(rows, args)
                line(cells(rows[-1]))
    return rows


def relate(rows: list[dict], args: argparse.Namespace) -> None:
    """Gives the last row its ratios to those before it; None where there is none to compare with."""
    last = rows[-1]

    def over(**other: int) -> float | None:
        wanted = {key: last[key] for key in ("weights", "context", "set")} | other
        base = next((row for row in rows if all(row[key] == value for key, value in wanted.items())), None)
        return last["ms_median"] / base["ms_median"] if base and base is not last else None

    last["over_set"] = over(set=SETS[0])
    last["over_context"] = over(context=args.contexts[0])
    rate = last["weight_bytes_read"] / (last["ms_median"] / 1e3)
    last["share_of_bandwidth"] = rate / args.bandwidth if args.bandwidth else None


def number(value: float | None, form: str, missing: str = "") -> str:
    return missing if value is None else format(value, form)


def cells(row: dict) -> list[str]:
    """In the order of COLUMNS."""
    return [
        row["model"],
        row["weights"],
        str(row["context"]),
        str(row["set"]),
        f"{row['ms_median']:.3f} ({row['ms_min']:.3f})",
        number(row["over_set"], ".2f"),
        number(row["over_context"], ".2f"),
        f"{row['weight_bytes_read'] / 1e6:.1f}",
        number(row["share_of_bandwidth"], ".0%", UNTOLD),
        number(row["dispatches"], "d", UNTOLD),
        number(row["submits"], "d", UNTOLD),
        UNTOLD if row["device_bytes"] is None else f"{row['device_bytes'] / 1e6:.1f}",
    ]


def targets(rows: list[dict]) -> list[str]:
    """A line for each number that a card should reach and does not, and for each kind how many do."""
    model, formats = SHARE_OF
    shared = [row for row in rows if row["model"] == model and row["weights"] in formats and row["set"] == SETS[0]]
    shared = [row for row in shared if row["context"] == shared[0]["context"]]
    checks = [
        (f"a set of {SETS[-1]}: at most {MOST_FOR_SET} times a set of {SETS[0]}", "over_set", rows, MOST_FOR_SET),
        (f"a long context: at most {MOST_FOR_CONTEXT} times the shortest", "over_context", rows, MOST_FOR_CONTEXT),
        (f"{model}: at least {LEAST_SHARE} of the memory's bandwidth", "share_of_bandwidth", shared, None),
    ]
    lines = []
    for words, key, among, most in checks:
        told = [row for row in among if row[key] is not None]
        missed = [row for row in told if (row[key] > most if most else row[key] < LEAST_SHARE)]
        met = f"{len(told) - len(missed)} of {len(told)}" if told else UNTOLD
        lines.append(f"TARGET {words}: {met}")
        for row in missed:
            where = f"{row['model']}, {row['weights']}, context {row['context']}, set of {row['set']}"
            lines.append(f"MISSED {words}: {row[key]:.2f} with {where}")
    return lines


def torch_device(args: argparse.Namespace, adapter: str, seen: dict) -> str:
    """The same card under PyTorch's name for it; Failed where PyTorch does not reach it."""
    if args.torch_device:
        return args.torch_device
    if not seen["cuda"]:
        raise Failed(f"torch {seen['torch']} is a build for processors only")
    if not seen["devices"]:
        raise Failed("torch sees no CUDA device")
    for at, name in enumerate(seen["devices"]):
        if name in adapter or adapter in name:
            return f"cuda:{at}"
    raise Failed(f"tempo runs on {adapter}, torch sees {', '.join(seen['devices'])}")


def theirs(name: str, folder: pathlib.Path, device: str, args: argparse.Namespace, outcome: Outcome) -> list[dict]:
    """PyTorch's times for one model: a process for each way to decode."""
    script = pathlib.Path(__file__).with_name("card_torch.py")
    rows = []
    for arm in ("eager", "compiled"):
        command = [sys.executable, script, folder, "--arm", arm, "--device", device, "--steps", args.steps]
        command += ["--batches", ",".join(map(str, SETS)), "--contexts", ",".join(map(str, args.contexts))]
        try:
            report = json.loads(output(command, args.limit))
        except Failed as why:
            outcome.fail(f"PyTorch {arm}, {name}", why)
            continue
        if report["fallback"]:
            why = f"{report['fallback']}; it ran in {report['dtype']}"
            outcome.unchecked.append(f"PyTorch {arm}, {name}, in float16: {why}")
        for row in report["rows"]:
            what = f"PyTorch {arm}, {name}, context {row['context']}, batch {row['batch']}"
            if "failed" in row:
                outcome.fail(what, row["failed"])
            elif row["graphs_skipped"] and arm == "compiled":
                outcome.fail(what, "the compiler made no CUDA graph; its times are those of compiled code alone")
            rows.append({"model": name, "dtype": report["dtype"], **row})
    return rows


def comparison(ours: list[dict], others: list[dict], formats: list[str]) -> None:
    """The second table: PyTorch's steps, and their time over that of tempo (above 1: tempo is faster)."""
    columns = [*THEIR_COLUMNS, *(f"/ tempo {weights}" for weights in formats)]
    line(columns)
    line(["---", "---", *["---:"] * (len(columns) - 2)])
    for row in others:
        arm = f"{row['arm']}, {row['dtype']}"
        head = [row["model"], arm, str(row["context"]), str(row["batch"])]
        if "failed" in row:
            line([*head, "FAILED", *[""] * (len(columns) - 5)])
            continue
        row["over_tempo"] = {}
        for mine in ours:
            if (mine["model"], mine["context"], mine["set"]) == (row["model"], row["context"], row["batch"]):
                row["over_tempo"][mine["weights"]] = row["ms_median"] / mine["ms_median"]
        ratios = [number(row["over_tempo"].get(weights), ".2f", "not run") for weights in formats]
        times = [f"{row['ms_median']:.3f} ({row['ms_min']:.3f})", number(row["ms_queued"], ".3f", UNTOLD)]
        line([*head, *times, *ratios])


def heading(args: argparse.Namespace, seen: dict) -> dict:
    """What the figures are of; printed, and kept with them."""
    used = args.adapter
    about = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "tempo": output([args.tempo, "--version"], 60).strip(),
        "adapter": used["name"] if used else "a processor",
        "backend": used and used["backend"],
        "driver": used and used["driver"],
        "python": platform.python_version(),
        "pytorch": seen,
        "bandwidth_bytes_per_s": args.bandwidth,
        "steps": args.steps,
    }
    print(f"date       {about['date']}")
    print(f"adapter    {about['adapter']}" + (f" ({used['backend']})" if used else ""))
    print(f"driver     {about['driver'] or UNTOLD}")
    print(f"versions   {about['tempo']}, {about['system']}, Python {about['python']}")
    print(f"bandwidth  {f'{args.bandwidth / 1e9:,.1f} GB/s, measured' if args.bandwidth else UNTOLD}")
    if args.any_adapter or args.device != "gpu" or args.torch_device:
        print("a trial of this script: these are not figures of a card")
    return about


def words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tempo", required=True, help="the program")
    parser.add_argument(
        "--shapes", type=words, default=SHAPES, metavar="PRESET,...", help=f"{','.join(SHAPES)} unless given"
    )
    parser.add_argument(
        "--weights", type=words, default=FORMATS, metavar="FORMAT,...", help=f"of {','.join(BITS)}"
    )
    parser.add_argument("--steps", type=int, default=32, help="measured steps of every set or batch")
    parser.add_argument("--folder", type=pathlib.Path, help="keeps checkpoints here, each under its preset's name")
    parser.add_argument("--limit", type=int, default=1800, metavar="SECONDS", help="for one run")
    parser.add_argument("--json", type=pathlib.Path, help="write all numbers here as well")
    # For trying this script where there is no card, with --shapes tiny, which has room for contexts up to 240 or so.
    parser.add_argument("--any-adapter", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--device", choices=("cpu", "gpu"), default="gpu", help=argparse.SUPPRESS)
    parser.add_argument("--torch-device", help=argparse.SUPPRESS)
    parser.add_argument("--contexts", type=words, default=["64", "2048"], help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.contexts = sorted(map(int, args.contexts))
    for given, known in ((args.shapes, PRESETS), (args.weights, BITS)):
        if unknown := [name for name in given if name not in known]:
            parser.error(f"no {', '.join(unknown)}; there are {', '.join(known)}")
    return args


def run(args: argparse.Namespace, outcome: Outcome) -> dict:
    """Both tables, and all numbers."""
    try:
        script = pathlib.Path(__file__).with_name("card_torch.py")
        seen, unseen = json.loads(output([sys.executable, script], 300)), None
    except Failed as why:
        seen, unseen = {}, f"torch or transformers cannot be loaded: {why}"
    args.bandwidth = bandwidth(args, outcome)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > 0.5:
        print(f"The machine is not idle (load {load:.1f}): the times below may be too long.")
    about = heading(args, seen)
    device = None
    if not unseen:
        try:
            device = torch_device(args, about["adapter"], seen)
        except Failed as why:
            unseen = str(why)

    print()
    line(list(COLUMNS))
    line(["---", "---", *["---:"] * (len(COLUMNS) - 2)])
    ours, others = [], []
    for name in args.shapes:
        try:
            with checkpoint(name, args.folder) as folder:
                found = inspected(args.tempo, folder, PRESETS[name])
                ours += measured(name, folder, found, args, outcome)
                if device:
                    others += theirs(name, folder, device, args, outcome)
        except Failed as why:
            outcome.fail(name, why)
            line([name, "", "", "", "FAILED", *[""] * (len(COLUMNS) - 5)])
    print()
    print("\n".join(targets(ours)))
    print()
    if device:
        print(f"PyTorch {seen['torch']}, transformers {seen['transformers']}, CUDA {seen['cuda']}, on {device}:")
        print("the last columns are its time over that of tempo (above 1: tempo is faster)\n")
        comparison(ours, others, args.weights)
    else:
        print(f"NOT RUN: PyTorch on the card ({unseen})")
    return {**about, "ours": ours, "theirs": others, "not_run": unseen}


def main() -> None:
    args = arguments()
    # A run that is ended from outside takes its checkpoint with it, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        devices = json.loads(output([args.tempo, "devices", "--json"], 60))
    except (Failed, OSError) as why:
        sys.exit(f"{args.tempo} does not list its devices: {why}")
    outcome = Outcome()
    everything = {}
    why = nothing_to_measure(devices["adapters"], args.any_adapter) if args.device == "gpu" else None
    if why:
        print(f"NOT RUN: figures of a graphics card ({why})")
        everything["not_run"] = why
    else:
        args.adapter = taken(devices) if args.device == "gpu" else None
        everything = run(args, outcome)
        print()
    for what in outcome.unchecked:
        print(f"NOT TOLD {what}")
    for what in outcome.failed:
        print(f"FAILED {what}")
    if args.json:
        everything |= {"failed": outcome.failed, "not_told": outcome.unchecked}
        args.json.write_text(json.dumps(everything, indent=2) + "\n")
    sys.exit(bool(outcome.failed))


if __name__ == "__main__":
    main()
