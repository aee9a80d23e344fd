"""What YAML makes of texts that look like something else."""

import re
from pathlib import Path

import pytest

from pleura.errors import InputError
from pleura.study.study_files import make_study, read_study
from pleura.study.yaml_files import load_yaml, read_yaml
from tests.bad_input.spoils import content


def test_words_and_padded_numbers_are_texts() -> None:
    assert load_yaml("[no, yes, on, Off, y, 01, 010, 0x1F, 1:30, none]") == [
        *("no", "yes", "on", "Off", "y", "01", "010", "0x1F", "1:30", "none")
    ]


def test_truth_values_and_numbers_are_what_they_were() -> None:
    assert load_yaml("[true, False, 0, 10, -3, +5, 1_000, 1.0, 2.5e-3, null, ~, -]") == [
        *(True, False, 0, 10, -3, 5, 1000, 1.0, 0.0025, None, None, "-")
    ]
    assert load_yaml("no: {07: 1}") == {"no": {"07": 1}}


@pytest.mark.parametrize("names", [("no", "yes"), ("01", "02")])
def test_classes_are_read_as_they_look(tmp_path: Path, names: tuple[str, str]) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(
        "question: q\n"
        f"data: {{manifest: a.csv, image_is_patient: yes, classes: [{', '.join(names)}]}}\n"
        "split: {test: 0.2}\nseeds: [01, 2]\nreference: net\n"
        "recipes: {net: {backbone: resnet18, ranked: on}}\n"
    )
    study = read_study(path)
    assert tuple(study.data.classes or ()) == names
    assert (study.data.image_is_patient, study.seeds) == (True, [1, 2])
    again = read_study(path, [f"data.classes=[{names[1]}, {names[0]}]"])
    assert tuple(again.data.classes or ()) == names[::-1]


@pytest.mark.parametrize(
    ("classes", "meant"),
    [
        ([0, 1], "'0'"),
        ([True, "b"], "'true' or 'True'"),
        ([1.0, 2.0], "'1.0'"),
        ([1.1, 1.2], "'1.1' or '1.10'"),
    ],
)
def test_other_texts_without_quotes_are_told(
    tmp_path: Path, classes: list[object], meant: str
) -> None:
    given = content()
    given["data"]["classes"] = classes
    with pytest.raises(InputError) as caught:
        make_study(given, where="study", relative_to=tmp_path)
    assert caught.value.problems[0].startswith("data.classes: takes a list of 2 or more")
    assert "put quotes around a text that looks like a number" in caught.value.problems[0]
    assert meant in caught.value.problems[0]


def test_nothing_in_a_list_of_texts_is_told(tmp_path: Path) -> None:
    given = content()
    given["data"]["classes"] = load_yaml("[~, yes]")
    with pytest.raises(InputError) as caught:
        make_study(given, where="study", relative_to=tmp_path)
    [problem] = caught.value.problems
    assert problem.endswith(
        "not nothing; put quotes around a text that YAML reads as nothing, such as 'null' or '~'"
    )


def test_a_date_without_quotes_is_told(tmp_path: Path) -> None:
    given = content()
    given["data"]["classes"] = load_yaml("[2024-01-31, 2024-02-01]")
    with pytest.raises(InputError, match="such as '2024-01-31'"):
        make_study(given, where="study", relative_to=tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seeds: [0]\na: 1\nseeds: [1]\n", "line 3: the key 'seeds' stands in line 1 already"),
        ("a:\n  full: {}\n  full:\n", "line 3: the key 'full' stands in line 2 already"),
        ("{0.1: [0], 0.10: [1]}", "line 1: the key '0.10' stands in line 1 already"),
        ("Ö: 1\nO\u0308: 2\n", "line 2: the key 'Ö' stands in line 1 already"),
        ("- {a: {b: 1, 'b': 2}}", "line 1: the key 'b' stands in line 1 already"),
    ],
)
def test_a_key_twice_is_told_with_both_lines(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(told)):
        read_yaml(tmp_path / "s.yaml")


def test_what_is_merged_may_be_said_otherwise() -> None:
    text = (
        "one: &one {rate: 1, size: 2}\ntwo: &two {<<: *one, size: 3}\nlast: {<<: *two, seed: 4}\n"
    )
    assert load_yaml(text) == {
        "one": {"rate": 1, "size": 2},
        "two": {"rate": 1, "size": 3},
        "last": {"rate": 1, "size": 3, "seed": 4},
    }
