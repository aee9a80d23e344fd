"""The section on shares of classes and of unknown labels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.shares import shares_by, unknown_by
from pleura.report.classification import read_classifiers
from pleura.report.nouns import CLASS
from pleura.report.prose import say
from pleura.report.sections.shares import TABLE, find_shares
from pleura.tables import BY_POLICY
from tests.report.conftest import cautions_of, study_of
from tests.report.written import write_report

MakeStudy = Callable[..., Path]
PATIENTS = 200


def write_shares(folder: Path, *, ill_in_b: float = 0.5, unknown_in_b: float = 0.1) -> None:
    """A finding of half of the patients of source A, not known of a tenth."""
    rng = np.random.default_rng(0)
    in_b = np.arange(PATIENTS) % 2 == 1
    labels = (rng.random(PATIENTS) < np.where(in_b, ill_in_b, 0.5)).astype(np.int64)
    labels[rng.random(PATIENTS) < np.where(in_b, unknown_in_b, 0.1)] = -1
    groups = {
        "source": np.where(in_b, "B", "A").astype(object),
        "part": np.where(np.arange(PATIENTS) % 4 < 2, "train", "test").astype(object),
    }
    patients = np.array([f"p{number}" for number in range(PATIENTS)])
    of, aged = (("ill",), patients), {**groups, "age": groups["part"]}
    both = shares_by(labels[:, None], *of, groups), unknown_by(labels[:, None] < 0, *of, aged)
    pd.concat(both).to_csv(folder / TABLE.path, index=False)


def test_one_test_is_not_several() -> None:
    values = {"columns": "view", "noun": CLASS, "of_class": True, "unknown": False, "any": True}
    assert " 1 test, p values" in say("shares", "words", tests=1, **values)
    assert " 2 tests, p values" in say("shares", "words", tests=2, **values)


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        (
            {"ill_in_b": 0.1},
            "Classes have other shares in some groups of patients: “ill” by source",
        ),
        ({"unknown_in_b": 0.6}, "Labels are not missing at random, but more often in some groups"),
    ],
)
def test_what_was_planted_is_told(
    make_study: MakeStudy, planted: dict[str, float], told: str
) -> None:
    folder = make_study(fractions=(1.0,), seeds=(0,))
    write_shares(folder, **planted)
    found = [each.text for each in cautions_of(study_of(read_classifiers(folder)))]
    (text,) = [each for each in found if "of B" in each]
    assert text.startswith(told)
    assert "% of A" in text
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'id="shares"' in page
    assert "Shares that differ between groups of patients" in page


def test_a_policy_that_hides_what_is_not_known_is_told(make_study: MakeStudy) -> None:
    folder = make_study(fractions=(1.0,), seeds=(0,))
    write_shares(folder, unknown_in_b=0.6)
    (folder / BY_POLICY).write_text("image,label_ill\na,0\n")
    found = [each.text for each in cautions_of(study_of(read_classifiers(folder)))]
    (text,) = [each for each in found if "not missing at random" in each]
    assert "what it says differs between the groups as well" in text
    assert "Results are of" not in text


def test_where_nothing_was_planted_nothing_is_told(make_study: MakeStudy) -> None:
    folder = make_study(fractions=(1.0,), seeds=(0,))
    write_shares(folder)
    study = study_of(read_classifiers(folder))
    found = find_shares(study)
    assert found is not None
    assert not found.shown("of the class")
    assert not any("groups of patients" in each.text for each in cautions_of(study))
    page = write_report(folder).read_text(encoding="utf-8")
    assert "No difference is shown." in page
    assert "By age these alone are looked at." in page


def test_a_study_without_groups_has_no_section(make_study: MakeStudy) -> None:
    assert find_shares(study_of(read_classifiers(make_study(fractions=(1.0,))))) is None
