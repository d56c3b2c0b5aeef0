#!/usr/bin/env bash
# Loads and runs checkpoints with the exact shapes of published models and random weights, and prints one row of
# memory for each model and device. Needs 8 GB of disk for the largest; every checkpoint is deleted after its runs.
#   scripts/shapes.sh                                       every published shape, cpu and gpu, weights in q4
#   scripts/shapes.sh --device cpu --weights f32 llama-1b
#   scripts/shapes.sh --folder DIR qwen3-0.6b               checkpoints in DIR are kept, and used again when they are there
# TEMPO names a binary that has been built already, PYTHON an interpreter that has numpy.
set -euo pipefail
called_from=$PWD
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"

if [ -z "${PYTHON:-}" ]; then
    PYTHON=python3
    if ! python3 -c 'import numpy' 2>/dev/null; then
        PYTHON=$cache/tempo-numpy/bin/python
        if ! "$PYTHON" -c 'import numpy' 2>/dev/null; then
            say "Installing numpy into $cache/tempo-numpy"
            python3 -m venv --clear "$cache/tempo-numpy" || {
                apt_install python3-venv
                python3 -m venv --clear "$cache/tempo-numpy"
            }
            "$PYTHON" -m pip install --quiet "$(grep '^numpy==' scripts/requirements.txt)"
        fi
    fi
fi
[ -n "${TEMPO:-}" ] || TEMPO=$(build_tempo)
# Paths in the arguments belong to the folder this was called from.
cd "$called_from"
exec "$PYTHON" "$root/scripts/shapes.py" --tempo "$TEMPO" "$@"
