"""From logits rows to the next set: sec. 3 and the selecting half of sec. 2 and sec. 5. All in float64."""

import numpy as np


def softmax(rows):
    rows = rows - rows.max(-1, keepdims=True)
    powers = np.exp(rows)
    return powers / powers.sum(-1, keepdims=True)


def repetition_penalty(rows, ids, penalty):
    """As Hugging Face's RepetitionPenaltyLogitsProcessor: each id once, towards less likely."""
    rows = rows.copy()
    for v in sorted(set(ids)):
        z = rows[:, v]
        rows[:, v] = np.where(z < 0, z * penalty, z / penalty)
    return rows


def distribution(rows, weights, live_ids, o, eos, step):
    """q of sec. 3 from the logits rows of the newest set's live members, in set order."""
    rows = np.asarray(rows, np.float64)
    if not np.isfinite(rows).all():
        raise ValueError("non-finite logits")
    weights = np.asarray(weights, np.float64)[:, None]
    if o.repetition_penalty != 1:
        rows = repetition_penalty(rows, live_ids, o.repetition_penalty)
    rows = rows / o.temperature
    if o.combine == "mixture":
        q = (weights * softmax(rows)).sum(0)
    elif o.combine == "logit-mean":
        q = softmax((weights * rows).sum(0))
    elif o.combine == "first":
        q = softmax(rows[0])
    elif o.combine == "last":
        q = softmax(rows[-1])
    else:
        q = softmax(rows).max(0)
        q = q / q.sum()
    if step < o.min_steps:
        # sec. 5: before min_steps EOS leaves q, and q is renormalised.
        q = q.copy()
        q[list(eos)] = 0
        q = q / q.sum()
    return q


def entropy(q):
    p = q[q > 0]
    return float(-(p * np.log(p)).sum())


def ranking(q):
    """All ids by (q desc, id asc)."""
    return np.lexsort((np.arange(len(q)), -q))


def choose(q, order, tau, o, margins, where):
    """C of sec. 2 before the end-of-text policy, and whether it is the fallback."""
    ranked = q[order]
    for value in (ranked[ranked >= tau][-1:], ranked[ranked < tau][:1]):
        if len(value):
            margins.note("threshold", float(value[0]), tau, where)
    allowed = len(order)
    if o.top_k:
        allowed = min(allowed, o.top_k)
    if o.top_p not in (0, 1):
        # Measured on q as it stands. The token that crosses p is in: what came before it
        # sums to less than p.
        before = np.concatenate(([0.0], np.cumsum(ranked)[:-1]))
        inside = int((before < o.top_p).sum())
        # Where p is crossed matters only up to what the other limits let in.
        reach = max(1, min(allowed, int((ranked >= tau).sum()), o.max_set or allowed))
        margins.note("top_p", float(before[min(inside, reach) - 1]), o.top_p, where)
        if inside < reach:
            margins.note("top_p", float(before[inside]), o.top_p, where)
        allowed = min(allowed, inside)
    chosen = [int(v) for v in order[:allowed] if q[v] >= tau]
    fallback = not chosen
    if fallback:
        chosen = [int(order[0])]
    if o.max_set:
        chosen = chosen[: o.max_set]
    # Neighbours inside the set, and the last member against the first that is not in it.
    for k in range(len(chosen)):
        margins.note("order", float(ranked[k]), float(ranked[k + 1]), where)
    for k in range(min(o.candidates, len(ranked) - 1)):
        margins.note("candidates", float(ranked[k]), float(ranked[k + 1]), where)
    return chosen, fallback


def end_of_text(chosen, q, eos, policy, margins, where):
    """sec. 5: (stop?, members that stay, members whose reading has ended)."""
    ended = [v for v in chosen if v in eos]
    if not ended:
        return False, chosen, []
    stay = [v for v in chosen if v not in eos]
    if policy == "top":
        stop = chosen[0] in eos
    elif policy == "any":
        stop = True
    elif policy == "all":
        stop = not stay
    else:
        share = float(q[ended].sum() / q[chosen].sum())
        margins.note("eos mass", share, 0.5, where)
        stop = share > 0.5
    return stop or not stay, stay, ended
