"""Tiny random models, written by Hugging Face transformers (`reference.py models`)."""

import json
import shutil
import zlib

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    GraniteConfig,
    GraniteForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Olmo2Config,
    Olmo2ForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    SmolLM3Config,
    SmolLM3ForCausalLM,
)

from .common import MODELS, write_sums

# Small, and no two sizes alike, so that a transposed or mixed-up matrix cannot pass
# by its shape: hidden 32, feed-forward 40, vocabulary 112, 4 heads of 8, 2 kv heads of 8.
BASE = dict(
    vocab_size=112,
    hidden_size=32,
    intermediate_size=40,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=128,
    rms_norm_eps=1e-5,
    bos_token_id=1,
    eos_token_id=2,
    pad_token_id=None,
    tie_word_embeddings=True,
)


def rope(theta=10000.0, **scaling):
    return {"rope_theta": theta, "rope_type": "default", **scaling}


# Every sixth layer sees everything, so seven layers are one of that kind between those with a
# window. They are narrow, for there are many. The attention's scale is not that of the head size.
GEMMA3 = dict(
    vocab_size=96,
    hidden_size=12,
    intermediate_size=20,
    num_hidden_layers=7,
    head_dim=6,
    query_pre_attn_scalar=9,
    sliding_window=5,
)
# Two layers, one of each kind.
GEMMA3_SHORT = {**GEMMA3, "num_hidden_layers": 2, "sliding_window_pattern": 2}


# The sizes of the later families, for each needs a fixture or two.
NARROW = dict(vocab_size=72, hidden_size=16, intermediate_size=20)


# Head size 8 has wavelengths 6.3, 63, 628 and 6283 at theta 10000. With an original length
# of 128 and factors 1 and 4 the first is kept (< 32), the second blended, the rest divided.
LLAMA3 = rope(
    rope_type="llama3",
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=128,
)


def llama(**changes):
    return LlamaForCausalLM, LlamaConfig, {**BASE, "rope_parameters": rope(), **changes}


def mistral(**changes):
    return MistralForCausalLM, MistralConfig, {**BASE, "rope_parameters": rope(), **changes}


def qwen2(**changes):
    return Qwen2ForCausalLM, Qwen2Config, {**BASE, "rope_parameters": rope(1000000.0), **changes}


def qwen3(**changes):
    return Qwen3ForCausalLM, Qwen3Config, {**BASE, "rope_parameters": rope(1000000.0), **changes}


def gemma3(full=None, sizes=GEMMA3, **changes):
    """Two kinds of layers, two kinds of angles: `full` adds to those of the layers that see everything."""
    parameters = {"full_attention": rope(1000000.0, **(full or {})), "sliding_attention": rope(10000.0)}
    return Gemma3ForCausalLM, Gemma3TextConfig, {**BASE, **sizes, "rope_parameters": parameters, **changes}


def gemma2(**changes):
    sizes = {**GEMMA3, "num_hidden_layers": 3, "query_pre_attn_scalar": 9}
    return Gemma2ForCausalLM, Gemma2Config, {**BASE, **sizes, "rope_parameters": rope(), **changes}


def granite(**changes):
    factors = dict(
        embedding_multiplier=3.0, residual_multiplier=0.4, attention_multiplier=0.6, logits_scaling=0.5
    )
    settings = {**BASE, **NARROW, **factors, "rope_parameters": rope(), **changes}
    return GraniteForCausalLM, GraniteConfig, settings


def gpt_neox(**changes):
    settings = {**BASE, **NARROW, "num_attention_heads": 2, "tie_word_embeddings": False}
    for key in ("num_key_value_heads", "rms_norm_eps"):
        del settings[key]
    return GPTNeoXForCausalLM, GPTNeoXConfig, {**settings, **changes}


def olmo2(**changes):
    settings = {**BASE, **NARROW, "rope_parameters": rope(500000.0), **changes}
    return Olmo2ForCausalLM, Olmo2Config, settings


# Two pairs of a head of four are turned, or one.
def longrope(original, short=(1.0, 1.3), long=(1.5, 4.0), **more):
    factors = {"short_factor": list(short), "long_factor": list(long), **more}
    return {
        "rope_parameters": rope(rope_type="longrope", **factors),
        "original_max_position_embeddings": original,
    }


