"""Golden scores of texts (LAB.md L5) by the story model (`reference.py scores`), from whole texts computed at once."""

import torch
from transformers import AutoTokenizer

from .common import FIXTURES, load, rounded, write_json, write_sums

CASES = [
    ("The cat", " sat on the mat."),
    ("Once upon a time", ", there was a small fox. The fox liked to run in the sun, and it had one good friend."),
    ("", "One day a wolf came to the farm."),
    ("One day", "Zürich, 日本, x²!"),
    ("", "a"),
    ("Mother said:", " " + "the hen and the duck went up the hill, " * 40),
]


def scored(model, before, ids):
    """A dictionary for each token of `ids` after those of `before`; null where nothing stands before it."""
    with torch.no_grad():
        logits = model(torch.tensor([before + ids])).logits[0].double()
    said = torch.log_softmax(logits, dim=-1)
    rows = []
    for index, token in enumerate(ids):
        position = len(before) + index
        if position == 0:
            rows.append({"id": token, "position": 0, "log_probability": None, "rank": None, "entropy": None})
            continue
        row = said[position - 1]
        own = row[token]
        rank = 1 + int((row > own).sum()) + int((row[:token] == own).sum())
        entropy = float(-(row.exp() * row).sum())
        rows.append(
            {
                "id": token,
                "position": position,
                "log_probability": rounded(own),
                "rank": rank,
                "entropy": rounded(entropy),
            }
        )
    return rows


def case(model, tokenizer, prompt, text):
    before = tokenizer(prompt)["input_ids"] if prompt else []
    ids = tokenizer(text, add_special_tokens=not prompt)["input_ids"]
    tokens = scored(model, before, ids)
    known = [token["log_probability"] for token in tokens if token["log_probability"] is not None]
    mean = sum(known) / len(known) if known else None
    return {
        "prompt": prompt,
        "text": text,
        "tokens": tokens,
        "sum": rounded(sum(known)),
        "mean": None if mean is None else rounded(mean),
        "perplexity": None if mean is None else rounded(torch.exp(torch.tensor(-mean, dtype=torch.double))),
    }


def main(story):
    model, tokenizer = load(story), AutoTokenizer.from_pretrained(story, local_files_only=True)
    write_json(FIXTURES / "scores.json", [case(model, tokenizer, prompt, text) for prompt, text in CASES])
    write_sums()
