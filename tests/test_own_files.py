"""What lies in a folder and is not pleura's is not written over."""

import json
from pathlib import Path

import pytest

from pleura.errors import InputError
from pleura.own_files import refuse_to_overwrite

NAMES = ("settings.csv", "figures/both.svg")


def test_only_what_pleura_marked_as_its_own_is_written_over(tmp_path: Path) -> None:
    refuse_to_overwrite(tmp_path / "none", NAMES, "facts.json")
    (tmp_path / "notes.txt").touch()
    refuse_to_overwrite(tmp_path, NAMES, "facts.json")
    (tmp_path / "settings.csv").touch()
    for told in (None, "", "[]", '{"versions": 3}', '{"versions": {"numpy": "2"}}'):
        if told is not None:
            (tmp_path / "facts.json").write_text(told)
        with pytest.raises(InputError, match=r"settings\.csv; give another folder"):
            refuse_to_overwrite(tmp_path, NAMES, "facts.json")
    (tmp_path / "facts.json").write_text(json.dumps({"versions": {"pleura": "0.1.0"}}))
    refuse_to_overwrite(tmp_path, NAMES, "facts.json")
