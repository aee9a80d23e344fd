"""Paired differences by clip and by patient, in the report."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.compare import compare, holm
from pleura.evaluate.pooling import pool
from pleura.report.classification import ClassifierFolder, read_classifiers
from pleura.report.findings import Comparison, Estimate, Findings
from pleura.report.numbers import METRICS
from pleura.report.sections.clips import compared, difference_table, find_clips
from tests.report.conftest import study_of
from tests.report.sections.test_clips import with_videos
from tests.report.written import write_report

MEASURES = {name: METRICS[name] for name in ("auroc", "accuracy")}


def test_differences_are_paired_on_what_was_pooled(
    contents: ClassifierFolder, findings: Findings
) -> None:
    folder = with_videos(contents)
    clips = find_clips(study_of(folder, findings))
    assert clips
    test = folder.predictions.query("part == 'test' and fraction == 1")
    columns = ["recipe", "metric", "difference", "low", "high", "p_holm"]
    for unit in ("clip", "patient"):
        table = pd.concat(
            [
                compare(pool(test, unit).table, reference="scratch", metric=metric)
                for metric in MEASURES
            ]
        )
        found = clips.against[unit]
        assert len(found) == len(table) == 8
        adjusted = holm(table["p"].to_numpy(dtype=np.float64))
        rows = table[columns].itertuples(index=False, name=None)
        for (recipe, metric, *numbers, alone), p in zip(rows, adjusted, strict=True):
            each = found[recipe, metric]
            difference = each.difference
            assert [difference.value, difference.low, difference.high] == pytest.approx(numbers)
            # Over both measures: more than `compare` corrects by itself.
            assert each.p_holm == pytest.approx(p)
            assert each.p_holm >= alone
        value = clips.values["fine-tuning", unit, "", "auroc"].value
        value -= clips.values["scratch", unit, "", "auroc"].value
        assert found["fine-tuning", "auroc"].difference.value == pytest.approx(value)


def test_what_cannot_be_evaluated_has_no_differences(
    contents: ClassifierFolder, findings: Findings
) -> None:
    table = contents.predictions
    only = replace(contents, predictions=table[table["label"] != "VIRUS"])
    clips = find_clips(replace(study_of(contents, findings), contents=only))
    assert clips
    assert clips.against == {}
    assert difference_table(clips.against, MEASURES, findings) is None
    assert difference_table({"patient": {}}, MEASURES, findings) is None


def test_one_recipe_has_no_differences(contents: ClassifierFolder, findings: Findings) -> None:
    table = contents.predictions
    pooled = pool(table[table["recipe"] == "scratch"], "patient").table
    assert compared(pooled, "scratch", MEASURES.values(), 0.95) == {}


@pytest.mark.parametrize(
    ("value", "p", "tone"), [(0.1, 0.04, "good"), (-0.1, 0.04, "bad"), (0.1, 0.06, "")]
)
def test_only_what_is_shown_has_a_tone(
    findings: Findings, value: float, p: float, tone: str
) -> None:
    difference = Estimate(value, value - 0.02, value + 0.02)
    each = Comparison("", difference, p, p, "")
    found = {("fine-tuning", "auroc"): each, ("pixels: random forest", "auroc"): each}
    table = difference_table({"patient": found}, MEASURES, findings)
    assert table
    assert [column.title for column in table.columns[2:]] == ["Difference", "p"] * 2
    rows = {row[0].text: row for row in table.rows}
    assert rows.keys() == {"fine-tuning", "pixels: random forest"}
    mine = rows["fine-tuning"]
    assert mine[1].text == "patient"
    assert mine[2].text == ("+.100" if value > 0 else "\N{MINUS SIGN}.100")
    assert mine[2].tone == tone
    assert rows["pixels: random forest"][2].tone == ""
    assert mine[4].text == "–"


def test_on_the_page(make_study: Callable[..., Path]) -> None:
    folder = make_study({"scratch": 1, "fine-tuning": 2}, fractions=(1.0,), patients=40)
    with_videos(read_classifiers(folder)).predictions.to_csv(
        folder / "predictions.csv", index=False
    )
    page = write_report(folder).read_text(encoding="utf-8")
    assert page.count("Recipe minus scratch, paired by patient.") == 1
    assert "for clips and for patients by themselves" in page
