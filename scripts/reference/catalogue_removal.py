"""The cases of version 1 about removal, the budget and the capacity (see catalogue.py)."""

from .situations import both, removes, stops, story, takes, takes_prompt, unattended, vanishes

# -- removal (sec. 8) ---------------------------------------------------------------------

story("removal-report", "time", removal="report", relative=0.8)
story("mask-share", "king", removal="mask", relative=0.9, expect=removes)
story(
    "mask-attention-absolute",
    "king",
    removal="mask",
    removal_score="attention",
    removal_rule="absolute",
    removal_limit=0.03,
    expect=removes,
)
story("evict-share-ratio", "fox", removal="evict", removal_score="share-ratio", relative=0.7, expect=removes)
story("rebuild-share", "sea", removal="rebuild", relative=0.9, against=({"removal": "mask"},), expect=removes)
story(
    "rebuild-visible-probability",
    "wolf",
    removal="rebuild",
    visibility="visible",
    weighting="probability",
    relative=0.85,
    selection_threshold=0.06,
    against=({"removal": "mask"},),
    expect=removes,
)
story(
    "rebuild-ordered-probability",
    "tree",
    removal="rebuild",
    visibility="ordered",
    weighting="probability",
    relative=0.85,
    selection_threshold=0.06,
    against=({"removal": "mask"},),
    expect=removes,
)
story("fade-share", "girl", removal="fade", selection_threshold=0.06, against=({"removal": "mask"},))
story("fade-ordered", "rain", removal="fade", visibility="ordered", fade_steepness=3.0, relative=0.8)
story(
    "fade-probability-absolute",
    "king",
    removal="fade",
    weighting="probability",
    removal_score="attention",
    removal_rule="absolute",
    removal_limit=0.05,
)
story("fade-posterior", "time", removal="fade", removal_score="posterior", selection_threshold=0.06)
story(
    "fade-limit-zero",
    "wolf",
    removal="fade",
    removal_rule="absolute",
    removal_limit=0.0,
    removal_schedule="relu",
    removal_at=0.4,
    removal_final=0.5,
    selection_threshold=0.06,
)
story(
    "penalty-mask",
    "twice",
    removal="mask",
    relative=0.9,
    repetition_penalty=1.5,
    selection_threshold=0.06,
    expect=removes,
)
story("mask-posterior", "fox", removal="mask", removal_score="posterior", relative=0.7, expect=removes)
story(
    "rebuild-posterior",
    "bear",
    removal="rebuild",
    removal_score="posterior",
    visibility="visible",
    weighting="probability",
    selection_threshold=0.06,
    against=({"removal": "mask"},),
    expect=removes,
)
story(
    "evict-posterior-remove-position",
    "sea",
    removal="evict",
    removal_score="posterior",
    removal_rule="absolute",
    removal_limit=0.6,
    removal_keep="remove-position",
    temperature=1.2,
    repetition_penalty=1.1,
    expect=both(removes, vanishes),
)
story(
    "keep-unattended",
    "wolf",
    removal="mask",
    removal_rule="absolute",
    removal_limit=0.6,
    removal_keep="keep-unattended",
    expect=both(removes, unattended),
)
story(
    "remove-position-mask",
    "tree",
    removal="mask",
    removal_rule="absolute",
    removal_limit=0.55,
    removal_keep="remove-position",
    expect=both(removes, vanishes),
)
story(
    "remove-position-rebuild",
    "girl",
    removal="rebuild",
    removal_rule="absolute",
    removal_limit=0.55,
    removal_keep="remove-position",
    against=({"removal": "mask"},),
    expect=both(removes, vanishes),
)
story(
    "layers-linear",
    "king",
    removal="mask",
    relative=0.85,
    removal_layers=3,
    layer_weights="linear",
    expect=removes,
)
story("min-evidence", "time", removal="mask", relative=0.9, min_evidence=3, expect=removes)
story("window", "rain", removal="mask", relative=0.8, window=2, selection_threshold=0.06, expect=removes)
story(
    "removal-linear",
    "fox",
    removal="mask",
    removal_rule="absolute",
    removal_limit=0.1,
    removal_schedule="linear",
    removal_final=0.5,
    expect=removes,
)
story(
    "removal-relu",
    "sea",
    removal="mask",
    removal_rule="absolute",
    removal_limit=0.2,
    removal_schedule="relu",
    removal_final=0.6,
    removal_at=0.3,
    expect=removes,
)
story(
    "removal-bezier-values",
    "wolf",
    removal="mask",
    removal_rule="absolute",
    removal_limit=0.1,
    removal_schedule="bezier-values",
    removal_p1=0.4,
    removal_p2=0.3,
    removal_final=0.2,
    expect=removes,
)
story(
    "removal-bezier-shape",
    "tree",
    removal="mask",
    removal_rule="absolute",
    removal_limit=0.05,
    removal_schedule="bezier-shape",
    removal_p1=0.6,
    removal_p2=0.4,
    removal_final=0.6,
    expect=removes,
)

# -- budget and capacity (sec. 8, sec. 2) ---------------------------------------------------------

story("budget", "sea", budget=14, budget_recent=4, expect=takes_prompt)
story(
    "budget-evict",
    "girl",
    budget=18,
    removal="evict",
    relative=0.8,
    selection_threshold=0.06,
    expect=both(takes, removes),
)
story(
    "budget-mask",
    "tree",
    budget=20,
    removal="mask",
    relative=0.9,
    selection_threshold=0.06,
    expect=both(takes, removes),
)
story("budget-small", "bear", budget=4, budget_recent=0, selection_threshold=0.06, expect=takes)
story("context-full", "time", capacity=22, selection_threshold=0.05, expect=stops("context-full"))
story(
    "context-full-evict",
    "fox",
    capacity=22,
    selection_threshold=0.05,
    removal="evict",
    relative=0.9,
    against=({"removal": "mask"},),
    expect=removes,
)
story(
    "everything",
    "cafe",
    steps=14,
    needed=("budget_recent",),
    temperature=0.8,
    repetition_penalty=1.1,
    top_k=4,
    top_p=0.55,
    selection_threshold=0.02,
    combine="logit-mean",
    schedule="linear",
    final_threshold=0.1,
    visibility="visible",
    weighting="probability",
    position_gap=2,
    removal="evict",
    relative=0.7,
    removal_layers=4,
    layer_weights="linear",
    window=3,
    budget=28,
    budget_recent=6,
    expect=both(takes, removes),
)
