"""The model that is handed over."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.findings import Findings
from pleura.report.model import handed_over
from tests.report.written import write_report

CARD = {"recipe": "a", "seed": 1, "fold": 0, "fraction": 1.0, "validation_auroc": 0.951}
FOREST = "pixels: random forest"


@pytest.mark.parametrize(
    ("lead", "words"),
    [
        ((0.05, 0.01, 0.09), "."),
        (
            (0.01, -0.01, 0.03),
            f"; on test, this recipe is not shown to beat the pixel baseline “{FOREST}”.",
        ),
        (
            (-0.05, -0.1, -0.01),
            f"; on test, the pixel baseline “{FOREST}” is shown to be better than this recipe.",
        ),
    ],
)
def test_recipe_choice_and_pixels(
    contents: ClassifierFolder,
    make_findings: Callable[..., Findings],
    lead: tuple[float, float, float],
    words: str,
) -> None:
    findings = make_findings(
        [("scratch", 1.0, 0.8), ("a", 1.0, 0.9), (FOREST, 1.0, 0.9)],
        against_pixels=[("a", 1.0, *lead), ("scratch", 1.0, 0.0, -0.1, 0.1)],
    )
    assert handed_over(replace(contents, best=CARD), findings) == (
        "is “a” (with all labels, seed 1), chosen on validation (AUROC .951 on 480 images of 240 "
        f"patients){words}"
    )
    # Where the page tells it of this very model, once is enough.
    told = handed_over(replace(contents, best=CARD), findings, pixels=False)
    assert told.endswith("240 patients).")


def test_the_fold_is_named_where_there_are_several(
    contents: ClassifierFolder, findings: Findings
) -> None:
    counts = contents.counts.assign(fold=contents.counts["seed"] % 2)
    said = handed_over(replace(contents, counts=counts, best=CARD | {"fold": 1}), findings)
    assert "seed 1, fold 1)" in said


def test_it_stands_at_the_top_of_the_page(make_study: Callable[..., Path]) -> None:
    folder = make_study({"scratch": 1.0, "a": 2.0}, fractions=(1.0,))
    (folder / "best").mkdir()
    (folder / "best" / "model.json").write_text(json.dumps(CARD))
    assert read_classifiers(folder).best == CARD
    page = write_report(folder).read_text(encoding="utf-8")
    top = page[: page.index('class="lines"')]
    assert "handed over in <code>best/</code> is “a” (with all labels, seed 1), chosen" in top
