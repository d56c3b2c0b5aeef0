"""The cases of version 2 without those of removal: weightings, gaps, readings (sec. 7a, LAB.md L3), the tiny models.

Here the defaults are those of sec. 12: weighting `kin`, score `posterior`, the reading of Viterbi.
"""

from functools import partial

from . import situations
from .situations import (
    both,
    draws,
    ended,
    has_gap,
    larger_than,
    loses_first,
    open_gap,
    readings_differ,
    removes,
    takes,
    vanishes,
)

story = partial(situations.story, steps=8, candidates=2, version=2)
tiny = partial(situations.tiny, steps=7, candidates=2, version=2)

# -- weightings and visibility (sec. 7) ------------------------------------------------------

story(
    "chain-defaults",
    "king",
    steps=12,
    against=({"weighting": "none"}, {"weighting": "gamma"}),
    expect=readings_differ,
)
story("none", "sea", weighting="none", selection_threshold=0.06, against=({"weighting": "probability"},))
story("gamma", "sea", weighting="gamma", selection_threshold=0.06, against=({"weighting": "probability"},))
story("kin", "sea", selection_threshold=0.06, against=({"weighting": "probability"},))
story(
    "kin-visible",
    "fox",
    visibility="visible",
    selection_threshold=0.06,
    against=({"weighting": "probability"},),
)
story(
    "kin-ordered",
    "wolf",
    visibility="ordered",
    selection_threshold=0.06,
    against=({"weighting": "probability"},),
)
story("gamma-visible", "girl", weighting="gamma", visibility="visible", selection_threshold=0.06)
story("gamma-ordered", "tree", weighting="gamma", visibility="ordered", selection_threshold=0.06)
story("kin-wide", "king", steps=7, selection_threshold=0.025, max_set=0, expect=larger_than(8))
story("kin-consecutive", "rain", positions="consecutive", position_gap=2, selection_threshold=0.06)
story("gamma-gap", "time", weighting="gamma", position_gap=11, selection_threshold=0.06)

# Where the forward weights are not w: other rules than the mixture, temperature, penalty.
story("kin-logit-mean", "time", combine="logit-mean", selection_threshold=0.06)
story("kin-first", "bear", combine="first", selection_threshold=0.06)
story("gamma-last", "fox", weighting="gamma", combine="last", selection_threshold=0.06)
story("kin-max-visible", "king", combine="max", visibility="visible", selection_threshold=0.06)
story("kin-temperature", "tree", temperature=1.5, selection_threshold=0.05)
story("gamma-temperature-visible", "rain", weighting="gamma", visibility="visible", temperature=0.6)
story("kin-penalty", "twice", repetition_penalty=1.4, selection_threshold=0.06)
story("kin-ended", "end", eos="all", selection_threshold=0.035, needed=("eos",), expect=ended)

# -- gaps: positions that were emptied, sets that began the chain -------------------------------

story(
    "kin-empty-position",
    "sea",
    removal="mask",
    removal_rule="absolute",
    removal_limit=0.6,
    removal_keep="remove-position",
    selection_threshold=0.06,
    readings=3,
    expect=both(removes, vanishes, has_gap),
)
story(
    "gamma-empty-position-rebuild",
    "tree",
    weighting="gamma",
    removal="rebuild",
    removal_rule="absolute",
    removal_limit=0.45,
    removal_keep="remove-position",
    selection_threshold=0.05,
    against=({"removal": "mask"},),
    expect=both(vanishes, has_gap),
)
story(
    "score-gamma-empty-position",
    "sea",
    removal="evict",
    removal_score="gamma",
    removal_rule="absolute",
    removal_limit=0.5,
    removal_keep="remove-position",
    selection_threshold=0.05,
    readings=2,
    expect=both(vanishes, has_gap),
)
# With open sets on both sides: between them T is what the run recorded.
story(
    "open-gap-kin",
    "twice",
    steps=9,
    removal="rebuild",
    relative=1.2,
    removal_keep="remove-position",
    selection_threshold=0.06,
    readings=5,
    against=({"removal": "mask"},),
    expect=both(vanishes, open_gap),
)
story(
    "open-gap-visible",
    "tree",
    steps=9,
    removal="mask",
    visibility="visible",
    removal_rule="absolute",
    removal_limit=0.3,
    removal_keep="remove-position",
    selection_threshold=0.06,
    expect=both(vanishes, open_gap),
)
story(
    "open-gap-share",
    "twice",
    steps=9,
    removal="mask",
    removal_score="share",
    visibility="visible",
    removal_rule="absolute",
    removal_limit=0.3,
    removal_keep="remove-position",
    selection_threshold=0.04,
    readings=3,
    expect=both(vanishes, open_gap),
)
story(
    "open-gap-budget",
    "time",
    steps=9,
    max_set=4,
    budget=14,
    budget_recent=0,
    selection_threshold=0.06,
    readings=4,
    expect=both(takes, open_gap),
)
story(
    "open-gap-budget-gamma",
    "tree",
    steps=9,
    max_set=4,
    weighting="gamma",
    budget=18,
    budget_recent=0,
    selection_threshold=0.06,
    expect=both(takes, open_gap),
)
story(
    "gamma-budget",
    "king",
    steps=12,
    weighting="gamma",
    budget=7,
    budget_recent=0,
    selection_threshold=0.06,
    expect=both(takes, loses_first),
)
story(
    "kin-budget-rebuild",
    "wolf",
    steps=12,
    budget=12,
    budget_recent=3,
    removal="rebuild",
    removal_score="share",
    relative=0.9,
    selection_threshold=0.06,
    expect=both(takes, removes),
)
story(
    "score-gamma-budget",
    "tree",
    steps=12,
    weighting="gamma",
    visibility="visible",
    budget=10,
    budget_recent=2,
    removal="mask",
    removal_score="gamma",
    selection_threshold=0.06,
    expect=both(takes, removes),
)

