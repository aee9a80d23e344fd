"""Too few new patients of a class: no verdict, whatever the intervals are."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.metrics import METRICS
from pleura.external.cautions import cautions
from pleura.external.few import hangs_on_few, of_few
from pleura.external.sections import results
from pleura.external.sections import sets as sets_section
from pleura.external.sections import thresholds as thresholds_section
from pleura.external.units import patients_of
from pleura.external.verdict import verdict
from pleura.report.section import Group
from pleura.report.table import Table
from tests.external.test_cautions import evaluated
from tests.external.test_units import predictions


def of_classes(ill: int, well: int, **tables: Any) -> Any:
    """An evaluation that is shown to be worse here, with so many patients of each class."""
    facts = {"of_class": {"here": {"ill": ill, "well": well}}}
    return evaluated({"auroc": (0.6, 0.9)}, facts, **tables)


def test_with_one_patient_of_a_class_there_is_no_verdict() -> None:
    told = verdict(of_classes(40, 1)).replace("\N{NO-BREAK SPACE}", " ")
    assert told.startswith(
        "No verdict, with 1 patient of “well” here: too few to tell. Macro AUROC .600"
    )
    assert told.endswith("on 200 new patients, .900 (.890 to .910) on 200 test patients at home.")
    assert "worse" not in told


def test_every_scarce_class_is_named_the_scarcest_first() -> None:
    assert "with 2 patients of “well” and 4 of “ill” here" in verdict(of_classes(4, 2))


def test_with_enough_patients_there_is_one() -> None:
    assert "worse here" in verdict(of_classes(5, 5))


def test_it_is_the_first_caution() -> None:
    [serious, *_] = of_few(of_classes(40, 4))
    assert serious.serious
    assert serious.text.startswith(
        "4 patients of “well” here: of fewer than 5 an interval says nothing"
    )
    [doubt] = of_few(of_classes(40, 19))
    assert not doubt.serious
    assert "19 patients of “well”: with fewer than 20" in doubt.text
    assert not [*of_few(of_classes(40, 20))]


def test_no_difference_that_hangs_on_few_is_coloured() -> None:
    def tones(of: Any) -> list[str]:
        tables = [each for each in results.blocks(of) if isinstance(each, Table | Group)]
        [whole] = [each for each in tables if isinstance(each, Table)]
        return [cell.tone for cell in whole.rows[0]]

    assert "bad" in tones(of_classes(5, 5))
    assert "bad" not in tones(of_classes(5, 4))


def test_what_other_patients_bear_does_not_hang_on_few() -> None:
    few = of_classes(40, 4)
    assert hangs_on_few(few, METRICS["auroc"])
    assert hangs_on_few(few, METRICS["auroc"], "well")
    assert not hangs_on_few(few, METRICS["auroc"], "ill")
    assert hangs_on_few(few, METRICS["balanced_accuracy"])
    assert not hangs_on_few(few, METRICS["log_loss"])
    assert not hangs_on_few(few, METRICS["accuracy"])
    without = evaluated({"auroc": (0.6, 0.9)}, {"of_class": {"here": {"cough": 40, "no cough": 2}}})
    assert hangs_on_few(without, METRICS["auroc"], "cough")


def test_without_an_interval_there_is_no_verdict_either() -> None:
    nothing = pd.DataFrame(
        [("auroc", "macro", -0.3, np.nan, np.nan, np.nan, np.nan)],
        columns=["metric", "class", "difference", "low", "high", "p", "p_holm"],
    )
    assert verdict(of_classes(40, 1, differences=nothing)).startswith("No verdict")


def test_few_patients_at_home_leave_no_verdict_either() -> None:
    facts = {"of_class": {"here": {"ill": 40, "well": 40}, "home": {"ill": 2, "well": 30}}}
    of = evaluated({"auroc": (0.6, 0.9)}, facts)
    assert "with 2 patients of “ill” in the test part at home: too few" in verdict(of)
    assert hangs_on_few(of, METRICS["auroc"], "ill")
    assert not hangs_on_few(of, METRICS["auroc"], "well")


def test_patients_are_counted_by_class_in_the_test_part() -> None:
    table = predictions()
    assert patients_of(table) == {"ill": 2, "well": 1}
    assert patients_of(predictions("validation")) == {"ill": 0, "well": 0}
    findings = table.drop(columns="logit_well").assign(label_ill=[1, 1, np.nan, np.nan, 0, 0, 0])
    assert patients_of(findings) == {"ill": 1, "no ill": 1}
    assert patients_of(None) == patients_of(table.assign(number=1.0)) == {}


def test_other_metrics_that_hang_on_few_are_not_told_as_worse() -> None:
    def told(well: int) -> str:
        facts = {"of_class": {"here": {"ill": 40, "well": well}}}
        metrics = {"auroc": (0.9, 0.9), "auprc": (0.6, 0.9), "log_loss": (1.5, 0.5)}
        return " ".join(each.text for each in cautions(evaluated(metrics, facts)))

    assert "by other metrics: AUPRC −.300" in told(40)
    assert "by other metrics: log-loss +1.000" in told(2)
    assert "AUPRC" not in told(2)


def thresholds() -> pd.DataFrame:
    rows = [(0.9, "well", "at home", "sensitivity", "here", 0.0, 0.0, 0.49)]
    rows += [(0.9, "well", "at home", "threshold", "", 0.5, 0.5, 0.5)]
    columns = ["target", "class", "chosen", "measure", "where", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def sets(question: str, answer: str) -> pd.DataFrame:
    rows = [
        (question, answer, "covered", 0.2, 0.1, 0.4, "here", 0.9),
        (question, answer, "expected", 0.9, 0.8, 0.97, "here", 0.9),
    ]
    columns = ["question", "answer", "measure", "value", "low", "high", "where", "promised"]
    return pd.DataFrame(rows, columns=columns)


def cells_of(blocks: Any) -> list[str]:
    return [cell.tone for each in blocks if isinstance(each, Table) for cell in each.rows[0]]


def test_no_threshold_is_said_not_to_hold_by_few() -> None:
    for well, told in ((5, True), (4, False)):
        of = of_classes(40, well, thresholds=thresholds())
        assert any("does not hold" in each.text for each in cautions(of)) is told
        assert ("bad" in cells_of(thresholds_section.blocks(of))) is told


@pytest.mark.parametrize(
    ("question", "answer", "counted"),
    [("", "well", "well"), ("cough", "present", "cough"), ("cough", "absent", "no cough")],
)
def test_no_set_is_said_to_hold_less_often_by_few(question: str, answer: str, counted: str) -> None:
    for number, told in ((5, True), (4, False)):
        facts = {"of_class": {"here": {"well": 40, "cough": 40, "no cough": 40, counted: number}}}
        of = evaluated({"auroc": (0.9, 0.9)}, facts, sets=sets(question, answer))
        assert any("hold the right answer less" in each.text for each in cautions(of)) is told
        assert ("bad" in cells_of(sets_section.blocks(of))) is told
