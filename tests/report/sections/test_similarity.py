"""Similarity before and after training, in the report."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.report.classification import read_classifiers
from pleura.report.findings import Findings
from pleura.report.sections.similarity import SIMILARITY, similarity, similarity_table
from tests.report.written import write_report


def measured(fractions: tuple[float, ...] = (0.1, 1.0)) -> pd.DataFrame:
    """Two recipes with three cuts; the second seed is .1 below the first."""
    return pd.DataFrame(
        [
            (recipe, 0, seed, fraction, cut, depth, 1 - depth / 2 - 0.1 * seed, 0.9, 400)
            for recipe in ("fine-tuning", "scratch", "unknown")
            for fraction in fractions
            for seed in (0, 1)
            for cut, depth in (("stem", 0.0), ("block3", 0.25), ("head", 1.0))
        ],
        columns=["recipe", "fold", "seed", "fraction", "cut", "depth", "cka", "svcca", "images"],
    )


def test_the_table_gives_mean_and_range_at_the_largest_fraction(findings: Findings) -> None:
    table = similarity_table(measured(), findings)
    assert table
    rows = [[cell.text for cell in row] for row in table.rows]
    assert rows == [
        [name, ".950", ".825", ".450", ".900", ".900", ".900", "400"]
        for name in findings.looks
        if name in ("scratch", "fine-tuning")
    ]
    assert table.rows[0][2].detail == "block3, .775\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}.875"


def test_the_figure_has_a_line_a_recipe_and_a_pale_one_a_run(findings: Findings) -> None:
    figure = similarity(measured(), findings)
    assert figure
    cka = figure.axes[0]
    bold = [line for line in cka.lines if line.get_alpha() is None]
    assert len(bold) == 2
    assert len(cka.lines) == 2 + 2 * 2
    assert np.asarray(bold[0].get_ydata()) == pytest.approx([0.95, 0.825, 0.45])


def test_nothing_measured_nothing_shown(findings: Findings) -> None:
    nothing = measured().head(0)
    assert similarity_table(nothing, findings) is None
    assert similarity(nothing, findings) is None


@pytest.mark.usefixtures("drawn_figures")
def test_on_the_page(make_study: Callable[..., Path]) -> None:
    folder = make_study({"scratch": 1, "fine-tuning": 2}, fractions=(1.0,), patients=40)
    measured().to_csv(folder / "similarity.csv", index=False)
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'href="#similarity"' in page
    assert (folder / "figures" / "similarity_0.svg").is_file()
    assert "SVCCA" in page
    assert 'id="heatmaps"' not in page


def test_a_table_without_its_columns_is_named(make_study: Callable[..., Path]) -> None:
    folder = make_study()
    measured().drop(columns="depth").to_csv(folder / "similarity.csv", index=False)
    with pytest.raises(InputError, match=r"similarity.csv: columns missing: depth"):
        read_classifiers(folder).table(SIMILARITY)
