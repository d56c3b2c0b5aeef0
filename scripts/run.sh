#!/usr/bin/env bash
# Builds the page and serves it on localhost:
#   scripts/run.sh [--port N]
# or builds the command line program and generates with it; arguments are passed on:
#   scripts/run.sh generate --prompt "The fox said to the" --max-steps 30
set -euo pipefail
called_from=$PWD
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"
# shellcheck source=scripts/web.sh
. "$(dirname "$0")/web.sh"

serve_page() {
    local port=8080
    case ${1:-} in
        --port) port=${2:?--port needs a number} ;;
        --port=*) port=${1#--port=} ;;
    esac
    scripts/build-web.sh || return 1
    say "Open http://localhost:$port/ in a browser (Ctrl-C ends the server)."
    cd www
    exec npx vite preview --host localhost --port "$port" --strictPort
}

generate() {
    say "Building tempo in release mode. The first build compiles the tensor library too: some 8 minutes on two cores."
    local tempo
    tempo=$(build_tempo) || return 1
    say "Running: tempo generate $*"
    # Paths in the arguments belong to the folder this was called from.
    cd "$called_from"
    exec "$tempo" generate "$@"
}

case ${1:-} in
    '' | --port | --port=*) serve_page "$@" ;;
    generate)
        shift
        generate "$@"
        ;;
    *) generate "$@" ;;
esac
