"""Values that have no interval are counted, and it is said why."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pleura.report.classification import read_classifiers
from pleura.report.sections.undefined import find_undefined
from tests.report.conftest import cautions_of, study_of

MakeStudy = Callable[..., Path]


def test_a_class_of_one_patient_is_named(make_study: MakeStudy) -> None:
    folder = make_study(fractions=(1.0,), seeds=(0, 1), patients=30)
    table = pd.read_csv(folder / "predictions.csv")
    table.loc[table["label"] == "VIRUS", "patient"] = "only"
    table.to_csv(folder / "predictions.csv", index=False)
    study = study_of(read_classifiers(folder))
    found = find_undefined(study)
    assert found is not None
    assert set(found["undefined"]) == {1}
    assert {"auroc", "sensitivity"} <= set(found["metric"])
    assert set(found["class"]) <= {"VIRUS", "macro", "all"}
    (told,) = [each.text for each in cautions_of(study) if "without an interval" in each.text]
    assert "AUROC of “VIRUS”" in told
    assert "1 patient at most does so" in told


def test_where_every_interval_is_there_nothing_is_said(make_study: MakeStudy) -> None:
    assert find_undefined(study_of(read_classifiers(make_study(fractions=(1.0,))))) is None
