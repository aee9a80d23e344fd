"""Too few test patients of a class: no verdict of two studies, whatever the intervals are."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.compare.cautions import cautions
from pleura.compare.comparison import Comparison, compare_studies
from pleura.compare.differences import (
    PAIRED,
    SAME,
    SEPARATE,
    TOO_FEW,
    Strictness,
    differences,
    patients_of,
)
from pleura.compare.few import of_few
from pleura.compare.outcomes import outcomes_of
from pleura.compare.studies import read_pair
from pleura.compare.tables import read_comparison
from pleura.compare.verdict import lines
from pleura.evaluate.few import IN_ALL
from tests.compare.made import patients, predictions, write_study
from tests.compare.test_tasks import numbers
from tests.compare.test_verdict import made
from tests.report.made_up import Made, cases_table

BOTH = ("lung", "heart")


def cases(
    skill: float, structures: tuple[str, ...] = ("lung", "heart"), few: int = 12
) -> pd.DataFrame:
    """Cases of twelve patients, of whom a `few` have something to outline."""
    recipes = {"unet": Made(skill, "x_unet", "random", "none")}
    table = cases_table(recipes, (1.0,), (0, 1), structures, 12, "px")
    without = table["patient"] >= f"p{few:02d}"
    if few < 12 and len(structures) > 1:
        return table[~without]
    table.loc[without, "reference_area"] = 0.0
    table.loc[without, ["dice", "iou", "hd95", "surface_distance"]] = np.nan
    return table


WELL = [f"P{number}" for number in range(1, 60, 2)]
BEST = {"tuned": 6.0}


def verdicts(done: Comparison) -> dict[str, str]:
    table = pd.read_csv(done.folder / "differences.csv", keep_default_na=False)
    return dict(table[table["class"].isin(["macro", "all"])][["metric", "verdict"]].to_numpy())


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Two studies of 2 ill and 30 well patients, of which the second tells them far better."""
    folder, names = tmp_path_factory.mktemp("few"), ["P0", "P2", *WELL]
    one = write_study(folder / "one", predictions(names, {"tuned": 1.0}, seeds=(0,)))
    two = write_study(folder / "two", predictions(names, BEST, seeds=(0,), draw=1))
    with pytest.MonkeyPatch.context() as patch:  # the page is not looked at, and takes its time
        patch.setattr("pleura.compare.page.write_page", lambda at: lines(read_comparison(at)))
        return compare_studies(one, two, folder / "out")


def test_with_two_patients_of_a_class_there_is_no_verdict(few: Comparison) -> None:
    told = few.lines[0].replace("\N{NO-BREAK SPACE}", " ")
    assert told.startswith(
        "On 32 test patients of both: no verdict, with 2 patients of “ill” in both test parts: too "
        "few to tell of tuned (difference in AUROC +."
    )
    assert "better" not in told
    found = verdicts(few)
    assert found["auroc"] == found["balanced_accuracy"] == "too few patients"
    assert found["log_loss"] == "better", "all patients bear it"


def test_it_is_the_first_caution_and_no_other_mean_over_classes_is_told(few: Comparison) -> None:
    first, *others = cautions(read_comparison(few.folder))
    assert first.serious
    assert first.text.startswith("2 patients of “ill” in both test parts: of fewer than 5 an")
    [metrics] = [each.text for each in others if each.text.startswith("Other metrics")]
    assert "log-loss" in metrics
    assert "balanced" not in metrics


