"""Comments of a study file on what its table holds."""

import pandas as pd

from pleura.study.new.notes import (
    counts_of,
    like_dates,
    notes_on_split,
    seen_of,
    subgroup_hint,
    unlabelled,
)
from tests.data.splits import manifest_of

RULE = {"test": 0.2, "validation": 0.2}


def test_images_and_patients_of_each_class_are_counted() -> None:
    manifest = manifest_of(["p1", "p1", "p2"], ["a", "a", "b"])
    assert counts_of(manifest) == ["a: 2 images of 1 patient", "b: 1 image of 1 patient"]


def test_frames_are_counted_with_the_clips_that_they_are_of() -> None:
    frames = [f"{name}.mp4::{number}" for name in "ab" for number in range(8)]
    assert seen_of(frames, clips=True) == "16 frames of 2 clips"
    assert seen_of([*frames, "c.png"], clips=True) == "16 frames of 2 clips and 1 image"
    assert seen_of(["x.npz::train::1"], clips=False) == "1 image"


def test_edges_of_ages_have_patients_on_both_sides() -> None:
    def hint(*ages: str) -> list[str]:
        return subgroup_hint(pd.DataFrame({"age": [*ages]}))

    assert hint("1", "5") == []
    assert hint("017Y", "", "64") == [
        "subgroups: [{age: [18]}]  # results by these; take the first # away"
    ]
    assert hint("20", "65")[0].startswith("subgroups: [{age: [65]}]")
    assert hint("20", "", "") == []


def test_patients_called_as_spreadsheets_write_dates_are_told() -> None:
    dates = ["1-Jan", "Jan-01", "02. Feb", "01.01.2024", "1/2/24", "2024-02-01 00:00:00"]
    (line,) = like_dates([*dates, "P-1", *dates])
    assert line.startswith("6 patients called as a date: 1-Jan, Jan-01, 02. Feb and 3 more")
    assert (
        like_dates(["1-1", "marie-1", "7", "2024-0201", "1.2.840.1", "1-2-12", "dec", "A-2024"])
        == []
    )


def test_words_that_are_read_as_no_label_are_told() -> None:
    table = pd.DataFrame({"class": ["NULL", "", "a", "None"]})
    told = unlabelled(table, {"label": "class"})
    assert told == "2 rows without a label left out (NULL is read as no label)"


def test_a_source_that_tells_the_class_is_named() -> None:
    who = [f"p{n}" for n in range(40)]
    labels = ["ab"[n // 20] for n in range(40)]
    apart = manifest_of(who, labels, source=["x" if n < 21 else "y" for n in range(40)])
    (line,) = (note for note in notes_on_split(apart, RULE, "") if "learn the source" in note)
    assert line.startswith("100% of the images of a come from x, and 5% of all others")
    mixed = manifest_of(who, labels, source=["xy"[n % 2] for n in range(40)])
    assert not any("learn the source" in note for note in notes_on_split(mixed, RULE, ""))


def test_few_patients_and_parts_that_are_not_used_are_told() -> None:
    manifest = manifest_of(["p1", "p2", "p3"], ["a", "b", "b"])
    notes = "\n".join(notes_on_split(manifest, {"folds": 2, "validation": 0.5}, "it is odd"))
    assert "every patient tests once" in notes
    assert "not used: it is odd" in notes
    assert "a has 1 patient: so few can hardly show anything" in notes


def test_subgroups_are_proposed_where_the_table_has_them() -> None:
    table = pd.DataFrame({"sex": ["F", "M"], "Age": ["3", "70"], "site": ["x", "x"], "view": "PA"})
    (hint,) = subgroup_hint(table)
    assert hint.startswith("subgroups: [sex, {Age: [18, 65]}]")
    assert subgroup_hint(table[["site"]]) == []
