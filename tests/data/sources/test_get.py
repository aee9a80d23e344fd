import errno
import hashlib
import io
import os
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from tests.data.sources.conftest import Server

from pleura.data.manifest_file import read_manifest
from pleura.data.sources import download, room
from pleura.data.sources.get import get_source
from pleura.data.sources.pairs import SCENES, pairs_of
from pleura.data.sources.source import Archive, Source
from pleura.errors import InputError, PleuraError


def zipped(*names: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        for name in names:
            image = io.BytesIO()
            Image.new("L", (4, 4), len(name)).save(image, "PNG")
            file.writestr(name, image.getvalue())
    return memory.getvalue()


DiskUsage = namedtuple("DiskUsage", "total used free")
IMAGES, MASKS = zipped("images/a.png", "images/b.png"), zipped("masks/a.png", "masks/b.png")
MD5 = hashlib.md5(IMAGES).hexdigest()


def paths_of(files: Path, folder: Path) -> Iterator[dict[str, object]]:
    return ({"image": path, "label": ""} for path in files.rglob("*.png"))


def source_at(server: Server, sha256: str = "") -> Source:
    server.files = {"/images.zip": IMAGES, "/masks.zip": MASKS}
    archives = (
        Archive(f"{server.address}/images.zip", sha256),
        Archive(f"{server.address}/masks.zip"),
    )
    return Source("small", "two", archives, "http://page", "none", "nobody", pairs_of)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE", 0.0)


def files_in(folder: Path) -> list[str]:
    every = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.name for path in every if path.name != ".lock")


def test_a_collection_is_fetched_once(server: Server, tmp_path: Path) -> None:
    source = source_at(server, hashlib.sha256(IMAGES).hexdigest())
    told: list[tuple[str, int, int]] = []
    table = get_source(source, tmp_path, progress=lambda *now: told.append(now)).path
    manifest = read_manifest(table)
    assert manifest.problems == ()
    assert list(manifest.table["source"]) == ["small", "small"]
    assert [Path(mask).parent.name for mask in manifest.table["mask"]] == ["masks", "masks"]
    assert ("images.zip", len(IMAGES), len(IMAGES)) in told
    assert get_source(source, tmp_path).path == table
    assert server.asked == [("/images.zip", 0), ("/masks.zip", 0)]
    digest = (tmp_path / "archives" / "masks.zip.sha256").read_text()
    assert digest == f"{hashlib.sha256(MASKS).hexdigest()}  masks.zip\n"


def test_a_wrong_checksum_is_refused_and_nothing_kept(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"images.zip: wrong checksum.*\(published\)"):
        get_source(source_at(server, "0" * 64), tmp_path)
    assert files_in(tmp_path) == []


def test_the_first_digest_is_kept(server: Server, tmp_path: Path) -> None:
    source = source_at(server)
    get_source(source, tmp_path)
    archive = tmp_path / "archives" / "masks.zip"
    archive.unlink()
    server.files["/masks.zip"] = zipped("masks/a.png", "masks/c.png")
    with pytest.raises(InputError, match=r"of the first download, in masks\.zip\.sha256"):
        get_source(source, tmp_path)
    assert not archive.exists()


def test_an_archive_that_changed_on_disk_is_refused(server: Server, tmp_path: Path) -> None:
    source = source_at(server)
    get_source(source, tmp_path)
    archive = tmp_path / "archives" / "masks.zip"
    archive.write_bytes(archive.read_bytes() + b" ")
    with pytest.raises(InputError, match="wrong checksum"):
        get_source(source, tmp_path)


def test_a_half_download_is_never_used(server: Server, tmp_path: Path) -> None:
    source = source_at(server)
    server.send = [0.5] * download.TRIES
    with pytest.raises(PleuraError, match="cannot download"):
        get_source(source, tmp_path)
    assert files_in(tmp_path) == []
    assert len(read_manifest(get_source(source, tmp_path).path)) == 2


