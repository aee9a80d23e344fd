"""Classes that a user makes of several labels."""

import pytest

from pleura.errors import InputError
from pleura.study.new.merged import classes_of, read_classes

LABELS = ["Cov", "Pneu", "Reg", "Vir"]


def test_labels_of_new_classes_are_read() -> None:
    assert read_classes(["ill=Cov, Pneu", 'other = "a, b",c']) == {
        "ill": ("Cov", "Pneu"),
        "other": ("a, b", "c"),
    }
    assert classes_of(LABELS, {"ill": ("Cov", "Pneu")}) == ("ill", "Reg", "Vir")
    assert classes_of(LABELS, {"Cov": ("Cov", "Vir")}) == ("Cov", "Pneu", "Reg")


@pytest.mark.parametrize("text", ["Cov,Pneu", "=Cov", "ill=", "ill= ,"])
def test_what_is_no_class_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="write it as new=label,label"):
        read_classes([text])
    with pytest.raises(InputError, match="--classes ill: given twice"):
        read_classes(["ill=Cov", "ill=Pneu"])


@pytest.mark.parametrize(
    ("merged", "problem"),
    [
        ({"ill": ("Cov", "Vri")}, "ill: no label 'Vri'; did you mean 'Vir'? There are: Cov, Pneu"),
        ({"ill": ("Cov",), "b": ("Cov", "Vir")}, "'Cov' stands twice, in ill and in b"),
        ({"Reg": ("Cov", "Vir")}, "Reg: is a label besides"),
    ],
)
def test_labels_that_cannot_be_merged_are_listed(
    merged: dict[str, tuple[str, ...]], problem: str
) -> None:
    with pytest.raises(InputError, match="cannot be merged") as told:
        classes_of(LABELS, merged)
    assert any(line.startswith(problem) for line in told.value.problems)


def test_two_classes_must_be_left() -> None:
    with pytest.raises(InputError, match="ill alone is left"):
        classes_of(LABELS, {"ill": tuple(LABELS)})
