"""What must be seen before all else."""

from collections.abc import Callable

import pytest

from pleura.report.findings import Findings
from pleura.report.first_screen import ROWS, not_told, parted, shown_first
from pleura.report.section import Caution
from tests.report.conftest import study_of


def test_one_caution_of_a_section_stands_open() -> None:
    first, again = Caution("One.", see="tuning"), Caution("Two.", see="tuning")
    other, nowhere, last = Caution("3.", see="data"), Caution("4."), Caution("5.", see="cost")
    cautions = parted([first, again, other, nowhere, last], 3)
    assert cautions.open == [first, other, nowhere]
    assert cautions.folded == [again, last]


def test_of_many_recipes_the_best_and_those_that_are_needed_are_drawn(
    make_findings: Callable[..., Findings],
) -> None:
    values = [(f"recipe {i}", 1.0, 0.6 + i / 100) for i in range(20)]
    values += [("scratch", 1.0, 0.5), ("pixels: random forest", 1.0, 0.9)]
    few = shown_first(make_findings(values))
    best = [f"recipe {i}" for i in range(19, 19 - (ROWS - 2), -1)]
    assert list(few.looks) == [*best, "scratch", "pixels: random forest"]
    assert list(shown_first(few).looks) == list(few.looks)


@pytest.mark.parametrize(("seeds", "told"), [(1, True), (3, False)])
def test_what_the_data_cannot_tell(seeds: int, told: bool, contents: object) -> None:
    study = study_of(contents)
    study.findings.summary["seeds"] = seeds
    sentences = not_told(study)
    assert any("there is one seed" in each for each in sentences) == told
    assert any("no subgroups were asked for" in each for each in sentences)
    assert sentences[-1].startswith("Whether anyone is helped")
