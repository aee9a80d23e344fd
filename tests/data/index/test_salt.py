"""The salt of hashes is made once and belongs to the user alone."""

import stat
from pathlib import Path

import pytest

from pleura.data.index.salt import read_or_make_salt, salt_file
from pleura.errors import InputError


def test_a_salt_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    path = salt_file(tmp_path / "kept" / "images.csv")
    assert path.name == "images.salt"
    salt, made = read_or_make_salt(path)
    assert made
    assert len(salt) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_or_make_salt(path) == (salt, False)


def test_a_full_disk_leaves_no_salt_and_is_told_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "images.salt"

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left on device") as told:
            read_or_make_salt(path)
    assert told.value.filename == str(path)
    assert not [*tmp_path.iterdir()]
    assert read_or_make_salt(path)[1]


def test_a_disk_that_cannot_be_written_is_told_by_the_salt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr("os.open", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(OSError) as told:
        read_or_make_salt(tmp_path / "images.salt")
    assert told.value.filename == str(tmp_path / "images.salt")


def test_where_modes_say_nothing_a_salt_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = read_or_make_salt(tmp_path / "x.salt")
    (tmp_path / "x.salt").chmod(0o666)  # as Windows shows every file
    monkeypatch.setattr("pleura.data.index.salt.POSIX", False)
    assert read_or_make_salt(tmp_path / "x.salt") == (made, False)


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        (b"secret", 0o644, "others may read"),
        (b" \n", 0o600, "is empty"),
        (b"\xff", 0o600, "no text"),
    ],
)
def test_a_salt_that_is_none_is_refused(
    content: bytes, mode: int, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.salt"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(InputError, match=message):
        read_or_make_salt(path)
