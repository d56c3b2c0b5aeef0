"""Paths, loading and number formats shared by the parts of the reference."""

import hashlib
import json
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch  # noqa: E402  (after the environment is set)
from transformers import AutoModelForCausalLM  # noqa: E402
from transformers.utils import logging  # noqa: E402

logging.disable_progress_bar()

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
MODELS = FIXTURES / "models"
LOGITS = FIXTURES / "logits"
TRACES = FIXTURES / "tempo"


def load(folder, dtype=torch.float32):
    """The model in `folder`, with eager attention, so that attention weights can be read."""
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, attn_implementation="eager", local_files_only=True
    )
    return model.eval()


def caps(model):
    """What a forward pass is told beside its inputs: the bound of Gemma 3's attention logits.

    transformers 5.23.0 has it in the configuration and in the eager attention, and does not hand
    the one to the other. The bound is a trait of the model, so it is handed over here.
    """
    if model.config.model_type != "gemma3_text":
        return {}
    cap = getattr(model.config, "attn_logit_softcapping", None)
    return {} if cap is None else {"softcap": cap}


def rounded(x, digits=7):
    """x with `digits` significant digits; whole numbers come out as floats (1.0)."""
    return float(f"{float(x):.{digits}g}")


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps(value) + "\n", encoding="utf-8")


def dumps(value):
    """One line of JSON without spaces; a NaN or an infinity is an error."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def write_sums():
    """tests/fixtures/SHA256SUMS over everything below tests/fixtures but itself and the README."""
    skip = {"SHA256SUMS", "README.md"}
    files = sorted(p for p in FIXTURES.rglob("*") if p.is_file() and p.name not in skip)
    lines = [
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(FIXTURES).as_posix()}\n" for p in files
    ]
    (FIXTURES / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    size = sum(p.stat().st_size for p in files)
    print(f"SHA256SUMS: {len(files)} files, {size} bytes")
