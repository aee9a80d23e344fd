"""Why a plan does steps again that an earlier version of pleura has finished."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from pleura.study.step import DONE, Step
from pleura.wording import count


def told_again(missing: Sequence[Step], steps: Path) -> list[str]:
    """A sentence for the parts whose version was raised since, and one for steps of a release
    that knew no versions; none where no step is done again. `steps` is the folder of all steps."""
    finished = list(_finished(steps)) if missing else []
    versions = {
        record["question"]: record["versions"] for record in finished if "question" in record
    }
    again = [step for step in missing if step.question in versions]
    changes = [list(_changes(versions[step.question], step.versions)) for step in again]
    lines = []
    if raised := Counter(chain.from_iterable(changes)):
        parts = ", ".join(f"{part}: {count(n, 'step')}" for part, n in raised.items())
        behind = changes.count([])
        after = f"; {count(behind, 'step')} after these" if behind else ""
        lines.append(f"to do again, since what pleura does was changed: {parts}{after}")
    unversioned = {
        json.dumps([record["kind"], record["spec"]], sort_keys=True)
        for record in finished
        if "question" not in record
    }
    asked = [json.dumps([step.kind, step.spec], sort_keys=True) for step in missing]
    if older := sum(question in unversioned for question in asked):
        lines.append(
            f"to do again: {count(older, 'step')} that an earlier release of pleura has finished; "
            "it kept no versions that would tell whether they would come out the same"
        )
    return lines


def _changes(before: Mapping[str, int], now: Mapping[str, int]) -> Iterator[str]:
    for part in sorted({*before, *now}):
        if before.get(part) != now.get(part):
            yield f"{part} {before.get(part, 'new')} → {now.get(part, 'gone')}"


def _is_record(content: Any) -> bool:
    """Whether it says what its step asked, and which versions answered if it knows of such."""
    if not isinstance(content, dict) or not isinstance(content.get("spec"), dict):
        return False
    if "question" not in content:
        return True
    return isinstance(content["question"], str) and isinstance(content.get("versions"), dict)


def _finished(steps: Path) -> Iterator[dict[str, Any]]:
    """What is written in each finished step's record, with its kind; the last one comes last."""
    records = sorted(steps.glob(f"*/{DONE}"), key=lambda path: path.stat().st_mtime_ns)
    for path in records:
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if _is_record(record):
                yield {"kind": path.parent.name.rpartition("-")[0], **record}
        except (OSError, ValueError):
            continue  # it is damaged: the run undoes it and says so
