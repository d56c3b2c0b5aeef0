"""The cases of what stands beside a run: the meter and the scored reading (LAB.md L3, L4)."""

from functools import partial

from . import situations
from .situations import both, estimates, goes_beyond, has_gap, measures, removes, scores, takes_prompt

story = partial(situations.story, steps=6, candidates=1, version=2, selection_threshold=0.06, max_set=3)
tiny = partial(situations.tiny, steps=5, candidates=1, version=2)

# -- the meter -------------------------------------------------------------------

story("meter", "wolf", exact_limit=30, expect=both(measures(2), goes_beyond))
story(
    "meter-plain",
    "time",
    exact_limit=20,
    temperature=1.4,
    repetition_penalty=1.3,
    min_steps=2,
    needed=("min_steps",),
    combine="logit-mean",
    expect=measures(2),
)
story("meter-visible", "time", exact_limit=30, visibility="visible", position_gap=3, expect=measures(2))
story("meter-removal", "fox", exact_limit=40, removal="mask", relative=0.8, expect=both(removes, measures(2)))
story("meter-samples", "girl", exact_limit=4, meter_samples=6, seed=5, steps=5, expect=estimates)
story(
    "meter-chain",
    "girl",
    exact_limit=4,
    meter_samples=6,
    meter_proposal="chain",
    seed=5,
    steps=5,
    expect=estimates,
)
story(
    "meter-chain-gap",
    "time",
    meter_samples=4,
    meter_proposal="chain",
    removal="mask",
    removal_score="share",
    removal_rule="absolute",
    removal_limit=0.4,
    removal_keep="remove-position",
    needed=("removal_rule", "removal_limit", "removal_score"),
    steps=8,
    expect=both(has_gap, situations.meters),
)
story("meter-samples-only", "king", meter_samples=3, steps=4, expect=situations.meters)
tiny("meter-tiny", "llama-head-dim", (3, 9, 4), selection_threshold=0.03, max_set=2, exact_limit=16, expect=measures(2))

# -- the scored reading ----------------------------------------------------------

story(
    "scored",
    "twice",
    reading_beams=200,
    reading="scored",
    needed=("reading_beams",),
    steps=5,
    expect=scores(True),
)
story("scored-beam", "sea", reading_beams=2, readings=1, needed=("readings",), expect=scores(False))
story(
    "scored-removal",
    "wolf",
    reading_beams=2,
    reading="scored",
    needed=("reading_beams",),
    removal="evict",
    relative=0.9,
    steps=8,
    expect=removes,
)
story(
    "scored-meter-gap",
    "time",
    reading_beams=3,
    exact_limit=24,
    removal="mask",
    removal_score="share",
    removal_rule="absolute",
    removal_limit=0.4,
    removal_keep="remove-position",
    needed=("removal_rule", "removal_limit", "removal_score"),
    steps=8,
    expect=both(has_gap, measures(1)),
)
story(
    "scored-budget",
    "king",
    reading_beams=4,
    exact_limit=24,
    budget=9,
    budget_recent=3,
    steps=7,
    expect=takes_prompt,
)
