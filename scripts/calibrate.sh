#!/usr/bin/env bash
# How far TEMPO's distribution is from the exact average over all readings, under every weighting, and how probable its
# readings are: on SmolLM2-135M-Instruct and 24 texts, each continued after 32 and after 64 tokens, in less than ten minutes
# of two cores. Prints tables, and fails when a bound does not hold.
#
#   scripts/calibrate.sh                           scripts/models.sh fetches the model
#   scripts/calibrate.sh MODEL [TEXTS] [FLAGS...]  another GGUF file or folder; documents of TEXTS are parted by <|endoftext|>
set -euo pipefail
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"

if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
    model=$1
    shift
else
    model=$(scripts/models.sh smollm2) || { say "name a model: scripts/calibrate.sh MODEL"; exit 1; }
fi
texts=$root/scripts/calibrate/texts.txt
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
    texts=$1
    shift
fi

cargo build --release --locked --quiet -p tempo-lab
exec "$(target_folder)/release/calibrate" "$model" "$texts" "$@"
