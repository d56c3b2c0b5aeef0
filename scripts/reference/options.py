"""The options of a run with their defaults (sec. 12), and the threshold schedules (sec. 4)."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    selection_threshold: float = 0.1
    max_steps: int = 40
    max_set: int = 8
    min_steps: int = 0
    temperature: float = 1.0
    repetition_penalty: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    combine: str = "mixture"
    schedule: str = "constant"
    final_threshold: float = 1.0
    bezier_p1: float = 0.2
    bezier_p2: float = 0.8
    relu_at: float = 0.5
    eos: str = "top"
    visibility: str = "isolated"
    positions: str = "shared"
    position_gap: int = 0
    weighting: str = "kin"
    removal: str = "off"
    removal_score: str = "posterior"
    removal_rule: str = "relative"
    removal_limit: float = 0.01
    relative: float = 0.5
    removal_keep: str = "keep-token"
    removal_layers: int = 0
    layer_weights: str = "uniform"
    min_evidence: int = 1
    window: int = 0
    fade_steepness: float = 10.0
    removal_schedule: str = "constant"
    removal_final: float = 1.0
    removal_p1: float = 0.2
    removal_p2: float = 0.8
    removal_at: float = 0.5
    budget: int = 0
    budget_recent: int = 8
    candidates: int = 32
    reading: str = "viterbi"
    readings: int = 0
    seed: int = 0
    reading_beams: int = 0
    exact_limit: int = 0
    meter_samples: int = 0
    meter_proposal: str = "weights"
    capacity: int | None = None  # resolved to the model's max_position_embeddings (sec. 2)

    def __post_init__(self):
        for name, allowed in CHOICES.items():
            assert getattr(self, name) in allowed, (name, getattr(self, name))


_CURVES = ("constant", "linear", "relu", "bezier-values", "bezier-shape")
CHOICES = {
    "combine": ("mixture", "logit-mean", "first", "last", "max"),
    "schedule": (*_CURVES, "entropy", "min-p"),
    "eos": ("top", "any", "all", "mass"),
    "visibility": ("isolated", "visible", "ordered"),
    "positions": ("shared", "consecutive"),
    "weighting": ("none", "probability", "gamma", "kin"),
    "removal": ("off", "report", "mask", "evict", "rebuild", "fade"),
    "removal_score": ("attention", "share", "share-ratio", "gamma", "posterior"),
    "removal_rule": ("relative", "absolute"),
    "removal_keep": ("keep-token", "keep-unattended", "remove-position"),
    "layer_weights": ("uniform", "linear"),
    "reading": ("probable", "viterbi", "scored"),
    "meter_proposal": ("weights", "chain"),
    # `entropy` and `min-p` are for selection only (sec. 4).
    "removal_schedule": _CURVES,
}


# What was different in version 1 of the trace, which knew no chain and one reading.
VERSION_1 = {"weighting": "none", "removal_score": "share", "reading": "probable"}
ADDED = ("reading", "readings", "seed")  # by version 2
# Later, within version 2: a file that does without them does not name them.
LATER = ("reading_beams", "exact_limit", "meter_samples", "meter_proposal")


def curve(name, t, base, final, p1, p2, at):
    """The schedules of sec. 4 that depend on time alone."""
    if name == "constant":
        return base
    if name == "linear":
        return base + (final - base) * t
    if name == "relu":
        # At a = 1 it is the base, even at t = 1, where the formula would divide by 0.
        if t < at or at >= 1:
            return base
        return base + (final - base) * (t - at) / (1 - at)
    early, late = 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2
    if name == "bezier-values":
        return (1 - t) ** 3 * base + early * p1 + late * p2 + t**3 * final
    if name == "bezier-shape":
        return base + (final - base) * (early * p1 + late * p2 + t**3)
    raise ValueError(name)


def time(o, step):
    return step / (o.max_steps - 1) if o.max_steps > 1 else 0.0


def selection_threshold(o, step, entropy, most, vocab):
    """tau at `step`; `entropy` (nats) and `most` are those of q after EOS suppression (sec. 4)."""
    if o.schedule == "entropy":
        return o.selection_threshold * (1 + entropy / math.log(vocab))
    if o.schedule == "min-p":
        return o.selection_threshold * most
    return curve(
        o.schedule,
        time(o, step),
        o.selection_threshold,
        o.final_threshold,
        o.bezier_p1,
        o.bezier_p2,
        o.relu_at,
    )


def removal_limit(o, step):
    """The limit of the `absolute` rule at `step`: it has a schedule of its own (sec. 4)."""
    return curve(
        o.removal_schedule,
        time(o, step),
        o.removal_limit,
        o.removal_final,
        o.removal_p1,
        o.removal_p2,
        o.removal_at,
    )


def check_values():
    """The check values of sec. 4."""
    values = [0.100, 0.144, 0.213, 0.301, 0.402, 0.513, 0.626, 0.736, 0.839, 0.929, 1]
    shape = [0.100, 0.164, 0.245, 0.340, 0.443, 0.550, 0.657, 0.760, 0.855, 0.936, 1]
    for name, expected in (("bezier-values", values), ("bezier-shape", shape)):
        for k, value in enumerate(expected):
            got = curve(name, k / 10, 0.1, 1.0, 0.2, 0.8, 0.5)
            assert abs(got - value) <= 0.00051, (name, k, got, value)
