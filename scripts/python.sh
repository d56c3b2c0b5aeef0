# Sourced after environment.sh by scripts that run torch and transformers beside tempo.
# shellcheck shell=bash

# Sets PYTHON to an interpreter that has what scripts/requirements.txt lists, unless it names one. Fails where the packages
# cannot be had.
python_environment() {
    [ -n "${PYTHON:-}" ] && return
    # One environment per list of versions, so that a changed pin is a new one and never a half-updated one.
    local environment torch cards='' list=${root:?is set by environment.sh}/scripts/requirements.txt
    environment=${cache:?is set by environment.sh}/tempo-python-$(cksum <"$list" | cut -d' ' -f1)
    # The builds for processors only are small, but what runs on a card needs the default build.
    if nvidia-smi --list-gpus >/dev/null 2>&1; then
        cards=yes
        environment=$environment-cuda
    fi
    PYTHON=$environment/bin/python
    [ -e "$environment/complete" ] && return
    say "Installing torch and transformers into $environment"
    python3 -m venv --clear "$environment" || {
        apt_install python3-venv && python3 -m venv --clear "$environment"
    } || return 1
    # Where the index of the small builds cannot be reached, the default build serves, too.
    torch=$(grep '^torch==' "$list")
    { [ -z "$cards" ] &&
        "$PYTHON" -m pip install --quiet --index-url https://download.pytorch.org/whl/cpu "$torch"; } ||
        "$PYTHON" -m pip install --quiet "$torch" || return 1
    "$PYTHON" -m pip install --quiet -r "$list" || return 1
    touch "$environment/complete"
}