def test_without_a_network_the_message_says_what_to_do(tmp_path: Path) -> None:
    closed = Archive("http://127.0.0.1:9/images.zip")
    source = Source(
        "small", "two", (closed,), "http://page", "none", "nobody", pairs_of, access=SCENES
    )
    with pytest.raises(PleuraError) as caught:
        get_source(source, tmp_path)
    place = tmp_path / "archives" / "images.zip"
    for words in (f"put it at {place}", "http://page", "pleura scenes"):
        assert words in str(caught.value)


def test_what_is_waited_for_and_each_try_is_told(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "WAIT", 0.2)
    source = replace(source_at(server), archives=source_at(server).archives[:1], rows=paths_of)
    server.silent = 2
    told: list[str] = []

    def hear(what: str, done: int = 0, total: int = 0) -> None:
        told.extend([] if total else [what])

    get_source(source, tmp_path, None, hear, hear)
    host = server.address.removeprefix("http://")
    assert told == [
        f"images.zip: asking {host}",
        f"images.zip: waiting for {host}",
        f"images.zip: {host} said nothing for 0.2 s; try 2 of 3",
        f"images.zip: waiting for {host}, try 2 of 3",
        f"images.zip: {host} said nothing for 0.2 s; try 3 of 3",
        f"images.zip: waiting for {host}, try 3 of 3",
        "images.zip: checking",
        "images.zip: unpacking",
        "small: listing images",
    ]
    server.silent = download.TRIES
    with pytest.raises(PleuraError, match=f"{host} said nothing for 0.2 s, 3 times in a row"):
        get_source(source, tmp_path / "new", None, hear, hear)


def test_a_connection_that_broke_is_told(server: Server, tmp_path: Path) -> None:
    server.ranges, server.send = True, [0.25]
    told: list[str] = []
    get_source(source_at(server), tmp_path, announce=told.append)
    host = server.address.removeprefix("http://")
    quarter = download.in_bytes(int(0.25 * len(IMAGES)))
    why = f"{host} cannot be reached, or the connection broke"
    assert told[1] == f"images.zip: {why}; going on behind {quarter}"


def test_an_archive_downloaded_by_hand_will_do(server: Server, tmp_path: Path) -> None:
    source = source_at(server)
    (tmp_path / "archives").mkdir()
    (tmp_path / "archives" / "images.zip").write_bytes(IMAGES)
    (tmp_path / "archives" / "masks.zip").write_bytes(MASKS)
    assert len(read_manifest(get_source(source, tmp_path).path)) == 2
    assert server.asked == []


def test_a_page_in_the_place_of_an_archive_is_refused(server: Server, tmp_path: Path) -> None:
    source = source_at(server)
    server.files["/masks.zip"] = b"<html>the host has moved</html>"
    with pytest.raises(InputError, match="neither a whole zip nor a whole tar file"):
        get_source(source, tmp_path)
    (tmp_path / "archives" / "masks.zip").unlink()
    server.files["/masks.zip"] = MASKS
    assert len(read_manifest(get_source(source, tmp_path).path)) == 2


def test_a_broken_connection_is_taken_up_where_it_broke(server: Server, tmp_path: Path) -> None:
    source = source_at(server, hashlib.sha256(IMAGES).hexdigest())
    server.ranges, server.send = True, [0.25]
    assert len(read_manifest(get_source(source, tmp_path).path)) == 2
    quarter = int(0.25 * len(IMAGES))
    # What the server says of the file is asked for first, then the rest of it.
    assert server.asked[:3] == [("/images.zip", 0), ("/images.zip", 0), ("/images.zip", quarter)]


def test_another_day_goes_on_from_there_unless_the_file_is_another(
    server: Server, tmp_path: Path
) -> None:
    source = source_at(server)
    server.ranges, server.send = True, [0.5, *[1.0, 0.0] * download.TRIES]
    with pytest.raises(PleuraError, match="give the same command again"):
        get_source(source, tmp_path)
    (part,) = (tmp_path / "archives").iterdir()
    half = part.stat().st_size
    assert part.read_bytes() == IMAGES[:half]
    server.asked, server.send = [], []
    get_source(source, tmp_path)
    assert ("/images.zip", half) in server.asked
    assert (tmp_path / "archives" / "images.zip").read_bytes() == IMAGES

    (tmp_path / "archives" / "images.zip").rename(part)
    part.write_bytes(IMAGES[:half])
    server.files["/images.zip"] = zipped("images/a.png", "images/b.png", "images/c.png")
    server.asked = []
    with pytest.raises(InputError, match="wrong checksum"):
        get_source(source, tmp_path)
    assert server.asked == [("/images.zip", 0)]


