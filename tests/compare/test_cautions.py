"""What is said of names that cannot be compared."""

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pleura.compare.cautions import _of_names
from pleura.compare.people import Hashes
from pleura.compare.tables import Compared

LOST = "a patient with other images who trained one study and tests the other is not found."


def told(hashes: Hashes) -> list[str]:
    people: dict[str, Any] = {"strangers": False, "by_names": True, "hashes": asdict(hashes)}
    compared = SimpleNamespace(names=["2024", "2025"], facts={"people": people})
    return [caution.text for caution in _of_names(cast(Compared, compared)) if caution.serious]


@pytest.mark.parametrize(
    ("hashes", "said"),
    [
        (Hashes((8, 6), (0, 0), 0, 0, False), None),
        (Hashes((8, 6), (8, 6), 2, 0, False), None),
        (Hashes((8, 6), (4, 0), 0, 1, True), None),
        (
            Hashes((8, 6), (4, 0), 0, 0, False),
            "4 of the 8 patients of 2024 are called by hashes, with which other names are compared "
            f"by their salt alone (--salt). Without it, {LOST}",
        ),
        (
            Hashes((8, 6), (0, 6), 0, 0, True),
            "6 patients of 2025 are called by hashes, and the salt finds nobody among them. A "
            "wrong salt would look the same: is it that of the table with the hashes? If it is "
            f"not, {LOST}",
        ),
        (
            Hashes((8, 6), (8, 6), 0, 0, False),
            "8 patients of 2024 and 6 patients of 2025 are called by hashes, of which none is in "
            f"the other study. With another salt the same patient has another hash: {LOST}",
        ),
    ],
)
def test_what_hashes_cannot_tell(hashes: Hashes, said: str | None) -> None:
    assert told(hashes) == ([] if said is None else [said])


def test_hashes_by_two_salts_and_a_number_are_two_cautions() -> None:
    assert len(told(Hashes((8, 6), (4, 4), 0, 0, False))) == 2
