"""A study's folder in a form in which that of another version can be held against it.

Only this is taken out: files that tell of time (`TIMED`); results of steps that end in `seconds`;
keys of steps, banks and masks, for which names are put; the folder that the study lies in.
Measured columns of tables are levelled before (`perform.time_alike`).
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

LOCKS = (".lock", ".lease.0", "attempts", "engine")  # of who is, or was, at work
# Speeds, times of files, lengths of tables with times in them; what latency steps have measured.
TIMED = ("measured.json", "digests.json", "lengths.json", "tensorboard", "latency.csv", *LOCKS)
KEYS = ("pass",)  # of a step's record: which step a pass over images was made for
TEXT = (".csv", ".json", ".html", ".svg", ".yaml")
HEXADECIMAL = re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{8,64}(?![0-9a-zA-Z])")
HEXADECIMAL_BYTES = re.compile(rb"(?<=\"key\":\")[0-9a-f]{64}")
INSIDE = ("steps", "bank", "masks", "lungs")  # what lies here may be laid out in another way


def step_keys(study: Path) -> set[str]:
    """The keys of all finished steps."""
    return {json.loads(path.read_text())["key"] for path in study.glob("steps/*/done.json")}


def normal_files(study: Path, steps: Path | None = None) -> dict[str, bytes]:
    """The files of a finished study by name, keys, times and places taken out of both.

    `steps` is the folder of the study that has the steps, where this is a copy without them.
    """
    names = _names_of_keys(steps or study)
    files = {}
    for path in sorted(study.rglob("*")):
        place = path.relative_to(study)
        if path.is_file() and not set(TIMED) & set(place.parts):
            name = str(place)
            if name.startswith(("bank/masks/", "bank/lungs/")):  # they lay beside the bank once
                name = name.removeprefix("bank/")
            files[_named(name, names)] = _normal(path, names, study)
    return files


def is_inside(name: str) -> bool:
    """Whether a file is one of those that a study keeps to itself."""
    return name.split("/")[0] in INSIDE


def _named(text: str, names: Mapping[str, str]) -> str:
    """Text with names in the place of keys, whole or cut short, which runs across no word."""
    return HEXADECIMAL.sub(lambda found: names.get(found[0], found[0]), text)


def _normal(path: Path, names: Mapping[str, str], study: Path) -> bytes:
    content = path.read_bytes()
    if path.name == "training_features.safetensors":
        content = HEXADECIMAL_BYTES.sub(b"KEY", content)  # that of the training, in its header
    if path.suffix not in TEXT:
        return content
    text = content.decode("utf-8").replace(str(study.parent), "RUNS")
    if path.name in ("done.json", "model.json"):
        text = json.dumps(_without_seconds(json.loads(text)), indent=1)
    return _named(text, names).encode()


def _without_seconds(record: dict[str, Any]) -> dict[str, Any]:
    """The record of a step, or a model's card, without times and without digests over keys."""
    result = {
        name: value
        for name, value in record.get("result", {}).items()
        if not name.endswith("seconds") and name not in KEYS
    }
    files = {name: size for name, size in record.get("files", {}).items() if name not in TIMED}
    likeness = {name: it for name, it in (record.get("likeness") or {}).items() if name != "key"}
    parts = {"result": result, "files": files, "likeness": likeness}
    told = {name: part for name, part in record.items() if name not in ("question", "versions")}
    return told | {name: part for name, part in parts.items() if name in record}


def _names_of_keys(study: Path) -> dict[str, str]:
    """For each key, whole, of 16 and of 8 digits, what its step or folder is called."""
    keys: dict[str, list[str]] = defaultdict(list)
    for title, key in (*_steps(study), *_banks(study)):
        keys[title].append(key)
    names: dict[str, str] = {}
    for title, same in keys.items():
        for number, key in enumerate(same):
            name = title + (f" #{number}" if number else "")
            names |= {key: name, key[:16]: name, key[:8]: name}
    return names


def _steps(study: Path) -> Iterator[tuple[str, str]]:
    """Kind with title, and key, of each step; those called the same in the order of their specs."""
    found = []
    for path in study.glob("steps/*/done.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        kind = path.parent.name.rsplit("-", 1)[0]
        spec = HEXADECIMAL.sub("", json.dumps(record["spec"], sort_keys=True))
        found.append((f"{kind} {record['title']}", spec, record["key"]))
    return ((title, key) for title, _, key in sorted(found))


def _banks(study: Path) -> Iterator[tuple[str, str]]:
    """Name and key of each folder of decoded images and masks, called by what it holds."""
    found = []
    for path in (*study.glob("[bml]*/*/*.json"), *study.glob("bank/*/*/*.json")):
        if path.parts[-3] in INSIDE:
            held = [file.read_bytes() for file in sorted(path.parent.glob("*.u8"))]
            name = f"{path.parts[-3]} {hashlib.sha256(b''.join(held)).hexdigest()[:4]}"
            key = json.loads(path.read_text(encoding="utf-8")).get("key", "")
            found += [(name, key)] if key else []
            found += [(f"{name} folder", path.parent.name)]
    return iter(sorted(found))
