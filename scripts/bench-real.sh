#!/usr/bin/env bash
# Times tempo beside llama.cpp on real models, natively, in turns: a token, a set of 8 beside a batch of 8, prompts of 128
# and 512, from the file to the first token, and memory. One thread, then all:
#   scripts/bench-real.sh                         SmolLM2-135M-Instruct and Gemma 3 270M, which scripts/models.sh fetches
#   scripts/bench-real.sh --rounds 5 --weights auto,q8,q4 --json OUT.json
#   scripts/bench-real.sh MODEL.gguf...           other GGUF files
# TEMPO names a binary that has been built.
set -euo pipefail
called_from=$PWD
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"

not_run() {
    printf 'NOT RUN: tempo beside llama.cpp on real models (%s)\n' "$*"
    exit 0
}

models=()
options=()
while [ $# -gt 0 ]; do
    case $1 in
        --json)
            options+=("$1" "$(cd "$called_from" && realpath -m "$2")")
            shift
            ;;
        --*)
            options+=("$1" "$2")
            shift
            ;;
        *) models+=("$(cd "$called_from" && realpath "$1")") ;;
    esac
    shift
done
if [ ${#models[@]} -eq 0 ]; then
    for name in smollm2 gemma3; do
        model=$(scripts/models.sh "$name") || not_run "the package of $name cannot be had"
        models+=("$model")
    done
fi
command -v node >/dev/null || not_run "no Node.js"
peer=$root/scripts/peers/llama
if ! [ "$peer/node_modules/.package-lock.json" -nt "$peer/package.json" ]; then
    say "installing node-llama-cpp"
    # No lock file: packages of other systems, which it would have to name, are not in every registry.
    (cd "$peer" && npm install --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error) >&2 ||
        not_run "its npm packages cannot be installed"
    touch "$peer/node_modules/.package-lock.json"
fi
if [ -z "${TEMPO:-}" ]; then
    cargo build --release --locked -p tempo-cli
    TEMPO=${CARGO_TARGET_DIR:-$root/target}/release/tempo
fi
exec node "$peer/bench.mjs" --tempo "$TEMPO" "${options[@]}" "${models[@]}"
