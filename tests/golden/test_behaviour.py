"""Each versioned part does what it did when its version was last raised.

Steps are keyed by these versions and not by the code, so a change of what a part does must raise
its number: otherwise finished steps that it would make anew are taken as they are. After raising
it, or for a part that is new: `PLEURA_RECORD_GOLDEN=1 python -m pytest
tests/golden/test_behaviour.py`.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pleura.study.steps.listed import KINDS, load_kind
from pleura.study.versions import known_versions
from pleura.tasks.classification import CrossEntropy
from pleura.tasks.listed import TASKS
from tests.golden.behaviour import kinds
from tests.golden.behaviour.inputs import Figures
from tests.golden.behaviour.parts import PARTS
from tests.golden.behaviour.recipes import STRATEGY_OPTIONS
from tests.golden.behaviour.training import labels
from tests.golden.recording import RECORDING, record, recorded
from tests.tasks.stages import STAGES, learned

BEHAVIOUR = Path(__file__).parent / "behaviour.json"
# With SSE, AVX2 and AVX-512 the figures of one processor differ by less than a tenth of this.
TOLERANCE = (1e-3, 1e-5)  # relative, absolute
COMMAND = "PLEURA_RECORD_GOLDEN=1 python -m pytest tests/golden/test_behaviour.py"


VERSIONS = known_versions() | {f"step {name}": load_kind(name).version for name in KINDS}


def same(part: str, found: Figures, expected: Figures) -> bool:
    """Texts are equal, and numbers within the tolerance."""
    relative, absolute = kinds.TOLERANCES.get(part.removeprefix("step "), TOLERANCE)
    return len(found) == len(expected) and all(
        a == b if isinstance(a, str) else a == pytest.approx(b, rel=relative, abs=absolute)
        for a, b in zip(found, expected, strict=True)
    )


def test_every_versioned_part_has_figures() -> None:
    named, known = {part.split(":")[0] for part in PARTS}, set(VERSIONS)
    assert named == known, (
        "PARTS in tests/golden/behaviour/parts.py and known_versions in pleura/study/versions.py "
        f"must name the same parts; one of them lacks: {', '.join(sorted(named ^ known))}"
    )


def test_studies_have_steps_of_every_kind() -> None:
    assert [name for name in KINDS if not kinds.kind(name)] == [], (
        "a study in tests/golden/behaviour/kinds.py must have a step of each kind"
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_part_does_what_its_version_says(part: str) -> None:
    version = VERSIONS[part.split(":")[0]]
    found = json.loads(json.dumps(PARTS[part]()))
    before = recorded(BEHAVIOUR)
    known = before.get(part, {"version": 0})
    if known["version"] != version and RECORDING:
        record(BEHAVIOUR, part, {"version": version, "figures": found})
        return
    assert part in before, f"{part} is not recorded yet; run: {COMMAND}"
    moved = not same(part, found, known["figures"])
    assert not moved or version > known["version"], (
        f"{part}: it does something else than version {version} did. Raise its number to "
        f"{version + 1}, so that the steps that used it are done again, and record it: {COMMAND}"
    )
    assert known["version"] == version, (
        f"{part}: version {version} is not recorded yet; run: {COMMAND}"
    )


def test_nothing_is_recorded_that_is_gone() -> None:
    gone = sorted(set(recorded(BEHAVIOUR)) - set(PARTS))
    assert gone == [], "these parts are gone: take them out of tests/golden/behaviour.json"


@pytest.mark.parametrize(("name", "option"), [("truncation", "at"), ("freezing", "stages")])
def test_an_option_without_default_is_asked_for(
    name: str, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(STRATEGY_OPTIONS, name)
    with pytest.raises(AssertionError, match=rf"{name}: .*\({option}\).*STRATEGY_OPTIONS"):
        PARTS[f"strategy {name}"]()


def test_figures_of_another_task_move_with_its_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TASKS, "stages", STAGES)
    before = labels("stages")
    assert same("stages", labels("stages"), before)
    monkeypatch.setattr(learned, "LEARNED", replace(learned.LEARNED, loss=CrossEntropy()))
    assert not same("stages", labels("stages"), before)
