#!/usr/bin/env bash
# Records the runs that the page offers, from the list in scripts/record/runs.toml, into www/public/traces.
#
#   scripts/record.sh             all of them
#   scripts/record.sh letter cup  those of these names; the others stay as they are
#
# Real models are fetched by scripts/models.sh. The same build on the same kind of processor writes the same bytes.
set -euo pipefail
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"

tempo=$(build_tempo)
exec python3 scripts/record/record.py "$tempo" "$@"
