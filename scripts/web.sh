# Sourced by the scripts that build, serve or test the page: its tools, and its wasm.
# shellcheck shell=bash

wasm_target=wasm32-unknown-unknown
# Tools of our own go into a folder of their own, not into the user's.
tools=$cache/tempo-tools
export PATH=$PATH:$tools/bin

# The target, the wasm-bindgen program of the locked version, and the npm packages.
install_web_tools() {
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        apt_install nodejs npm || true
    fi
    local major
    major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
    if [ "${major:-0}" -lt 20 ]; then
        say "Node.js 20 or newer is needed to build the page: https://nodejs.org"
        return 1
    fi
    if ! [ -d "$(rustc --print sysroot)/lib/rustlib/$wasm_target" ]; then
        say "installing the Rust target $wasm_target"
        rustup target add "$wasm_target" || { say "please install the Rust target $wasm_target"; return 1; }
    fi
    install_wasm_bindgen || return 1
    # npm notes in node_modules what it installed from.
    if ! [ www/node_modules/.package-lock.json -nt www/package-lock.json ]; then
        say "installing npm packages"
        (cd www && npm ci --no-audit --no-fund --loglevel=error) >&2 || return 1
        touch www/node_modules/.package-lock.json
    fi
}

# wasm-bindgen writes glue for its own version only.
install_wasm_bindgen() {
    local version
    version=$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
    if [ "$(wasm-bindgen --version 2>/dev/null)" != "wasm-bindgen $version" ]; then
        say "installing wasm-bindgen $version"
        PATH=$tools/bin:$PATH
        env -u CARGO_TARGET_DIR CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install --quiet wasm-bindgen-cli \
            --version "=$version" --root "$tools" >&2 || return 1
    fi
}

# The folder where cargo leaves the wasm.
wasm_folder() {
    local target
    target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
    printf '%s\n' "$target/$wasm_target/web"
}

# Compiles tempo-web, writes its glue, makes it smaller; the result is in www/src/wasm.
build_wasm() {
    local built out=www/src/wasm fresh
    say "compiling tempo-web (the first time with the tensor library, which takes some minutes)"
    # As a cdylib only: beside a library for other crates cargo would leave out link-time optimisation.
    cargo rustc --locked --lib --crate-type cdylib --profile web --target "$wasm_target" -p tempo-web >&2 || return 1
    built=$(wasm_folder)/tempo_web.wasm
    # Three minutes of wasm-opt are not spent again on the same input.
    fresh=$(cat "$built" www/package-lock.json Cargo.lock | sha256sum | cut -d' ' -f1)
    if [ -f "$out/tempo_web_bg.wasm" ] && [ "$(cat "$out/.built-from" 2>/dev/null)" = "$fresh" ]; then
        return
    fi
    rm -rf "$out"
    wasm-bindgen --target web --out-dir "$out" "$built" >&2 || return 1
    say "making it smaller (wasm-opt)"
    (cd www && npx wasm-opt --all-features -Os --strip-debug --strip-producers \
        src/wasm/tempo_web_bg.wasm -o src/wasm/smaller.wasm) >&2 || return 1
    mv "$out/smaller.wasm" "$out/tempo_web_bg.wasm"
    printf '%s\n' "$fresh" >"$out/.built-from"
}