def phi3(**changes):
    settings = {**BASE, **NARROW, "tie_word_embeddings": False, "rope_parameters": rope(), **changes}
    return Phi3ForCausalLM, Phi3Config, settings


def smollm3(**changes):
    settings = {**BASE, **NARROW, "num_hidden_layers": 5, "rope_parameters": rope(2000000.0), **changes}
    return SmolLM3ForCausalLM, SmolLM3Config, settings


def as_transformers_4(config):
    """The keys that transformers 4 wrote, and the old name `type` inside `rope_scaling`."""
    parameters = config.pop("rope_parameters")
    config["rope_theta"] = parameters["rope_theta"]
    config["rope_scaling"] = {"type": parameters["rope_type"], "factor": parameters["factor"]}
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.41.2"
    # Configurations of that age have no head_dim either: hidden_size / num_attention_heads.
    del config["head_dim"]


def phi3_as_transformers_4(config):
    """`rope_scaling` with the old key `type`, the original context beside it."""
    parameters = config.pop("rope_parameters")
    config["rope_theta"] = parameters["rope_theta"]
    factors = {key: parameters[key] for key in ("short_factor", "long_factor")}
    config["rope_scaling"] = {"type": "longrope", **factors}
    config["transformers_version"] = "4.38.2"


def gpt_neox_as_transformers_4(config):
    """Keys of its own for the angles."""
    parameters = config.pop("rope_parameters")
    config["rotary_emb_base"] = parameters["rope_theta"]
    config["rotary_pct"] = parameters["partial_rotary_factor"]
    config["transformers_version"] = "4.24.0"


def gemma3_as_transformers_4(config):
    """Angles and kinds of layers as transformers 4 wrote them for Gemma 3; what has its default is left out."""
    parameters = config.pop("rope_parameters")
    config["rope_theta"] = parameters["full_attention"].pop("rope_theta")
    config["rope_scaling"] = parameters["full_attention"]
    config["rope_local_base_freq"] = parameters["sliding_attention"]["rope_theta"]
    config["sliding_window_pattern"] = config.pop("_sliding_window_pattern")
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.50.0"
    for key in ("layer_types", "attn_logit_softcapping", "final_logit_softcapping", "tie_word_embeddings"):
        del config[key]


def without_use_sliding_window(config):
    """`sliding_window` is there, but nothing turns it on: full attention, as transformers reads it."""
    del config["use_sliding_window"]
    del config["layer_types"]
    config["sliding_window"] = 4


# name -> (model, what differs from a plain save_pretrained)
CATALOGUE = {
    "llama": (llama(num_hidden_layers=3), {}),
    "llama-untied": (llama(tie_word_embeddings=False, eos_token_id=[2, 5]), {}),
    "llama-head-dim": (llama(head_dim=12, num_key_value_heads=1), {}),
    "llama-rope-llama3": (llama(rope_parameters=LLAMA3, max_position_embeddings=1024), {}),
    "llama-rope-linear": (llama(rope_parameters=rope(rope_type="linear", factor=4.0)), {}),
    "llama-bias": (llama(attention_bias=True, mlp_bias=True, hidden_act="silu"), {}),
    "llama-sharded": (llama(tie_word_embeddings=False), {"shards": 3}),
    "llama-bf16": (llama(), {"dtype": torch.bfloat16}),
    "llama-f16": (llama(), {"dtype": torch.float16}),
    "llama-tied-lm-head": (llama(num_key_value_heads=4), {"only_lm_head": True}),
    "llama-config-v4": (
        llama(rope_parameters=rope(5000.0, rope_type="linear", factor=2.0)),
        {"edit_config": as_transformers_4},
    ),
    "mistral-window": (mistral(head_dim=8, sliding_window=5, tie_word_embeddings=False), {}),
    "qwen2": (qwen2(), {"generation_eos": [2, 7]}),
    "qwen2-no-window": (qwen2(), {"edit_config": without_use_sliding_window}),
    "qwen2-mixed-window": (
        qwen2(use_sliding_window=True, sliding_window=5, max_window_layers=1),
        {},
    ),
    "qwen3": (qwen3(head_dim=10, tie_word_embeddings=False), {}),
    "gemma3": (gemma3(), {}),
    "gemma3-caps": (
        gemma3(sizes=GEMMA3_SHORT, attn_logit_softcapping=2.0, final_logit_softcapping=4.0),
        {},
    ),
    "gemma3-config-v4": (
        gemma3(sizes=GEMMA3_SHORT, full={"rope_type": "linear", "factor": 8.0}),
        {"edit_config": gemma3_as_transformers_4},
    ),
    "gemma2": (gemma2(attn_logit_softcapping=3.0, final_logit_softcapping=6.0), {}),
    "gpt-neox": (gpt_neox(), {}),
    "gpt-neox-serial": (
        gpt_neox(use_parallel_residual=False, rope_parameters=rope(5000.0, partial_rotary_factor=0.5)),
        {"edit_config": gpt_neox_as_transformers_4},
    ),
    "gpt-neox-tied": (gpt_neox(tie_word_embeddings=True), {}),
    "granite": (granite(), {}),
    "granite-untied": (granite(tie_word_embeddings=False, attention_bias=True, mlp_bias=True), {}),
    "olmo2": (olmo2(tie_word_embeddings=False), {}),
    "phi3-window": (phi3(sliding_window=5), {}),
    "phi3-long": (phi3(**longrope(8)), {}),
    "phi3-short": (phi3(**longrope(64)), {"edit_config": phi3_as_transformers_4}),
    "phi3-partial": (
        phi3(
            hidden_size=24,
            tie_word_embeddings=True,
            **longrope(64, (1.2, 1.3), (1.5, 4.0), partial_rotary_factor=0.75),
        ),
        {},
    ),
    "smollm3": (smollm3(), {"generation_eos": [2, 9]}),
    "smollm3-listed": (
        smollm3(num_hidden_layers=2, no_rope_layers=[0, 1], use_sliding_window=True, sliding_window=5),
        {},
    ),
}


