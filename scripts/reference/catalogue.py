"""The cases of version 1 without removal on the story model, and those on the tiny models.

Their traces stay as they are: they hold that version 1 can be read for ever. Their defaults are
VERSION_1 of options.py where these differ from those of today.
"""

from .situations import both, ended, falls_back, larger_than, removes, stops, story, tiny

# -- selection (sec. 2 to sec. 5) ----------------------------------------------------------

story("defaults", "time", steps=None, candidates=None)
story("steps-and-candidates", "king", steps=9, candidates=3, about=("max_steps", "candidates"))
story("greedy", "bear", max_set=1)
story("threshold-above-one", "fox", selection_threshold=1.5, expect=falls_back)
story("no-set-limit", "tree", steps=8, selection_threshold=0.02, max_set=0, expect=larger_than(8))
story("max-set-3", "wolf", selection_threshold=0.03, max_set=3)
story("temperature-high", "girl", temperature=1.6, selection_threshold=0.06)
story("temperature-low", "rain", temperature=0.5)
story("repetition-penalty", "twice", repetition_penalty=1.4)
story("top-k", "king", top_k=2, selection_threshold=0.03)
story("top-p", "sea", top_p=0.5, selection_threshold=0.02)
story("top-k-top-p", "bear", top_k=3, top_p=0.6, selection_threshold=0.02)
story("combine-logit-mean", "time", combine="logit-mean", temperature=1.3)
story("combine-first", "fox", combine="first", selection_threshold=0.06)
story("combine-last", "sea", combine="last", selection_threshold=0.06)
story("combine-max", "bear", combine="max", selection_threshold=0.06, repetition_penalty=1.2)
story("schedule-linear", "girl", schedule="linear", selection_threshold=0.02, final_threshold=0.4)
story("schedule-relu", "rain", schedule="relu", selection_threshold=0.05, relu_at=0.3, final_threshold=0.5)
story(
    "schedule-bezier-values",
    "tree",
    schedule="bezier-values",
    bezier_p1=0.05,
    bezier_p2=0.3,
    final_threshold=0.2,
)
story(
    "schedule-bezier-shape",
    "king",
    schedule="bezier-shape",
    selection_threshold=0.04,
    bezier_p1=0.5,
    bezier_p2=0.1,
)
story("schedule-entropy", "bear", schedule="entropy", selection_threshold=0.06)
story("schedule-min-p", "time", schedule="min-p", selection_threshold=0.3)
story(
    "eos-all-ended",
    "end",
    eos="all",
    selection_threshold=0.035,
    against=({"eos": "any"},),
    expect=ended,
    needed=("eos",),
)
story(
    "eos-any",
    "end",
    eos="any",
    selection_threshold=0.045,
    temperature=1.1,
    needed=("temperature",),
    expect=stops("eos"),
)
story("eos-min-steps", "end", eos="any", min_steps=4, selection_threshold=0.04, needed=("eos",))
story(
    "eos-beyond-max-set",
    "end",
    eos="any",
    max_set=3,
    selection_threshold=0.035,
    needed=("eos",),
    expect=stops("max-steps"),
)

# -- visibility, positions, weighting (sec. 6, sec. 7) --------------------------------------

story("visible", "fox", visibility="visible", selection_threshold=0.06)
story("ordered", "sea", visibility="ordered", selection_threshold=0.06)
story("probability", "sea", weighting="probability", selection_threshold=0.06)
story("visible-probability", "wolf", visibility="visible", weighting="probability", selection_threshold=0.05)
story("consecutive", "tree", positions="consecutive")
story("position-gap", "girl", position_gap=9)
story(
    "consecutive-gap-evict",
    "rain",
    positions="consecutive",
    position_gap=3,
    removal="evict",
    relative=0.9,
    expect=removes,
)

# -- the tiny models: one per architecture --------------------------------------------------

tiny(
    "tiny-llama",
    "llama",
    [1, 17, 54, 30],
    removal="mask",
    relative=0.9,
    removal_layers=2,
    layer_weights="linear",
    selection_threshold=0.06,
)
tiny("tiny-llama-head-dim", "llama-head-dim", [1, 40, 7, 99], visibility="visible", selection_threshold=0.06)
tiny(
    "tiny-rope-llama3",
    "llama-rope-llama3",
    [1, 21, 66, 33],
    position_gap=40,
    removal="rebuild",
    selection_threshold=0.06,
)
tiny(
    "tiny-rope-linear",
    "llama-rope-linear",
    [1, 12, 36, 80],
    positions="consecutive",
    weighting="probability",
    selection_threshold=0.06,
)
tiny("tiny-bias", "llama-bias", [1, 26, 78, 9], removal="fade", selection_threshold=0.06)
tiny(
    "tiny-f16",
    "llama-f16",
    [1, 31, 45, 62],
    removal="evict",
    removal_score="posterior",
    selection_threshold=0.06,
)
tiny(
    "tiny-window",
    "mistral-window",
    [1, 8, 27, 60, 5, 90, 41],
    steps=12,
    visibility="visible",
    weighting="probability",
    selection_threshold=0.06,
)
tiny(
    "tiny-window-rebuild",
    "mistral-window",
    [1, 23, 72, 11, 37, 101],
    steps=12,
    removal="rebuild",
    relative=0.9,
    selection_threshold=0.06,
    against=({"removal": "mask"},),
)
tiny(
    "tiny-mixed-window",
    "qwen2-mixed-window",
    [1, 43, 50, 57, 64, 71],
    steps=12,
    removal="mask",
    relative=0.9,
    selection_threshold=0.06,
)
tiny("tiny-qwen2-eos", "qwen2", [1, 17, 54], eos="all", selection_threshold=0.05, expect=ended)
tiny(
    "tiny-qwen3", "qwen3", [1, 54, 61, 68], removal="rebuild", visibility="ordered", selection_threshold=0.06
)
tiny("tiny-gemma3", "gemma3", [1, 33, 8, 61, 19, 74], steps=12, selection_threshold=0.06)
tiny(
    "tiny-gemma3-visible",
    "gemma3-caps",
    [1, 9, 58, 21, 83, 40],
    visibility="visible",
    removal="rebuild",
    relative=0.9,
    selection_threshold=0.06,
    expect=removes,
)
tiny(
    "tiny-gemma3-config-v4",
    "gemma3-config-v4",
    [1, 70, 15, 28, 66, 31],
    steps=8,
    position_gap=30,
    removal="mask",
    relative=0.9,
    selection_threshold=0.06,
    expect=removes,
)
tiny("tiny-eos-mass", "llama-untied", [1, 14, 45], eos="mass", selection_threshold=0.05, expect=ended)
tiny(
    "tiny-eos-top",
    "qwen3",
    [1, 7, 24],
    selection_threshold=0.05,
    needed=("selection_threshold",),
    expect=stops("eos"),
)
tiny(
    "tiny-posterior-ended",
    "qwen2",
    [1, 87, 94],
    eos="all",
    selection_threshold=0.05,
    removal="mask",
    removal_score="posterior",
    expect=both(ended, removes),
)
