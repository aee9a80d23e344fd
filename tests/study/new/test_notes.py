"""Comments of a study file on what its table holds."""

import pandas as pd

from pleura.study.new.notes import counts_of, notes_on_split, subgroup_hint
from tests.data.splits import manifest_of

RULE = {"test": 0.2, "validation": 0.2}


def test_images_and_patients_of_each_class_are_counted() -> None:
    manifest = manifest_of(["p1", "p1", "p2"], ["a", "a", "b"])
    assert counts_of(manifest) == ["a: 2 images of 1 patient", "b: 1 image of 1 patient"]


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
    table = pd.DataFrame({"sex": ["F", "M"], "Age": ["3", "40"], "site": ["x", "x"], "view": "PA"})
    (hint,) = subgroup_hint(table)
    assert hint.startswith("subgroups: [sex, {Age: [18, 65]}]")
    assert subgroup_hint(table[["site"]]) == []
