"""The independent reference of TEMPO, on PyTorch and Hugging Face transformers.

It is written from the contract (ALGORITHM.md, and LAB.md for readings) and never from the Rust code, so that a
misreading on either side shows up as a difference. It writes tests/fixtures:

    python3 -m venv .venv && .venv/bin/pip install -r scripts/requirements.txt
    .venv/bin/python scripts/reference.py models      # tiny random models  -> models/
    .venv/bin/python scripts/reference.py logits      # their golden logits -> logits/
    .venv/bin/python scripts/reference.py tempo       # whole TEMPO runs    -> tempo/
    .venv/bin/python scripts/reference.py lab         # other decoders' runs -> lab/
    .venv/bin/python scripts/reference.py chat        # texts of conversations, for crates/tempo-chat
    .venv/bin/python scripts/reference.py real        # two real models       -> real/ (needs gguf and accelerate)
    .venv/bin/python scripts/reference.py scores      # scores of texts  -> scores.json
    .venv/bin/python scripts/reference.py invariants  # I1 .. I11, I21, I22: prints what it measures
    .venv/bin/python scripts/reference.py random      # the built binary on random options

`models` comes before the others. `tempo`, `scores` and `invariants` also read the story model, from
www/public/models/storyteller or the folder given with --story; `tempo --only NAME` runs one
case, `tempo --version 2` those of that version of the trace alone, and `tempo --list` prints the
table of cases without writing. Everything is seeded: a second run writes the same bytes. See tests/fixtures/README.md.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(dest="part", required=True)
    parts.add_parser("models", help="write the tiny random models")
    parts.add_parser("logits", help="write their golden logits")
    parts.add_parser("real", help="write what transformers makes of two real models")
    parts.add_parser("chat", help="write the texts of conversations")
    tempo = parts.add_parser("tempo", help="write the TEMPO runs")
    tempo.add_argument("--only", help="run this case alone")
    tempo.add_argument("--version", type=int, help="run the cases of this version of the trace alone")
    tempo.add_argument("--list", action="store_true", help="print the cases and write nothing")
    scores = parts.add_parser("scores", help="write scores of texts by the story model")
    lab = parts.add_parser("lab", help="write the runs of the decoders beside TEMPO")
    lab.add_argument("--only", help="run this case alone")
    lab.add_argument("--list", action="store_true", help="print the cases and write nothing")
    invariants = parts.add_parser("invariants", help="measure the invariants")
    chance = parts.add_parser("random", help="compare the binary on random options")
    chance.add_argument("--tempo", default="target/release/tempo", help="the binary")
    chance.add_argument("--device", default="cpu", help="where it runs")
    chance.add_argument("--seconds", type=float, default=60)
    chance.add_argument("--seed", type=int, default=0, help="the first one")
    for part in (tempo, scores, lab, invariants, chance):
        part.add_argument(
            "--story",
            type=Path,
            default=Path(__file__).resolve().parents[1] / "www/public/models/storyteller",
            help="folder of the story model",
        )
    args = parser.parse_args()
    if "story" in args and not (args.story / "config.json").exists():
        parser.error(f"no story model in {args.story}; name its folder with --story")
    if args.part == "models":
        from reference import models

        models.main()
    elif args.part == "real":
        from reference import real

        real.main()
    elif args.part == "chat":
        from reference import chat

        chat.main()
    elif args.part == "logits":
        from reference import logits

        logits.main()
    elif args.part == "tempo":
        from reference import cases

        cases.main(args.story, args.only, args.version, args.list)
    elif args.part == "scores":
        from reference import scores as texts

        texts.main(args.story)
    elif args.part == "lab":
        from reference import decoder_cases

        decoder_cases.main(args.story, args.only, args.list)
    elif args.part == "random":
        from reference import random_runs

        sys.exit(not random_runs.main(args.story, args.tempo, args.device, args.seconds, args.seed))
    else:
        from reference import invariants as measured

        measured.main(args.story)


if __name__ == "__main__":
    main()
