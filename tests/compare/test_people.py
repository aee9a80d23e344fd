"""Who is in both studies, and what each did with them."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest

from pleura.compare.images import BY_CONTENT, BY_NAME, same_images
from pleura.compare.outcomes import outcomes_of
from pleura.compare.people import ABSENT, LEARNED, TESTED, Hashes, People, people_of
from pleura.compare.studies import read_pair
from pleura.data.names import name_key
from pleura.data.readers.dicom.described import keyed_hash
from pleura.errors import InputError
from tests.compare.made import patients, predictions, write_study


def of(
    tmp_path: Path,
    one: pd.DataFrame,
    two: pd.DataFrame,
    first: Mapping[str, Any] = MappingProxyType({}),
    second: Mapping[str, Any] = MappingProxyType({}),
    *,
    strangers: bool = False,
    salt: str | None = None,
) -> People:
    pair = read_pair(
        write_study(tmp_path / "one", one, **first), write_study(tmp_path / "two", two, **second)
    )
    images = same_images(pair, (one["image"], two["image"]))
    return people_of(pair, (one, two), images, strangers=strangers, salt=salt)


def did(people: People, name: str) -> str:
    """What the first study did with a test patient of the second."""
    return people.first.of(people.second.by_name[name])


def test_a_patient_is_tested_learned_from_or_absent(tmp_path: Path) -> None:
    one, two = predictions(patients(0, 6)), predictions(patients(4, 12))
    people = of(tmp_path, one, two, {"learned": {0: ["p 06", "P7"]}})
    roles = {name: did(people, name) for name in patients(4, 12)}
    expected = {"P4": TESTED, "P5": TESTED, "P6": LEARNED, "P7": LEARNED}
    assert roles == {name: expected.get(name, ABSENT) for name in patients(4, 12)}


def test_what_another_fold_learns_is_no_leak(tmp_path: Path) -> None:
    one = predictions(patients(0, 8), folds=2)
    rest = {0: ["P2", "P3", "P6", "P7"], 1: ["P0", "P1", "P4", "P5"]}
    people = of(tmp_path, one, predictions(patients(0, 8)), {"learned": rest})
    assert {did(people, name) for name in patients(0, 8)} == {TESTED}


def test_an_image_that_the_other_has_and_does_not_test_counts_as_learned(tmp_path: Path) -> None:
    one = predictions(patients(0, 4))
    two = predictions(patients(20, 24))
    people = of(tmp_path, one, two, {"others": ["P22_1.png"]})
    roles = {name: did(people, name) for name in patients(20, 24)}
    assert roles == {"P20": ABSENT, "P21": ABSENT, "P22": LEARNED, "P23": ABSENT}


def test_a_test_image_of_a_class_that_the_other_lacks_is_none_that_was_learned_from(
    tmp_path: Path,
) -> None:
    one = predictions(patients(0, 4)).assign(logit_odd=0.0)
    odd = one["patient"] == "P2"
    pair = read_pair(
        write_study(tmp_path / "one", one.assign(label=one["label"].mask(odd, "odd"))),
        write_study(tmp_path / "two", predictions(patients(0, 4))),
    )
    tables = outcomes_of(pair).tables
    images = same_images(pair, (tables[0]["image"], tables[1]["image"]))
    people = people_of(pair, tables, images)
    assert {did(people, name) for name in patients(0, 4)} == {TESTED}


def test_patients_under_two_names_are_found_by_their_images(tmp_path: Path) -> None:
    one, two = predictions(patients(0, 4)), predictions(patients(20, 24))
    renamed = {"content": lambda name: "content of P" + str(int(name[1:3]) - 20) + name[3:]}
    people = of(tmp_path, one, two, second=renamed)
    assert {did(people, name) for name in patients(20, 24)} == {TESTED}


def test_strangers_of_one_name_are_other_people(tmp_path: Path) -> None:
    one, two = predictions(patients(0, 4)), predictions(patients(0, 4))
    other = {"content": lambda name: f"another {name}"}
    assert did(of(tmp_path / "a", one, two, second=other), "P0") == TESTED
    people = of(tmp_path / "b", one, two, second=other, strangers=True)
    assert did(people, "P0") == ABSENT
    assert not people.by_names


def test_hashes_are_told(tmp_path: Path) -> None:
    one = predictions(patients(0, 4))
    two = one.assign(patient=one["patient"].map(lambda name: f"{name[1:]:0>15}a"))
    people = of(tmp_path, one, two)
    assert people.hashes == Hashes((4, 4), (0, 4), shared=0, found=0, salt=False)
    assert people.hashes.not_compared
    assert not people.hashes.apart
    assert people.namesakes == 0


def test_what_a_step_before_may_have_seen_counts_as_learned(tmp_path: Path) -> None:
    one = predictions(patients(0, 8), folds=2)
    # Nobody of fold 1 is drawn in fold 0, as where the fraction is small.
    steps = {"own": {"task": "selfsup"}}
    people = of(tmp_path, one, predictions(patients(0, 8)), {"steps": steps})
    assert people.first.learned[people.first.by_name["P2"]] == {0}


def test_images_are_known_by_their_content_or_else_by_name(tmp_path: Path) -> None:
    table = predictions(patients(0, 4))
    names = table["image"], table["image"]
    one = write_study(tmp_path / "one", table)
    moved = write_study(
        tmp_path / "moved", table, content=lambda name: f"content of P{3 - int(name[1])}{name[2:]}"
    )
    pair = read_pair(one, moved)
    images = same_images(pair, names)
    assert images.how == BY_CONTENT
    assert ("P0_0.png", "P3_0.png") in images.shared()
    without = write_study(tmp_path / "without", table, content=None)
    images = same_images(read_pair(one, without), names)
    assert images.how == BY_NAME
    assert ("P0_0.png", "P0_0.png") in images.shared()


def test_images_of_one_name_and_of_other_patients_are_other_images(tmp_path: Path) -> None:
    table = predictions(patients(0, 6))
    others = table.assign(patient="ward 9 " + table["patient"])  # another place that counts from 0
    one = write_study(tmp_path / "one", table, content=None)
    two = write_study(tmp_path / "two", others, content=None)
    names = table["image"], table["image"]
    assert same_images(read_pair(one, two), names).shared() == []
    copy = write_study(tmp_path / "copy", table, content=None)
    assert len(same_images(read_pair(one, copy), names).shared()) == 12
    assert same_images(read_pair(one, copy), names, strangers=True).shared() == []


def test_images_of_nobody_are_refused(tmp_path: Path) -> None:
    one = predictions(patients(0, 4))
    nobody = one.assign(patient=one["patient"].mask(one["patient"] == "P2", ""))
    with pytest.raises(InputError, match=r"two: nobody knows whose P2_0.png, P2_1.png is"):
        of(tmp_path, one, nobody)


def hashed(table: pd.DataFrame) -> pd.DataFrame:
    """The same patients, called by hashes, with other images."""
    hashes = table["patient"].map(lambda name: keyed_hash("salt", "patient", name_key(name)))
    return table.assign(patient=hashes, image="new_" + table["image"])


@pytest.mark.parametrize("salted", ["first", "second"])
def test_the_salt_of_one_study_finds_its_hashes_by_the_numbers_of_the_other(
    salted: str, tmp_path: Path
) -> None:
    one, two = predictions(patients(0, 6)), predictions(patients(4, 8))
    learned = {"learned": {0: ["p 06"]}}
    if salted == "first":
        one = hashed(one)
        learned = {"learned": {0: [keyed_hash("salt", "patient", name_key("P6"))]}}
    else:
        two = hashed(two)
    people = of(tmp_path / "with", one, two, learned, salt="salt")
    order = [*dict.fromkeys(two["patient"])]
    assert [did(people, name) for name in order] == [TESTED, TESTED, LEARNED, ABSENT]
    assert people.namesakes == 3
    for other in (None, "another"):
        people = of(tmp_path / f"{other}", one, two, learned, salt=other)
        assert {did(people, name) for name in order} == {ABSENT}


@pytest.mark.parametrize("salted", [0, 1])
def test_hashes_beside_other_names_are_told(salted: int, tmp_path: Path) -> None:
    """A study of two tables, of which one has hashes: those whom both call by their numbers are
    found, and that the others are not compared is known all the same."""
    mixed = predictions(patients(0, 8))
    some = mixed["patient"].isin(["P4", "P5", "P6", "P7"])
    mixed = pd.concat([mixed[~some], hashed(mixed[some])], ignore_index=True)
    plain = predictions(patients(0, 6))
    tables = (mixed, plain) if salted == 0 else (plain, mixed)
    numbers = {"named": (8, 6), "hashed": (4, 0)}
    if salted == 1:
        numbers = {name: its[::-1] for name, its in numbers.items()}
    without = of(tmp_path / "without", *tables).hashes
    assert without == Hashes(**numbers, shared=0, found=0, salt=False)
    assert without.not_compared
    found = of(tmp_path / "with", *tables, salt="salt").hashes
    assert found == Hashes(**numbers, shared=0, found=2, salt=True)
    assert not found.not_compared
    assert of(tmp_path / "wrong", *tables, salt="another").hashes.not_compared
    assert not of(tmp_path / "both", mixed, mixed).hashes.apart


def test_a_hash_of_digits_alone_is_one_beside_others(tmp_path: Path) -> None:
    digits = ["1234567890123456", "00a1b2c3d4e5f607", "abcdef0123456789"]
    one = predictions(patients(0, 6)).assign(
        patient=lambda its: its["patient"].map(
            dict(
                zip(patients(0, 6), [*digits, "00000000000000f1", "f" * 16, "a" * 16], strict=True)
            )
        )
    )
    people = of(tmp_path / "a", one, one)
    assert people.hashes == Hashes((6, 6), (6, 6), shared=6, found=0, salt=False)
    numbers = one.assign(patient=one["patient"].map(lambda name: f"{int(name, 16):016}"[:16]))
    assert of(tmp_path / "b", numbers, numbers).hashes.hashed == (0, 0)
