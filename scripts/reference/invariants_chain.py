"""I21 and I22 of LAB.md L9: what the chain's weights and readings must be (`reference.py invariants`)."""

import itertools
import math

import numpy as np

from .chain import Lattice, SplitMix64
from .options import Options
from .run import Run
from .situations import CASES
from .tokens import Text

DRAWS = 10_000
GAPS = ("open-gap-kin", "open-gap-share", "open-gap-budget")
# Small lattices; those of GAPS have positions emptied between open sets.
DRAWN = ("kin-temperature", "kin-penalty", "reading-probable", "chain-llama", *GAPS)
PATHS = 5_000  # most that are enumerated


def weights(report, model, name, prompt, ids):
    """I21 on two open sets and a third."""
    from .invariants import apart, built, rows_of

    a, b, c, d, e, f, g = ids
    sets = [[(a, 0.5), (b, 0.3), (c, 0.1)], [(d, 0.45), (e, 0.4)], [(f, 0.6), (g, 0.2)]]

    def probabilities_alone(state, slots):
        for v in slots:
            row = state.chain.log_t.get(v, {})
            state.chain.log_t[v] = {j: math.log(state.slots[v].probability) for j in row}

    for mode in ("isolated", "visible", "ordered"):
        for weighting in ("gamma", "kin"):
            for amend in (probabilities_alone, None):
                plain = rows_of(built(model, prompt, sets, mode, "probability", amend=amend))
                gap = apart(plain, rows_of(built(model, prompt, sets, mode, weighting, amend=amend)))
                if amend:
                    report.equal("I21", f"{name}, T as recorded: {weighting} = probability, {mode}", gap)
                else:
                    report.differs("I21", f"{name}, T as said: {weighting} = probability, {mode}", gap)


def mean_of_kin(lattice):
    """By the recorded weights of the newest set."""
    rows = [lattice.kin(rank) for rank in range(len(lattice.weights[-1]))]
    return [sum(w * row[k] for w, row in zip(lattice.weights[-1], rows)) for k in range(len(lattice.links))]


def means(report, run):
    """I21: gamma and the mean of kin, where the recorded probabilities are those of the chain, and where not."""
    fair = {"selection_threshold": 0.05, "max_steps": 8, "candidates": 0}
    for changes in ({}, {"visibility": "visible"}, {"temperature": 0.5}, {"combine": "last"}):
        widest = 0.0
        done = run(Options(**fair, **changes))
        # K is each set in turn.
        for last in range(done.state.first + 1, len(done.state.sets)):
            lattice = done.state.chain.lattice(done.state.first, last)
            for ours, mean in zip(lattice.gamma(), mean_of_kin(lattice)):
                widest = max(widest, float(np.abs(ours - mean).max()))
        what = f"gamma = mean of kin over the newest set, {changes or 'defaults'}"
        apart = "temperature" in changes or "combine" in changes
        (report.differs if apart else report.equal)("I21", what, widest)


def paths(lattice):
    return itertools.product(*(range(len(members)) for members in lattice.sets))


def count(lattice):
    return math.prod(len(members) for members in lattice.sets)


def brute_force(lattice):
    """The best of all paths; of equals, that of lower ranks, the last member compared first."""
    return min((-lattice.log_probability(p), p[::-1]) for p in paths(lattice))[1][::-1]


def with_ties(number):
    """A lattice whose sums are exact, and often equal."""
    dice = np.random.default_rng(number)
    sizes = dice.integers(1, 5, 5)
    logs = [-0.5 * dice.integers(1, 4, pair) for pair in itertools.pairwise(sizes)]
    return Lattice([list(range(n)) for n in sizes], [np.ones(n) for n in sizes], logs)


def critical(degrees):
    """Where chi-square's upper 0.1 % begins (Wilson and Hilferty)."""
    part = 2 / (9 * degrees)
    return degrees * (1 - part + 3.0902 * math.sqrt(part)) ** 3


def chi_square(found, expected):
    """The statistic over its critical value; cells that expect less than 5 are one."""
    big = expected >= 5
    cells = [*zip(found[big], expected[big]), (found[~big].sum(), expected[~big].sum())]
    cells = [(o, e) for o, e in cells if e > 0]
    return sum((o - e) ** 2 / e for o, e in cells) / critical(len(cells) - 1)


def frequencies(report, name, lattice, seed):
    every = list(paths(lattice))
    chance, seen = SplitMix64(seed), dict.fromkeys(every, 0)
    for _ in range(DRAWS):
        seen[tuple(lattice.draw_path(chance))] += 1
    found = np.array([seen[p] for p in every], float)
    chain = np.exp([lattice.log_probability(list(p)) for p in every])
    ratio = chi_square(found, DRAWS * chain / chain.sum())
    report.line("I22", f"{name}, {DRAWS} draws, chi-square over critical", ratio, ratio <= 1)
    alone = np.array([math.prod(w[rank] for w, rank in zip(lattice.weights, p)) for p in every])
    ratio = chi_square(found, DRAWS * alone / alone.sum())
    report.line("I22", f"control: {name}, members drawn each by itself", ratio, ratio > 1)


def readings(report, load_model):
    first = [SplitMix64(seed).draw() for seed in (0, 1234567)]
    known = [(number >> 11) * 2.0**-53 for number in (0xE220A8397B1DCDAF, 6457827717110365317)]
    report.line(
        "L2", "SplitMix64's first numbers of seeds 0 and 1234567", float(first != known), first == known
    )

    tied = [with_ties(number) for number in range(200)]
    wrong = sum(tuple(lattice.viterbi()) != brute_force(lattice) for lattice in tied)
    report.line("I22", "viterbi = brute force, 200 lattices with ties", float(wrong), wrong == 0)
    wrong = sum(tuple(lattice.probable()) != brute_force(lattice) for lattice in tied)
    report.line("I22", "control: first members = brute force", float(wrong), wrong > 0)

    def run(model, folder, prompt):
        def by(options):
            done = Run(model, Text(folder), folder, options)
            done.generate(prompt)
            return done

        return by

    compared, other = 0, 0
    for case in (c for c in CASES if c.version > 1):
        model, folder = load_model(case.model)
        state = run(model, folder, case.prompt)(case.resolved()).state
        lattice = state.chain.lattice(state.first, len(state.sets) - 1)
        if not 1 < count(lattice) <= PATHS:
            continue
        best = brute_force(lattice)
        assert tuple(lattice.viterbi()) == best, (case.name, lattice.viterbi(), best)
        compared += 1
        other += best != tuple(lattice.probable())
        if case.name in DRAWN:
            frequencies(report, case.name, lattice, seed=1)
    report.line(
        "I22", f"viterbi = brute force, {compared} runs, probable in all but", float(other), other > 0
    )
    case = next(c for c in CASES if c.name == "kin")
    means(report, run(*load_model(case.model), case.prompt))
