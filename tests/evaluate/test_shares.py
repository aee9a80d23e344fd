"""Shares of classes and of unknown labels by groups of patients."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from pleura.data.unknowns import Unknowns
from pleura.evaluate.shares import OF_CLASS, UNKNOWN, differing, shares_by, unknown_by


def patients(number: int, images: NDArray[np.int64]) -> NDArray[np.str_]:
    return np.array([f"p{patient}" for patient in np.repeat(np.arange(number), images)])


def halves(number: int, images: NDArray[np.int64], share: float = 0.5) -> NDArray[np.object_]:
    """Whole patients in group A or B."""
    of = np.where(np.arange(number) < share * number, "A", "B").astype(object)
    return np.repeat(of, images)


def of_both(
    labels: NDArray[np.int64],
    names: tuple[str, ...],
    whose: NDArray[np.str_],
    groups: dict[str, NDArray[np.object_]],
) -> pd.DataFrame:
    """The shares of findings, and of what is not known of them."""
    open_of, unknown = Unknowns(pd.DataFrame(), names, labels < 0).distinct
    tables = (
        shares_by(labels, names, whose, groups),
        unknown_by(unknown, open_of, whose, groups),
    )
    return pd.concat(tables, ignore_index=True)


def test_a_patient_counts_once_however_many_images() -> None:
    labels = np.array([1, 1, 1, 0, 0, 1])
    whose = np.array(["p", "p", "p", "q", "r", "r"])
    group = np.array(["A", "A", "A", "A", "B", "B"], dtype=object)
    found = shares_by(labels, ("well", "ill"), whose, {"source": group, "one": group == "C"})
    rows = found.set_index(["group", "share", "class"])["mean"].to_dict()
    assert rows == {
        ("A", OF_CLASS, "well"): 0.5,
        ("A", OF_CLASS, "ill"): 0.5,
        ("B", OF_CLASS, "well"): 0.5,
        ("B", OF_CLASS, "ill"): 0.5,
    }
    assert found["patients"].tolist() == [2, 2, 1, 1]


def test_one_image_a_patient_is_pearsons_chi_squared_or_welchs_test() -> None:
    rng = np.random.default_rng(0)
    ones = np.ones(200, dtype=np.int64)
    labels = (rng.random(200) < np.repeat([0.3, 0.5], 100)).astype(np.int64)
    group = halves(200, ones)
    found = differing(shares_by(labels, ("well", "ill"), patients(200, ones), {"by": group}))
    counts = pd.crosstab(group, labels).to_numpy()
    chi2 = stats.chi2_contingency(counts, correction=False).statistic * 199 / 200
    of = (labels[group == "A"], labels[group == "B"])
    expected = max(stats.chi2.sf(chi2, 1), stats.ttest_ind(*of, equal_var=False).pvalue)
    assert found["p"].tolist() == pytest.approx([expected] * 2, abs=1e-9)
    assert found["p_holm"].tolist() == pytest.approx([min(1, 2 * expected)] * 2, abs=1e-9)


def test_labels_that_are_unknown_more_often_in_one_source_are_found() -> None:
    rng = np.random.default_rng(1)
    images = rng.integers(1, 4, 150)
    group = halves(150, images)
    labels = (rng.random((len(group), 2)) < 0.3).astype(np.int64)
    labels[rng.random(len(group)) < np.where(group == "A", 0.3, 0.02), 0] = -1
    table = of_both(labels, ("Edema", "Mass"), patients(150, images), {"source": group})
    found = differing(table).set_index(["share", "class"])["p_holm"]
    assert found[UNKNOWN, "Edema"] < 1e-6
    assert (UNKNOWN, "Mass") not in found
    assert found[OF_CLASS, "Edema"] > 0.05
    assert found[OF_CLASS, "Mass"] > 0.05


def test_groups_that_differ_by_chance_or_in_images_a_patient_alone_are_not() -> None:
    """At most 5 % of studies after Holm; 26 of 300 are three standard errors more. Patients of A
    have one image, those of B five."""
    rng = np.random.default_rng(2)
    images = np.where(np.arange(120) < 80, 1, 5)
    group = halves(120, images, share=80 / 120)
    false = 0
    for _ in range(300):
        labels = (rng.random((len(group), 3)) < (0.05, 0.2, 0.5)).astype(np.int64)
        labels[rng.random(labels.shape) < 0.04] = -1
        table = of_both(labels, ("a", "b", "c"), patients(120, images), {"source": group})
        false += bool((differing(table)["p_holm"] < 0.05).any())
    assert false <= 26


def test_a_class_that_is_in_one_source_alone_is_found() -> None:
    ones = np.ones(20, dtype=np.int64)
    group = halves(20, ones)
    labels = (group == "A").astype(np.int64)
    found = differing(shares_by(labels, ("well", "ill"), patients(20, ones), {"by": group}))
    assert (found["p_holm"] < 0.001).all()


def test_small_groups_are_shown_and_not_tested() -> None:
    ones = np.ones(20, dtype=np.int64)
    table = shares_by(
        np.arange(20) % 2, ("a", "b"), patients(20, ones), {"by": halves(20, ones, share=0.2)}
    )
    assert len(table) == 4
    assert differing(table).empty
