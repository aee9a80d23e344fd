"""AUROC within each source."""

import numpy as np
import pandas as pd
import pytest

from pleura.evaluate.sources import by_source
from tests.evaluate.tables import CLASSES, predictions


def with_sources(source_of_label: dict[str, tuple[float, ...]], seed: int = 0) -> pd.DataFrame:
    """A model that knows sources alone; each label falls to sources a, b, ... with these shares."""
    table = predictions({"teller": 0.0}, patients=400, seeds=1)
    rng = np.random.default_rng(seed)
    patients = table.drop_duplicates("patient")
    names = {
        patient: "abc"[rng.choice(len(source_of_label[label]), p=source_of_label[label])]
        for patient, label in zip(patients["patient"], patients["label"], strict=True)
    }
    table["source"] = table["patient"].map(names)
    for c, name in enumerate(CLASSES):
        table[f"logit_{name}"] += 3.0 * (table["source"] == "abc"[c])
    return table


def test_a_model_that_tells_sources_apart_knows_nothing_within_one() -> None:
    table = with_sources(
        {"covid": (0.8, 0.1, 0.1), "healthy": (0.1, 0.8, 0.1), "other": (0.1, 0.1, 0.8)}
    )
    found, left_out = by_source(table, fraction=1.0)
    assert left_out == ()
    assert list(found["source"]) == ["a", "b", "c"]
    assert (found["classes"] == ", ".join(CLASSES)).all()
    assert found["patients"].sum() == 400
    assert ((found["low"] < 0.5) & (found["high"] > 0.5)).all()


def test_sources_of_one_class_are_left_out_and_classes_too_rare_there() -> None:
    table = with_sources({"covid": (1.0, 0.0), "healthy": (0.0, 1.0), "other": (0.0, 1.0)})
    found, left_out = by_source(table, fraction=1.0)
    assert left_out == ("a",)
    assert list(found["source"]) == ["b"]
    assert found["classes"].iloc[0] == "healthy, other"
    assert found["value"].iloc[0] == pytest.approx(0.5, abs=0.1)


def test_one_source_or_none_gives_nothing() -> None:
    table = predictions({"a": 1.0})
    for given in (table, table.assign(source="a"), table.drop(columns="source")):
        found, left_out = by_source(given, fraction=1.0)
        assert found.empty
        assert left_out == ()
