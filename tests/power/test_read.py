"""Pilots from tables of predictions, of cases, of numbers and of scores; and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.evaluate.compare import compare
from pleura.power.pilot import Wanted
from pleura.power.read import read_pilot
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


def test_scores_of_folds_are_measured_in_each_and_averaged(tmp_path: Path) -> None:
    """Scores of two trainings have no common scale: here those of fold 1 lie far above."""
    from sklearn.metrics import roc_auc_score

    table = scores(seeds=1)
    table["fold"] = table["patient"].str[1:].astype(int) % 2
    table["score"] += 10 * table["fold"]
    (pair,) = read_pilot(written(table, tmp_path)).pairs
    of = table[table["recipe"] == "b"].groupby("fold")
    expected = [roc_auc_score(each["label"], each["score"]) for _, each in of]
    assert pair.one.value == pytest.approx(np.mean(expected))
    assert pair.patients == 60


def test_scores_of_training_and_validation_do_not_count(tmp_path: Path) -> None:
    table = scores()
    (alone,) = read_pilot(written(table, tmp_path)).pairs
    others = [
        table.assign(part=part, patient=part + table["patient"], score=table["label"])
        for part in ("train", "validation")
    ]
    (pair,) = read_pilot(written(pd.concat([table.assign(part="test"), *others]), tmp_path)).pairs
    assert pair.patients == alone.patients == 60
    assert pair.one.seeds == pytest.approx(alone.one.seeds)


def test_two_images_of_a_patient_may_score_the_same_where_they_are_told_apart(
    tmp_path: Path,
) -> None:
    table = scores()
    two = [table.assign(image=table.index % 120 + at) for at in (0, 120)]
    (pair,) = read_pilot(written(pd.concat(two), tmp_path)).pairs
    (alone,) = read_pilot(written(table, tmp_path)).pairs
    assert pair.one.value == pytest.approx(alone.one.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="score"), "columns missing: score. A table of scores has"),
        (lambda t: t.assign(label=1), "all labels are 1; an AUROC takes patients"),
        (lambda t: t.assign(label=2), "row 2: label is neither 1"),
        (lambda t: t.assign(score="high"), "row 2: score is no number: 'high'"),
        (lambda t: t.assign(patient=""), "row 2: patient is empty"),
        (lambda t: t.assign(seed="x"), "row 2: seed is no whole number: 'x'"),
        (lambda t: t.assign(seed=t["seed"] / 2), r"row \d+: seed is no whole number: '0.5'"),
        (lambda t: t.assign(seed="inf"), "row 2: seed is no whole number: 'inf'"),
        (lambda t: t.assign(fold=".5"), "row 2: fold is no whole number: '.5'"),
        (lambda t: t.assign(fraction=50), "row 2: fraction is no share above 0 and up to 1: '50'"),
        (lambda t: t.assign(fraction=0), "row 2: fraction is no share above 0 and up to 1: '0'"),
        (lambda t: t.assign(part="tests"), "row 2: part is none of train, validation, test"),
        (lambda t: t.assign(part="train"), "no row is of the part test"),
        (lambda t: pd.concat([t, t]), "stand twice.*row 482: as a row before, of the patient: 'p0"),
        (lambda t: t.rename(columns={"seed": "Seeds"}), "'Seeds': write 'seed', or leave it out"),
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
