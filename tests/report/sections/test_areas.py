"""Segmented areas against flags, in the report."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pleura.evaluate.segmented_areas import judge_areas
from pleura.report.classification import ClassifierFolder
from pleura.report.figures.boxes import area_figure
from pleura.report.findings import Findings
from pleura.report.numbers import decimal
from pleura.report.prose import say
from pleura.report.section import Words
from pleura.report.sections.areas import (
    AREAS,
    SECTION,
    area_table,
    areas_with_heads,
    judged_areas,
)
from tests.evaluate.test_segmented_areas import areas
from tests.report.conftest import study_of
from tests.report.written import write_report


def test_the_table_is_that_of_the_evaluation(findings: Findings) -> None:
    measured = areas(seeds=2)
    table = area_table(measured.assign(head=""), replace(findings, level=0.5))
    assert table
    (row,) = table.rows
    expected = judge_areas(measured, level=0.5).iloc[0]
    assert [cell.text for cell in row] == [
        *("dense", "b_line", decimal(expected["auroc"])),
        *(f"{100 * expected[name]:.2f}" for name in ("median_with", "median_without")),
        *("30 of 90", str(expected["patients"])),
    ]
    assert row[2].detail.startswith(decimal(expected["low"]))


def test_recipes_keep_their_marks(findings: Findings) -> None:
    table = area_table(areas().assign(network="fine-tuning", head="decoder"), findings)
    assert table
    assert table.rows[0][0].look == findings.looks["fine-tuning"]
    assert table.rows[0][0].detail == "head decoder"


def judged(contents: ClassifierFolder) -> pd.DataFrame:
    """The areas of a study that are evidence."""
    return judged_areas(areas_with_heads(contents), contents)


def told(contents: ClassifierFolder, findings: Findings) -> str:
    """What is said of networks and clips above the figure."""
    study = study_of(contents, findings)
    words = next(iter(SECTION.blocks(study, areas_with_heads(contents))))
    assert isinstance(words, Words)
    return say("areas", "words", **words.values)


def with_heads(contents: ClassifierFolder, heads: list[str]) -> ClassifierFolder:
    """Areas of a step and of two recipes in three folds; fine-tuning has the heads."""
    here = areas(folds=3).astype({"fold": str, "seed": str})
    step = here.assign(network="step dense", fold="")
    both = [here.assign(network=name) for name in ("fine-tuning", "scratch")]
    run = contents.runs.query("recipe == 'scratch' and seed == 0").iloc[[0, 0, 0]]
    run = run.assign(fold=[0.0, 1.0, 2.0], fraction=1.0)
    scratch = run.assign(strategy="fine_tuning")
    tuned = run.assign(
        recipe="fine-tuning", strategy=[f'{{"head": "{head}", "freeze": "none"}}' for head in heads]
    )
    # What was chosen at smaller fractions says nothing.
    few = scratch.assign(fraction=0.1, strategy='{"head": "bottleneck", "freeze": "none"}')
    runs = pd.concat([scratch, tuned, few], ignore_index=True)
    every = pd.concat([step, *both], ignore_index=True)
    return replace(contents, runs=runs).with_table(AREAS, every)


def test_areas_of_decoders_left_behind_are_no_evidence(
    contents: ClassifierFolder, findings: Findings
) -> None:
    study = with_heads(contents, ["bottleneck", "logits", "decoder"])
    evidence = judged(study)
    shown = evidence.groupby("network")["fold"].unique().map(sorted).to_dict()
    assert shown == {
        "step dense": [""],
        "scratch": ["0", "1", "2"],
        "fine-tuning": ["1", "2"],
    }
    assert set(evidence.loc[evidence["network"] == "fine-tuning", "head"]) == {"logits", "decoder"}
    words = told(study, findings)
    assert " Left out: “fine-tuning” (1 of 3 runs). Their classifier reads" in words
    assert "With the head decoder or scales" in words
    others = told(with_heads(contents, ["logits"] * 3), findings)
    assert "Left out" not in others
    assert "With the head" not in others


def test_areas_of_recipes_outside_the_ranking_are_not_shown(contents: ClassifierFolder) -> None:
    study = with_heads(contents, ["logits"] * 3)
    runs = study.aside
    aside = pd.concat([runs, study.runs.query("recipe == 'scratch'")])
    study = replace(study, aside=aside)
    assert set(judged(study)["network"]) == {"step dense", "fine-tuning"}


def test_it_is_said_which_clips_a_network_was_shown(
    contents: ClassifierFolder, findings: Findings
) -> None:
    step = areas().astype({"fold": str, "seed": str})
    words = told(contents.with_table(AREAS, step), findings)
    said = " “dense” learned to segment from other images than these: all clips are judged."
    assert said in words
    assert "only test clips are judged" not in words
    folds = areas(folds=3).astype({"fold": str, "seed": str})
    assert "only test clips are judged" in told(contents.with_table(AREAS, folds), findings)


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
    assert area_table(unknown.assign(head=""), findings) is None
    assert area_figure(unknown) is None


@pytest.mark.usefixtures("drawn_figures")
def test_on_the_page(make_study: Callable[..., Path]) -> None:
    folder = make_study({"scratch": 1, "fine-tuning": 2}, fractions=(1.0,), patients=40)
    areas(folds=3).to_csv(folder / "areas.csv", index=False)
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'href="#areas"' in page
    assert "only against clips of their fold" in page
    assert (folder / "figures" / "areas_0.svg").is_file()