# -- readings (LAB.md L3) ----------------------------------------------------------------------

story("reading-probable", "fox", reading="probable", expect=readings_differ)
story("readings-drawn", "king", selection_threshold=0.05, readings=6, against=({"seed": 1},), expect=draws(4))
story(
    "readings-seed",
    "time",
    selection_threshold=0.05,
    readings=4,
    seed=20261128,
    weighting="none",
    expect=draws(3),
)
story(
    "readings-after-removal",
    "girl",
    steps=12,
    removal="mask",
    removal_score="gamma",
    relative=0.4,
    selection_threshold=0.05,
    reading="probable",
    readings=4,
    seed=7,
    expect=both(removes, draws(2)),
)
story(
    "chain-everything",
    "cafe",
    steps=11,
    needed=("budget_recent",),
    temperature=0.8,
    repetition_penalty=1.1,
    top_k=4,
    selection_threshold=0.03,
    combine="max",
    visibility="ordered",
    weighting="gamma",
    position_gap=2,
    removal="evict",
    removal_score="gamma",
    removal_keep="remove-position",
    removal_rule="absolute",
    removal_limit=0.45,
    min_evidence=2,
    budget=20,
    budget_recent=6,
    readings=3,
    seed=5,
    expect=both(takes, removes),
)

# -- the tiny models: one per architecture, and the windows ----------------------------------------

tiny("chain-llama", "llama", [1, 44, 5, 87], removal="mask", selection_threshold=0.06, readings=2)
tiny(
    "chain-llama-untied",
    "llama-untied",
    [1, 61, 30, 16],
    weighting="gamma",
    readings=2,
    selection_threshold=0.06,
)
tiny(
    "chain-llama-head-dim", "llama-head-dim", [1, 18, 77, 52], visibility="ordered", selection_threshold=0.06
)
tiny(
    "chain-rope-llama3",
    "llama-rope-llama3",
    [1, 88, 35, 20],
    position_gap=40,
    removal="rebuild",
    removal_score="gamma",
    selection_threshold=0.06,
)
tiny(
    "chain-rope-linear",
    "llama-rope-linear",
    [1, 47, 6, 70],
    positions="consecutive",
    weighting="gamma",
    selection_threshold=0.06,
)
tiny(
    "chain-bias",
    "llama-bias",
    [1, 15, 92, 38],
    removal="fade",
    visibility="visible",
    selection_threshold=0.06,
)
tiny("chain-f16", "llama-f16", [1, 50, 24, 101], weighting="gamma", removal="evict", selection_threshold=0.06)
tiny(
    "chain-bf16", "llama-bf16", [1, 73, 11, 59], combine="last", readings=3, seed=9, selection_threshold=0.06
)
tiny("chain-window", "mistral-window", [1, 29, 63, 12, 55, 84], steps=11, selection_threshold=0.06)
tiny(
    "chain-window-rebuild",
    "mistral-window",
    [1, 90, 34, 71, 9, 46],
    steps=11,
    weighting="gamma",
    removal="rebuild",
    removal_score="share",
    relative=0.9,
    selection_threshold=0.06,
    against=({"removal": "mask"},),
)
tiny(
    "chain-mixed-window",
    "qwen2-mixed-window",
    [1, 22, 68, 39, 80, 13],
    steps=11,
    visibility="visible",
    removal="mask",
    removal_score="gamma",
    selection_threshold=0.06,
)
tiny(
    "chain-qwen2",
    "qwen2",
    [1, 20, 75],
    eos="all",
    weighting="gamma",
    removal="mask",
    selection_threshold=0.05,
)
tiny(
    "chain-no-window", "qwen2-no-window", [1, 25, 79, 48], budget=9, budget_recent=2, selection_threshold=0.06
)
tiny(
    "chain-qwen3",
    "qwen3",
    [1, 54, 19, 85],
    removal="rebuild",
    visibility="ordered",
    selection_threshold=0.06,
    readings=2,
)
tiny("chain-gemma3", "gemma3", [1, 42, 17, 69, 28, 91], steps=10, removal="mask", selection_threshold=0.06)
tiny(
    "chain-gemma3-rebuild",
    "gemma3",
    [1, 11, 76, 37, 60, 23],
    steps=10,
    removal="rebuild",
    removal_score="gamma",
    visibility="visible",
    selection_threshold=0.06,
)
tiny(
    "chain-gemma3-caps",
    "gemma3-caps",
    [1, 80, 26, 64, 10, 49],
    weighting="gamma",
    removal="rebuild",
    relative=0.9,
    selection_threshold=0.06,
)
tiny(
    "chain-gemma3-config-v4",
    "gemma3-config-v4",
    [1, 36, 72, 14, 53, 88],
    position_gap=30,
    visibility="visible",
    selection_threshold=0.06,
)
