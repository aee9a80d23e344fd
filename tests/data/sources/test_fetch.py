import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from pleura.data.manifest_file import read_manifest
from pleura.data.sources.fetch import fetch_source
from pleura.data.sources.source import Archive, Source
from pleura.errors import InputError, PleuraError


@dataclass
class Server:
    """Files by path, how much of each is sent, and what has been asked for."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    send: float = 1.0
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            body = state.files.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write((body or b"")[: int(state.send * len(body or b""))])

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    state.address = f"http://127.0.0.1:{http.server_port}"
    yield state
    http.shutdown()
    http.server_close()
    thread.join()


def zipped(*names: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        for name in names:
            image = io.BytesIO()
            Image.new("L", (4, 4), len(name)).save(image, "PNG")
            file.writestr(name, image.getvalue())
    return memory.getvalue()


IMAGES, MASKS = zipped("images/a.png", "images/b.png"), zipped("masks/a.png", "masks/b.png")


def source_at(server: Server, sha256: str = "") -> Source:
    server.files = {"/images.zip": IMAGES, "/masks.zip": MASKS}
    archives = (
        Archive(f"{server.address}/images.zip", sha256),
        Archive(f"{server.address}/masks.zip"),
    )
    return Source("small", "two", archives, "http://page", "none", "nobody")


def test_a_collection_is_fetched_once(server: Server, tmp_path: Path) -> None:
    source = source_at(server, hashlib.sha256(IMAGES).hexdigest())
    told: list[tuple[str, int, int]] = []
    table = fetch_source(source, tmp_path, lambda *progress: told.append(progress))
    manifest = read_manifest(table)
    assert manifest.problems == ()
    assert list(manifest.table["source"]) == ["small", "small"]
    assert [Path(mask).parent.name for mask in manifest.table["mask"]] == ["masks", "masks"]
    assert ("images.zip", len(IMAGES), len(IMAGES)) in told
    assert fetch_source(source, tmp_path) == table
    assert server.asked == ["/images.zip", "/masks.zip"]
    digest = (tmp_path / "archives" / "masks.zip.sha256").read_text()
    assert digest == f"{hashlib.sha256(MASKS).hexdigest()}  masks.zip\n"


def test_a_wrong_checksum_is_refused_and_nothing_kept(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"images.zip: wrong checksum.*\(published\)"):
        fetch_source(source_at(server, "0" * 64), tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_first_digest_is_kept(server: Server, tmp_path: Path) -> None:
    source = source_at(server)
    fetch_source(source, tmp_path)
    archive = tmp_path / "archives" / "masks.zip"
    archive.unlink()
    server.files["/masks.zip"] = zipped("masks/a.png", "masks/c.png")
    with pytest.raises(InputError, match=r"of the first download, in masks\.zip\.sha256"):
        fetch_source(source, tmp_path)
    assert not archive.exists()


def test_an_archive_that_changed_on_disk_is_refused(server: Server, tmp_path: Path) -> None:
    source = source_at(server)
    fetch_source(source, tmp_path)
    archive = tmp_path / "archives" / "masks.zip"
    archive.write_bytes(archive.read_bytes() + b" ")
    with pytest.raises(InputError, match="wrong checksum"):
        fetch_source(source, tmp_path)


def test_a_half_download_is_never_used(server: Server, tmp_path: Path) -> None:
    source = source_at(server)
    server.send = 0.5
    with pytest.raises(PleuraError, match="cannot download"):
        fetch_source(source, tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []
    server.send = 1.0
    assert len(read_manifest(fetch_source(source, tmp_path))) == 2


def test_without_a_network_the_message_says_what_to_do(tmp_path: Path) -> None:
    closed = Archive("http://127.0.0.1:9/images.zip")
    source = Source("small", "two", (closed,), "http://page", "none", "nobody")
    with pytest.raises(PleuraError) as caught:
        fetch_source(source, tmp_path)
    place = tmp_path / "archives" / "images.zip"
    for words in (f"put it at {place}", "http://page", "pleura scenes"):
        assert words in str(caught.value)


def test_an_archive_downloaded_by_hand_will_do(server: Server, tmp_path: Path) -> None:
    source = source_at(server)
    (tmp_path / "archives").mkdir()
    (tmp_path / "archives" / "images.zip").write_bytes(IMAGES)
    (tmp_path / "archives" / "masks.zip").write_bytes(MASKS)
    assert len(read_manifest(fetch_source(source, tmp_path))) == 2
    assert server.asked == []


def test_a_page_in_the_place_of_an_archive_is_refused(server: Server, tmp_path: Path) -> None:
    source = source_at(server)
    server.files["/masks.zip"] = b"<html>the host has moved</html>"
    with pytest.raises(InputError, match="neither a whole zip nor a whole tar file"):
        fetch_source(source, tmp_path)
    (tmp_path / "archives" / "masks.zip").unlink()
    server.files["/masks.zip"] = MASKS
    assert len(read_manifest(fetch_source(source, tmp_path))) == 2
