#!/usr/bin/env python3
"""Tells how far estimates are off: two folders of studies on the same windows, the first of which enumerates.

scripts/study/estimates.py EXACT ESTIMATED [ESTIMATED...]

prints, by the number of open sets, over the steps that both have: the effective sample size, the mean distance that was
enumerated, and the mean of the estimate less that; 95 % intervals by bootstrap over documents.
"""

import json
import random
import sys
from collections import defaultdict
from pathlib import Path


def steps(folder):
    found = {}
    for line in (Path(folder) / "measurements.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["part"] == "free" and row["threshold"] == 0.1:
            for one in row["calibration"]:
                found[row["document"], row["window"], one["step"]] = one
    return found


def interval(by_document):
    """The mean over all numbers, and its interval over documents."""
    documents = list(by_document.values())
    mean = lambda picked: sum(map(sum, picked)) / sum(map(len, picked))
    draw = random.Random(0)
    means = sorted(mean(draw.choices(documents, k=len(documents))) for _ in range(2000))
    return f"{mean(documents):.3f} [{means[50]:.3f}, {means[1950]:.3f}]"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    exact = steps(sys.argv[1])
    for folder in sys.argv[2:]:
        estimated = steps(folder)
        groups = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        for place, one in estimated.items():
            truth = exact.get(place)
            if truth is None or "ess" in truth or "ess" not in one or truth["open"] != one["open"]:
                continue
            group = groups[min(one["open"], 7)]
            for name, number in [
                ("ess", one["ess"]),
                ("kl", truth["kl"]),
                ("kl off", one["kl"] - truth["kl"]),
                ("tv", truth["total_variation"]),
                ("tv off", one["total_variation"] - truth["total_variation"]),
            ]:
                group[name][place[0]].append(number)
        print(f"{folder}\n\n| open sets | n | effective sample size | KL | estimate less KL | total variation | estimate less it |")
        print("|---|---|---|---|---|---|---|")
        for m, group in sorted(groups.items()):
            n = sum(map(len, group["kl"].values()))
            cells = [interval(group[name]) for name in ("ess", "kl", "kl off", "tv", "tv off")]
            print(f"| {m} | {n}/{len(group['kl'])} | {' | '.join(cells)} |")
        print()


if __name__ == "__main__":
    main()