def randomise(name, model):
    """Weights from NumPy, seeded by model and tensor name, so that no order or version matters.

    The spread is wider than a training start: attention is then far from flat and logits are
    far from uniform. Norm weights lie around 1 as they are used (Gemma adds the 1 itself), biases
    are not zero.
    """
    stored = 0 if model.config.model_type in ("gemma2", "gemma3_text") else 1
    with torch.no_grad():
        for key, tensor in model.named_parameters():
            numbers = np.random.default_rng(zlib.crc32(f"{name}/{key}".encode()))
            values = numbers.standard_normal(tuple(tensor.shape))
            if key.endswith("norm.weight"):
                values = stored + 0.25 * values
            elif key.endswith(".bias"):
                values = 0.5 * values
            elif "embed_" in key or "lm_head" in key:
                values = 0.45 * values
            elif "q_proj" in key or "k_proj" in key or "qkv_proj" in key or "query_key_value" in key:
                values = 0.27 * values
            else:
                values = 0.22 * values
            tensor.copy_(torch.from_numpy(values))


def edit_json(path, edit):
    config = json.loads(path.read_text(encoding="utf-8"))
    edit(config)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def write_model(name):
    (model_class, config_class, settings), extra = CATALOGUE[name]
    folder = MODELS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = model_class(config_class(**settings))
    randomise(name, model)
    model = model.to(extra.get("dtype", torch.float32))
    size = sum(t.numel() * t.element_size() for t in model.parameters())
    # A little above a third, for shards are filled tensor by tensor.
    limit = size * 38 // 100 if extra.get("shards") else 10**9
    model.save_pretrained(folder, max_shard_size=limit)
    if extra.get("only_lm_head"):
        tensors = {k: v.contiguous() for k, v in model.state_dict().items()}
        del tensors["model.embed_tokens.weight"]
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    generation = folder / "generation_config.json"
    generation.unlink(missing_ok=True)
    if "generation_eos" in extra:
        eos = {"bos_token_id": 1, "eos_token_id": extra["generation_eos"]}
        generation.write_text(json.dumps(eos, indent=2) + "\n", encoding="utf-8")
    if "edit_config" in extra:
        edit_json(folder / "config.json", extra["edit_config"])
    files = sorted(p.name for p in folder.iterdir())
    assert len([f for f in files if f.endswith(".safetensors")]) == extra.get("shards", 1), files
    print(f"{name}: {sum(p.stat().st_size for p in folder.iterdir())} bytes, {files}")


def main():
    for name in CATALOGUE:
        write_model(name)
    write_sums()
