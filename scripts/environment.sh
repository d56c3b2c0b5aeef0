# Sourced by the scripts beside it: goes to the repository root and prepares what every one of them needs.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit
cache=${XDG_CACHE_HOME:-$HOME/.cache}

say() { printf '%s\n' "$*" >&2; }

# Installs Debian packages if that can be done without asking anybody.
apt_install() {
    local as_root=()
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo -n)
        sudo -n true 2>/dev/null || return 1
    fi
    say "installing $*"
    "${as_root[@]}" apt-get update -qq >&2 || return 1
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

# Rust crates are linked by the system's C compiler driver; a bare machine has none. Windows has a linker of its own.
case $(uname -s) in
    MINGW* | MSYS*) ;;
    *)
        command -v cc >/dev/null || apt_install gcc libc6-dev ||
            { say "a C compiler (cc) is needed to link; please install one"; exit 1; }
        ;;
esac
if ! command -v cargo >/dev/null; then
    # A shell that has not read rustup's profile yet.
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    command -v cargo >/dev/null || { say "a Rust toolchain is needed: https://rustup.rs"; exit 1; }
fi

# rust-toolchain.toml names a version. When the default toolchain is that version under another name, it is used as
# it is: nothing has to be fetched, and a machine without network works.
if [ -z "${RUSTUP_TOOLCHAIN:-}" ] && command -v rustup >/dev/null; then
    pinned=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
    if ! rustup toolchain list | grep -q "^$pinned"; then
        default=$(rustup default 2>/dev/null | cut -d' ' -f1) || default=
        if [ -n "$default" ] && [ "$(rustc "+$default" --version | cut -d' ' -f2)" = "$pinned" ]; then
            export RUSTUP_TOOLCHAIN=$default
        fi
    fi
fi

# A fresh clone per run would compile everything again; continuous integration keeps its build outside of it.
if [ "${CI:-}" = true ] && [ -z "${CARGO_TARGET_DIR:-}" ]; then
    export CARGO_TARGET_DIR=$cache/tempo-target
fi

# Without a desktop session Mesa's device selection complains on standard error at every start; there is no choice to
# make then.
if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
    export NODEVICE_SELECT=1
fi

# Prints the folder that cargo builds into. JSON doubles the backslashes of Windows.
target_folder() {
    cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/; s|\\\\|/|g'
}

# minutes COMMAND...: runs it, and says every minute how long it has been at work.
minutes() {
    local begun=$SECONDS code=0
    # The clock ends with the script, also where that is killed; its sleep holds no pipe open.
    (while sleep 60 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
        say "... $(((SECONDS - begun) / 60)) min"
    done) >/dev/null &
    local clock=$!
    "$@" || code=$?
    kill "$clock" 2>/dev/null || true
    wait "$clock" 2>/dev/null || true
    return "$code"
}

# Builds the release binary and prints its path.
build_tempo() {
    minutes cargo build --release --locked -p tempo-cli >&2 || return 1
    printf '%s\n' "$(target_folder)/release/tempo"
}
