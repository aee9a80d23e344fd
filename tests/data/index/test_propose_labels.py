"""Which words of names and folders may be classes."""

from pathlib import PurePosixPath as Path

import pytest

from pleura.data.index.propose_labels import propose_labels


def proposed(names: list[str], patients: list[str] | None = None) -> dict[str, str]:
    found = propose_labels([*map(Path, names)], patients or [""] * len(names))
    return {each.pattern: each.counts for each in found}


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        ("{0}_pat{1}Image_{1}2.mp4", "{label}_{any}"),
        ("{0}-{1}.mp4", "{label}-{any}"),
        ("person{1}_{0}_{1}.jpeg", "{any}_{label}_{any}"),
        ("{1}_{0}.jpeg", "{any}_{label}"),
        ("all/{0}/{1}.png", "{label}/{any}"),
        ("p{1}/{0}/{1}.png", "{label}/{any}"),
        ("all/{0}/p{1}/{1}.png", "{label}/{any}/{any}"),
    ],
)
def test_words_that_repeat_are_proposed_with_their_counts(form: str, pattern: str) -> None:
    names = [form.format(("Reg", "Reg", "Vir", "Cov")[n % 4], n) for n in range(12)]
    assert proposed([*names, form.format("Pneu", 12)]) == {
        pattern: "Reg (6 files), Vir (3), Cov (3), Pneu (1)"
    }


@pytest.mark.parametrize(
    "names",
    [
        [f"IM-{n}.png" for n in range(9)],  # one word
        [f"{letter * 3}_x.png" for letter in "abcdefgh"],  # none repeats
        [f"{part}/{n}.png" for part in ("train", "test") for n in range(4)],
        [f"{n}_{view}.png" for view in ("PA", "lateral") for n in range(4)],
        [f"{n % 3}_{n}.png" for n in range(9)],  # numbers
    ],
)
def test_other_words_are_not(names: list[str]) -> None:
    assert proposed(names) == {}


def test_names_of_one_patient_each_are_no_classes() -> None:
    names = [f"{who}_{n}.png" for who in ("anna", "bert") for n in range(3)]
    assert list(proposed(names)) == ["{label}_{any}"]  # nobody knows yet
    assert proposed(names, ["a"] * 3 + ["b"] * 3) == {}


def test_endings_of_files_are_no_classes() -> None:
    paths = [Path(f"P{who}_1.{ending}") for who in range(6) for ending in ("dcm", "png")]
    assert propose_labels(paths, [path.stem for path in paths]) == []
