#!/usr/bin/env bash
# The project's own study: TEMPO on texts that somebody wrote, measured on SmolLM2-135M-Instruct, Gemma 3 270M or the
# project's story model (LAB.md L7). Stopped, it goes on where it was; with --shard i/n machines share it (`tempo study --merge`).
#
#   scripts/study.sh smollm2 TEXTS OUT [FLAGS...]                scripts/models.sh fetches the model
#   scripts/study.sh smollm2-as-described TEXTS OUT [FLAGS...]   the same windows with weighting none
#   scripts/study.sh gemma3 TEXTS OUT [FLAGS...]
#   scripts/study.sh storyteller TEXTS OUT [FLAGS...]            the model that is part of the project
#
# and for one question each, as smollm2-long: weights, chain (many open sets), long (100 steps), temperature, own (each way on its
# own sets, fading, the budget), thresholds (those beside 0.1), chat (a conversation; not with the story model).
#
# TEXTS is a folder of .txt files; a line <|endoftext|> parts documents. Those of docs/findings are tales of FairytaleQA
# (https://github.com/uci-soe/FairytaleQAData, Apache-2.0, the tales in the public domain) and stories of TinyStories
# (https://huggingface.co/datasets/roneneldan/TinyStories, CDLA-Sharing-1.0), as scripts/study/texts.py takes 20 of each. They
# are no part of this repository. What is measured stands in scripts/study/*.toml; scripts/study/pictures.py draws it.
set -euo pipefail
from=$PWD
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"

name=${1:-}
spec=$root/scripts/study/$name.toml
# A question has a file of its own, whichever model it is asked of.
[ -f "$spec" ] || spec=$root/scripts/study/${name#*-}.toml
case ${name%%-*} in smollm2 | gemma3 | storyteller) ;; *) spec= ;; esac
if [ $# -lt 3 ] || [ ! -f "$spec" ]; then
    say "usage: scripts/study.sh smollm2|gemma3|storyteller[-QUESTION] TEXTS OUT [FLAGS of tempo study...]"
    exit 2
fi
absolute() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s/%s\n' "$from" "$1" ;; esac; }
texts=$(absolute "$2")
out=$(absolute "$3")
case $name in
    storyteller*) model=$root/www/public/models/storyteller ;;
    *) model=$(scripts/models.sh "${name%%-*}") ;;
esac
shift 3

cargo build --release --locked --quiet -p tempo-cli
# The file names the folder `texts`, so that it says the same everywhere.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ln -s "$texts" "$folder/texts"
cd "$folder"
"$(target_folder)/release/tempo" study "$spec" --model "$model" --device cpu --out "$out" "$@"
