"""CONTRIBUTING.md names files that are there."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
TEXT = (TOP / "CONTRIBUTING.md").read_text(encoding="utf-8")
FILES = sorted(set(re.findall(r"`([\w./]+\.(?:py|yaml|md)|[\w.]+/[\w./]*/)`", TEXT)))


@pytest.mark.parametrize("name", [name for name in FILES if "NAME" not in name])
def test_a_file_that_it_names_is_there(name: str) -> None:
    folders = (TOP, TOP / "src" / "pleura", TOP / "src" / "pleura" / "models", TOP / "tests/models")
    in_evaluate = TOP / "src" / "pleura" / "evaluate"
    assert any((folder / name).exists() for folder in (*folders, in_evaluate)), (
        f"CONTRIBUTING.md names {name}, which is not there: write where it lies"
    )


def test_it_names_the_places_of_all_kinds() -> None:
    assert len(FILES) > 30
    assert {"transfer/listed.py", "data/readers/listed.py"} <= set(FILES)
