"""The binary against the reference on random options (`reference.py random`).

The catalogue proves that each option matters; this looks for combinations that nobody thought
of. Each seed is one run: its options, its prompt, the reference's trace, the trace that
`tempo generate --trace -` writes, and every number of the two compared.
"""

import json
import random
import subprocess
import time as clock

from .cases import Runner
from .options import CHOICES, Options
from .run import Run
from .situations import STORY

TOLERANCE = 2e-4  # the contract's bound for probabilities
NARROW = 2e-5  # a decision this close may fall either way in another order of f32 sums
PROMPTS = (
    "The fox said to the",
    "Once upon a time there was a",
    "She was very happy. The end",
    '"I am the king," said the bear',
    "One day a boy named Tom",
    "and they lived happily",
)

# How often an option is changed, and to what. Sizes are small: a reference step costs a full computation.
CHANGES = {
    "max_set": (0.5, (1, 2, 3, 5, 0)),
    "min_steps": (0.15, (0, 1)),
    "temperature": (0.3, (0.5, 0.8, 1.3, 2.0)),
    "repetition_penalty": (0.2, (0.8, 1.2, 1.6)),
    "top_k": (0.15, (1, 2, 4, 10)),
    "top_p": (0.15, (0.0, 0.2, 0.5, 0.8)),
    "combine": (0.4, CHOICES["combine"]),
    "schedule": (0.4, CHOICES["schedule"]),
    "final_threshold": (0.3, (0.02, 0.1, 0.4)),
    "bezier_p1": (0.2, (0.0, 0.05, 0.6)),
    "bezier_p2": (0.2, (0.0, 0.1, 0.9)),
    "relu_at": (0.2, (0.0, 0.3, 1.0)),
    "eos": (0.4, CHOICES["eos"]),
    "visibility": (0.5, CHOICES["visibility"]),
    "positions": (0.25, CHOICES["positions"]),
    "position_gap": (0.2, (1, 7, 30)),
    "weighting": (0.6, CHOICES["weighting"]),
    "removal": (0.8, CHOICES["removal"]),
    "removal_score": (0.6, CHOICES["removal_score"]),
    "removal_rule": (0.4, CHOICES["removal_rule"]),
    "removal_limit": (0.5, (0.0, 0.005, 0.05, 0.2, 0.35, 0.9)),
    "relative": (0.5, (0.3, 0.7, 0.9, 1.0, 1.5)),
    "removal_keep": (0.4, CHOICES["removal_keep"]),
    "removal_layers": (0.3, (1, 2, 5, 9)),
    "layer_weights": (0.3, CHOICES["layer_weights"]),
    "min_evidence": (0.2, (0, 2, 3)),
    "window": (0.2, (1, 2)),
    "fade_steepness": (0.3, (1.0, 3.0)),
    "removal_schedule": (0.3, CHOICES["removal_schedule"]),
    "removal_final": (0.2, (0.1, 0.4)),
    "removal_p1": (0.1, (0.6,)),
    "removal_p2": (0.1, (0.1,)),
    "removal_at": (0.1, (0.2,)),
    "budget": (0.3, (5, 8, 12)),
    "budget_recent": (0.3, (0, 2, 4)),
    "capacity": (0.2, (14, 20, 30)),
    "reading": (0.3, ("probable", "viterbi")),
    "reading_beams": (0.3, (1, 2, 6)),
    "exact_limit": (0.3, (1, 8, 40)),
    "meter_samples": (0.2, (1, 4)),
    "meter_proposal": (0.5, CHOICES["meter_proposal"]),
    "readings": (0.4, (1, 3, 8)),
    "seed": (0.4, (1, 7, 4294967295)),
}


def draw(seed):
    """Options and prompt of a seed."""
    dice = random.Random(seed)
    options = {name: dice.choice(values) for name, (often, values) in CHANGES.items() if dice.random() < often}
    if "meter_samples" not in options:
        options.pop("meter_proposal", None)  # nothing is drawn
    # A share of the most probable token, where the others are probabilities.
    thresholds = (0.2, 0.4, 0.7) if options.get("schedule") == "min-p" else (0.02, 0.05, 0.08, 0.12, 0.3, 1.5)
    options |= {
        "selection_threshold": dice.choice(thresholds),
        "max_steps": dice.randint(1, 11),
        "candidates": dice.choice((0, 3, 6)),
    }
    return options, dice.choice(PROMPTS)


def difference(found, expected, where="trace"):
    """The first place where two traces differ, or None; times are not compared."""
    if isinstance(expected, dict):
        keys = (found.keys() | expected.keys()) - {"timing", "seconds"}
        pairs = ((f"{where}.{key}", found.get(key), expected.get(key)) for key in sorted(keys))
    elif isinstance(expected, list) and len(found) == len(expected):
        pairs = ((f"{where}[{i}]", *pair) for i, pair in enumerate(zip(found, expected)))
    elif isinstance(expected, float) or isinstance(found, float):
        near = abs(found - expected) <= TOLERANCE * max(1.0, abs(expected))
        return None if near else f"{where} is {found}, expected {expected}"
    else:
        return None if found == expected else f"{where} is {found!r}, expected {expected!r}"
    return next((d for name, a, b in pairs if (d := difference(a, b, name))), None)


def trace(tempo, device, prompt, options):
    """What the binary writes; None and its error where it fails."""
    flags = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    command = [tempo, "generate", "--device", device, "--threads", "1", "--prompt", prompt, "--trace", "-", *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return None, done.stderr.strip()
    return [json.loads(line) for line in done.stdout.splitlines()], ""


def main(story, tempo, device, seconds, first):
    runner = Runner(story)
    start, seed, differ, narrow = clock.monotonic(), first, 0, 0
    while clock.monotonic() - start < seconds or seed == first:
        options, prompt = draw(seed)
        run = Run(*runner.model(STORY), Options(**options))
        expected = json.loads(json.dumps(run.generate(prompt)))
        found, error = trace(tempo, device, prompt, options)
        if found is not None and "work" not in expected[-1]:
            found[-1].pop("work", None)
        wrong = error if found is None else difference(found, expected)
        if wrong and run.margins.narrowest()[0] < NARROW:
            narrow += 1
        elif wrong:
            differ += 1
            print(f"seed {seed}: {wrong}\n  {prompt!r} {options}", flush=True)
        seed += 1
    print(f"{seed - first} runs from seed {first} on {device}: {differ} differ, {narrow} with a tie differ")
    return differ == 0
