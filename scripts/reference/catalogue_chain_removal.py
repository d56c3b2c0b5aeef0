"""The cases of version 2 about removal under the chain's weightings, and by its weights (sec. 7, sec. 8)."""

from functools import partial

from . import situations
from .situations import both, removes, unattended

story = partial(situations.story, steps=8, candidates=2, version=2)

# -- removal by the rows (sec. 8) ------------------------------------------------------------

story("kin-mask", "fox", removal="mask", relative=0.8, expect=removes)
story(
    "kin-evict-visible",
    "girl",
    removal="evict",
    visibility="visible",
    selection_threshold=0.06,
    expect=removes,
)
story(
    "kin-rebuild",
    "sea",
    removal="rebuild",
    relative=0.8,
    selection_threshold=0.06,
    against=({"removal": "mask"},),
    expect=removes,
)
story(
    "kin-rebuild-ordered",
    "wolf",
    removal="rebuild",
    visibility="ordered",
    selection_threshold=0.06,
    against=({"removal": "mask"},),
    expect=removes,
)
story("kin-fade", "rain", removal="fade", selection_threshold=0.06, against=({"removal": "mask"},))
story(
    "gamma-mask-visible",
    "king",
    weighting="gamma",
    removal="mask",
    visibility="visible",
    relative=0.8,
    expect=removes,
)
story(
    "gamma-rebuild",
    "bear",
    weighting="gamma",
    removal="rebuild",
    relative=0.6,
    selection_threshold=0.05,
    against=({"removal": "mask"},),
    expect=removes,
)
story(
    "gamma-rebuild-visible",
    "time",
    weighting="gamma",
    removal="rebuild",
    visibility="visible",
    selection_threshold=0.06,
    against=({"removal": "mask"},),
    expect=removes,
)
story(
    "gamma-fade-ordered", "sea", weighting="gamma", removal="fade", visibility="ordered", fade_steepness=4.0
)
story("probability-posterior", "tree", weighting="probability", removal="mask", relative=0.8, expect=removes)

story("score-gamma-report", "king", removal="report", removal_score="gamma", relative=0.8)
story(
    "score-gamma-mask",
    "fox",
    removal="mask",
    removal_score="gamma",
    relative=0.8,
    selection_threshold=0.06,
    against=({"removal_score": "share"},),
    expect=removes,
)
story(
    "score-gamma-evict-none",
    "time",
    weighting="none",
    removal="evict",
    removal_score="gamma",
    selection_threshold=0.06,
    expect=removes,
)
story(
    "score-gamma-rebuild",
    "girl",
    removal="rebuild",
    removal_score="gamma",
    relative=0.9,
    selection_threshold=0.06,
    against=({"removal": "mask"},),
    expect=removes,
)
story(
    "score-gamma-rebuild-gamma",
    "wolf",
    weighting="gamma",
    removal="rebuild",
    removal_score="gamma",
    visibility="visible",
    relative=0.8,
    selection_threshold=0.06,
    against=({"removal": "mask"},),
    expect=removes,
)
story("score-gamma-fade", "sea", removal="fade", removal_score="gamma", selection_threshold=0.06)
story(
    "score-gamma-min-evidence",
    "bear",
    removal="mask",
    removal_score="gamma",
    min_evidence=3,
    relative=0.9,
    selection_threshold=0.06,
    expect=removes,
)
story(
    "score-gamma-schedule",
    "rain",
    removal="mask",
    removal_score="gamma",
    removal_rule="absolute",
    removal_limit=0.05,
    removal_schedule="linear",
    removal_final=0.5,
    selection_threshold=0.06,
    expect=removes,
)
story(
    "score-gamma-unattended",
    "rain",
    weighting="gamma",
    removal="mask",
    removal_score="gamma",
    removal_rule="absolute",
    removal_limit=0.4,
    selection_threshold=0.06,
    removal_keep="keep-unattended",
    expect=both(removes, unattended),
)

# -- removal by attention: what was said stays, what is live now counts ------------------------

story("kin-share", "tree", removal="mask", removal_score="share", relative=0.9, expect=removes)
story(
    "kin-share-rebuild-visible",
    "time",
    removal="rebuild",
    removal_score="share",
    visibility="visible",
    relative=0.9,
    selection_threshold=0.06,
    against=({"removal": "mask"},),
    expect=removes,
)
story(
    "gamma-share-rebuild",
    "king",
    weighting="gamma",
    removal="rebuild",
    removal_score="share",
    relative=0.9,
    selection_threshold=0.06,
    against=({"removal": "mask"},),
    expect=removes,
)
story(
    "kin-attention-evict",
    "bear",
    removal="evict",
    removal_score="attention",
    removal_rule="absolute",
    removal_limit=0.03,
    selection_threshold=0.06,
    expect=removes,
)
story(
    "gamma-share-ratio-ordered",
    "girl",
    weighting="gamma",
    removal="mask",
    removal_score="share-ratio",
    visibility="ordered",
    relative=0.7,
    selection_threshold=0.06,
    expect=removes,
)
story(
    "kin-share-fade",
    "wolf",
    removal="fade",
    removal_score="share",
    relative=0.9,
    selection_threshold=0.06,
)
