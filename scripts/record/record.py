"""Writes the recorded runs of the page and their list. Called by scripts/record.sh; standard library only.

    record.py TEMPO [NAME...]
"""

import datetime
import gzip
import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRACES = ROOT / "www/public/traces"
# So that the page is quick where networks are slow; of what a server sends, which is packed.
MOST_BYTES = 25_000
# Enough to see what was left out; more would be most of the file.
CANDIDATES = 24


def model_path(name):
    if name == "story":
        return None
    found = subprocess.run([ROOT / "scripts/models.sh", name], check=True, stdout=subprocess.PIPE, text=True)
    return found.stdout.strip()


def events(tempo, model, path, run, options):
    """The events of one run."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "settings.json"
        trace = Path(folder) / "trace.jsonl"
        prompt = Path(folder) / "prompt.txt"
        # One final line break of a prompt file is left out.
        prompt.write_text(run["prompt"] + "\n", encoding="utf-8")
        settings.write_text(json.dumps({"candidates": CANDIDATES, **options}))
        command = [tempo, "generate", "--config", settings, "--prompt-file", prompt, "--trace", trace]
        command += ["--device", "cpu", "--weights", model["weights"]]
        command += [] if path is None else ["--model", path]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]


def recorded(found):
    """Without what differs from one machine and minute to the next."""
    for event in found:
        event.pop("timing", None)
        event.get("stats", {}).pop("seconds", None)
    return rounded(found)


def rounded(value):
    """Six digits are more than any picture shows."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, list):
        return [rounded(entry) for entry in value]
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    return value


def slot_of(run, steps):
    """The slot of the member that the run shows."""
    at, text = run["selected"]
    for member in steps[at]["set"]:
        if member["text"] == text:
            return member["slot"]
    raise SystemExit(f"{run['name']}: there is no {text!r} at step {at}, only {[m['text'] for m in steps[at]['set']]}")


def record(tempo, run, model):
    """Writes the trace of a run and returns its entry of the list."""
    path = model_path(run["model"])
    found = recorded(events(tempo, model, path, run, run["options"]))
    steps = [event for event in found if event["type"] == "step"]
    if not 0 <= run["first"] <= run["step"] < len(steps):
        raise SystemExit(f"{run['name']}: steps {run['first']} and {run['step']} of {len(steps)}")
    selected = {"selected": slot_of(run, steps)} if "selected" in run else {}
    ordinary = events(
        tempo, model, path, run, {"preset": "greedy", "max_steps": run["options"]["max_steps"]}
    )[-1]["text"]

    text = "".join(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n" for event in found)
    packed = len(gzip.compress(text.encode(), 9))
    if packed > MOST_BYTES:
        raise SystemExit(f"{run['name']}: {packed} bytes packed, more than {MOST_BYTES}")
    (TRACES / f"{run['name']}.jsonl").write_text(text, encoding="utf-8")
    print(f"{run['name']}: {len(steps)} steps, {packed / 1000:.1f} kB packed", file=sys.stderr)
    # Null comes with the page.
    source = {key: model[key] for key in ("repo", "file")} if "repo" in model else None
    size = {"megabytes": model["megabytes"]} if "megabytes" in model else {}
    return {
        "file": f"{run['name']}.jsonl",
        "title": run["title"],
        "note": run["note"],
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "model": model["name"],
        "source": source,
        **size,
        "weights": model["weights"],
        "first": run["first"],
        "step": run["step"],
        **selected,
        "ordinary": ordinary,
    }


def main():
    tempo, *names = sys.argv[1:]
    listing = tomllib.loads((ROOT / "scripts/record/runs.toml").read_text(encoding="utf-8"))
    runs = {run["name"]: run for run in listing["runs"]}
    unknown = [name for name in names if name not in runs]
    if unknown:
        raise SystemExit(f"not in the list: {', '.join(unknown)}; it has {', '.join(runs)}")
    index = TRACES / "index.json"
    known = {entry["file"]: entry for entry in json.loads(index.read_text(encoding="utf-8"))} if names else {}
    entries = []
    for name, run in runs.items():
        if not names or name in names:
            entries.append(record(tempo, run, listing["models"][run["model"]]))
        elif f"{name}.jsonl" in known:
            entries.append(known[f"{name}.jsonl"])
    index.write_text(json.dumps(entries, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
