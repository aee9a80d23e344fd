"""Segmented areas against flags, in the report."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pleura.evaluate.areas import judge_areas
from pleura.report.areas import area_table, judged_frames
from pleura.report.figures.areas import area_figure
from pleura.report.findings import Findings
from pleura.report.numbers import decimal
from pleura.report.page import write_report
from tests.evaluate.test_areas import areas


def test_the_table_is_that_of_the_evaluation(findings: Findings) -> None:
    measured = areas(seeds=2)
    table = area_table(measured, replace(findings, level=0.9))
    assert table
    (row,) = table.rows
    judged = judge_areas(measured, level=0.9).iloc[0]
    assert [cell.text for cell in row] == [
        *("dense", "b_line", decimal(judged["auroc"])),
        *(f"{100 * judged[name]:.2g}" for name in ("median_with", "median_without")),
        *("30 of 90", str(judged["patients"])),
    ]
    assert row[2].detail.startswith(decimal(judged["low"]))


def test_recipes_keep_their_marks(findings: Findings) -> None:
    table = area_table(areas().assign(network="fine-tuning"), findings)
    assert table
    assert table.rows[0][0].look == findings.looks["fine-tuning"]


def test_it_is_said_which_clips_a_network_was_shown() -> None:
    told = judged_frames(areas())
    assert told == "“dense” learned to segment from other images than these: all clips are judged."
    assert "only test clips are judged" in judged_frames(areas(folds=3))


def test_the_figure_has_a_dot_a_clip() -> None:
    measured = areas(seeds=2)
    figure = area_figure(measured)
    assert figure
    (panel,) = figure.axes
    with_flag, without = (line for line in panel.lines if line.get_marker() in ("o", "s"))
    assert (len(with_flag.get_xdata()), len(without.get_xdata())) == (30, 60)  # type: ignore[arg-type]
    means = measured.groupby("video").agg({"area": "mean", "flag": "first"})
    medians = [100 * means.loc[means["flag"] == flag, "area"].median() for flag in "10"]
    thick = [line.get_xdata()[0] for line in panel.lines if line.get_linewidth() > 2]  # type: ignore[index]
    assert thick == pytest.approx(medians)


def test_nothing_known_nothing_shown(findings: Findings) -> None:
    unknown = areas().assign(flag="")
    assert area_table(unknown, findings) is None
    assert area_figure(unknown) is None


def test_on_the_page(make_study: Callable[..., Path]) -> None:
    folder = make_study({"scratch": 1, "fine-tuning": 2}, fractions=(1.0,), patients=40)
    areas(folds=3).to_csv(folder / "areas.csv", index=False)
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'href="#areas"' in page
    assert "only against clips of their fold" in page
    assert (folder / "figures" / "areas_0.svg").is_file()
