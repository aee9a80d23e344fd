"""Files of published weights: found here, downloaded from an address or a hub, checked."""

import functools
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub
import pytest

from pleura.errors import InputError, PleuraError
from pleura.models.sources.fetch import fetch, find_file, host_of
from pleura.models.sources.listed import SOURCES
from pleura.models.sources.source import Hub, Url, WeightSource

REVISION = "a" * 40
XRV, RAD_DINO, ARK = (SOURCES[name] for name in ("xrv-densenet121-nih", "rad-dino", "ark-plus"))
Serve = Callable[[str, bytes], str]
"""Puts a file on the server; gives the server's address."""


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLEURA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PLEURA_WEIGHTS", str(tmp_path / "weights"))
    for module in (huggingface_hub.constants, huggingface_hub.file_download):
        if hasattr(module, "HF_HUB_CACHE"):
            monkeypatch.setattr(module, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)


@pytest.fixture
def asked() -> list[str]:
    """The paths that the server was asked for."""
    return []


@pytest.fixture
def serve(tmp_path: Path, asked: list[str]) -> Iterator[Serve]:
    """A server of files that answers as the hub does."""

    class Hubs(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            asked.append(f"{self.command} {self.path}")
            file = Path(self.translate_path(self.path))
            if file.is_file():
                self.send_header("ETag", f'"{hashlib.sha256(file.read_bytes()).hexdigest()}"')
                self.send_header("X-Repo-Commit", REVISION)
            super().end_headers()

        def log_message(self, *args: object) -> None:
            pass

    folder = tmp_path / "server"
    folder.mkdir()
    http = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Hubs, directory=str(folder)))
    threading.Thread(target=http.serve_forever, daemon=True).start()

    def put(path: str, content: bytes) -> str:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        return f"http://127.0.0.1:{http.server_port}"

    yield put
    http.shutdown()
    http.server_close()


def of_address(serve: Serve, content: bytes) -> WeightSource:
    return replace(XRV, place=Url(f"{serve('v1/nih.pt', content)}/v1/nih.pt"))


def test_an_address_is_asked_once_and_its_digest_kept(
    serve: Serve, asked: list[str], tmp_path: Path
) -> None:
    source = of_address(serve, b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    found = fetch(source)
    assert found.file == tmp_path / "cache" / "nih.pt"
    assert found.sha256 == digest
    assert found.told == f"no digest is published; that of the first download is {digest[:12]}"
    assert host_of(source) == ""
    fetch(source)
    assert len(asked) == 1
    # Another file in its place is not taken in silence.
    found.file.write_bytes(b"other weights")
    with pytest.raises(PleuraError, match=r"one of the first download with(.|\n)*delete"):
        fetch(source)


def test_a_file_with_another_digest_than_the_published_one_is_refused(serve: Serve) -> None:
    source = replace(of_address(serve, b"weights"), sha256="0" * 64)
    with pytest.raises(PleuraError, match="one published with 000000000000; it is damaged"):
        fetch(source)
    right = replace(source, sha256=hashlib.sha256(b"weights").hexdigest())
    assert fetch(right).told == ""


def test_the_hub_is_asked_as_its_client_does(
    serve: Serve, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "microsoft/rad-dino/resolve/main/model.safetensors"
    address = serve(path, b"weights") + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", address)
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    assert host_of(RAD_DINO) == "huggingface.co"
    found = fetch(RAD_DINO)
    assert found.file.read_bytes() == b"weights"
    assert (tmp_path / "hub") in found.file.parents
    assert REVISION in found.file.parts
    assert any(each.startswith("GET /microsoft/rad-dino/resolve/") for each in asked)
    before = len(asked)
    assert fetch(RAD_DINO).file == found.file
    assert len(asked) == before
    assert host_of(RAD_DINO) == ""
    # No digest of it is listed here, and yet the hub has said which one it is.
    assert found.told == f"the hub names the digest {hashlib.sha256(b'weights').hexdigest()[:12]}"
    assert fetch(RAD_DINO, found.file) == found  # as a step is given what the plan has found
    found.file.resolve().write_bytes(b"damaged")
    with pytest.raises(PleuraError, match=r"and the one that the hub names with(.|\n)*delete"):
        fetch(RAD_DINO)


def test_without_a_network_one_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(PleuraError) as caught:
        fetch(RAD_DINO)
    told = str(caught.value)
    assert told.startswith("weights 'rad-dino': cannot download them from huggingface.co: ")
    assert "model.safetensors of https://huggingface.co/microsoft/rad-dino, 346 MB" in told
    assert "write weights: rad-dino@FILE" in told
    assert f"as rad-dino.safetensors into {tmp_path / 'weights'}" in told
    nowhere = replace(XRV, place=Url("http://127.0.0.1:1/nih.pt"))
    with pytest.raises(PleuraError, match=r"cannot download(.|\n)*write weights: xrv-densenet121"):
        fetch(nowhere)


def test_what_people_alone_can_fetch_is_said_so() -> None:
    assert host_of(ARK) == "github.com"
    with pytest.raises(PleuraError) as caught:
        fetch(ARK)
    assert "people alone can fetch it" in str(caught.value)
    assert "fill in the form" in str(caught.value)


def test_files_here_come_first(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    # Many a file of the hub is called so.
    (folder / "model.safetensors").write_bytes(b"another's")
    assert find_file(RAD_DINO) is None
    (folder / "rad-dino.safetensors").write_bytes(b"here")
    here = fetch(RAD_DINO)
    assert here.file == folder / "rad-dino.safetensors"
    assert "rad-dino.safetensors cannot be told from the published file" in here.told
    (folder / ARK.place.file).write_bytes(b"here")
    assert fetch(ARK).file == folder / ARK.place.file
    (folder / "mine.pt").write_bytes(b"mine")
    given = fetch(SOURCES["radimagenet-resnet50"], folder / "mine.pt")
    assert "mine.pt is not the published file, whose digest is 08629f7e7bd3" in given.told
    with pytest.raises(InputError, match=r"no file .*nowhere.pt(.|\n)*write weights: rad-dino@"):
        fetch(RAD_DINO, folder / "nowhere.pt")


def test_revisions_and_digests_are_whole() -> None:
    for source in SOURCES.values():
        assert len(source.sha256) in (0, 64)
        if isinstance(source.place, Hub) and source.place.revision != "main":
            assert len(source.place.revision) == 40
    assert json.dumps(sorted(SOURCES))  # plain names