@pytest.mark.parametrize(
    ("ill", "verdict"), [([0, 2, 4], "too few patients"), ([0, 2, 4, 6, 8], "no difference shown")]
)
def test_few_in_one_of_two_test_parts_leave_no_verdict_either(
    tmp_path: Path, ill: list[int], verdict: str
) -> None:
    names = [*(f"P{number}" for number in ill), *WELL]
    one = write_study(tmp_path / "one", predictions(patients(60, 90), {"tuned": 0.5}, seeds=(0,)))
    two = write_study(tmp_path / "two", predictions(names, BEST, seeds=(0,)))
    outcomes = outcomes_of(read_pair(one, two))
    found = differences(outcomes.tables, SEPARATE, outcomes, Strictness())
    whole = found[found["class"] == "macro"].set_index("metric")
    assert whole.loc["auroc", "verdict"] == verdict
    counted = patients_of(outcomes.tables, SEPARATE, outcomes)
    assert counted == [
        {IN_ALL: 30, "ill": 15, "well": 15},
        {IN_ALL: len(ill) + 30, "ill": len(ill), "well": 30},
    ]


def test_whose_patients_are_few_is_told_by_study() -> None:
    row = ("a", 0.05, 0.02, 0.08, TOO_FEW)
    counted = [{"ill": 40, "well": 40}, {"ill": 3, "well": 4}]
    told = lines(made([row], SEPARATE, of_class={SEPARATE: counted}))[0]
    few = "3 patients of “ill” and 4 of “well” in the test part of new"
    assert f"no verdict, with {few}: too few to tell of a (difference" in told
    enough = made([(*row[:4], "better")], SEPARATE, of_class={SEPARATE: [{"ill": 19}, {"ill": 5}]})
    [doubt, *_] = of_few(enough)
    assert not doubt.serious
    assert doubt.text.startswith(
        "19 patients of “ill” in the test part of old, and 5 patients of “ill” in the test part of "
        "new: with fewer than 20"
    )


def test_few_in_all_leave_no_verdict_by_any_metric_of_any_task(tmp_path: Path) -> None:
    data = {"number": {"column": "age", "unit": "years"}}
    of_task: dict[str, Callable[[int], pd.DataFrame]] = {
        "classification": lambda draw: predictions([f"P{at}" for at in range(4)], draw=draw),
        "numbers": lambda draw: numbers(patients(0, 4), 4.0 - 2 * draw),
        "segmentation": lambda draw: cases(1.0 + 3 * draw, few=4),
    }
    for task, make in of_task.items():
        one, two = (
            write_study(tmp_path / f"{task}{draw}", make(draw), task=task, data=data)
            for draw in (0, 1)
        )
        outcomes = outcomes_of(read_pair(one, two))
        found = differences(outcomes.tables, PAIRED, outcomes, Strictness())
        told = {verdict for verdict in found["verdict"] if verdict}
        assert told <= {TOO_FEW, SAME}, task
        assert TOO_FEW in told, task
        assert patients_of(outcomes.tables, PAIRED, outcomes)[0][IN_ALL] == 4


@pytest.mark.parametrize(("few", "verdict"), [(4, TOO_FEW), (5, "better")])
def test_patients_without_a_structure_bear_no_mean_of_structures(
    tmp_path: Path, few: int, verdict: str
) -> None:
    """Twelve patients test, and the structure is there in `few` of them."""
    pair = read_pair(
        *(
            write_study(
                tmp_path / str(draw), cases(1.0 + 3 * draw, ("lung",), few), task="segmentation"
            )
            for draw in (0, 1)
        )
    )
    outcomes = outcomes_of(pair)
    found = differences(outcomes.tables, PAIRED, outcomes, Strictness())
    dice = found[(found["metric"] == "dice") & (found["class"] == "all")]
    assert dice["verdict"].tolist() == [verdict]


def test_that_few_test_in_all_says_nothing_of_classes() -> None:
    row = ("a", 0.05, 0.02, 0.08, TOO_FEW)
    compared = made([row], SEPARATE, of_class={SEPARATE: [{IN_ALL: 4, "ill": 2}, {IN_ALL: 60}]})
    assert "no verdict, with 4 patients in the test part of old: too few" in lines(compared)[0]
    first = next(of_few(compared))
    assert first.text == (
        "4 patients in the test part of old: of fewer than 5 an interval says nothing. There is no "
        "verdict."
    )
