"""Too few test patients of a class: no verdict of two studies, whatever the intervals are."""

from pathlib import Path

import pandas as pd
import pytest

from pleura.compare.cautions import cautions
from pleura.compare.comparison import Comparison, compare_studies
from pleura.compare.differences import SEPARATE, TOO_FEW, Strictness, differences, patients_of
from pleura.compare.few import of_few
from pleura.compare.outcomes import outcomes_of
from pleura.compare.studies import read_pair
from pleura.compare.tables import read_comparison
from pleura.compare.verdict import lines
from tests.compare.made import patients, predictions, write_study
from tests.compare.test_verdict import made

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
    assert counted == [{"ill": 15, "well": 15}, {"ill": len(ill), "well": 30}]


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
