"""Messages list every problem and suggest the nearest name."""

import pytest

from pleura.errors import InputError, nearest, refuse


def test_all_problems_are_kept_and_the_first_twenty_shown() -> None:
    error = InputError("table.csv: wrong", [f"row {i}" for i in range(25)])
    assert len(error.problems) == 25
    assert "row 19" in str(error)
    assert "row 20" not in str(error)
    assert "... and 5 more" in str(error)


def test_what_is_wrong_with_many_rows_hides_no_other_cause() -> None:
    empty = [f"row {row}: no label" for row in range(2, 102)]
    error = InputError("t.csv: wrong", [*empty, "labels '0', '0.0' differ: row 110", "row 3: b: c"])
    shown = str(error).splitlines()
    assert shown[1] == "  - row 2: no label"
    assert shown[18:] == [
        "  - row 19: no label",
        "  - labels '0', '0.0' differ: row 110",
        "  - row 3: b: c",
        "  ... and 82 more",
    ]


def test_refusals_need_a_problem() -> None:
    refuse("table.csv: wrong", [])
    with pytest.raises(InputError, match=r"wrong.*\n.*row 2.*\n.*row 5") as refused:
        refuse("table.csv: wrong", [f"row {i}" for i in (2, 5)])
    assert refused.value.problems == ("row 2", "row 5")


def test_nearest_names() -> None:
    assert "did you mean 'resnet18'?" in nearest("resent18", ["resnet18", "vgg16"])
    assert "There are: resnet18, vgg16" in nearest("zzz", ["vgg16", "resnet18"])
