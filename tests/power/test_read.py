"""Pilots from tables of predictions, of cases, of numbers and of scores; and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.evaluate.compare import compare
from pleura.power.read import Wanted, read_pilot
from tests.evaluate.tables import predictions


def scores(patients: int = 60, seeds: int = 2) -> pd.DataFrame:
    """Two recipes, two images a patient, every third patient ill."""
    rng, rows = np.random.default_rng(0), []
    common = rng.normal(size=2 * patients)
    for recipe, strength in {"a": 1.0, "b": 1.3}.items():
        for seed in range(seeds):
            for at, noise in enumerate(common):
                ill = int(at // 2 % 3 == 0)
                score = strength * ill + noise + 0.3 * rng.normal()
                rows.append((recipe, seed, f"p{at // 2}", ill, score))
    return pd.DataFrame(rows, columns=["recipe", "seed", "patient", "label", "score"])


def written(table: pd.DataFrame, folder: Path) -> Path:
    path = folder / "table.csv"
    table.to_csv(path, index=False)
    return path


def test_predictions_are_compared_as_the_report_compares_them(tmp_path: Path) -> None:
    table = predictions({"a": 1.0, "b": 1.3})
    pilot = read_pilot(written(table, tmp_path), Wanted(reference="a"))
    (pair,) = pilot.pairs
    assert pilot.metric.name == "auroc"
    expected = compare(table, reference="a")["difference"].iloc[0]
    assert (pair.one - pair.two).value == pytest.approx(expected)
    assert (pair.patients, pair.seeds) == (60, (0, 1, 2))
    f1 = read_pilot(written(table, tmp_path), Wanted("f1", "b"))
    assert (f1.metric.name, f1.reference) == ("f1", "b")


def test_scores_have_the_auroc_of_their_order(tmp_path: Path) -> None:
    from sklearn.metrics import roc_auc_score

    table = scores()
    pilot = read_pilot(written(table, tmp_path))
    (pair,) = pilot.pairs
    of = table[table["recipe"] == "b"].groupby("seed")
    expected = [roc_auc_score(each["label"], each["score"]) for _, each in of]
    assert pair.one.seeds == pytest.approx(expected)
    assert (pilot.reference, pair.patients) == ("a", 60)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="score"), "columns missing: score. A table of scores has"),
        (lambda t: t.assign(label=1), "all labels are 1; an AUROC takes patients"),
        (lambda t: t.assign(label=2), "row 2: label is neither 1"),
        (lambda t: t.assign(score="high"), "row 2: score is no number: 'high'"),
        (lambda t: t.assign(patient=""), "row 2: patient is empty"),
        (lambda t: t.assign(seed="x"), "row 2: seed is no number: 'x'"),
        (lambda t: t[t["recipe"] == "a"], "no other recipe than 'a'"),
        (
            lambda t: t[(t["recipe"] == "a") | (t["seed"] == 0)].iloc[:-2],
            "tested on different data",
        ),
    ],
)
def test_what_is_no_pilot_is_refused_in_one_message(
    change: object, message: str, tmp_path: Path
) -> None:
    path = written(change(scores()), tmp_path)  # type: ignore[operator]
    with pytest.raises(InputError, match="(?s)" + message.replace("(", r"\(")):
        _ = read_pilot(path).pairs


def test_what_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    path = written(scores(), tmp_path)
    with pytest.raises(InputError, match="there is no such file"):
        read_pilot(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="no study's folder"):
        read_pilot(tmp_path)
    with pytest.raises(InputError, match="judged by auroc alone, not by 'f1'"):
        read_pilot(path, Wanted("f1"))
    with pytest.raises(InputError, match=r"no recipe .z.. There are: a, b"):
        read_pilot(path, Wanted(reference="z"))
    with pytest.raises(InputError, match="no metric 'dice'"):
        read_pilot(written(predictions({"a": 1.0, "b": 1.0}), tmp_path), Wanted("dice"))
