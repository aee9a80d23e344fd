"""What a predictions table must hold before it is evaluated."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.evaluate.predicted_runs import called_of, labels_of, read_runs
from tests.evaluate.tables import CLASSES, predictions


def test_cells_follow_the_table() -> None:
    table = predictions({"a": 1.0, "b": 2.0}, seeds=2, folds=3, fractions=(0.1, 1.0))
    runs = read_runs(table.sample(frac=1, random_state=0))
    assert runs.names == CLASSES
    assert len(runs.runs) == 2 * 2 * 2 * 3
    assert [(c.seed, c.fold) for c in runs.of("b", 0.1)] == [
        (s, f) for s in range(2) for f in range(3)
    ]
    run = runs.of("a", 1.0)[0]
    rows = table.query("recipe == 'a' and fraction == 1 and seed == 0 and fold == 0")
    rows = rows.set_index("image").loc[list(run.images)]
    assert list(rows["patient"]) == list(run.patients)
    assert [CLASSES[c] for c in run.labels] == list(rows["label"])
    powers = np.exp(rows[[f"logit_{name}" for name in CLASSES]].to_numpy())
    np.testing.assert_allclose(run.probabilities, powers / powers.sum(axis=1, keepdims=True))


def test_validation_rows_do_not_matter() -> None:
    table = predictions({"a": 1.0})
    other = table.assign(part="validation", logit_covid=np.nan)
    assert len(read_runs(pd.concat([table, other])).runs) == 3


def test_videos_stand_in_for_unknown_patients() -> None:
    table = predictions({"a": 1.0})
    videos = table.assign(video="v" + table["patient"], patient=np.nan)
    run = read_runs(videos).runs[0]
    assert len(set(run.patients)) == table["patient"].nunique()


def blank(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(patient=table["patient"].where(table["patient"] != "p3", ""))


BROKEN: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "listed twice": lambda t: pd.concat([t, t.iloc[[5]]]),
    "no logit_ column": lambda t: t.replace({"label": {"covid": "Covid"}}),
    "neither patient nor video": blank,
    "not finite": lambda t: t.assign(logit_other=t["logit_other"].where(t.index != 7)),
    "the logits of": lambda t: t.assign(logit_other="high"),
    "other things than numbers": lambda t: t.assign(seed="first"),
    "no test image of covid": lambda t: t[t["label"] != "covid"],
    "of one patient": lambda t: t.assign(patient="p0"),
    "seed 1: fold 1 is missing": lambda t: t[(t["seed"] != 1) | (t["fold"] != 1)],
    'no row has part "test"': lambda t: t.assign(part="validation"),
    "columns are missing": lambda t: t.drop(columns="patient"),
    "at least 2 needed": lambda t: t.drop(columns=["logit_covid", "logit_other"]),
}


@pytest.mark.parametrize("message", BROKEN)
def test_broken_tables_are_refused(message: str) -> None:
    table = BROKEN[message](predictions({"a": 1.0}, folds=2))
    with pytest.raises(InputError, match=message):
        read_runs(table)


def test_a_finding_whose_column_is_missing_is_named() -> None:
    table = pd.DataFrame({"label_a": [1, 0], "called_a": [1, 1], "label_b": [0, ""]})
    assert labels_of(table, ["a", "b"]).tolist() == [[1, 0], [0, -1]]
    with pytest.raises(InputError, match=r"columns missing: called_b; copy the study"):
        called_of(table, ["a", "b"])
    with pytest.raises(InputError, match=r"columns missing: label_c; copy the study"):
        labels_of(table, ["a", "c"])
