"""What differs between two studies' files, and what golden studies show of all there is."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pleura.tasks.listed import page_of

COVERED = Path(__file__).parent / "covered.json"
Shown = dict[str, list[str]]
SECTION = re.compile(r'<section id="([^"]+)"')


def differing(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Each file that is not the same, and how, in a line."""
    for file in sorted({*old, *new}):
        if file not in new:
            yield file, f"{file}: only the old one has it"
        elif file not in old:
            yield file, f"{file}: only the new one has it"
        elif old[file] != new[file]:
            yield file, f"{file}: {_first(old[file], new[file])}"


def _first(old: bytes, new: bytes) -> str:
    """Where two files part, with a little of either."""
    pairs = zip(old, new, strict=False)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))
    line = old[:at].count(b"\n") + 1
    told = (repr(text[max(0, at - 20) : at + 40].decode("utf-8", "replace")) for text in (old, new))
    return f"line {line}, {' is now '.join(told)}"


def shown(studies: Iterable[Path], read: Iterable[Path]) -> Shown:
    """Kinds of steps, sections of pages and figures that finished studies have, and modules of the
    report of which a function was called when those in the folders `read` were read. A section is
    named with its kind of page, which tasks share."""
    steps, sections, figures, executed = (set[str]() for _ in range(4))
    for study in studies:
        steps |= {path.name.rsplit("-", 1)[0] for path in study.glob("steps/*-*")}
        kind = page_of(study).name
        page = (study / "report.html").read_text(encoding="utf-8")
        sections |= {f"{kind} {name}" for name in SECTION.findall(page)}
        figures |= {re.sub(r"_\d+$", "", path.stem) for path in study.glob("figures/*.svg")}
    for folder in read:
        executed |= set(json.loads((folder / "executed.json").read_text(encoding="utf-8")))
    found = {"kinds": steps, "sections": sections, "figures": figures, "report": executed}
    return {what: sorted(names) for what, names in found.items()}


def record(found: Shown) -> None:
    """Write what golden studies show into `covered.json`."""
    COVERED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def missing_from_record(found: Shown) -> list[str]:
    """In which lists `covered.json` differs from what the studies show."""
    recorded = json.loads(COVERED.read_text(encoding="utf-8")) if COVERED.exists() else {}
    return [
        f"{what}: {', '.join(sorted(set(names) ^ set(recorded.get(what, []))))}"
        for what, names in found.items()
        if set(names) != set(recorded.get(what, []))
    ]
