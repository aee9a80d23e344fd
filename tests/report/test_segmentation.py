"""The statistics that the page shows."""

from dataclasses import replace

import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.evaluate.cases import compare_cases, summarise_cases
from pleura.report.segmentation import CasesFolder, judge
from pleura.report.study import Judged


def test_tables_are_those_of_the_evaluation(cases: CasesFolder, judged: Judged) -> None:
    pd.testing.assert_frame_equal(judged.summary, summarise_cases(cases.test))
    dice = judged.comparisons[judged.comparisons["metric"] == "dice"]
    expected = compare_cases(cases.test, reference="X-Unet", margin=0.01)
    pd.testing.assert_frame_equal(dice.reset_index(drop=True), expected, check_dtype=False)
    assert set(judged.comparisons["metric"]) == set(judged.measures)
    assert set(judged.comparisons["structure"]) == {"all", *cases.structures}


def test_findings_are_over_all_structures(judged: Judged) -> None:
    findings = judged.findings
    assert findings.classes == ("pleura", "A-line", "B-line")
    assert (findings.patients, findings.images, findings.seeds) == (24, 48, 2)
    assert findings.fractions == (0.25, 1.0)
    row = judged.summary.query("recipe == 'X-Unet' and fraction == 1 and metric == 'dice'")
    whole = row.loc[row["structure"] == "all", "value"].item()
    assert findings.primary("X-Unet", 1.0).value == whole
    one = row.loc[row["structure"] == "A-line", "value"].item()
    assert findings.estimate("X-Unet", 1.0, "dice", "A-line").value == one
    assert [c.recipe for c in findings.compared(1.0)] == [n for n in findings.looks if n[-1] != "t"]


def test_areas_are_shares_in_tables_and_per_cent_on_the_page(cases: CasesFolder) -> None:
    study = {**cases.study, "metric": "false_positive_area", "margin": 0.002}
    judged = judge(replace(cases, study=study))
    findings = judged.findings
    row = judged.summary.query(
        "recipe == 'X-Unet' and fraction == 1 and metric == 'false_positive_area'"
        " and structure == 'all'"
    ).iloc[0]
    shown = findings.primary("X-Unet", 1.0)
    assert (shown.value, shown.low, shown.high) == pytest.approx(
        tuple(100 * row[["value", "low", "high"]])
    )
    assert findings.margin == pytest.approx(0.2)
    ours = judged.comparisons.query(
        "metric == 'false_positive_area' and fraction == 1 and structure == 'all'"
    )
    difference = findings.compared(1.0)[-1].difference.value
    assert difference == pytest.approx(100 * ours["difference"].max())
    # Less is better: the recipe with most false area comes last.
    assert list(findings.looks)[-1] == "X-Unet, sparse"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metric": "auroc"}, "no metric 'auroc'; choose one of dice, iou"),
        ({"reference": "none"}, "no rows of the reference 'none' named in study.yaml; it has X-U"),
        ({"level": 95}, "level must be from 0.5 to below 1, not 95"),
        ({"level": "high"}, "level must be a number, not 'high'"),
        ({"level": float("nan")}, "level must be from 0.5 to below 1, not nan"),
        ({"margin": -0.1}, "margin must be from 0 on, not -0.1"),
        ({"margin": None}, "margin must be a number, not None"),
    ],
)
def test_what_the_study_file_asks_in_vain(
    cases: CasesFolder, change: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        judge(replace(cases, study={**cases.study, **change}))
