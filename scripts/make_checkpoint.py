#!/usr/bin/env python3
"""Writes a checkpoint of random weights, to measure loading, memory and speed at a published model's sizes.

    make_checkpoint.py llama-1b DIR                    the shapes of Llama 3.2 1B, bfloat16, 2.5 GB
    make_checkpoint.py smollm2-135m DIR --shard-size 100
    make_checkpoint.py tiny DIR --dtype f32
    make_checkpoint.py list                            the presets, one per line: name, parameters, model

The folder has the Hugging Face layout with a small byte-level tokenizer.json, so anything that loads a real model
loads it; the text it writes is noise. The number of parameters is that of the published model, or nothing is written.
Weights are made and written in pieces of half a megabyte, so a large checkpoint needs little memory. Needs numpy only.
Equal arguments give equal bytes.
"""

import argparse
import json
import math
import pathlib
import shutil
import sys

from checkpoint import presets, tokenizer, weights

# Flag value: name in config.json.
DTYPES = {"f32": "float32", "f16": "float16", "bf16": "bfloat16"}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("preset", choices=[*presets.PRESETS, "list"])
    parser.add_argument("folder", type=pathlib.Path, nargs="?")
    parser.add_argument("--dtype", choices=DTYPES, help="instead of the preset's")
    parser.add_argument("--layers", type=int, help="instead of the preset's")
    parser.add_argument("--context", type=int, help="max_position_embeddings instead of the preset's")
    parser.add_argument(
        "--shard-size", type=int, metavar="MB", help="split into files of at most so many megabytes"
    )
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if (args.preset == "list") != (args.folder is None):
        parser.error("a preset needs a folder, and list needs none")
    return args


def main() -> None:
    args = arguments()
    if args.preset == "list":
        for name, preset in presets.PRESETS.items():
            print(name, preset.parameters, preset.source or "-")
        return
    preset = presets.PRESETS[args.preset]
    config = preset.config(args.layers, args.context, DTYPES.get(args.dtype))
    tensors = list(presets.tensors(config))
    count = sum(math.prod(shape) for _, shape in tensors)
    if args.layers is None:
        assert count == preset.parameters, f"{args.preset} has {count} parameters, published are {preset.parameters}"
    if preset.repeats_output:
        tensors.insert(0, (presets.OUTPUT, (config["vocab_size"], config["hidden_size"])))
    if args.folder.exists() and any(args.folder.iterdir()):
        sys.exit(f"{args.folder} is not empty")

    # The folder gets its name when it is whole, so an interrupted run leaves nothing that looks like a model.
    draft = args.folder.with_name(args.folder.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for file, value in (
        ("config.json", config),
        ("generation_config.json", {"bos_token_id": 0, "eos_token_id": 0}),
        ("tokenizer.json", tokenizer.tokenizer()),
    ):
        (draft / file).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    limit = args.shard_size * 1_000_000 if args.shard_size else None
    files, total = weights.write(draft, tensors, config, args.seed, limit)
    if args.folder.exists():
        args.folder.rmdir()
    draft.rename(args.folder)
    print(f"wrote {args.folder}: {count} parameters in {files} file(s), {total} bytes, {config['torch_dtype']}")


if __name__ == "__main__":
    main()
