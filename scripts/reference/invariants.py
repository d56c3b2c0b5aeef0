"""The invariants of sec. 10 and LAB.md L9, measured on the reference itself in float64 (`reference.py invariants`).

I12 compares implementations and is what the fixtures are for. What stands under that name here
is how far float32 itself moves the stored traces: every decision has to be the same in float64.
"""

import json
import sys

import numpy as np
import torch
from transformers import DynamicCache
from transformers.models.gemma3 import modeling_gemma3 as gemma3
from transformers.models.llama import modeling_llama as llama
from transformers.models.mistral import modeling_mistral as mistral
from transformers.models.qwen2 import modeling_qwen2 as qwen2
from transformers.models.qwen3 import modeling_qwen3 as qwen3

from . import (
    catalogues,  # noqa: F401  (they fill CASES)
    invariants_chain,
)
from .common import MODELS, TRACES, caps, load
from .options import CHOICES, Options
from .run import Run
from .selection import softmax
from .situations import CASES, STORY
from .state import State
from .tokens import Text

EXACT = 1e-9  # float64 rounding, with room
VISIBLE = 1e-3  # what a negative control has to exceed
WEIGHTINGS = CHOICES["weighting"]


def in_double():
    """transformers computes norms and softmax in float32; here everything is float64."""

    def norm(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.variance_epsilon))

    def around_zero(self, x):
        return (1 + self.weight) * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps))

    def attention(module, query, key, value, mask, scaling, dropout=0.0, softcap=None, **_):
        groups = module.num_key_value_groups
        key, value = (t.repeat_interleave(groups, dim=1) for t in (key, value))
        logits = query @ key.transpose(2, 3) * scaling
        if softcap is not None:
            logits = torch.tanh(logits / softcap) * softcap
        weights = torch.softmax(logits + mask, dim=-1)
        return (weights @ value).transpose(1, 2).contiguous(), weights

    for module, prefix in ((llama, "Llama"), (mistral, "Mistral"), (qwen2, "Qwen2"), (qwen3, "Qwen3")):
        getattr(module, f"{prefix}RMSNorm").forward = norm
        module.eager_attention_forward = attention
    gemma3.Gemma3RMSNorm.forward = around_zero
    gemma3.eager_attention_forward = attention


class CachedState(State):
    """The same state with a KV cache: what an implementation does, for I6 and I11."""

    def __init__(self, *args):
        super().__init__(*args)
        self.start_anew()

    def start_anew(self):
        self.cache, self.done = DynamicCache(), 0

    def remove(self, gone, effect):
        super().remove(gone, effect)
        if effect == "rebuild":
            self.start_anew()

    def forward(self):
        first, n = self.done, len(self.slots)
        full, windowed = (m if m is None else torch.from_numpy(m[first:])[None, None] for m in self.masks())
        if getattr(self.model.config, "layer_types", None) is not None:
            mask = {"full_attention": full, "sliding_attention": windowed}
        else:
            mask = full if windowed is None else windowed
        with torch.no_grad():
            out = self.model(
                input_ids=torch.tensor([[slot.id for slot in self.slots[first:]]]),
                position_ids=torch.tensor([[slot.position for slot in self.slots[first:]]]),
                attention_mask=mask,
                past_key_values=self.cache,
                use_cache=True,
                output_attentions=True,
                **caps(self.model),
            )
        rows = out.logits[0].numpy()
        self.logits = rows if first == 0 else np.concatenate((self.logits, rows))
        # Rows that are not computed now received nothing to look at; only their shape is kept.
        maps = np.stack([a[0].numpy() for a in out.attentions])
        layers, heads = maps.shape[:2]
        self.attentions = np.concatenate((np.zeros((layers, heads, first, n)), maps), axis=2)
        self.done = n


def built(model, prompt, sets, visibility="isolated", weighting="none", kind=State, amend=None):
    """A state with these sets of (id, probability) after the prompt, one forward pass each.

    `amend` may put other numbers into the chain before the rows of a set are born.
    """
    state = kind(model, visibility, weighting)
    state.prefill(prompt)
    for s, members in enumerate(sets):
        grow(state, members, len(prompt) + s, amend)
    return state


def grow(state, members, position, amend=None):
    ids, probabilities = zip(*members, strict=True)
    slots = state.append(ids, probabilities, [position] * len(ids))
    if amend:
        amend(state, slots)
    state.born(slots)
    state.forward()


def links_of(other, without):
    """`amend` for a state that lacks the slot `without` of another: T as recorded there (I10)."""

    def old(j):
        return j + (j >= without)

    def amend(state, slots):
        for v in slots:
            if v in state.chain.log_t:
                state.chain.log_t[v] = {j: other.chain.log_t[old(v)][old(j)] for j in state.chain.log_t[v]}

    return amend


def rows_of(state):
    """Logits rows of the newest set, in the order of their ids."""
    members = state.live_members(len(state.sets) - 1)
    return state.logits[sorted(members, key=lambda j: state.slots[j].id)]


