"""Numbers in sentences and tables; and no sentence of the package has a plural for one thing."""

import re
from pathlib import Path
from typing import Any

import pytest

import pleura
from pleura.wording import aligned, count, decimal, first_few, how_often, in_a_row, interval

NOUNS = (
    "class|clip|column|epoch|file|image|mask|patient|recipe|row|run|step|tensor|time|trial|video"
)
# A number in an f-string or a template and a plural noun after it: it may be one. Not meant are the
# whole of a part (`1 of 3 images`), spans from one number to another, and what is written as code.
FIXED = re.compile(rf"(?<!of )(?<!{{)(?!{{+ *span\()({{+[^{{}}]*}}+ (?:{NOUNS})s)\b(?!`)")
SOURCE = Path(pleura.__file__).parent
AT_LEAST_TWO = {
    "data/audit/duplicates.py": {"{len(rows)} images"},
    "data/depth.py": {"{len(samples)} images"},
    "data/holdout.py": {"{folds} patients"},
    "models/fit_weights.py": {"{len(alike)} tensors"},
    "report/sections/probabilities.html.j2": {"{{ number }} recipes"},
    "report/templates/macros.html.j2": {"{{ it.rows | length }} rows"},
    "report/verdict.py": {"{number} recipes"},
    "study/steps/depth.py": {"{len(folds)} folds"},
    "study/steps/segment.py": {"{images} images"},
    "train/loop.py": {"{smallest} images"},
    "wording.py": {"{number:,} times"},
}


def test_one_is_singular_and_thousands_are_separated() -> None:
    assert [count(n, "image") for n in (0, 1, 2, 1200)] == [
        "0 images",
        "1 image",
        "2 images",
        "1,200 images",
    ]
    assert [how_often(n) for n in (1, 2, 1200)] == ["once", "2 times", "1,200 times"]


def test_the_last_of_several_follows_an_and() -> None:
    assert [in_a_row("abc"[:n]) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


def test_of_many_names_the_first_few_are_given() -> None:
    assert [first_few("abcd"[:n]) for n in (1, 3, 4)] == ["a", "a, b, c", "a, b, c and 1 more"]
    assert first_few(range(5, 9), 1) == "5 and 3 more"


def test_columns_stand_side_by_side() -> None:
    rows = [("name", "n", ""), ("a", "12", "b")]
    assert aligned(rows, numbers=(1,)) == ["name   n", "a     12  b"]


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        (0.9316, {}, ".932"),
        (1.0, {}, "1.000"),
        (-0.012, {}, "−.012"),
        (0.12, {"digits": 2, "sign": True}, "+.12"),
        (-0.0001, {"digits": 2, "sign": True}, ".00"),
        (0.4321, {"bounded": False}, "0.432"),
        (1.5, {"bounded": False}, "1.500"),
        (float("nan"), {}, "–"),
    ],
)
def test_decimal(value: float, options: dict[str, Any], text: str) -> None:
    assert decimal(value, **options) == text


def test_interval_keeps_together() -> None:
    assert interval(-0.01, 0.034) == "−.010\u00a0to\u00a0.034"
    assert interval(float("nan"), 0.5) == "no interval"


@pytest.mark.parametrize(
    "file",
    sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.j2")]),
    ids=lambda file: file.relative_to(SOURCE).as_posix(),
)
def test_a_number_that_can_be_one_takes_its_noun_from_count(file: Path) -> None:
    found = set(FIXED.findall(file.read_text(encoding="utf-8")))
    assert found <= AT_LEAST_TWO.get(file.relative_to(SOURCE).as_posix(), set())


def test_a_plural_after_a_number_is_found_in_code_and_templates() -> None:
    for text in ("{len(names)} images", "{{ number }} images", "{{ it | length }} runs"):
        assert FIXED.findall(f"Only {text}.") == [text]
    for text in ("1 of {{ n }} images", "{{ span(1, 2) }} runs", "{span(1, 2)} runs", "{n} `runs`"):
        assert not FIXED.findall(text)
