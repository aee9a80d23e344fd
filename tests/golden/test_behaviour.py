"""Each versioned part does what it did when its version was last raised.

Steps are keyed by these versions and not by the code, so a change of what a part does must raise
its number: otherwise finished steps that it would make anew are taken as they are. After raising
it, or for a part that is new: `PLEURA_RECORD_GOLDEN=1 python -m pytest tests/golden`.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pleura.study.versions import known_versions
from tests.golden.behaviour.inputs import Figures
from tests.golden.behaviour.parts import PARTS

BEHAVIOUR = Path(__file__).parent / "behaviour.json"
# With SSE, AVX2 and AVX-512 the figures of one processor differ by less than a tenth of this.
RELATIVE, ABSOLUTE = 1e-3, 1e-5


def recorded() -> dict[str, Any]:
    """By part its version and its figures."""
    found: dict[str, Any] = json.loads(BEHAVIOUR.read_text(encoding="utf-8"))
    return found


def same(found: Figures, expected: Figures) -> bool:
    """Texts are equal, and numbers within the tolerance."""
    return len(found) == len(expected) and all(
        a == b if isinstance(a, str) else a == pytest.approx(b, rel=RELATIVE, abs=ABSOLUTE)
        for a, b in zip(found, expected, strict=True)
    )


def test_every_versioned_part_has_figures() -> None:
    assert {part.split(":")[0] for part in PARTS} == set(known_versions())


@pytest.mark.parametrize("part", PARTS)
def test_a_part_does_what_its_version_says(part: str) -> None:
    version = known_versions()[part.split(":")[0]]
    found = json.loads(json.dumps(PARTS[part]()))
    before = recorded() if BEHAVIOUR.exists() else {}
    known = before.get(part, {"version": 0})
    if known["version"] != version and "PLEURA_RECORD_GOLDEN" in os.environ:
        entry = {"version": version, "figures": found}
        text = json.dumps({**before, part: entry}, indent=1, sort_keys=True)
        BEHAVIOUR.write_text(text + "\n", encoding="utf-8")
        return
    assert part in before, f"{part} is new: record what it does (see this module)"
    moved = not same(found, known["figures"])
    assert not moved or version > known["version"], (
        f"{part}: it does something else than version {version} did. Raise its number to "
        f"{version + 1}, so that the steps that used it are done again, and record it."
    )
    assert known["version"] == version, f"{part}: version {version} is not recorded yet"


def test_nothing_is_recorded_that_is_gone() -> None:
    assert set(recorded()) == set(PARTS)