def apart(a, b):
    return float(np.abs(a - b).max())


def plain(model, ids):
    """The last row for an ordinary text, by transformers alone."""
    with torch.no_grad():
        return model(torch.tensor([ids]), use_cache=False).logits[0, -1].double().numpy()


class Report:
    def __init__(self):
        self.failed = False

    def line(self, name, what, value, ok):
        self.failed |= not ok
        print(f"{name:4} {what:58} {value:9.2e}  {'ok' if ok else 'FAILS'}", flush=True)

    def equal(self, name, what, value, bound=EXACT):
        self.line(name, what, value, value <= bound)

    def differs(self, name, what, value):
        self.line(name, f"control: {what}", value, value >= VISIBLE)


def greedy(report, model, folder, prompt):
    o = Options(max_set=1, max_steps=24, candidates=1)
    events = Run(model, Text(folder), folder, o).generate(prompt)
    ours = [e["set"][0]["id"] for e in events[1:-1]]
    # By hand, not by generate(): a text of plain tokens, the window included.
    theirs, ids = [], list(prompt)
    eos = Run(model, Text(folder), folder, o).eos
    while len(theirs) < 24:
        v = int(np.argmax(plain(model, ids)))
        if v in eos:
            break
        theirs.append(v)
        ids.append(v)
    report.line("I1", f"greedy, {folder.name}, {len(ours)} tokens", float(ours != theirs), ours == theirs)


def sets_of(model, report, name, prompt, ids):
    a, b, c, d, e, f, g = ids
    sets = [[(a, 0.5), (b, 0.3), (c, 0.1)], [(d, 0.45), (e, 0.4)], [(f, 0.6), (g, 0.2)]]
    turned = [list(reversed(s)) for s in sets]
    for weighting in WEIGHTINGS:
        for mode in ("isolated", "visible", "ordered"):
            one = rows_of(built(model, prompt, sets, mode, weighting))
            two = rows_of(built(model, prompt, turned, mode, weighting))
            what = f"{name}, members permuted, {mode}, {weighting}"
            if mode == "ordered":
                report.differs("I3", what, apart(one, two))
            else:
                report.equal("I2", what, apart(one, two))

    first = sets[0]
    total = sum(p for _, p in first)
    exact = sum(p / total * softmax(plain(model, [*prompt, v])[None])[0] for v, p in first)
    for mode in ("isolated", "visible"):
        state = built(model, prompt, [first], mode)
        w = state.weights(len(state.sets) - 1)[:, None]
        ours = (w * softmax(state.newest_logits())).sum(0)
        if mode == "isolated":
            report.equal("I4", f"{name}, mixture = exact marginal", apart(ours, exact), 1e-6)
        else:
            report.differs("I5", f"{name}, visible mixture", apart(ours, exact))

    single = built(model, prompt, [[(a, 0.5)], [(d, 1.0)]])
    for weighting in WEIGHTINGS:
        twice = built(model, prompt, [[(a, 0.25), (a, 0.25)], [(d, 1.0)]], "isolated", weighting)
        gap = apart(rows_of(twice), rows_of(single))
        what = f"{name}, a member twice with half weights, {weighting}"
        (report.differs if weighting == "none" else report.equal)("I7", what, gap)

    # The first set, which sees no other, and the second: what it saw was weighted.
    for weighting in WEIGHTINGS:
        for k in (0, 1):
            state = built(model, prompt, sets[: k + 1], "isolated", weighting)
            state.remove([state.sets[-1][1]], "mask")
            grow(state, sets[k + 1], len(prompt) + k + 1)
            fewer = [*sets[:k], [m for m in sets[k] if m != sets[k][1]], sets[k + 1]]
            gap = apart(rows_of(state), rows_of(built(model, prompt, fewer, "isolated", weighting)))
            what = f"{name}, set {k + 1}, removed at once = never chosen, {weighting}"
            # The weights of `gamma` speak for the whole newest set.
            (report.differs if weighting == "gamma" and k else report.equal)("I8", what, gap)

    for weighting in WEIGHTINGS:
        for mode in ("isolated", "visible", "ordered"):
            for k, slot in ((0, len(prompt) + 1), (1, len(prompt) + 3)):
                whole = built(model, prompt, sets, mode, weighting)
                fewer = [list(s) for s in sets]
                del fewer[k][slot - whole.sets[len(prompt) + k][0]]
                never = built(model, prompt, fewer, mode, weighting, amend=links_of(whole, slot))
                for effect in ("rebuild", "mask"):
                    state = built(model, prompt, sets, mode, weighting)
                    state.remove([slot], effect)
                    state.forward()
                    gap = apart(rows_of(state), rows_of(never))
                    what = f"{name}, set {k + 1}, {effect} = without the member, {mode}, {weighting}"
                    (report.equal if effect == "rebuild" else report.differs)("I10", what, gap)


