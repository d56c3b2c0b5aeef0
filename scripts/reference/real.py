"""Goldens of real models, for tests/tests/real.rs: what transformers makes of their files, in float32.

Two files that scripts/models.sh fetches are turned into float weights by transformers itself and follow the stories of
texts/forced.txt for 500 tokens. Kept are the tokens, ln p of each next one, and the five most probable ones with theirs;
and the tokens of awkward lines, which are made here.
"""

import json
import random
import subprocess
from pathlib import Path

import torch
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer

from reference.common import write_sums

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures"
MODELS = ["smollm2", "gemma3"]
TOKENS = 500
BEST = 5

PIECES = [
    " ", "  ", "   ", "\t", "a", "I'm", "we'LL", "don't", "Don’t", "word", " word", "Word", "WORD", "ß", "é", "e\u0301",
    "naïve", "日本", "日本語", "中文", "한국어", "русский", "العربية", "עברית", "हिन्दी", "ไทย", "😀", "👩‍👩‍👧", "🇫🇷", "0", "1234567",
    "3.14", "1,000", "0x1F", "2024-02-29", "a_b", "snake_case", "camelCase", "http://x.y/z?q=1&r=2", "user@host", "<b>",
    "</div>", "{'k': [1, 2]}", "== != <= >=", "...", "…", "—", "--", "!!", "?!", "\"q\"", "“q”", "(x)", "#!/bin/sh", "\\n",
    "$x^2$", "λ", "∑", "½", "²", "ﬁ", "\u00a0", "\u200b", "\u2028", "\u3000", "C++", "e.g.", "U.S.A.", "Mr.", "'s", "'S",
    "x'y", "aaaaaaaaaaaaaaaa", "........", "        ", "Zürich", "İstanbul", "ÀÉÎ",
]  # fmt: skip


def lines(count=200, seed=5):
    """Awkward lines: pieces in a row, with and without spaces between them."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        pieces = chance.choices(PIECES, k=chance.randint(1, 8))
        made.append(chance.choice(["", " "]).join(pieces))
    return made


def golden(name):
    fetch = [ROOT / "scripts/models.sh", name]
    path = Path(subprocess.run(fetch, check=True, stdout=subprocess.PIPE, text=True).stdout.strip())
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    if name == "smollm2":
        # As in its tokenizer.json. Reading a GGUF file, transformers leaves the digits out.
        own = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(own)
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
    ids = tokenizer((FIXTURES / "texts/forced.txt").read_text())["input_ids"][:TOKENS]
    with torch.no_grad():
        said = torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), dim=-1)
    best = said.topk(BEST, dim=-1)
    return {
        "file": path.name,
        "ids": ids,
        "ln_p": [round(said[i, ids[i + 1]].item(), 6) for i in range(len(ids) - 1)],
        "best": best.indices[:-1].tolist(),
        "best_ln_p": [[round(value, 6) for value in row] for row in best.values[:-1].tolist()],
        "lines": [tokenizer(line)["input_ids"] for line in lines()],
    }


def main():
    folder = FIXTURES / "real"
    folder.mkdir(exist_ok=True)
    (folder / "lines.json").write_text(json.dumps(lines(), ensure_ascii=False, indent=0) + "\n")
    for name in MODELS:
        (folder / f"{name}.json").write_text(json.dumps(golden(name), separators=(",", ":")) + "\n")
    write_sums()
