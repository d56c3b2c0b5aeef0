"""The cases of `reference.py tempo`: what is run, and what has to happen in it."""

from dataclasses import dataclass, field

STORY = "storyteller"

P = {
    "time": "Once upon a time",
    "bear": "The little bear was",
    "king": "Once there was a king who",
    "fox": "The fox said to the",
    "sea": "In a small house by the sea lived",
    "end": "And they all lived happily ever after. The end.",
    "girl": "The girl opened the door and saw",
    "rain": "It was raining, and the old man",
    "twice": "The dog ran and ran and ran after the dog, and the",
    "cafe": "At the caf\u00e9, the boy ate a",
    "wolf": "One day a wolf came to the",
    "tree": "High up in the tree sat a",
}


def always(_):
    return True


@dataclass
class Case:
    name: str
    model: str
    prompt: object
    options: dict
    about: tuple = ()  # sizes (max_steps, candidates) that this case is about
    needed: tuple = ()  # options that only set the scene: nothing is claimed about them
    against: tuple = ()  # further changes that must make a difference
    expect: object = field(default=always)  # the situation that must occur, from the events


CASES = []


def story(name, prompt, steps=12, candidates=6, about=(), needed=(), against=(), expect=always, **options):
    sizes = {"max_steps": steps, "candidates": candidates}
    options = {**{k: v for k, v in sizes.items() if v is not None}, **options}
    CASES.append(Case(name, STORY, P[prompt], options, about, needed, against, expect))


def tiny(
    name, model, prompt, steps=10, candidates=5, about=(), needed=(), against=(), expect=always, **options
):
    options = {"max_steps": steps, "candidates": candidates, **options}
    CASES.append(Case(name, model, prompt, options, about, needed, against, expect))


# -- what must occur -------------------------------------------------------------


def ended(events):
    return any(e["ended"] for e in events[1:-1])


def stops(reason):
    return lambda events: events[-1]["reason"] == reason


def both(*conditions):
    return lambda events: all(c(events) for c in conditions)


def removes(events):
    return events[-1]["stats"]["removed"] > 0


def unattended(events):
    return any(v.get("unattended") for e in events[1:-1] for v in e["verdicts"])


def falls_back(events):
    return any(e["fallback"] for e in events[1:-1])


def takes(events):
    return any("over_budget" in e for e in events[1:-1])


def takes_prompt(events):
    length = len(events[0]["prompt"]["tokens"])
    return any(j < length for e in events[1:-1] for j in e.get("over_budget", ()))


def vanishes(events):
    """A whole set goes in one step."""
    for e in events[1:-1]:
        verdicts = {v["slot"]: v["keep"] for v in e["verdicts"]}
        for other in events[1:-1]:
            slots = [m["slot"] for m in other["set"]]
            if slots and all(verdicts.get(j) is False for j in slots):
                return True
    return False


def larger_than(n):
    return lambda events: any(len(e["set"]) > n for e in events[1:-1])


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
