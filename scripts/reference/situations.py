"""What a case of `reference.py tempo` is made of: prompts, and situations that have to occur in it."""

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
