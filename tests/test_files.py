"""Files are whole or absent."""

import errno
import hashlib
from pathlib import Path

import pytest

from pleura.files import digest_file, digest_of, read_mapping, write_atomically, write_text


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_text(path, "old")
    with pytest.raises(RuntimeError), write_atomically(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_of_the_system_names_the_file_and_not_the_temporary_one(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.mkdir()
    with pytest.raises(OSError) as caught, write_atomically(path) as temporary:
        temporary.write_text("whole")
    assert (caught.value.filename, caught.value.filename2) == (str(path), None)
    with pytest.raises(FileNotFoundError) as caught, write_atomically(tmp_path / "b.csv"):
        pass
    assert caught.value.filename == str(tmp_path / "b.csv")


def test_a_disk_that_cannot_be_written_is_told_by_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, **_: object) -> None:  # as such a disk does, be the file there or not
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(OSError) as caught, write_atomically(tmp_path / "a.csv") as temporary:
        refuse(temporary)
    assert caught.value.filename == str(tmp_path / "a.csv")


def test_a_file_has_the_rights_of_all_others_whoever_wrote_it(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    with write_atomically(tmp_path / "kept") as temporary:
        temporary.touch(mode=0o600)
    assert (tmp_path / "kept").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_the_temporary_file_keeps_the_suffix_and_makes_folders(tmp_path: Path) -> None:
    with write_atomically(tmp_path / "a" / "b.png") as temporary:
        assert temporary.suffix == ".png"
        temporary.write_bytes(b"x")
    assert (tmp_path / "a" / "b.png").read_bytes() == b"x"


def test_digests(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert digest_file(tmp_path / "f") == hashlib.sha256(b"abc").hexdigest()
    assert digest_of({"a": 1, "b": [2]}) == digest_of({"b": [2], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 1.5})


@pytest.mark.parametrize("text", ["[]", "null", '"x"', '{"a": ', "\0", "1"])
def test_what_holds_no_mapping_remembers_nothing(text: str, tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    assert read_mapping(path) == {}
    path.write_text(text)
    assert read_mapping(path) == {}
    path.write_bytes(b"\xff\xfe")
    assert read_mapping(path) == {}
    path.write_text('{"a": [1]}')
    assert read_mapping(path) == {"a": [1]}
