"""The searches for a depth, in the report: a table and three curves."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from pleura.report.figures.canvas import house_style
from pleura.report.figures.depth import depth_curves
from pleura.report.sections.depth import depth_table, halving_table, judged_on
from pleura.tables import depth_columns, rung_columns
from tests.report.written import write_report

JUDGED = {0.1: "validation", 1.0: "3 folds"}
CUTS = {"stem": (0.25, 1_000, 2e6), "block3": (0.5, 50_000, 2e7), "head": (1.0, 4e6, 3e7)}


def searched(fractions: tuple[float, ...] = (0.1, 1.0)) -> pd.DataFrame:
    """Two seeds; AUROC grows with depth and fraction, the second seed is .1 below the first."""
    rows = [
        (
            *("net", "imagenet", 0, seed, fraction, cut, True, place, parameters, macs),
            *(0.6 + 0.2 * place + 0.1 * fraction - 0.1 * seed, JUDGED[fraction]),
            int(cut == "head" or seed == 1),
        )
        for fraction in fractions
        for seed in (0, 1)
        for cut, (place, parameters, macs) in CUTS.items()
    ]
    return pd.DataFrame(rows, columns=list(depth_columns("auroc")))


def test_the_table_gives_mean_range_and_what_was_fine_tuned() -> None:
    table = depth_table(searched())
    assert table
    rows = [[cell.text for cell in row] for row in table.rows]
    space = "\N{NO-BREAK SPACE}"
    assert len(rows) == 2 * len(CUTS)
    assert rows[0] == [
        "net",
        f"10{space}%",
        "stem",
        f"1{space}k",
        f"2{space}M",
        ".610",
        "1 of 2 runs",
    ]
    assert rows[-1][4:] == [f"30{space}M", ".850", "2 of 2 runs"]
    assert table.rows[0][5].detail == f".560{space}to{space}.660"
    # Cuts sort by their place, not by their name.
    assert [row[2].order for row in table.rows[:3]] == [0.25, 0.5, 1.0]


def test_one_run_has_no_range() -> None:
    table = depth_table(searched().query("seed == 0"))
    assert table
    assert {row[5].detail for row in table.rows} == {""}


def test_the_curves_show_means_over_depth_parameters_and_macs() -> None:
    with house_style():
        figure = depth_curves(searched())
    for axes, numbers in zip(figure.axes, zip(*CUTS.values(), strict=True), strict=True):
        curves = [line for line in axes.lines if line.get_linestyle() == "-"]
        assert len(curves) == 2
        for line, fraction in zip(curves, (0.1, 1.0), strict=True):
            assert np.asarray(line.get_xdata()) == pytest.approx(numbers)
            expected = [0.55 + 0.2 * place + 0.1 * fraction for place, *_ in CUTS.values()]
            assert np.asarray(line.get_ydata()) == pytest.approx(expected)
    assert figure.axes[1].get_xscale() == figure.axes[2].get_xscale() == "log"


def test_rings_are_explained_where_there_are_any() -> None:
    with house_style():
        figures = [depth_curves(table) for table in (searched(), searched().assign(chosen=False))]
    texts = [{text.get_text() for text in figure.findobj(Text)} for figure in figures]
    assert ["fine-tuned in some run" in each for each in texts] == [True, False]


@pytest.mark.usefixtures("drawn_figures")
def test_the_report_shows_a_search(make_study: Callable[..., Path]) -> None:
    folder = make_study(fractions=(1.0,), seeds=(0,))
    searched().to_csv(folder / "depths.csv", index=False)
    assert "Linear probes at every depth" in write_report(folder).read_text()
    assert (folder / "figures" / "depth_0.svg").is_file()


def test_what_probes_were_judged_on_is_told() -> None:
    assert judged_on(searched((1.0,))) == "others of them, in 3 folds"
    both = judged_on(searched())
    assert both.startswith("others of them, in 3 folds or the validation part")


def test_without_a_search_there_is_no_table() -> None:
    assert depth_table(searched().head(0)) is None


def halved() -> pd.DataFrame:
    """Two seeds of one recipe, two rates at each of two cuts, of which one training ends."""
    rows = [
        (
            *("searched", 0, seed, 0.1, "net", "imagenet", cut, place, rate),
            *((2, 8, 0.9, 1, 1) if (cut, rate) == ("head", 0.1) else (1, 1, 0.6, 0, 0)),
        )
        for seed in (0, 1)
        for cut, place in (("stem", 0.25), ("head", 1.0))
        for rate in (0.01, 0.1)
    ]
    return pd.DataFrame(rows, columns=list(rung_columns("auroc")))


def test_the_table_of_a_search_by_halving_tells_how_far_trainings_went() -> None:
    table = halving_table(halved())
    assert table
    space = "\N{NO-BREAK SPACE}"
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["searched", f"10{space}%", "stem", "1", ".600", "0 of 4", "0 of 4", "0 of 2"],
        ["searched", f"10{space}%", "head", "1\N{EN DASH}8", ".750", *["2 of 4"] * 2, "2 of 2"],
    ]
    assert table.rows[0][0].detail == "net, imagenet"
    assert halving_table(halved()[:0]) is None


@pytest.mark.usefixtures("drawn_figures")
def test_a_study_that_halved_has_the_table_without_probes(make_study: Callable[..., Path]) -> None:
    folder = make_study(fractions=(1.0,), seeds=(0,))
    halved().to_csv(folder / "rungs.csv", index=False)
    page = write_report(folder).read_text()
    assert "How deep to cut" in page
    assert "Trainings of every depth" in page
    assert "Linear probes at every depth" not in page
