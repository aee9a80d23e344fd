"""A plan says which parts of pleura make it do finished steps again."""

import json
from pathlib import Path

import pytest

from pleura.study.outdated import told_again
from pleura.study.step import Step


def steps(loop: int) -> list[Step]:
    """Two trainings, and an evaluation after both."""
    versions = {"step fit": 1, "training loop": loop}
    fits = [Step("fit", f"rate {rate}", {"rate": rate}, versions) for rate in (1, 2)]
    return [*fits, Step("outcome", "evaluation", {}, {"step outcome": 1}, tuple(fits))]


def finish(folder: Path, finished: list[Step]) -> None:
    for step in finished:
        step.finish(folder, {})


def test_nothing_is_told_of_steps_that_were_never_done(tmp_path: Path) -> None:
    assert told_again(steps(1), tmp_path) == []


def test_a_raised_version_is_named_with_the_steps_that_used_it(tmp_path: Path) -> None:
    finish(tmp_path, steps(4))
    assert told_again(steps(5), tmp_path) == [
        "to do again, since what pleura does was changed: training loop 4 → 5: 2 steps; "
        "1 step after these"
    ]


def test_parts_that_came_and_went_are_named(tmp_path: Path) -> None:
    Step("fit", "t", {}, {"step fit": 1, "old": 1}).finish(tmp_path, {})
    (line,) = told_again([Step("fit", "t", {}, {"step fit": 1, "other": 2})], tmp_path)
    assert "old 1 → gone: 1 step" in line
    assert "other new → 2: 1 step" in line


def test_steps_of_a_release_without_versions_are_counted(tmp_path: Path) -> None:
    finish(tmp_path, steps(1)[:2])
    for path in tmp_path.glob("*/done.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        del record["question"], record["versions"]
        path.write_text(json.dumps(record), encoding="utf-8")
        path.parent.rename(path.parent.with_name(path.parent.name + "0"))  # other keys
    (line,) = told_again(steps(1), tmp_path)
    assert line.startswith("to do again: 2 steps that an earlier release")


@pytest.mark.parametrize(
    "changes", [None, {"versions": None}, {"versions": ["a"]}, {"question": ["a"]}, {"spec": "a"}]
)
def test_a_damaged_record_tells_nothing(changes: dict[str, object] | None, tmp_path: Path) -> None:
    finish(tmp_path, steps(1)[:1])
    for path in tmp_path.glob("*/done.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        text = "{" if changes is None else json.dumps(record | changes)
        path.write_text(text, encoding="utf-8")
    assert told_again(steps(2), tmp_path) == []
