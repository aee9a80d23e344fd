"""Numbers in words and figures."""

import pytest

from pleura.report import numbers


def test_what_was_set_stands_as_it_was_set() -> None:
    assert [numbers.setting(value) for value in (0.01, 0.025, 1.0)] == [".01", ".025", "1"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.44, "0.4 s"), (92.4, "92.4 s"), (119.6, "120 s"), (924, "15.4 min"), (8280, "2.3 h")],
)
def test_duration(seconds: float, text: str) -> None:
    assert numbers.duration(seconds).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("value", "text"), [(3843, "3.84 k"), (3_374_000, "3.37 M"), (390e6, "0.39 G"), (512, "512")]
)
def test_magnitude(value: float, text: str) -> None:
    assert numbers.magnitude(value).replace("\u00a0", " ") == text


def test_words() -> None:
    assert [numbers.count(n, "seed") for n in (0, 1, 1200)] == ["0 seeds", "1 seed", "1,200 seeds"]
    assert numbers.at_labels(1.0) == "with all labels"
    assert numbers.at_labels(0.025) == "at 2.5\u00a0% of the labels"
    assert numbers.p_value(0.0004) == "< .001"
    assert numbers.p_value(0.0344) == ".034"
    assert numbers.span(1200, 1200) == "1,200"
    assert numbers.span(118, 124) == "118–124"
    assert numbers.listing(["a", "b", "c"]) == "a, b and c"
    assert numbers.listing([str(i) for i in range(9)]) == "0, 1, 2, 3, 4, 5 and 3 more"
    assert numbers.listing([]) == ""
    assert [numbers.counts(*ends, "image") for ends in ((1, 1), (7, 7), (1, 1200))] == [
        "1 image",
        "7 images",
        "1–1,200 images",
    ]
