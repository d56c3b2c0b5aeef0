#!/usr/bin/env bash
# Builds tempo and runs `tempo generate` on the embedded story model. Arguments are passed on:
#   scripts/run.sh --prompt "The fox said to the" --max-steps 30
set -euo pipefail
called_from=$PWD
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"

say "Building tempo in release mode. The first build compiles the tensor library too and takes some minutes."
tempo=$(build_tempo)
say "Running: tempo generate $*"
# Paths in the arguments belong to the folder this was called from.
cd "$called_from"
exec "$tempo" generate "$@"
