"""The plan's table of the data, by hand, and its questions."""

from dataclasses import replace

import pytest

from pleura.data.manifest import Manifest
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.study.data_table import describe_data, questions
from tests.data.splits import manifest_of

RULE = Rule(test="split", validation=0.5, seeds=[3], fractions=[1.0])
# label, source, part, patients, images of each
COUNTS = [
    ("a", "north", "train", 4, 2),
    ("a", "south", "test", 1, 3),
    ("b", "", "train", 6, 1),
    ("b", "south", "test", 2, 2),
]


@pytest.fixture
def manifest() -> Manifest:
    rows = [
        (f"{label}{source}{part}{patient}", label, source, part)
        for label, source, part, patients, images in COUNTS
        for patient in range(patients)
        for _ in range(images)
    ]
    patients, labels, sources, parts = zip(*rows, strict=True)
    return manifest_of(patients, labels, source=sources, split=parts)


def test_images_and_patients_by_class_source_and_part(manifest: Manifest) -> None:
    """Half of the training patients of each class validate: 2 of 4, and 3 of 6."""
    split = make_split(manifest, RULE)
    assert describe_data(manifest, split, seed=3, fraction=1.0).splitlines() == [
        "images (patients) of seed 3",
        "  class  source  train  validation   test      all",
        "  a      north   4 (2)       4 (2)      -    8 (4)",
        "  a      south       -           -  3 (1)    3 (1)",
        "  b      (none)  3 (3)       3 (3)      -    6 (6)",
        "  b      south       -           -  4 (2)    4 (2)",
        "  all            7 (5)       7 (5)  7 (3)  21 (13)",
    ]


def test_one_source_is_no_column_and_folds_are_named(manifest: Manifest) -> None:
    alone = replace(manifest, table=manifest.table.assign(source="north"))
    split = make_split(
        alone, Rule(test=None, folds=2, validation=0.5, seeds=[3], fractions=[0.8, 1.0])
    )
    head, columns, *_ = describe_data(alone, split, seed=3, fraction=1.0).splitlines()
    assert head == "images (patients) of seed 3, fold 0 of 2"
    assert "source" not in columns
    head = describe_data(alone, split, seed=3, fraction=0.8).splitlines()[0]
    assert head.startswith(
        "images (patients) of seed 3, fold 0 of 2, 80% of the training patients;"
    )
    assert head.endswith("image is in no part")


def test_a_bar_in_labels_is_asked_about() -> None:
    manifest = manifest_of("pqrs", ["Effusion", "Pneumonia", "Pneumonia|Effusion", "none"])
    (question,) = questions(manifest)
    assert question.startswith("1 of 4 labels holds '|' ('Pneumonia|Effusion'): are several")
    assert "write task: findings, and data: {findings: {names: [...], separator: '|'}}" in question
    (question,) = questions(manifest_of("pqr", ["a", "a|b", "b|c"]))
    assert question.startswith("2 of 3 labels hold '|' ('a|b', 'b|c'): are several")
    assert questions(manifest_of("pq", ["a", "b"])) == []
    assert questions(replace(manifest, labelled=False)) == []


@pytest.mark.parametrize("sign", [";", "+", "&", ",", "/", " + ", ", "])
def test_other_signs_are_asked_about_where_their_parts_are_found_again(sign: str) -> None:
    labels = ["Effusion", f"Pneumonia{sign}effusion", f"Edema{sign}Pneumonia", "normal"]
    (question,) = questions(manifest_of("pqrs", labels))
    bare = sign.strip()
    assert question.startswith(f"2 of 4 labels hold '{bare}' (")
    assert f"separator: '{bare}'" in question
    (question,) = questions(manifest_of("pq", ["Effusion", f"Edema{sign}Effusion"]))
    assert question.startswith(f"1 of 2 labels holds '{bare}'")


@pytest.mark.parametrize(
    "labels",
    [
        ["normal", "N/A case", "COVID-19/SARS"],
        ["1,5", "1,7", "2,5"],
        ["A/B", "A/C", "A"],
        ["bronchitis, acute", "normal"],
        ["grade 1/2", "grade 3"],
    ],
)
def test_names_with_such_signs_are_names(labels: list[str]) -> None:
    assert questions(manifest_of("pqr"[: len(labels)], labels)) == []


def test_labels_that_name_nothing_are_asked_about_unless_they_are_listed() -> None:
    manifest = manifest_of("pqrs", ["-", "normal", "not recorded", "none"])
    (question,) = questions(manifest)
    assert question.startswith("labels that name nothing ('-', 'not recorded') count as classes")
    (question,) = questions(manifest, ["-"])
    assert question.startswith("labels that name nothing ('not recorded') count as a class, ")
    assert questions(manifest, ["-", "not recorded"]) == []
