"""Writes a trained model in the Hugging Face layout and proves it by reading it back."""

import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file

from story.decoder import Decoder, parameters

# The web page that embeds the model sends the file to every visitor.
MOST_BYTES = 7_000_000
# Two implementations of the same f32 arithmetic differ by rounding, which grows with depth; this is far above it and
# far below what a wrong rotation, norm or matrix would do.
TOLERANCE = 1e-3


def check_size(model: Decoder) -> None:
    """Refuses a model whose f16 file would be too large, before any time is spent on it."""
    needed = 2 * parameters(model)
    if needed > MOST_BYTES:
        raise SystemExit(
            f"{parameters(model)} parameters are {needed} bytes in f16; the limit is {MOST_BYTES}"
        )


def write(model: Decoder, tokenizer_file: pathlib.Path, folder: pathlib.Path) -> None:
    """Writes the four files into `folder`, which takes its name only after the check has passed."""
    check_size(model)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(folder.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    weights = {
        f"model.{name}": weight.detach().to("cpu", torch.float16).contiguous()
        for name, weight in sorted(model.state_dict().items())
    }
    for name, weight in weights.items():
        if not torch.isfinite(weight).all():
            raise SystemExit(f"{name} does not fit into f16")
    save_file(weights, draft / "model.safetensors", metadata={"format": "pt"})
    config = model.shape.config()
    (draft / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    generation = {key: config[key] for key in ("bos_token_id", "eos_token_id")}
    (draft / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    shutil.copyfile(tokenizer_file, draft / "tokenizer.json")
    check(model, draft)
    size = (draft / "model.safetensors").stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"model.safetensors has {size} bytes; the limit is {MOST_BYTES}")
    folder.mkdir(exist_ok=True)
    # Other files of the folder (its model card) stay.
    for file in draft.iterdir():
        file.replace(folder / file.name)
    draft.rmdir()
    print(f"wrote {folder}: {parameters(model)} parameters, {size} bytes")


def check(model: Decoder, folder: pathlib.Path) -> None:
    """Compares the logits of the files, read by transformers, with those of `model` at f16 weights."""
    from transformers import LlamaForCausalLM

    ours = Decoder(model.shape)
    ours.load_state_dict(
        {name: weight.to("cpu").half().float() for name, weight in model.state_dict().items()}
    )
    theirs = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    length = min(64, model.shape.max_position_embeddings)
    ids = torch.randint(model.shape.vocab_size, (2, length), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        mine, other = ours.eval()(ids), theirs.eval()(ids).logits
    error = ((mine - other).abs().max() / other.abs().max()).item()
    if not error <= TOLERANCE:
        raise SystemExit(
            f"the exported files give other logits (relative error {error:.2e}), nothing is written"
        )
    print(f"export checked against transformers: relative error {error:.1e}")
