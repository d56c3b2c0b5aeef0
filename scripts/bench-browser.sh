#!/usr/bin/env bash
# Times tempo beside onnxruntime-web, and its fused kernels beside tensor operations, in headless Chromium, on WebGPU and
# on the CPU, on the same weights:
#   scripts/bench-browser.sh                      the embedded story model
#   scripts/bench-browser.sh --on cpu --rounds 8 --json OUT.json
# CHROMIUM names the browser and TEMPO_WASM a folder with a wasm package that has been built already. A program plays the
# graphics card, which is slow; with PEERS_ADAPTER=hardware the browser chooses a real one.
set -euo pipefail
called_from=$PWD
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"
# shellcheck source=scripts/web.sh
. "$(dirname "$0")/web.sh"

not_run() {
    printf 'NOT RUN: tempo beside onnxruntime-web in a browser (%s)\n' "$*"
    exit 0
}

for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$name" ] && CHROMIUM=$(command -v "$name") && break
done
[ -n "${CHROMIUM:-}" ] || not_run "no Chromium; CHROMIUM names one"

peers=$root/scripts/peers
model=$root/www/public/models/storyteller
if ! [ "$peers/node_modules/.package-lock.json" -nt "$peers/package-lock.json" ]; then
    say "installing onnxruntime-web"
    (cd "$peers" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2 ||
        not_run "its npm packages cannot be installed"
    touch "$peers/node_modules/.package-lock.json"
fi

# One file per exporter, packages and weights, so that a change of any is exported anew.
onnx=$cache/tempo-onnx/$(cat "$peers/export_onnx.py" "$peers/requirements.txt" "$model/model.safetensors" | cksum | cut -d' ' -f1).onnx
if ! [ -e "$onnx" ]; then
    environment=$cache/tempo-onnx-$(cksum <"$peers/requirements.txt" | cut -d' ' -f1)
    if ! [ -e "$environment/complete" ]; then
        say "Installing onnx into $environment"
        python3 -m venv --clear "$environment" || {
            apt_install python3-venv
            python3 -m venv --clear "$environment"
        }
        "$environment/bin/python" -m pip install --quiet -r "$peers/requirements.txt" || not_run "onnx cannot be installed"
        touch "$environment/complete"
    fi
    "$environment/bin/python" "$peers/export_onnx.py" "$model" "$onnx.part"
    mv "$onnx.part" "$onnx"
fi

wasm=${TEMPO_WASM:-$root/www/src/wasm}
if [ -z "${TEMPO_WASM:-}" ]; then
    install_web_tools || not_run "the tools that build the wasm cannot be installed"
    build_wasm
fi
# Paths in the arguments belong to the folder this was called from.
cd "$called_from"
exec node "$peers/bench.mjs" --wasm "$wasm" --model "$model" --onnx "$onnx" --chromium "$CHROMIUM" "$@"
