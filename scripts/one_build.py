#!/usr/bin/env python3
"""Checks that every member of the workspace shares one build of its dependencies.

Cargo chooses features for the packages named on its command line together. Where `-p tempo-cli` and `--workspace
--all-targets` choose differently for one crate far down, everything above it, the tensor library included, is compiled
twice. This compares the units that cargo would build; nothing is compiled. Prints what differs and exits with 1.
"""

import json
import os
import subprocess
import sys

# What scripts and readers build. Those that know no tensor library (tests/README.md names them) take a minute.
SELECTIONS = [
    ["-p", "tempo-cli"],
    ["-p", "tempo-cli", "--tests"],
    ["-p", "tempo-model", "--tests"],
    ["-p", "tempo-tests", "--tests"],
]


def builds(selection: list[str]) -> dict[tuple[str, str, bool], set[tuple[str, ...]]]:
    """The sets of features with which each crate of a registry is compiled, by (crate, kind, for the host)."""
    command = ["cargo", "build", "--locked", "--release", "--unit-graph", "-Zunstable-options", *selection]
    # The graph of units is an unstable output of cargo; this reads it on the stable one.
    environment = {**os.environ, "RUSTC_BOOTSTRAP": "1"}
    graph = json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)
    found: dict[tuple[str, str, bool], set[tuple[str, ...]]] = {}
    for unit in graph["units"]:
        if unit["mode"] != "build" or not unit["pkg_id"].startswith("registry"):
            continue
        name = (unit["pkg_id"].split("#")[-1], unit["target"]["kind"][0], unit["platform"] is None)
        found.setdefault(name, set()).add((str(unit["profile"]["opt_level"]), *sorted(unit["features"])))
    return found


def main() -> int:
    whole = builds(["--workspace", "--all-targets"])
    different = [
        f"{' '.join(selection)}: {name[0]} ({name[1]}) with {sorted(features - whole.get(name, set()))}, "
        f"the workspace with {sorted(whole.get(name, set()))}"
        for selection in SELECTIONS
        for name, features in builds(selection).items()
        if not features <= whole.get(name, set())
    ]
    print("\n".join(different) or f"{len(whole)} units of dependencies, the same for every member")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