def runs(report, load_model, cases):
    """I6 and I11 on whole runs: with a KV cache, and the prompt token by token."""
    worst, worst_case = 0.0, ""
    for case in cases:
        model, folder = load_model(case.model)
        one = Run(model, Text(folder), folder, case.resolved())
        two = Run(model, Text(folder), folder, case.resolved())
        two.state = CachedState(model, two.o.visibility, two.o.weighting)
        one.generate(case.prompt)
        two.generate(case.prompt)
        ids = [[slot.id for slot in run.state.slots] for run in (one, two)]
        assert ids[0] == ids[1], f"I6 {case.name}: other tokens"
        live = [j for j, slot in enumerate(one.state.slots) if slot.live]
        gap = apart(one.state.logits[live], two.state.logits[live])
        worst, worst_case = max((worst, worst_case), (gap, case.name))
    report.equal("I6", f"cache = from scratch, {len(cases)} runs ({worst_case})", worst)


def prefill(report, model, name, prompt):
    whole = State(model)
    whole.prefill(prompt)
    steps = CachedState(model)
    for k, v in enumerate(prompt):
        steps.born(steps.append([v], [1.0], [k]))
        steps.forward()
    report.equal("I11", f"{name}, prefill = token by token", apart(whole.logits, steps.logits))


def repeated(report, load_model, cases):
    """I9 and the first half of I10: the same bytes again, in another order, and mask = evict."""
    first, second = {}, {}
    for order, seen in ((cases, first), (cases[::-1], second)):
        for case in order:
            model, folder = load_model(case.model)
            run = Run(model, Text(folder), folder, case.resolved())
            seen[case.name] = repr(run.generate(case.prompt))
    report.line("I9", f"{len(cases)} runs again, in reverse order", float(first != second), first == second)
    evicting = [
        c
        for c in cases
        if c.options.get("removal") == "evict" and "capacity" not in c.options and "budget" not in c.options
    ]
    gap = 0.0
    for case in evicting:
        model, folder = load_model(case.model)
        logits = []
        for effect in ("mask", "evict"):
            run = Run(model, Text(folder), folder, case.resolved(removal=effect))
            run.generate(case.prompt)
            logits.append(run.state.logits)
        gap = max(gap, apart(*logits))
    report.line("I10", f"mask = evict, {len(evicting)} runs", gap, gap == 0)


# Numbers that are compared, and those that are decisions and have to be the same.
MEASURED = (
    *("probability", "received", "score", "limit", "threshold", "entropy", "mean_set"),
    *("chain", "log_probability"),
)


def compare(a, b, key, worst):
    """Walk two traces; the largest difference of each measured number goes to `worst`."""
    if isinstance(a, dict):
        assert a.keys() == b.keys(), (key, a.keys() ^ b.keys())
        for name in a:
            compare(a[name], b[name], name, worst)
    elif isinstance(a, list):
        assert len(a) == len(b), key
        for x, y in zip(a, b, strict=True):
            compare(x, y, key, worst)
    elif key in MEASURED:
        worst[key] = max(worst.get(key, 0.0), abs(a - b))
    else:
        assert a == b, (key, a, b)


def fixtures(report, load_model):
    """The stored traces, whose forward passes are float32, against the same runs in float64."""
    worst = {}
    for case in CASES:
        stored = (TRACES / f"{case.name}.jsonl").read_text(encoding="utf-8").splitlines()
        model, folder = load_model(case.model)
        again = Run(model, Text(folder), folder, case.resolved(), case.version).generate(case.prompt)
        compare([json.loads(line) for line in stored], again, case.name, worst)
    for key, gap in worst.items():
        report.equal("I12", f"{len(CASES)} stored float32 runs, float64: {key}", gap, 1e-4)


def main(story):
    in_double()
    report, loaded = Report(), {}

    def load_model(name):
        if name not in loaded:
            folder = story if name == STORY else MODELS / name
            loaded[name] = (load(folder, torch.float64), folder)
        return loaded[name]

    ids = [17, 90, 33, 64, 41, 8, 75]
    prompt = [1, 50, 23, 77, 12, 98]
    for name in (STORY, "llama", "llama-rope-llama3", "mistral-window", "qwen2-mixed-window", "qwen3"):
        model, folder = load_model(name)
        text = Text(folder).encode("The little bear was") if name == STORY else prompt
        greedy(report, model, folder, text)
        prefill(report, model, name, text)
        many = [300 + i for i in ids] if name == STORY else ids
        sets_of(model, report, name, text, many)
        invariants_chain.weights(report, model, name, text, many)
    invariants_chain.readings(report, load_model)
    some = [c for c in CASES if c.name != "defaults"]
    fixtures(report, load_model)
    runs(report, load_model, some)
    repeated(report, load_model, [c for c in some if "removal" in c.options])
    sys.exit(report.failed)
