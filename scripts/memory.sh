#!/usr/bin/env bash
# Shows how far loading peaks above the size of the weights: writes a random checkpoint with the shapes of Llama 3.2 1B
# in bfloat16 (2.5 GB, needs numpy), loads it and compares the process's high-water mark with the weights in f32.
#   scripts/memory.sh              a temporary folder, deleted at the end
#   scripts/memory.sh FOLDER       a folder that is kept, and used again when it is there
set -euo pipefail
called_from=$PWD
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"
python=${PYTHON:-python3}

if [ $# -gt 0 ]; then
    folder=$(cd "$called_from" && mkdir -p "$1" && cd "$1" && pwd)
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
[ -e "$folder/model.safetensors" ] || "$python" scripts/make_checkpoint.py llama-1b "$folder"
tempo=$(build_tempo)
"$tempo" bench --model "$folder" --device cpu --steps 1 --prompt-tokens 4 --json >"$folder/bench.json"
"$tempo" inspect "$folder" --json >"$folder/inspect.json"
"$python" - "$folder" <<'PYTHON'
import json, pathlib, sys

folder = pathlib.Path(sys.argv[1])
peak = json.loads((folder / "bench.json").read_text())["peak_bytes"]
needed = json.loads((folder / "inspect.json").read_text())["weight_bytes"]
print(f"weights in f32 {needed / 2**20:.0f} MiB, peak {peak / 2**20:.0f} MiB, ratio {peak / needed:.3f} (bound 1.3)")
sys.exit(peak > 1.3 * needed)
PYTHON
