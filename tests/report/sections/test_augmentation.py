"""Recipes with and without augmentation, and with different masks."""

import pytest

from pleura.report.section import Figures
from pleura.report.sections import augmentation, masks
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Judged
from pleura.report.table import Table
from tests.report.conftest import study_of


def test_both_arms_and_their_difference_at_every_size(cases: CasesFolder, judged: Judged) -> None:
    study = study_of(cases, judged)
    pairs = augmentation.SECTION.find(study)
    assert pairs
    blocks = list(augmentation.SECTION.blocks(study, pairs))
    (table,) = [each for each in blocks if isinstance(each, Table)]
    assert [row[0].text for row in table.rows] == ["X-Unet", "X-Unet"]
    for row, fraction in zip(table.rows, (0.25, 1.0), strict=True):
        plain, augmented = (
            judged.findings.primary(name, fraction).value for name in ("X-Unet, plain", "X-Unet")
        )
        assert row[4].order == pytest.approx(augmented - plain)


def test_masks_are_compared_on_false_areas_and_dice(cases: CasesFolder, judged: Judged) -> None:
    study = study_of(cases, judged)
    pairs = masks.SECTION.find(study)
    assert pairs
    _, figures, table = masks.SECTION.blocks(study, pairs)
    assert isinstance(figures, Figures)
    assert isinstance(table, Table)
    ((heading, _, figure),) = figures.drawn
    assert heading == table.title == "X-Unet, sparse against X-Unet"
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert rows == ["all structures", *judged.findings.classes]
