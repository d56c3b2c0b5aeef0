"""Whole TEMPO runs (`reference.py tempo`): runs each case of the catalogue, checks it, writes it.

A case is refused when
- an option it is about changes nothing: the run without that option must differ in its
  numbers, and not only in a label;
- a decision was narrow (margins.py): below 1e-4 relative for anything that decides what the
  run does, below 3e-5 for the order of the candidates that are only shown;
- an invariant of the trace fails: `received` sums to 1 and is 0 for who is gone.
Over all cases, every option and every value of every choice must have been shown to matter.
"""

import time as clock
from dataclasses import asdict, fields

from . import catalogues  # noqa: F401  (they fill CASES)
from .common import MODELS, TRACES, dumps, load, write_sums
from .options import CHOICES, Options, check_values
from .run import Run
from .situations import CASES, STORY
from .tokens import Text

DECISION = 1e-4
CANDIDATE = 3e-5
# Shown to matter where a case says so; elsewhere they only keep the files small.
SIZES = ("max_steps", "candidates")


class Runner:
    def __init__(self, story):
        self.story = story
        self.loaded = {}
        self.done = {}

    def model(self, name):
        if name not in self.loaded:
            folder = self.story if name == STORY else MODELS / name
            self.loaded[name] = (load(folder), Text(folder), folder)
        return self.loaded[name]

    def run(self, case, changes=()):
        """The run of a case, some options changed."""
        options = case.resolved(**dict(changes))
        key = (case.model, str(case.prompt), case.version, options)
        if key not in self.done:
            run = Run(*self.model(case.model), options, case.version)
            run.generate(case.prompt)
            self.done[key] = run
        return self.done[key]


def numbers(events, verdicts=True):
    """What a run did, without labels: the run line and the name of the effect are left out."""
    out = []
    for event in events[1:]:
        event = dict(event)
        plain = [{k: v for k, v in d.items() if k != "effect"} for d in event.pop("verdicts", [])]
        if verdicts:
            event["verdicts"] = plain
        out.append(event)
    return out


def check_trace(run, case):
    events = run.events
    gone = set()
    before = []
    for event in events[1:-1]:
        received = event["received"]
        assert abs(sum(received) - 1) < 1e-5, (case.name, event["step"], sum(received))
        assert not any(received[j] for j in gone), (case.name, event["step"])
        assert event["slots"] <= run.o.capacity
        if run.o.removal in ("mask", "evict", "rebuild"):
            gone |= {v["slot"] for v in event["verdicts"] if not v["keep"]}
        gone |= set(event.get("over_budget", ()))
        if case.version > 1 and event["step"]:
            chain = event["chain"]
            assert [len(row) for row in chain] == [len(before)] * len(event["set"]), case.name
            assert all(0 <= x <= 1 for row in chain for x in row), case.name
        before = [m["slot"] for m in event["set"] if m["slot"] not in gone]
        assert event["live"] == len(received) - len(gone)
    assert case.expect(events), f"{case.name}: the situation it is about does not occur"


def check_margins(run, case):
    decision = run.margins.narrowest(skip=("candidates",))
    shown = run.margins.least.get("candidates", (2.0, ""))
    assert decision[0] >= DECISION, (case.name, decision)
    assert shown[0] >= CANDIDATE, (case.name, "candidates", shown)
    return decision, shown[0]


def check_matters(runner, case):
    """Each option of the case, taken back to its default, must change the run. Which did is returned."""
    proved, defaults = set(), {**asdict(Options()), **case.defaults()}
    names = [n for n in case.options if n not in SIZES or n in case.about]
    changes = [({n: defaults[n]}, n) for n in names if n not in case.needed]
    changes += [(change, None) for change in case.against]
    base = runner.run(case)
    for change, name in changes:
        if name and case.options[name] == defaults[name]:
            raise AssertionError(f"{case.name}: {name} has its default value")
        # `report` is its verdicts; the other effects must do more than report.
        only_verdicts = "removal" in change and case.options.get("removal") == "report"
        keep = "removal" not in change or only_verdicts
        other = runner.run(case, change.items())
        same = numbers(base.events, keep) == numbers(other.events, keep)
        assert not same, f"{case.name}: {change} changes nothing"
        if name:
            proved.add((name, case.options[name]))
    return proved


def check_coverage(proved):
    for field in fields(Options):
        values = {v for n, v in proved if n == field.name}
        wanted = set(CHOICES.get(field.name, ())) - {field.default}
        assert values and wanted <= values, (field.name, "not shown:", wanted - values or "at all")


def main(story, only, version, list_only):
    check_values()
    runner = Runner(story)
    proved, total, narrowest = set(), 0, (2.0, "")
    cases = [c for c in CASES if only in (None, c.name) and version in (None, c.version)]
    if not (only or list_only):
        keep = {c.name for c in CASES} - {c.name for c in cases}
        for old in TRACES.glob("*.jsonl"):
            if old.stem not in keep:
                old.unlink()
    print("| case | model | end | steps | tokens | removed | margin | kind | bytes |")
    print("|---|---|---|---|---|---|---|---|---|")
    start = clock.monotonic()
    for case in cases:
        run = runner.run(case)
        check_trace(run, case)
        decision, _ = check_margins(run, case)
        proved |= check_matters(runner, case)
        narrowest = min(narrowest, (decision[0], case.name))
        text = "".join(dumps(event) + "\n" for event in run.events)
        total += len(text.encode())
        if not list_only:
            TRACES.mkdir(parents=True, exist_ok=True)
            (TRACES / f"{case.name}.jsonl").write_text(text, encoding="utf-8")
        end, stats = run.events[-1], run.events[-1]["stats"]
        print(
            f"| {case.name} | {case.model} | {end['reason']} | {stats['steps']} | {stats['tokens']} "
            f"| {stats['removed']} | {decision[0]:.1e} | {decision[1]} | {len(text.encode())} |",
            flush=True,
        )
    if not (only or version):
        check_coverage(proved)
        print(f"every option and every choice shown to matter ({len(proved)} values)")
    print(
        f"{total} bytes, narrowest decision {narrowest[0]:.2e} ({narrowest[1]}), "
        f"{len(runner.done)} runs in {clock.monotonic() - start:.0f} s"
    )
    if not list_only:
        write_sums()
