#!/usr/bin/env python3
"""Trains the story model that is embedded in tempo.

    train_story_model.py train --corpora DIR --work DIR --out DIR      the whole way, from texts to a model folder
    train_story_model.py tokenizer --corpora DIR --out FILE            only the tokenizer
    train_story_model.py eval --corpora DIR MODEL_DIR                  held-out loss of a model folder
    train_story_model.py credits --corpora DIR                         the names that the author lines give

Needs torch, transformers, tokenizers, safetensors and numpy (scripts/requirements.txt). A run is repeatable: data
order, dropout and initial weights depend on --seed alone. An interrupted run continues when it is started again with
the same --work folder.
"""

import argparse
import json
import pathlib
import sys

import numpy
import torch

from story import bpe, corpus, export, fit, measure
from story.decoder import Decoder, Shape, parameters


def arguments() -> argparse.Namespace:
    shape, recipe = Shape(), fit.Recipe()
    root = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = root.add_subparsers(dest="command", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        made.add_argument("--corpora", type=pathlib.Path, required=True, help="folder of corpus files")
        made.add_argument(
            "--seed", type=int, default=recipe.seed, help="decides the held-out split and the run"
        )
        made.add_argument("--threads", type=int, default=torch.get_num_threads(), help="CPU threads")
        return made

    tokenizer = command("tokenizer", "train the tokenizer")
    tokenizer.add_argument("--out", type=pathlib.Path, required=True, help="the tokenizer.json to write")
    tokenizer.add_argument("--vocab", type=int, default=shape.vocab_size)

    command("credits", "list the authors that the corpora name")

    measured = command("eval", "held-out loss of a model folder")
    measured.add_argument(
        "model", type=pathlib.Path, help="folder with config.json, tokenizer.json and weights"
    )
    measured.add_argument("--json", type=pathlib.Path, help="write the numbers here as well")
    measured.add_argument("--device", default="cpu")

    train = command("train", "train a model and export it")
    train.add_argument("--work", type=pathlib.Path, required=True, help="folder for the state of the run")
    train.add_argument("--out", type=pathlib.Path, required=True, help="model folder to write")
    train.add_argument(
        "--tokenizer", type=pathlib.Path, help="use this tokenizer.json instead of training one"
    )
    for flag, default in (
        ("vocab", shape.vocab_size),
        ("dim", shape.hidden_size),
        ("ffn", shape.intermediate_size),
        ("layers", shape.num_hidden_layers),
        ("heads", shape.num_attention_heads),
        ("kv-heads", shape.num_key_value_heads),
        ("head-dim", shape.head_dim),
        ("context", shape.max_position_embeddings),
        ("steps", recipe.steps),
        ("batch", recipe.batch),
        ("warmup", recipe.warmup),
    ):
        train.add_argument(f"--{flag}", type=int, default=default)
    train.add_argument(
        "--minutes", type=float, help="stop in about this time: fewer steps, a shorter schedule"
    )
    train.add_argument("--rate", type=float, default=recipe.rate, help="highest learning rate")
    train.add_argument("--dropout", type=float, default=recipe.dropout)
    train.add_argument("--weight-decay", type=float, default=recipe.weight_decay)
    train.add_argument(
        "--precision", choices=("bf16", "f32"), default=recipe.precision, help="of the arithmetic"
    )
    train.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    train.add_argument("--compile", action="store_true", help="torch.compile the model (worth it on CUDA)")
    train.add_argument("--every", type=int, default=500, help="save and measure every so many steps")
    return root.parse_args()


def train_tokenizer(train: dict[str, list[str]], vocabulary: int, path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [story for stories in train.values() for story in stories]
    bpe.save(bpe.train(texts, vocabulary), path)
    print(f"wrote {path}: {vocabulary} tokens from {sum(map(len, texts))} characters")


def train_model(args: argparse.Namespace) -> None:
    shape = Shape(
        vocab_size=args.vocab,
        hidden_size=args.dim,
        intermediate_size=args.ffn,
        num_hidden_layers=args.layers,
        num_attention_heads=args.heads,
        num_key_value_heads=args.kv_heads,
        head_dim=args.head_dim,
        max_position_embeddings=args.context,
    )
    recipe = fit.Recipe(
        steps=args.steps,
        batch=args.batch,
        rate=args.rate,
        warmup=args.warmup,
        weight_decay=args.weight_decay,
        dropout=args.dropout,
        seed=args.seed,
        precision=args.precision,
    )
    if shape.num_attention_heads % shape.num_key_value_heads or shape.head_dim % 2:
        raise SystemExit("--heads must be a multiple of --kv-heads, and --head-dim even")
    torch.manual_seed(recipe.seed)
    model = Decoder(shape, recipe.dropout)
    export.check_size(model)
    print(f"{parameters(model)} parameters on {args.device}")
    train, held = corpus.split(corpus.read(args.corpora), args.seed)
    args.work.mkdir(parents=True, exist_ok=True)
    tokenizer_file = args.tokenizer or args.work / "tokenizer.json"
    if not tokenizer_file.is_file():
        train_tokenizer(train, args.vocab, tokenizer_file)
    tokenizer = bpe.load(tokenizer_file)
    if tokenizer.get_vocab_size() != args.vocab:
        raise SystemExit(f"{tokenizer_file} has {tokenizer.get_vocab_size()} tokens, not {args.vocab}")
    # A source's stories are already in the order of the split, so its windows mix styles.
    streams: dict[str, numpy.ndarray] = {name: bpe.stream(tokenizer, part) for name, part in train.items()}
    device = torch.device(args.device)

    def losses() -> dict[str, dict[str, float]]:
        return measure.held_out_loss(model, tokenizer, held, shape.max_position_embeddings, device)

    fit.train(
        model,
        streams,
        recipe,
        device,
        args.work / "state.pt",
        minutes=args.minutes,
        compiled=args.compile,
        save_every=args.every,
        evaluate=lambda: losses()["all"]["nats_per_token"],
        evaluate_every=args.every,
    )
    report = losses()
    print(measure.table(report))
    (args.work / "held_out.json").write_text(json.dumps(report, indent=2) + "\n")
    export.write(model, tokenizer_file, args.out)


def evaluate(args: argparse.Namespace) -> None:
    # Through transformers, so that any model folder can be measured and not only our own.
    from transformers import AutoModelForCausalLM

    _, held = corpus.split(corpus.read(args.corpora), args.seed)
    tokenizer = bpe.load(args.model / "tokenizer.json")
    device = torch.device(args.device)
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32).to(device).eval()
    end = model.config.eos_token_id
    end = end[0] if isinstance(end, list) else end
    context = model.config.max_position_embeddings
    report = measure.held_out_loss(lambda ids: model(ids).logits, tokenizer, held, context, device, end)
    print(measure.table(report))
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n")


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    if args.command == "train":
        train_model(args)
    elif args.command == "tokenizer":
        train, _ = corpus.split(corpus.read(args.corpora), args.seed)
        train_tokenizer(train, args.vocab, args.out)
    elif args.command == "eval":
        evaluate(args)
    else:
        print("\n".join(corpus.credits(args.corpora)))


if __name__ == "__main__":
    sys.exit(main())
