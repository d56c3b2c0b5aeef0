#!/usr/bin/env bash
# Makes the README's pictures of the page anew, from www/dist, into docs/pictures. Look at each before it is committed.
set -euo pipefail
cd "$(dirname "$0")/../tests/web"
exec npx playwright test -c readme/playwright.config.ts "$@"
