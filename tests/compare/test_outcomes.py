"""What two studies have in common to tell."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pleura.compare.outcomes import Outcomes, outcomes_of
from pleura.compare.studies import read_pair
from pleura.errors import InputError
from pleura.evaluate.predicted_runs import read_runs
from tests.compare.made import patients, predictions, write_study


def of(tmp_path: Path, one: pd.DataFrame, two: pd.DataFrame, **settings: Any) -> Outcomes:
    folders = [
        write_study(tmp_path / name, table, **settings)
        for name, table in (("one", one), ("two", two))
    ]
    return outcomes_of(read_pair(folders[0], folders[1]))


def called(table: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """With other names of classes, in the order given."""
    renamed = table.assign(label=table["label"].map(lambda name: names.get(name, name)))
    renamed = renamed.rename(columns={f"logit_{old}": f"logit_{new}" for old, new in names.items()})
    logits = [f"logit_{new}" for new in names.values()]
    return renamed[[*(name for name in renamed if name not in logits), *logits]]


def test_classes_in_another_spelling_and_order_are_the_same(tmp_path: Path) -> None:
    table = predictions(patients(0, 8))
    found = of(tmp_path, table, called(table, {"well": "WELL", "ill": "Ill "}))
    assert (found.names, found.only) == (("ill", "well"), ((), ()))
    runs = [read_runs(each).of("tuned", 1.0)[0] for each in found.tables]
    np.testing.assert_array_equal(runs[0].labels, runs[1].labels)
    np.testing.assert_allclose(runs[0].probabilities, runs[1].probabilities)


def test_only_images_of_classes_of_both_are_compared(tmp_path: Path) -> None:
    table = predictions(patients(0, 12)).assign(logit_odd=0.0)
    odd = table["patient"].isin(["P4", "P5"])
    found = of(
        tmp_path,
        table.assign(label=table["label"].mask(odd, "odd")),
        predictions(["P1", "P2", "P3", "P4"]),
    )
    assert found.names == ("ill", "well")
    assert found.only == (("odd",), ())
    assert not found.tables[0]["patient"].isin(["P4", "P5"]).any()
    assert "Of both studies only images of ill and well" in found.notes[0]


def test_without_a_class_in_common_there_is_nothing_to_compare(tmp_path: Path) -> None:
    table = predictions(patients(0, 8))
    with pytest.raises(InputError, match="no class in common: ill, well; and a, b"):
        of(tmp_path, table, called(table, {"ill": "a", "well": "b"}))


def test_one_class_in_common_cannot_be_told_from_another(tmp_path: Path) -> None:
    table = predictions(patients(0, 8))
    with pytest.raises(InputError, match="one class in common, well; it takes two"):
        of(tmp_path, table, called(table, {"ill": "a", "well": "well"}))


def test_numbers_in_two_units_are_refused(tmp_path: Path) -> None:
    table = predictions(patients(0, 8)).drop(columns=["logit_ill", "logit_well"])
    table = table.assign(number=np.arange(len(table)) % 7, predicted=3.0)
    folders = []
    for unit in ("years", "months"):
        number = {"manifest": "/data/images.csv", "number": {"column": "age", "unit": unit}}
        folders.append(write_study(tmp_path / unit, table, task="numbers", data=number))
    with pytest.raises(InputError, match="errors in two units cannot be compared"):
        outcomes_of(read_pair(folders[0], folders[1]))


def test_grades_must_be_the_same(tmp_path: Path) -> None:
    table = predictions(patients(0, 8))
    assert of(tmp_path / "same", table, table, task="grades").noun.one == "grade"
    turned = called(table, {"well": "well", "ill": "ill"})
    with pytest.raises(InputError, match="a mistake by one grade is not the same in both"):
        of(tmp_path, table, turned, task="grades")


def test_of_two_primary_metrics_the_first_counts_and_is_told(tmp_path: Path) -> None:
    table = predictions(patients(0, 8))
    one = write_study(tmp_path / "one", table, metric="accuracy")
    found = outcomes_of(read_pair(one, write_study(tmp_path / "two", table)))
    assert next(iter(found.metrics)) == "accuracy"
    assert "two primary metrics, accuracy and auroc" in found.notes[0]
