"""What is proposed for names whose patients are known here."""

from pathlib import PurePosixPath as Path

import pytest

from pleura.data.index.pattern import NamePattern, read_names
from pleura.data.index.propose import FIRST_NUMBER, propose

PATIENTS = range(5)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("p{}_{}.png", "{patient}_{number}"),
        ("scan{}-f{}.jpg", "{patient}-f{number}"),
        ("p{} ({}).png", "{patient} ({number})"),
        ("case{}/{}.dcm", "{patient}/{any}"),  # names that stand in every folder
        ("p{}/s1/{}.png", "{patient}/{any}/{any}"),
        ("sub-{}_view-{}_pa.png", FIRST_NUMBER),
    ],
)
def test_the_true_patients_are_proposed_first(name: str, pattern: str) -> None:
    paths = [Path(name.format(patient, image)) for patient in PATIENTS for image in range(3)]
    first, *_, last = propose(paths)
    assert first.patterns == (pattern,)
    assert (first.patients, first.files) == (len(PATIENTS), len(paths))
    assert f"{len(PATIENTS)} patients of {len(paths)} files" in str(first)
    patterns = [NamePattern(each) for each in first.patterns]
    found = [read_names(patterns, path)["patient"] for path in paths]
    assert [found.index(patient) // 3 for patient in found] == [n // 3 for n in range(len(paths))]
    assert last.patients == len(paths)  # every file of another


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("P{0:03}/front_{1}{0}x.png", "{patient}/{any}"),
        (
            "DOE_{0}/{2}/{1}{0}.dcm",
            "{patient}/{any}/{any}",
        ),  # STUDY is as good a name: fewest first
        ("P{0}/st1/9{1}{0}.dcm", "{patient}/{any}/{any}"),
        ("P{0}/st{1}/9{1}{0}.dcm", "{patient}/{any}/{any}"),  # each has st0, st1, st2
        ("normal/patient_{0}/1.2.{1}{0}.dcm", "{patient}/{any}"),
    ],
)
def test_a_folder_for_each_patient_comes_first(name: str, pattern: str) -> None:
    paths = [
        Path(name.format(patient, image, f"study{patient}{image // 2}"))
        for patient in PATIENTS
        for image in range(3)
    ]
    first, *_, last = propose(paths)
    assert (first.patterns, first.patients) == ((pattern,), len(PATIENTS))
    assert last.patients == len(paths)


def test_every_file_of_another_is_warned_of_where_folders_hold_several() -> None:
    paths = [Path(f"P{who}/x{who}{n}a.png") for who in PATIENTS for n in range(3)]
    assert str(propose(paths)[-1]).endswith("; warning: P0 alone would be 3 patients")


def test_folders_of_classes_and_parts_are_no_patients() -> None:
    for folders in (("normal", "covid", "viral"), ("train", "test", "val")):
        paths = [Path(f"{folder}/{folder}x{n}a.png") for folder in folders for n in range(4)]
        (only,) = propose(paths)
        assert only.patterns == ("{patient}",)
        assert "warning" not in str(only)


def test_frames_of_clips_of_patients_are_proposed_by_clip_and_by_patient() -> None:
    paths = [
        Path(f"Reg_pat{who}Image_{clip}{who}_f{frame:04}.jpg")
        for who in PATIENTS
        for clip in (13, 14)
        for frame in (0, 5)
    ]
    assert [each.patients for each in propose(paths)] == [10, 5, 20]


def test_names_that_repeat_nothing_are_only_taken_one_by_one() -> None:
    (only,) = propose([Path(f"{letter}.png") for letter in "abcde"])
    assert only.patterns == ("{patient}",)
    assert only.patients == 5


def test_a_quote_mark_in_a_name_is_written_for_the_shell() -> None:
    shown = str(propose([Path(f"p{who}'s_{n}.png") for who in PATIENTS for n in (1, 2)])[0])
    assert shown.startswith("--patient '{patient}_{number}'")
