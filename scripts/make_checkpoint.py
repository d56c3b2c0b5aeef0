#!/usr/bin/env python3
"""Writes a checkpoint of random weights, to measure loading and speed at a real model's sizes.

    make_checkpoint.py llama-1b DIR                    the shapes of Llama 3.2 1B, bfloat16, 2.5 GB
    make_checkpoint.py smollm2-135m DIR --shard-size 100
    make_checkpoint.py tiny DIR --dtype f32

The folder has the Hugging Face layout with a small byte-level tokenizer.json, so anything that loads a real model
loads it; the text it writes is noise. Weights are made and written in pieces of a few megabytes, so a large
checkpoint needs little memory. Needs numpy only. Equal arguments give equal bytes.
"""

import argparse
import json
import pathlib
import shutil
import sys
from collections.abc import Iterator

import numpy

END, PAD = "<|endoftext|>", "<|pad|>"

LLAMA3_SCALING = {
    "factor": 32.0,
    "high_freq_factor": 4.0,
    "low_freq_factor": 1.0,
    "original_max_position_embeddings": 8192,
    "rope_type": "llama3",
}

# What differs between presets, under the names of config.json.
PRESETS = {
    "llama-1b": {
        "vocab_size": 128256,
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 64,
        "max_position_embeddings": 131072,
        "rope_theta": 500000.0,
        "rope_scaling": LLAMA3_SCALING,
        "torch_dtype": "bfloat16",
    },
    "smollm2-135m": {
        "vocab_size": 49152,
        "hidden_size": 576,
        "intermediate_size": 1536,
        "num_hidden_layers": 30,
        "num_attention_heads": 9,
        "num_key_value_heads": 3,
        "head_dim": 64,
        "max_position_embeddings": 8192,
        "rope_theta": 100000.0,
        "rope_scaling": None,
        "torch_dtype": "bfloat16",
    },
    "tiny": {
        "vocab_size": 512,
        "hidden_size": 64,
        "intermediate_size": 160,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "max_position_embeddings": 256,
        "rope_theta": 10000.0,
        "rope_scaling": None,
        "torch_dtype": "float16",
    },
}

# Flag value: (name in config.json, name in a safetensors header, bytes).
DTYPES = {"f32": ("float32", "F32", 4), "f16": ("float16", "F16", 2), "bf16": ("bfloat16", "BF16", 2)}

# Numbers made at a time.
PIECE = 4 << 20


def config(preset: dict) -> dict:
    """The whole config.json."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        **preset,
        "rms_norm_eps": 1e-5,
        "hidden_act": "silu",
        "tie_word_embeddings": True,
        "attention_bias": False,
        "mlp_bias": False,
        "bos_token_id": 0,
        "eos_token_id": 0,
    }


def tensors(sizes: dict) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and shapes, in the order of the file."""
    hidden, ffn = sizes["hidden_size"], sizes["intermediate_size"]
    queries = sizes["num_attention_heads"] * sizes["head_dim"]
    keys = sizes["num_key_value_heads"] * sizes["head_dim"]
    yield "model.embed_tokens.weight", (sizes["vocab_size"], hidden)
    for layer in range(sizes["num_hidden_layers"]):
        at = f"model.layers.{layer}"
        yield f"{at}.input_layernorm.weight", (hidden,)
        yield f"{at}.self_attn.q_proj.weight", (queries, hidden)
        yield f"{at}.self_attn.k_proj.weight", (keys, hidden)
        yield f"{at}.self_attn.v_proj.weight", (keys, hidden)
        yield f"{at}.self_attn.o_proj.weight", (hidden, queries)
        yield f"{at}.post_attention_layernorm.weight", (hidden,)
        yield f"{at}.mlp.gate_proj.weight", (ffn, hidden)
        yield f"{at}.mlp.up_proj.weight", (ffn, hidden)
        yield f"{at}.mlp.down_proj.weight", (hidden, ffn)
    yield "model.norm.weight", (hidden,)


def encoded(values: numpy.ndarray, dtype: str) -> bytes:
    """Float32 numbers as little-endian bytes of the wanted type."""
    if dtype == "f32":
        return values.astype("<f4").tobytes()
    if dtype == "f16":
        return values.astype("<f2").tobytes()
    # numpy has no bfloat16: it is the upper half of a float32, rounded to nearest, ties to even.
    bits = values.astype("<f4").view("<u4")
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()


