"""A folder is whole or not there."""

from pathlib import Path

import pytest

from pleura.deploy.new_folder import new_folder, refuse_full
from pleura.errors import InputError


def test_it_has_its_name_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "above" / "out"
    with new_folder(target) as home:
        (home / "a").touch()
        assert not target.exists()
    assert [file.name for file in target.iterdir()] == ["a"]
    assert [file.name for file in target.parent.iterdir()] == ["out"]


def test_nothing_is_left_of_what_breaks_off(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "out") as home:
        (home / "a").touch()
        raise KeyboardInterrupt
    assert [(file.name, [*file.iterdir()]) for file in tmp_path.iterdir()] == [("out", [])]


def test_what_holds_anything_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="holds files already"):
        refuse_full(tmp_path)
    with pytest.raises(InputError, match="is no folder"):
        refuse_full(tmp_path / "file")
    refuse_full(tmp_path / "new")
