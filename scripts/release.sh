#!/usr/bin/env bash
# Makes what a release holds, in out/release; the workflow of releases calls it, and it runs here just as well.
#   scripts/release.sh binary    the program of this machine, as .tar.gz
#   scripts/release.sh page      the page for any static server, as .zip
#   scripts/release.sh npm       the wasm package with its types, as .tgz for npm
# Several may be named. On a tag the tag has to be the workspace's version.
set -euo pipefail
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"

version=$(sed -n '/^\[workspace.package\]$/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
release=$root/out/release
# What is packed is laid out here first.
stage=$root/out/stage

case ${GITHUB_REF_TYPE:-}:${GITHUB_REF_NAME:-} in
    tag:"v$version") ;;
    tag:*)
        say "the tag ${GITHUB_REF_NAME:-} is not v$version, the version in Cargo.toml"
        exit 1
        ;;
esac

# An empty folder of that name under the stage; prints it.
staged() {
    rm -rf "${stage:?}/$1"
    mkdir -p "$stage/$1" "$release"
    printf '%s\n' "$stage/$1"
}

release_binary() {
    local program target name folder
    program=$(build_tempo)
    [ -f "$program.exe" ] && program=$program.exe
    target=$(rustc -vV | sed -n 's/^host: //p')
    name=tempo-$version-$target
    folder=$(staged "$name")
    cp "$program" README.md LICENSE-APACHE LICENSE-MIT "$folder"
    # The program has the story model in it; its licences go with it.
    mkdir "$folder/storyteller"
    cp www/public/models/storyteller/{README.md,AUTHORS.txt} "$folder/storyteller"
    tar -czf "$release/$name.tar.gz" -C "$stage" "$name"
}

release_page() {
    local name=tempo-page-$version folder
    scripts/build-web.sh
    folder=$(staged "$name")
    cp -R www/dist/. "$folder"
    cp LICENSE-APACHE LICENSE-MIT "$folder"
    rm -f "$release/$name.zip"
    (cd "$stage" && python3 -m zipfile -c "$release/$name.zip" "$name")
}

# The glue of wasm-bindgen, and beside it the types that its declarations import, in the same places to each other as in
# www/src. A package that does not type-check for who installs it is not made.
release_npm() {
    local folder check
    scripts/build-web.sh --wasm
    folder=$(staged npm)
    (cd www && npx tsc --ignoreConfig --declaration --strict --target es2022 --module esnext --moduleResolution bundler \
        --lib es2022,dom --rootDir src --outDir "$folder" src/contract.ts src/engine/package.ts)
    mkdir "$folder/wasm"
    cp www/src/wasm/tempo_web{.js,.d.ts,_bg.wasm,_bg.wasm.d.ts} "$folder/wasm"
    cp LICENSE-APACHE LICENSE-MIT crates/tempo-web/README.md "$folder"
    sed "s/@VERSION@/$version/" crates/tempo-web/package.json >"$folder/package.json"
    (cd "$folder" && npm pack --silent --pack-destination "$release" >&2)

    check=$(staged npm-check)
    cp crates/tempo-web/tests/package.ts "$check"
    (
        cd "$check"
        npm install --no-audit --no-fund --no-save --loglevel=error "$release/tempo-web-$version.tgz" >&2
        # What wasm-bindgen writes names Symbol.dispose.
        "$root/www/node_modules/.bin/tsc" --ignoreConfig --noEmit --strict --target es2022 --module esnext \
            --moduleResolution bundler --lib es2022,dom,esnext.disposable package.ts
        node --input-type=module --eval "import { DEFAULTS } from 'tempo-web/contract'; if (!DEFAULTS) process.exit(1)"
    )
}

[ $# -gt 0 ] || { say "usage: scripts/release.sh binary|page|npm..."; exit 2; }
for part in "$@"; do
    case $part in
        binary | page | npm) "release_$part" ;;
        *)
            say "no part of a release: $part"
            exit 2
            ;;
    esac
done
ls -l "$release" >&2
