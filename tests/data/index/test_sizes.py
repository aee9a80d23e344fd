"""A patient who has most of a class is told, before and after the choice."""

from collections.abc import Sequence
from pathlib import Path

from pleura.data.index.folder import index_folder
from pleura.data.index.propose import Proposal
from pleura.data.index.sizes import by_class, most_of_a_class
from tests.data.index.made import make


def test_patients_of_classes_are_counted() -> None:
    labels = ["well", "ill", "ill", "ill", ""]
    assert by_class(["a", "b", "b", "c", "d"], labels) == "ill: 2 patients, well: 1"
    assert by_class(["a"] * 30, [*map(str, range(30))]) == ""


def test_a_patient_with_most_images_of_a_class_is_named() -> None:
    labels, many = ["well"] * 12 + ["ill"] * 12, [*map(str, range(12))]
    (told,) = most_of_a_class(["IM"] * 7 + ["a"] * 5 + many, labels)
    assert told == "patient IM has 7 of the 12 images of well"
    assert not [*most_of_a_class(["IM"] * 6 + ["a"] * 6 + many, labels)]
    assert not [*most_of_a_class(["x"] * 3, ["well"] * 3)]


def test_proposals_and_the_choice_say_who_has_most_of_a_class(tmp_path: Path) -> None:
    ill = [f"ill/p{who}_{n}.png" for who in range(6) for n in range(2)]
    make(tmp_path, *ill, *(f"well/IM_{n:04}.png" for n in range(12)))
    asked: list[Proposal] = []

    def ask(proposals: Sequence[Proposal]) -> Proposal:
        asked.extend(proposals)
        return proposals[0]

    found = index_folder(tmp_path, ask=ask)
    shown = str(asked[0])
    assert "7 patients of 24 files, 12 of the largest; ill: 6 patients, well: 1" in shown
    assert shown.endswith("; warning: patient IM has 12 of the 12 images of well")
    assert "warning" not in str(asked[-1])
    assert any(line.startswith("warning: patient IM has 12 of the 12") for line in found.told)
