"""What a case of `reference.py tempo` is made of: prompts, and situations that have to occur in it."""

from dataclasses import dataclass, field

from .options import VERSION_1, Options

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
    version: int = 1  # of its trace, and with it the defaults

    def defaults(self):
        return VERSION_1 if self.version == 1 else {}

    def resolved(self, **changes):
        return Options(**{**self.defaults(), **self.options, **changes})


CASES = []


def story(
    name, prompt, steps=12, candidates=6, about=(), needed=(), against=(), expect=always, version=1, **options
):
    sizes = {"max_steps": steps, "candidates": candidates}
    options = {**{k: v for k, v in sizes.items() if v is not None}, **options}
    CASES.append(Case(name, STORY, P[prompt], options, about, needed, against, expect, version))


def tiny(
    name,
    model,
    prompt,
    steps=10,
    candidates=5,
    about=(),
    needed=(),
    against=(),
    expect=always,
    version=1,
    **options,
):
    options = {"max_steps": steps, "candidates": candidates, **options}
    CASES.append(Case(name, model, prompt, options, about, needed, against, expect, version))


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


# -- of version 2 ----------------------------------------------------------------


def gone(events):
    """All slots that were taken out, by verdict or by the budget."""
    verdicts = {v["slot"] for e in events[1:-1] for v in e["verdicts"] if not v["keep"]}
    return verdicts | {j for e in events[1:-1] for j in e.get("over_budget", ())}


def empty_sets(events):
    taken = gone(events)
    return [e["step"] for e in events[1:-1] if all(m["slot"] in taken for m in e["set"])]


def loses_first(events):
    """The set that began the chain is gone, and sets with several members follow."""
    return 0 in empty_sets(events) and any(len(e["set"]) > 1 for e in events[2:-1])


def has_gap(events):
    """A position was emptied between two that are left."""
    steps = {e["step"] for e in events[1:-1]} - set(empty_sets(events))
    return bool(steps) and any(min(steps) < s < max(steps) for s in empty_sets(events))


def open_gap(events):
    """An emptied position between two sets that both have several members left."""
    taken = gone(events)
    left = [sum(m["slot"] not in taken for m in e["set"]) for e in events[1:-1]]
    return any(n == 0 and max(left[:s], default=0) > 1 and max(left[s:]) > 1 for s, n in enumerate(left))


def readings_differ(events):
    """The reading of the chain is not the one of the most probable members."""
    probable, viterbi = events[-1]["readings"][:2]
    return probable["ids"] != viterbi["ids"]


def draws(count):
    """At least so many different drawn readings."""
    return lambda events: len({str(r["ids"]) for r in events[-1]["readings"][2:]}) >= count


# -- of the lab ------------------------------------------------------------------


def meters(events):
    return [e["meter"] for e in events[1:-1] if "meter" in e]


def measures(open_sets):
    """Exactly, with at least so many open sets at once, and not only a single best token agreed on."""
    return lambda events: any(len(m["members"]) >= open_sets and "sampled" not in m for m in meters(events))


def estimates(events):
    """Some steps exactly, some by drawn paths."""
    kinds = {"sampled" in m for m in meters(events)}
    return kinds == {False, True}


def goes_beyond(events):
    """Some steps have no meter, because there were too many paths."""
    return 0 < len(meters(events)) < len(events) - 2


def scores(exact):
    """The scored reading is none of the others, and was found by looking at every path or not."""

    def holds(events):
        found = {r["kind"]: r for r in events[-1]["readings"]}
        others = [found["probable"]["ids"], found["viterbi"]["ids"]]
        return found["scored"]["exact"] is exact and found["scored"]["ids"] not in others

    return holds
