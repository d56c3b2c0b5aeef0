#!/usr/bin/env bash
# Builds the page into www/dist: the wasm, then the page around it. Any static server can serve that folder
# (`python3 -m http.server` in it), also from a USB stick. Installs what is missing. Prints the folder and the sizes.
#   scripts/build-web.sh           everything
#   scripts/build-web.sh --wasm    the wasm only, into www/src/wasm
set -euo pipefail
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"
# shellcheck source=scripts/web.sh
. "$(dirname "$0")/web.sh"

install_web_tools
build_wasm
if [ "${1:-}" = --wasm ]; then
    exit
fi
(cd www && npm run --silent build)
node www/scripts/sizes.mjs
say "The page is in www/dist."
