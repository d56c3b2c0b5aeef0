#!/usr/bin/env bash
# Times tempo beside Hugging Face transformers on this machine:
#   scripts/bench.sh                              the embedded story model, all processors
#   scripts/bench.sh --threads 1
#   scripts/bench.sh --model DIR --json OUT.json
#   scripts/bench.sh --browser                    beside onnxruntime-web in Chromium instead: bench-browser.sh
# The first run installs torch and transformers into a cache folder (about a gigabyte); PYTHON names an interpreter
# that has them already.
set -euo pipefail
if [ "${1:-}" = --browser ]; then
    exec "$(dirname "$0")/bench-browser.sh" "${@:2}"
fi
called_from=$PWD
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"

if [ -z "${PYTHON:-}" ]; then
    # One environment per list of versions, so that a changed pin is a new one and never a half-updated one.
    environment=$cache/tempo-python-$(cksum <scripts/requirements.txt | cut -d' ' -f1)
    PYTHON=$environment/bin/python
    if [ ! -e "$environment/complete" ]; then
        say "Installing torch and transformers into $environment"
        python3 -m venv --clear "$environment" || {
            apt_install python3-venv
            python3 -m venv --clear "$environment"
        }
        # The builds for processors only are small; where their index cannot be reached, the default build serves.
        torch=$(grep '^torch==' scripts/requirements.txt)
        "$PYTHON" -m pip install --quiet --index-url https://download.pytorch.org/whl/cpu "$torch" ||
            "$PYTHON" -m pip install --quiet "$torch"
        "$PYTHON" -m pip install --quiet -r scripts/requirements.txt
        touch "$environment/complete"
    fi
fi

say "Building tempo in release mode"
tempo=$(build_tempo)
# Paths in the arguments belong to the folder this was called from. A second --model replaces the first.
cd "$called_from"
exec "$PYTHON" "$root/scripts/bench.py" --tempo "$tempo" --model "$root/www/public/models/storyteller" "$@"
