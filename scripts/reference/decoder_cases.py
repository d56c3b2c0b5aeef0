"""Whole runs of the decoders beside TEMPO (`reference.py lab`): runs each case, checks it, writes it.

A case is refused when an option it is about changes nothing, or when a decision was narrow (margins.py).
Over all cases every option must have been shown to matter.
"""

from .beam import Beam
from .common import FIXTURES, MODELS, dumps, load, write_sums
from .decoders import DEFAULTS
from .sample import Sample
from .search import Search
from .situations import STORY, P
from .tokens import Text

KINDS = {kind.kind: kind for kind in (Sample, Beam, Search)}

RUNS = FIXTURES / "lab"
NARROWEST = 2e-5

QWEN = ("qwen3", [1, 7, 24])
TWO_ENDS = ("llama-untied", [1, 9, 30])
ENDS = ("smollm3", [1, 18, 29, 43])
WINDOW = ("mistral-window", [1, 7, 24, 9, 30, 4, 11])

# name, decoder, prompt of the story model or a tiny model with ids, options
CASES = [
    ("sample-one", "sample", "time", {"seed": 1, "max_steps": 10}),
    ("sample-many", "sample", "king", {"samples": 5, "seed": 17, "max_steps": 8}),
    ("sample-temperature", "sample", "sea", {"samples": 3, "temperature": 0.7, "seed": 2, "max_steps": 8}),
    ("sample-penalty", "sample", "twice", {"samples": 3, "repetition_penalty": 1.4, "seed": 2, "max_steps": 8}),
    ("sample-top-k", "sample", "fox", {"samples": 4, "top_k": 4, "seed": 4, "max_steps": 8}),
    ("sample-top-p", "sample", "bear", {"samples": 4, "top_p": 0.6, "seed": 5, "max_steps": 8}),
    ("sample-min-p", "sample", "wolf", {"samples": 4, "min_p": 0.2, "seed": 6, "max_steps": 8}),
    (
        "sample-filters",
        "sample",
        "tree",
        {"samples": 4, "top_k": 9, "top_p": 0.8, "min_p": 0.05, "temperature": 1.3, "seed": 17, "max_steps": 8},
    ),
    ("sample-ends", "sample", QWEN, {"samples": 4, "seed": 5, "max_steps": 12}),
    ("sample-all-end", "sample", TWO_ENDS, {"samples": 2, "top_k": 12, "seed": 18, "max_steps": 40}),
    ("sample-window", "sample", WINDOW, {"samples": 3, "seed": 1, "max_steps": 8}),
    ("sample-min-steps", "sample", QWEN, {"samples": 3, "min_steps": 6, "seed": 2, "max_steps": 12}),
    ("sample-full", "sample", "girl", {"samples": 4, "seed": 16, "capacity": 24, "max_steps": 9}),
    ("beam-one", "beam", "time", {"beams": 1, "max_steps": 12}),
    ("beam-four", "beam", "king", {"max_steps": 12}),
    ("beam-eight", "beam", "sea", {"beams": 8, "max_steps": 10}),
    ("beam-short", "beam", ENDS, {"beams": 3, "length_penalty": 0.0, "max_steps": 12}),
    ("beam-long", "beam", ENDS, {"beams": 4, "length_penalty": 2.0, "max_steps": 16}),
    ("beam-ends", "beam", ENDS, {"beams": 3, "max_steps": 12}),
    ("beam-window", "beam", WINDOW, {"beams": 3, "max_steps": 8}),
    ("beam-full", "beam", "girl", {"beams": 4, "capacity": 20, "max_steps": 9}),
    ("mcts-wide", "mcts", "fox", {"simulations": 16, "branching": 8, "depth": 2, "max_steps": 2}),
    ("mcts-eager", "mcts", "sea", {"simulations": 12, "exploration": 0.3, "depth": 3, "max_steps": 3}),
    ("mcts-curious", "mcts", "bear", {"simulations": 12, "exploration": 8.0, "depth": 3, "max_steps": 3}),
    ("mcts-no-rollout", "mcts", "girl", {"simulations": 10, "branching": 3, "depth": 0, "max_steps": 3}),
    ("mcts-window", "mcts", WINDOW, {"simulations": 12, "branching": 4, "depth": 3, "max_steps": 3}),
    ("mcts-long", "mcts", "time", {"simulations": 8, "branching": 3, "depth": 2, "max_steps": 4}),
]


def expect(name, events):
    """The situation that a case is about."""
    end = events[-1]
    if name.endswith("-full"):
        return end["reason"] == "context-full" and len(events) > 2
    if name in ("sample-all-end", "beam-short"):
        return end["reason"] == "eos"
    if name == "sample-ends":
        lengths = {len(reading["ids"]) for reading in end["readings"]}
        return len(lengths) > 1
    if name in ("beam-long", "beam-ends"):
        return any(event["finished"] for event in events[1:-1])
    return True


def main(story, only, list_only):
    loaded, known = {}, {}
    shown = set()
    for name, kind, prompt, options in CASES:
        if only not in (None, name):
            continue
        model, given = (STORY, P[prompt]) if isinstance(prompt, str) else prompt
        if model not in loaded:
            folder = story if model == STORY else MODELS / model
            loaded[model] = (load(folder), Text(folder), folder)

        def run(changed, kind=kind, model=model, given=given):
            run = KINDS[kind](*loaded[model], changed)
            # What the model says of a text is the same in every run.
            run.known = known.setdefault((model, str(given)), {})
            run.generate(given)
            return run

        found = run(options)
        if kind == "beam" and found.events[-1]["reason"] != "context-full":
            found.check()
        margin, what, _ = found.margins.narrowest()
        print(f"| {name} | {found.events[-1]['reason']} | {len(found.events) - 2} | {margin:.1e} | {what} |", flush=True)
        assert list_only or margin > NARROWEST, (name, margin, what)
        assert list_only or expect(name, found.events), f"{name}: the situation it is about does not occur"
        for option in options:
            if option not in DEFAULTS or list_only:
                continue
            without = {**options, option: DEFAULTS[option]}
            if option == "min_steps" or without[option] != options[option]:
                same = run(without).events[1:] == found.events[1:]
                if not same:
                    shown.add((kind, option))
        if not list_only:
            RUNS.mkdir(parents=True, exist_ok=True)
            text = "".join(dumps(event) + "\n" for event in found.events)
            (RUNS / f"{name}.jsonl").write_text(text, encoding="utf-8")
    if only is None and not list_only:
        wanted = set(DEFAULTS) - {option for _, option in shown}
        assert not wanted, f"not shown to matter: {wanted}"
        write_sums()
