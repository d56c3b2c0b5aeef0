#!/usr/bin/env python3
"""Draws the figures of studies as SVG, with matplotlib.

scripts/study/pictures.py OUT SUMMARY.json [SUMMARY.json...]

writes OUT/<model>-<what>.svg for every summary; a study of one question has the pictures that its figures are enough for, and what
is not of the options as they are is left to tables. Bars and lines are means, the thin lines 95 % intervals.
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
# Equal inputs give equal files; letters stay letters.
matplotlib.rcParams.update(
    {
        "svg.hashsalt": "tempo",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#dddddd",
        "figure.facecolor": "white",
    }
)

from matplotlib import pyplot  # noqa: E402  (after its settings)

# Told apart without colour, too.
STYLES = [("#0b5fa5", "o", "-"), ("#b3541e", "s", "--"), ("#4d7c0f", "^", ":"), ("#6b3fa0", "D", "-.")]
# The threshold that the single pictures are of.
THRESHOLD = 0.1


class Figures:
    def __init__(self, summary):
        self.summary = summary
        self.by_name = {(f["metric"], f["figure"], f["threshold"]): f for f in summary["figures"]}

    def get(self, metric, name, threshold=THRESHOLD):
        return self.by_name.get((metric, name, threshold))

    def series(self, metric, names, threshold=THRESHOLD):
        """x, mean and distances to both ends of the interval, of the names that have a figure; names by x."""
        found = [(x, self.get(metric, name, threshold)) for x, name in names]
        found = [(x, f) for x, f in found if f]
        xs, means = [x for x, _ in found], [f["mean"] for _, f in found]
        low = [max(0, f["mean"] - f["interval"][0]) for _, f in found]
        high = [max(0, f["interval"][1] - f["mean"]) for _, f in found]
        return xs, means, [low, high]


def lines(path, series, xlabel, ylabel, title, ticks=None):
    """series: label -> (x, mean, errors); ticks: labels of x from 0 on. Nothing is drawn of nothing."""
    if not any(xs for xs, _, _ in series.values()):
        return
    figure, axes = pyplot.subplots(figsize=(6.4, 3.8), layout="constrained")
    for index, ((label, (xs, means, errors)), (colour, marker, dash)) in enumerate(zip(series.items(), STYLES)):
        if xs:
            # Side by side, so that no interval hides another.
            xs = [x + 0.09 * (index - (len(series) - 1) / 2) for x in xs]
            axes.errorbar(
                xs, means, yerr=errors, label=label, color=colour, marker=marker, linestyle=dash, capsize=3, elinewidth=0.8
            )
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if ticks:
        axes.set_xticks(range(len(ticks)), ticks)
    else:
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
    axes.legend(frameon=False)
    save(figure, path)


def bars(path, names, values, xlabel, title, mark=None):
    xs, means, errors = values
    figure, axes = pyplot.subplots(figsize=(6.4, 0.7 + 0.32 * len(xs)), layout="constrained")
    axes.barh(xs, means, xerr=errors, color="#9dbfdc", edgecolor="#0b5fa5", ecolor="#222222", capsize=3)
    if mark is not None:
        axes.axvline(mark, color="#222222", linestyle=":")
    axes.set_yticks(xs, [names[x] for x in xs])
    axes.invert_yaxis()
    axes.set(xlabel=xlabel, title=title)
    axes.grid(axis="y", visible=False)
    save(figure, path)


def save(figure, path):
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
    print(path)


# As in tempo-lab's study/calibration.rs.
OPEN = ["1 to 2", "3 to 4", "5 to 6", "7 to 8", "9 to 12", "13 to 18", "19 to 30", "31 and more"]


def draw_open(figures, path, note):
    """Many open sets: what was estimated, and how many of the drawn paths count."""
    there = [m for m in OPEN if figures.get("calibration", f"effective sample size, m = {m}")]
    series = {
        "KL, every estimate": figures.series("calibration", [(i, f"kl, estimated, m = {m}") for i, m in enumerate(there)]),
        "KL, of 8 paths or more": figures.series(
            "calibration", [(i, f"kl, estimated with 8 paths or more, m = {m}") for i, m in enumerate(there)]
        ),
        "share of such estimates": figures.series(
            "calibration", [(i, f"effective sample size is 8 or more, m = {m}") for i, m in enumerate(there)]
        ),
    }
    samples = figures.summary["study"]["spec"]["meter_samples"]
    proposal = figures.summary["study"]["spec"]["meter_proposal"]
    title = f"Many open sets, by {samples} paths drawn by {'the chain' if proposal == 'chain' else 'weights'}\n{note}"
    lines(path, series, "open sets", "nats; share", title, there)


def draw(figures, folder, stem):
    study = figures.summary["study"]
    name = study["model"]["id"].split(".")[0]
    short = name.lower()
    spec, n = study["spec"], study["spec"]["n"]
    measured = figures.summary["measured"]
    note = f"{name}, {measured['documents']} documents"
    at = f"{note}, threshold {THRESHOLD:g}"
    thresholds = spec["thresholds"]
    if spec.get("meter_samples"):
        draw_open(figures, folder / f"{stem}-open.svg", at)
        return
    if not {"recall", "cost"} <= set(spec["metrics"]) or spec["options"]["weighting"] != "kin":
        return
    lines(
        folder / f"{short}-calibration.svg",
        {
            f"threshold {t:g}": figures.series("calibration", [(m, f"kl, m = {m}") for m in range(1, 7)], t)
            for t in thresholds[:4]
        },
        "open sets",
        "KL from the exact distribution, nats",
        f"How far TEMPO is from the truth\n{note}",
    )
    kinds = {"TEMPO": "tempo", "beam search": "beam", "samples": "sample"}
    lines(
        folder / f"{short}-recall.svg",
        {label: figures.series("recall", [(h, f"{key}, h = {h}") for h in range(1, min(n, 6) + 1)]) for label, key in kinds.items()},
        "tokens of the text",
        "share of windows",
        f"How often the text goes on as one of the ways found, with equal rows\n{at}",
    )
    lines(
        folder / f"{short}-cost.svg",
        {
            f"threshold {t:g}": figures.series("cost", [(s, f"s = {s}") for s in range(1, n)], t)
            for t in thresholds[:4]
        },
        "step",
        "nats a token more than plain text",
        f"What the sets cost the true next token\n{note}",
    )
    names = spec["variants"]
    for metric in ("variants", "effect"):
        rows = [(i, f"{v}: kl") for i, v in enumerate(names)]
        values = figures.series(metric, rows)
        if values[0]:
            kept = {x: names[x] for x in values[0]}
            order = list(range(len(values[0])))
            labels = dict(zip(order, kept.values()))
            bars(
                folder / f"{short}-{metric}.svg",
                labels,
                (order, *values[1:]),
                "KL from the exact distribution, nats",
                f"{'Other ways to run' if metric == 'variants' else 'Removal'}, on the same sets\n{at}",
            )
    scores = ["attention", "share", "share-ratio", "w", "posterior"]
    own = "where TEMPO took the gold token itself"
    values = figures.series("removal", [(i, f"AUC of {s}, after 1, {own}") for i, s in enumerate(scores)])
    if values[0]:
        bars(
            folder / f"{short}-removal.svg",
            dict(enumerate(scores)),
            values,
            "AUC for the true member, one set later; 0.5 is chance",
            f"Which score tells a true member that TEMPO took itself\n{at}",
            mark=0.5,
        )
    texts = ["the text itself", "probable", "viterbi", "scored", "beam with as many rows", "greedy"]
    values = figures.series("reading", list(enumerate(texts)))
    if values[0]:
        bars(
            folder / f"{short}-reading.svg",
            dict(enumerate(texts)),
            values,
            "mean ln p a token as ordinary text, nats",
            f"How probable readings are\n{at}",
        )


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for path in sys.argv[2:]:
        path = Path(path)
        stem = path.parent.name if path.stem == "summary" else path.stem
        draw(Figures(json.loads(path.read_text(encoding="utf-8"))), folder, stem)


if __name__ == "__main__":
    main()
