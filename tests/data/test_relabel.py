"""Several labels studied as one class."""

from pathlib import Path

import pandas as pd
import pytest

from pleura.data.manifest import Manifest
from pleura.data.relabel import merge_labels
from pleura.errors import InputError

LABELS = ["normal", "bacterial", "viral", "covid", "viral"]


@pytest.fixture
def manifest() -> Manifest:
    """Five images of four classes."""
    table = pd.DataFrame({"image": [f"{i}.png" for i in range(5)], "label": LABELS})
    return Manifest(table, ("bacterial", "covid", "normal", "viral"), Path("images.csv"), ("so",))


def test_labels_and_classes_carry_the_new_name(manifest: Manifest) -> None:
    merged = merge_labels(manifest, {"pneumonia": ["bacterial", "viral"]})
    assert merged.classes == ("pneumonia", "covid", "normal")
    assert list(merged.table["label"]) == [
        *("normal", "pneumonia", "pneumonia", "covid", "pneumonia")
    ]
    assert merged.labels.tolist() == [2, 0, 0, 1, 0]
    assert merged.notes == ("so", "labels studied as one, pneumonia: bacterial, viral")
    assert list(manifest.table["label"]) == LABELS


def test_a_label_can_take_others_in(manifest: Manifest) -> None:
    merged = merge_labels(manifest, {"viral": ["viral", "covid"], "other": ["normal"]})
    assert merged.classes == ("bacterial", "viral", "other")


def test_nothing_to_merge(manifest: Manifest) -> None:
    assert merge_labels(manifest, {}).table.equals(manifest.table)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"p": ["bacterial", "virial"]}, "labels.p: no label 'virial'; did you mean 'viral'?"),
        ({"covid": ["viral"]}, "labels.covid: 'covid' is a label of its own"),
        ({"covid": ["viral"], "x": ["covid"]}, "labels.covid: 'covid' is merged elsewhere"),
        ({"p": ["viral"], "q": ["viral"]}, "labels.q: 'viral' stands there twice"),
        ({"Covid": ["viral"]}, "labels.Covid: 'covid' is a label of its own"),
        ({"p_1": ["viral"], "P 01": ["covid"]}, "labels: 'p_1' and 'P 01' differ in spelling only"),
        ({"p": []}, "labels.p: give a name and the labels"),
    ],
)
def test_what_does_not_fit_is_named(
    manifest: Manifest, labels: dict[str, list[str]], words: str
) -> None:
    with pytest.raises(InputError, match="labels cannot be merged") as error:
        merge_labels(manifest, labels)
    assert any(problem.startswith(words) for problem in error.value.problems)
