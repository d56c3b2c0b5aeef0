#!/usr/bin/env bash
# Times tempo beside others and beside itself, as ratios:
#   scripts/bench.sh                              all three parts, one after the other, on the embedded story model
#   scripts/bench.sh --native --threads 1         beside Hugging Face transformers; kernels, formats, sets and contexts
#   scripts/bench.sh --native --model DIR --json OUT.json
#   scripts/bench.sh --browser                    beside onnxruntime-web in Chromium: bench-browser.sh
#   scripts/bench.sh --real                       real models beside llama.cpp, natively and in a tab (bench-real.sh has its options)
#   scripts/bench.sh --page                       the page itself: what a step of scrubbing costs, from www/dist
#   scripts/bench.sh --card                       the graphics card alone: shapes of 135 million to 3 billion parameters
#   scripts/bench.sh --card --shapes llama-1b --weights f16,q8,q4,f32 --json OUT.json
# What a machine lacks is named as not run. The first run installs torch and transformers into a cache folder (about a
# gigabyte; several where nvidia-smi finds a card); PYTHON names an interpreter that has them already, TEMPO a binary that
# has been built. The card's part writes checkpoints of up to 7 GB to a temporary folder (--folder keeps them) and deletes
# them.
set -euo pipefail
part=${1:-}
case $part in
    '')
        # A part that fails does not keep the others from being measured.
        failed=()
        for part in --native --real --browser --card; do
            printf '\n== %s\n\n' "${part#--}"
            "$0" "$part" || failed+=("${part#--}")
        done
        [ ${#failed[@]} -eq 0 ] && exit
        printf '\nFAILED: %s\n' "${failed[*]}"
        exit 1
        ;;
    --native) program=bench.py ;;
    --card) program=card.py ;;
    --real) exec "$(dirname "$0")/bench-real.sh" "${@:2}" ;;
    --browser) exec "$(dirname "$0")/bench-browser.sh" "${@:2}" ;;
    --page) cd "$(dirname "$0")/../tests/web" && exec npx playwright test -c bench/playwright.config.ts "${@:2}" ;;
    *)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
        [ "$part" = --help ] && exit
        exit 2
        ;;
esac
shift
called_from=$PWD
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"

# shellcheck source=scripts/python.sh
. "$root/scripts/python.sh"
python_environment

if [ -z "${TEMPO:-}" ]; then
    say "Building tempo in release mode"
    TEMPO=$(build_tempo)
fi
# Paths in the arguments belong to the folder this was called from. A second --model replaces the first.
cd "$called_from"
arguments=(--tempo "$TEMPO")
[ "$program" = card.py ] || arguments+=(--model "$root/www/public/models/storyteller")
exec "$PYTHON" "$root/scripts/$program" "${arguments[@]}" "$@"
