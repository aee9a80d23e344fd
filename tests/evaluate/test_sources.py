"""AUROC across and within sources."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pleura.evaluate.sources import ACROSS, FALL, WITHIN, by_source
from tests.evaluate.tables import CLASSES, predictions

Shares = dict[str, tuple[float, ...]]
EVEN: Shares = dict.fromkeys(CLASSES, (0.4, 0.3, 0.3))
APART: Shares = {
    "covid": (0.8, 0.1, 0.1),
    "healthy": (0.1, 0.8, 0.1),
    "other": (0.1, 0.1, 0.8),
}


def drawn(shares: Shares, *, skill: float = 0.0, telling: float = 0.0) -> pd.DataFrame:
    """Patients of each class fall to sources a, b, ... with these shares; logits hold the class
    with `skill`, and with `telling` the class that is usual in the source."""
    table = predictions({"model": skill}, patients=400, seeds=1)
    rng = np.random.default_rng(0)
    patients = table.drop_duplicates("patient")
    names = {
        patient: "abc"[rng.choice(len(shares[label]), p=shares[label])]
        for patient, label in zip(patients["patient"], patients["label"], strict=True)
    }
    table["source"] = table["patient"].map(names)
    for c, name in enumerate(CLASSES):
        table[f"logit_{name}"] += telling * (table["source"] == "abc"[c])
    return table


def values(table: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    rows = table.drop(columns="recipe").itertuples(index=False, name=None)
    return {shown: (value, low, high) for shown, value, low, high in rows}


def test_a_model_that_tells_sources_apart_falls_to_guessing_within_them() -> None:
    result = by_source(drawn(APART, telling=3.0), fraction=1.0)
    found = values(result.table)
    assert found[ACROSS][1] > 0.7
    assert found[WITHIN][1] < 0.5 < found[WITHIN][2]
    assert found[FALL][1] > 0.15
    assert len(result.pairs) == 3
    assert set(map(tuple, result.pairs.values())) == {("a", "b", "c")}
    assert result.several
    assert not result.single


def test_an_honest_model_does_not_fall() -> None:
    found = values(by_source(drawn(EVEN, skill=2.0), fraction=1.0).table)
    assert found[FALL][1] < 0 < found[FALL][2]
    assert found[WITHIN][0] == pytest.approx(found[ACROSS][0], abs=0.02)


def test_an_easy_class_in_a_source_of_its_own_is_no_fall() -> None:
    """Pairs of classes are held against the same pairs."""
    table = drawn({"covid": (0.0, 0.0, 1.0), "healthy": (0.5, 0.5), "other": (0.5, 0.5)}, skill=0.8)
    table["logit_covid"] += 8.0 * (table["label"] == "covid")
    result = by_source(table, fraction=1.0)
    assert list(result.pairs) == [("healthy", "other")]
    found = values(result.table)
    assert found[FALL][1] < 0 < found[FALL][2]


def test_the_value_within_is_the_mean_of_scikit_learns_weighted_by_pairs() -> None:
    two = {"covid": (0.7, 0.3), "healthy": (0.4, 0.6), "other": (0.0, 0.0, 1.0)}
    table = drawn(two, skill=1.0)
    areas, weights = [], []
    for source in "ab":
        here = table[(table["source"] == source) & (table["label"] != "other")]
        ill = here["label"] == "covid"
        areas.append(roc_auc_score(ill, here["logit_covid"] - here["logit_healthy"]))
        weights.append(ill.sum() * (~ill).sum())
    both = table[table["label"] != "other"]
    across = roc_auc_score(both["label"] == "covid", both["logit_covid"] - both["logit_healthy"])
    found = values(by_source(table, fraction=1.0).table)
    assert found[WITHIN][0] == pytest.approx(np.average(areas, weights=weights))
    assert found[ACROSS][0] == pytest.approx(across)


def test_sources_of_one_class_and_sources_too_small_are_told_apart() -> None:
    alone = {"covid": (1.0,), "healthy": (0.0, 1.0), "other": (0.0, 0.0, 1.0)}
    result = by_source(drawn(alone), fraction=1.0)
    assert result.single
    assert result.table.empty
    many = predictions({"a": 1.0}, patients=60)
    many["source"] = many["patient"].str[1:].astype(int) // 2
    result = by_source(many.astype({"source": str}), fraction=1.0)
    assert result.several
    assert not result.single
    assert not result.pairs


def test_one_source_or_none_gives_nothing() -> None:
    table = predictions({"a": 1.0})
    for given in (table, table.assign(source="a"), table.drop(columns="source")):
        result = by_source(given, fraction=1.0)
        assert result.table.empty
        assert not result.several
