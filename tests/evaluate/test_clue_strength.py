"""Clues by AUROC; the association of source and class."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats.contingency import association
from sklearn.metrics import roc_auc_score

from pleura.evaluate.clue_strength import (
    CLASS,
    SOURCE,
    by_clue,
    count_sources,
    cramers_v,
    of_one_source,
    without_common_source,
)

CLASSES = ("normal", "ill")


def counts_of(table: dict[str, dict[str, int]]) -> pd.DataFrame:
    """Patients by source and class; no row where there is none."""
    rows = [(s, c, n, 2 * n) for s, held in table.items() for c, n in held.items() if n]
    return pd.DataFrame(rows, columns=["source", "class", "patients", "images"])


def predictions(target: str, names: tuple[str, ...], skill: float, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    labels = np.arange(120) % len(names)
    table = pd.DataFrame(
        {
            "recipe": "edge",
            "target": target,
            "fold": 0,
            "seed": 0,
            "fraction": 1.0,
            "part": "test",
            "image": [f"{i}.png" for i in range(120)],
            "patient": [f"p{i // 2}" for i in range(120)],
            "label": [names[i] for i in labels],
        }
    )
    logits = skill * np.eye(len(names))[labels] + random.normal(size=(120, len(names)))
    return table.assign(**{f"logit_{name}": logits[:, i] for i, name in enumerate(names)})


def numbers_of(found: pd.DataFrame, target: str, name: str) -> list[float]:
    """Value, low, high, patients, images of one class or source."""
    rows = found[(found["target"] == target) & (found["class"] == name)]
    (numbers,) = rows[["value", "low", "high", "patients", "images"]].to_numpy(float).tolist()
    return [float(number) for number in numbers]


def test_each_target_has_its_own_classes() -> None:
    by_class = predictions(CLASS, CLASSES, 1.0, 0)
    by_source = predictions(SOURCE, ("a", "b", "c"), 0.0, 1)
    found = by_clue(pd.concat([by_class, by_source]))
    assert set(found[found["target"] == CLASS]["class"]) == {*CLASSES, "macro"}
    assert set(found[found["target"] == SOURCE]["class"]) == {"a", "b", "c", "macro"}
    value, low, high, patients, images = numbers_of(found, CLASS, "ill")
    score = by_class["logit_ill"] - by_class["logit_normal"]
    assert value == pytest.approx(roc_auc_score(by_class["label"] == "ill", score))
    assert low < value < high
    assert (patients, images) == (60, 120)
    _, low, high, *_ = numbers_of(found, SOURCE, "macro")
    assert low < 0.5 < high


def test_patients_are_counted_once_by_source_and_class() -> None:
    images = pd.DataFrame(
        [("A", "ill", "p1"), ("A", "ill", "p1"), ("A", "normal", "p1"), ("B", "ill", "p2")],
        columns=["source", "label", "patient"],
    )
    expected = [["A", "ill", 1, 2], ["A", "normal", 1, 1], ["B", "ill", 1, 1]]
    assert count_sources(images).to_numpy().tolist() == expected


def test_classes_of_one_source_are_named() -> None:
    counts = counts_of({"A": {"normal": 50, "ill": 0}, "B": {"normal": 20, "ill": 30}})
    assert of_one_source(counts, CLASSES) == {"ill": "B"}
    both = counts_of({"A": {"normal": 50}, "B": {"ill": 30}})
    assert of_one_source(both, CLASSES) == {"normal": "A", "ill": "B"}
    unknown = counts_of({"A": {"normal": 50}, "B": {"ill": 30}, "": {"ill": 1}})
    assert of_one_source(unknown, CLASSES) == {"normal": "A"}
    assert of_one_source(counts_of({"A": {"normal": 50, "ill": 3}}), CLASSES) == {}
    assert of_one_source(counts_of({}), CLASSES) == {}


def test_cramers_v_of_known_tables() -> None:
    own = counts_of({"A": {"normal": 50}, "B": {"ill": 30}})
    assert cramers_v(own) == pytest.approx(1)
    even = counts_of({"A": {"normal": 40, "ill": 20}, "B": {"normal": 20, "ill": 10}})
    assert cramers_v(even) == 0
    assert np.isnan(cramers_v(counts_of({"A": {"normal": 4, "ill": 2}})))
    assert np.isnan(cramers_v(counts_of({})))
    large = np.array([[6000, 3000], [2000, 5000]])
    table = {s: dict(zip(CLASSES, row, strict=True)) for s, row in zip("AB", large, strict=True)}
    assert cramers_v(counts_of(table)) == pytest.approx(association(large), abs=1e-3)


def test_cramers_v_is_not_above_zero_by_its_bias() -> None:
    random = np.random.default_rng(0)
    ours, plain = [], []
    for _ in range(100):
        drawn = random.multinomial(40, [1 / 12] * 12).reshape(4, 3)
        if drawn.sum(axis=0).all() and drawn.sum(axis=1).all():
            rows = {str(s): dict(zip("xyz", row, strict=True)) for s, row in enumerate(drawn)}
            ours.append(cramers_v(counts_of(rows)))
            plain.append(association(drawn))
    assert np.mean(ours) < 0.1 < 0.25 < np.mean(plain)


def test_pairs_of_classes_that_no_source_holds_both_of() -> None:
    def counts(*rows: tuple[str, str]) -> pd.DataFrame:
        return pd.DataFrame(
            [(*row, 5, 5) for row in rows], columns=["source", "class", "patients", "images"]
        )

    apart = counts(("n", "a"), ("s", "b"), ("s", "c"))
    assert without_common_source(apart, "abc") == [("a", "b"), ("a", "c")]
    assert without_common_source(counts(("n", "a"), ("n", "b"), ("s", "b")), "ab") == []
    assert without_common_source(counts(("n", "a"), ("n", "b")), "ab") == []
    assert without_common_source(counts(("n", "a"), ("s", "b"), ("", "b")), "ab") == []
