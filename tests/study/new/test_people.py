"""Who is enough to learn from, and how few or many patients are divided."""

from pathlib import Path

import pytest

from pleura.data.balance import ByStratum
from pleura.errors import InputError
from pleura.study.new.people import divided, with_enough
from pleura.study.new.target import Target
from tests.data.splits import manifest_of

PATH = Path("t.csv")


def numbers(**patients: int) -> tuple[Target, object]:
    labels = [label for label, number in patients.items() for _ in range(number)]
    manifest = manifest_of([f"p{n}" for n in range(len(labels))], labels)
    return with_enough(PATH, Target("classification", tuple(patients)), manifest)


def test_rare_classes_are_left_out_where_others_have_enough() -> None:
    target, few = numbers(a=10, b=10, c=9)
    assert target.names == ("a", "b")
    assert few == ["c: 9 patients"]
    target, few = numbers(a=30, b=5, c=1)
    assert target.names == ("a", "b")
    assert few == ["c: 1 patient"]


def test_one_class_with_patients_enough_is_refused() -> None:
    with pytest.raises(InputError, match="too few patients") as told:
        numbers(a=30, b=3)
    assert set(told.value.problems) == {"b: 3 patients", "a: 30 patients"}
    assert "--classes" not in str(told.value)  # nothing is there to merge with
    with pytest.raises(InputError, match="--classes 'NEW=b,c'"):
        numbers(a=30, b=3, c=2)


@pytest.mark.parametrize(
    ("patients", "rule", "fractions"),
    [
        (300, {"test": 0.2, "validation": 0.2}, [0.1, 1.0]),
        (40, {"test": 0.2, "validation": 0.2}, [0.5, 1.0]),
        (12, {"folds": 5, "validation": 0.2}, [1.0]),
        (4, {"folds": 3, "validation": 0.25}, [1.0]),
    ],
)
def test_the_split_suits_the_number_of_patients(
    patients: int, rule: dict[str, float], fractions: list[float]
) -> None:
    n = 2 * patients
    manifest = manifest_of([f"p{at}" for at in range(n)], ["ab"[at % 2] for at in range(n)])
    (drawn, shares, split), why = divided(manifest, ByStratum.rarest, [])
    assert (drawn, shares, why) == (rule, fractions, "")
    assert {seed for _, seed, _ in split.drawn} == {0, 1, 2}


def test_parts_of_the_table_come_first_and_are_refused_with_the_reason() -> None:
    parts = ["train", "train", "val", "test"] * 50
    who = [f"p{at}" for at in range(200)]
    labels = ["ab"[at // 4 % 2] for at in range(200)]
    manifest = manifest_of(who, labels, split=parts)
    (rule, _, _), why = divided(manifest, ByStratum.rarest, ["test", "train", "validation"])
    assert rule == {"test": "split", "validation": "split"}
    assert why == ""
    shared = manifest_of(["p0", *who[1:-1], "p0"], labels, split=parts)
    (rule, _, _), why = divided(shared, ByStratum.rarest, ["test", "train", "validation"])
    assert rule == {"test": 0.2, "validation": 0.2}
    assert "no patient and no video may be in two parts" in why