def contents(shape: tuple[int, ...], dtype: str, random: numpy.random.Generator) -> Iterator[bytes]:
    """The bytes of a tensor, piece by piece. Norm scales are 1; matrices are small, so activations stay finite."""
    left = int(numpy.prod(shape))
    while left:
        count = min(left, PIECE)
        if len(shape) == 1:
            values = numpy.ones(count, dtype=numpy.float32)
        else:
            values = random.standard_normal(count, dtype=numpy.float32) * numpy.float32(0.02)
        yield encoded(values, dtype)
        left -= count


def shards(named: list[tuple[str, tuple[int, ...]]], width: int, limit: int | None) -> list[list]:
    """Consecutive tensors in groups of at most `limit` bytes; a larger tensor is a group of its own."""
    groups, filled = [[]], 0
    for name, shape in named:
        size = int(numpy.prod(shape)) * width
        if limit and groups[-1] and filled + size > limit:
            groups.append([])
            filled = 0
        groups[-1].append((name, shape))
        filled += size
    return groups


def write_file(path: pathlib.Path, group: list, dtype: str, random: numpy.random.Generator) -> int:
    """One safetensors file; returns the bytes of its tensors."""
    _, label, width = DTYPES[dtype]
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in group:
        size = int(numpy.prod(shape)) * width
        header[name] = {"dtype": label, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of 8
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, shape in group:
            for piece in contents(shape, dtype, random):
                file.write(piece)
    return at


def byte_letters() -> list[str]:
    """The printable letter that stands for each byte in a byte-level vocabulary (GPT-2's table)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


def tokenizer() -> dict:
    """A tokenizer.json with the two special tokens and one token per byte: it can spell any text."""
    vocabulary = {END: 0, PAD: 1}
    for letter in sorted(byte_letters()):
        vocabulary[letter] = len(vocabulary)
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    bytelevel = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    begin = {"SpecialToken": {"id": END, "type_id": 0}}
    text, second = ({"Sequence": {"id": name, "type_id": i}} for i, name in enumerate("AB"))
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": i, "content": token, **flags} for i, token in enumerate((END, PAD))],
        "normalizer": None,
        "pre_tokenizer": bytelevel,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [begin, text],
            "pair": [begin, text, second],
            "special_tokens": {END: {"id": END, "ids": [0], "tokens": [END]}},
        },
        "decoder": bytelevel,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": vocabulary,
            "merges": [],
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("preset", choices=PRESETS)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--dtype", choices=DTYPES, help="instead of the preset's")
    parser.add_argument("--layers", type=int, help="instead of the preset's")
    parser.add_argument("--context", type=int, help="max_position_embeddings instead of the preset's")
    parser.add_argument(
        "--shard-size", type=int, metavar="MB", help="split into files of at most so many megabytes"
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    sizes = config(PRESETS[args.preset])
    names = {name: flag for flag, (name, _, _) in DTYPES.items()}
    dtype = args.dtype or names[sizes["torch_dtype"]]
    sizes["torch_dtype"] = DTYPES[dtype][0]
    sizes["num_hidden_layers"] = args.layers or sizes["num_hidden_layers"]
    sizes["max_position_embeddings"] = args.context or sizes["max_position_embeddings"]
    if args.folder.exists() and any(args.folder.iterdir()):
        sys.exit(f"{args.folder} is not empty")

    # The folder gets its name when it is whole, so an interrupted run leaves nothing that looks like a model.
    draft = args.folder.with_name(args.folder.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for file, value in (
        ("config.json", sizes),
        ("generation_config.json", {"bos_token_id": 0, "eos_token_id": 0}),
        ("tokenizer.json", tokenizer()),
    ):
        (draft / file).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    named = list(tensors(sizes))
    random = numpy.random.Generator(numpy.random.SFC64(args.seed))
    limit = args.shard_size * 1_000_000 if args.shard_size else None
    groups = shards(named, DTYPES[dtype][2], limit)
    total, place = 0, {}
    for number, group in enumerate(groups, 1):
        file = "model.safetensors"
        if limit:
            file = f"model-{number:05}-of-{len(groups):05}.safetensors"
        total += write_file(draft / file, group, dtype, random)
        place.update({name: file for name, _ in group})
    if limit:
        index = {"metadata": {"total_size": total}, "weight_map": place}
        (draft / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    if args.folder.exists():
        args.folder.rmdir()
    draft.rename(args.folder)
    count = total // DTYPES[dtype][2]
    print(f"wrote {args.folder}: {count} parameters in {len(groups)} file(s), {total} bytes, {dtype}")


if __name__ == "__main__":
    main()
