import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from pleura.data.sources.archive import unpack
from pleura.errors import InputError

CLIMBING = ["../out.txt", "a/../../out.txt", "/tmp/out.txt", "..\\out.txt", "C:\\out.txt"]


def write_zip(path: Path, names: list[str]) -> Path:
    with zipfile.ZipFile(path, "w") as zipped:
        for name in names:
            zipped.writestr(name, name)
    return path


def write_tar(path: Path, members: list[tarfile.TarInfo]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            member.size = 4 if member.isfile() else 0
            tar.addfile(member, io.BytesIO(b"text") if member.isfile() else None)
    return path


def test_zip_and_tar_are_unpacked_whole(tmp_path: Path) -> None:
    unpack(write_zip(tmp_path / "a.zip", ["x/1.txt", "2.txt"]), tmp_path / "zip")
    assert (tmp_path / "zip" / "x" / "1.txt").read_text() == "x/1.txt"
    folder = tarfile.TarInfo("x")
    folder.type = tarfile.DIRTYPE
    unpack(write_tar(tmp_path / "a.tgz", [folder, tarfile.TarInfo("x/1.txt")]), tmp_path / "tar")
    assert (tmp_path / "tar" / "x" / "1.txt").read_text() == "text"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tgz", "a.zip", "tar", "zip"]


def test_an_archive_with_nothing_in_it_is_an_empty_folder(tmp_path: Path) -> None:
    unpack(write_zip(tmp_path / "a.zip", []), tmp_path / "files")
    assert list((tmp_path / "files").iterdir()) == []


@pytest.mark.parametrize("name", CLIMBING)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_no_member_climbs_out(tmp_path: Path, name: str, kind: str) -> None:
    if kind == "zip":
        archive = write_zip(tmp_path / "a.zip", ["good.txt", name])
    else:
        members = [tarfile.TarInfo("good.txt"), tarfile.TarInfo(name)]
        archive = write_tar(tmp_path / "a.tgz", members)
    with pytest.raises(InputError, match="outside its folder"):
        unpack(archive, tmp_path / "in" / "files")
    assert [path.name for path in tmp_path.rglob("*")] == [archive.name]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("link")
    member.type, member.linkname = kind, "good.txt"
    archive = write_tar(tmp_path / "a.tgz", [tarfile.TarInfo("good.txt"), member])
    with pytest.raises(InputError, match="holds links"):
        unpack(archive, tmp_path / "files")
    assert not (tmp_path / "files").exists()


def test_an_archive_that_is_cut_off_leaves_nothing(tmp_path: Path) -> None:
    whole = write_tar(tmp_path / "a.tgz", [tarfile.TarInfo(f"{i}.txt") for i in range(200)])
    zipped = write_zip(tmp_path / "a.zip", [f"{i}.txt" for i in range(200)])
    for archive in (whole, zipped):
        archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
        with pytest.raises(InputError, match="neither a whole zip nor a whole tar"):
            unpack(archive, tmp_path / "files")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tgz", "a.zip"]


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (b"", "it is empty"),
        (b"\n<!DOCTYPE html>", "it is a web page"),
        (b"PK\x03\x04 and no end", "the end of a zip file is missing"),
        (b"\x1f\x8b and noise", "packed with gzip is damaged"),
        (b"noise", "file could not be opened successfully"),
    ],
)
def test_why_an_archive_is_none_stands_in_one_line(tmp_path: Path, start: bytes, why: str) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(start)
    with pytest.raises(InputError) as caught:
        unpack(archive, tmp_path / "files")
    assert why in caught.value.heading
    assert "\n" not in caught.value.heading


def test_a_tar_file_damaged_within_leaves_nothing(tmp_path: Path) -> None:
    noise = bytes(range(256)) * 400
    archive = tmp_path / "a.tgz"
    with tarfile.open(archive, "w:gz", compresslevel=0) as tar:
        member = tarfile.TarInfo("noise")
        member.size = len(noise)
        tar.addfile(member, io.BytesIO(noise))
    data = bytearray(archive.read_bytes())
    for at in (1000, len(data) - 6):  # a pixel, and the checksum of all
        broken = data.copy()
        broken[at] ^= 255
        archive.write_bytes(broken)
        with pytest.raises(InputError, match="neither a whole zip nor a whole tar"):
            unpack(archive, tmp_path / "files")
    assert not (tmp_path / "files").exists()


def test_a_damaged_member_leaves_nothing(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", ["one.txt", "two.txt"])
    archive.write_bytes(archive.read_bytes().replace(b"two.txttwo.txt", b"two.txttwo.tyt"))
    with pytest.raises(InputError, match="CRC"):
        unpack(archive, tmp_path / "files")
    assert not (tmp_path / "files").exists()
