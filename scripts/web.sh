# Sourced by the scripts that build, serve or test the page: its tools, and its wasm.
# shellcheck shell=bash

wasm_target=wasm32-unknown-unknown
# Tools of our own go into a folder of their own, not into the user's.
tools=${cache:?is set by environment.sh}/tempo-tools
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
    printf '%s\n' "$(target_folder)/$wasm_target/web"
}

# Compiles tempo-web and writes its glue into www/src/wasm.
#
# wasm-opt is not part of it: measured (-Os, binaryen 132), it takes the file from 15.8 to 13.8 MB, but what is fetched
# grows: gzip from 3.32 to 3.47 MB, brotli from 2.41 to 2.60 MB. It also takes minutes.
build_wasm() {
    say "Compiling tempo-web. The first build compiles the tensor library too: some 8 minutes on two cores."
    minutes cargo rustc --locked --lib --crate-type cdylib --profile web --target "$wasm_target" -p tempo-web >&2 || return 1
    rm -rf www/src/wasm
    wasm-bindgen --target web --remove-name-section --remove-producers-section --out-dir www/src/wasm \
        "$(wasm_folder)/tempo_web.wasm" >&2 || return 1
    node www/scripts/short-names.mjs www/src/wasm >&2
}