def test_more_than_the_file_has_is_no_part_of_it(server: Server, tmp_path: Path) -> None:
    source = source_at(server)
    server.ranges, server.send = True, [0.5, *[1.0, 0.0] * download.TRIES]
    with pytest.raises(PleuraError):
        get_source(source, tmp_path)
    (part,) = (tmp_path / "archives").iterdir()
    part.write_bytes(IMAGES + b" ")
    get_source(source, tmp_path)
    assert (tmp_path / "archives" / "images.zip").read_bytes() == IMAGES


def test_an_md5_will_do(server: Server, tmp_path: Path) -> None:
    source = source_at(server)
    right, wrong = (Archive(source.archives[0].url, md5=md5) for md5 in (MD5, "0" * 32))
    get_source(replace(source, archives=(right, source.archives[1])), tmp_path / "right")
    assert "images.zip.sha256" not in files_in(tmp_path)
    with pytest.raises(InputError, match=r"MD5 is .*\(published\)"):
        get_source(replace(source, archives=(wrong,)), tmp_path / "wrong")


def test_a_full_disk_is_told_before_and_while_it_is_written(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = source_at(server)
    with monkeypatch.context() as patch:
        patch.setattr(download, "disk_usage", lambda folder: DiskUsage(100, 0, 100))
        with pytest.raises(InputError, match=r"the disk is full: .* still to come, and 100 bytes"):
            get_source(source, tmp_path)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        get_source(source, tmp_path)


def test_what_has_no_room_with_what_is_unpacked_is_not_begun(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = replace(source_at(server), size="1.5 MB")
    monkeypatch.setattr(room, "disk_usage", lambda folder: DiskUsage(4e6, 2e6, 2_000_000))
    with pytest.raises(InputError) as caught:
        get_source(source, tmp_path / "new")
    assert "too full for small: 3 MB, archives and what is unpacked of them," in str(caught.value)
    assert server.asked == []
    monkeypatch.setattr(room, "disk_usage", lambda folder: DiskUsage(4e6, 0, 4_000_000))
    get_source(source, tmp_path / "new")
    monkeypatch.setattr(room, "disk_usage", lambda folder: DiskUsage(4e6, 4e6, 0))
    get_source(source, tmp_path / "new")  # nothing is to come
    (tmp_path / "new" / "archives" / "masks.zip").unlink()
    with pytest.raises(InputError, match=r"are still to come, and 0 bytes are free"):
        get_source(source, tmp_path / "new")


def full(number: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_source_behind_an_account_says_how_to_get_it(tmp_path: Path) -> None:
    source = Source("far", "two", (), "http://page", "none", "nobody", pairs_of, access="sign it")
    with pytest.raises(InputError) as caught:
        get_source(source, tmp_path)
    for words in ("sign it", "http://page", "pleura data get far --from FOLDER"):
        assert words in str(caught.value)


def test_a_copy_stays_where_it_is_and_what_is_missing_is_told(tmp_path: Path) -> None:
    copy, folder = tmp_path / "copy", tmp_path / "data" / "far"
    with zipfile.ZipFile(io.BytesIO(IMAGES)) as images, zipfile.ZipFile(io.BytesIO(MASKS)) as masks:
        images.extractall(copy)
        masks.extractall(copy)
    source = Source("far", "two", (), "http://page", "none", "nobody", pairs_of)
    manifest = read_manifest(get_source(source, folder, copy).path)
    assert manifest.problems == ()
    assert list(manifest.table["image"]) == [str(copy / "images" / f"{name}.png") for name in "ab"]
    assert files_in(folder) == ["images.csv"]
    (copy / "masks" / "a.png").unlink()
    with pytest.raises(InputError, match="a: 0 images, 1 mask") as caught:
        get_source(source, folder, copy)
    assert "http://page" in str(caught.value)
