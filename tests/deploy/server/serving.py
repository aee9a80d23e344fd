"""A model that answers in this process, and files to ask it about."""

import functools
import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from pleura.deploy.package import Model, load_model
from pleura.deploy.server.answering import Answering
from pleura.deploy.server.app import make_app
from pleura.deploy.server.guard import Admitted
from pleura.deploy.server.limits import Limits
from pleura.deploy.server.pool import Pool
from pleura.deploy.server.worker import Here
from tests.deploy.predicting import PIXELS, deep, model

__all__ = ["deep", "model"]  # fixtures

RAW = {"Content-Type": "application/octet-stream"}
HERE = "http://127.0.0.1:8000"
SMALL = Limits(bytes=2_000_000, pixels=1_000_000, frames=50, seconds=20, waiting=8)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where uploads are for a moment."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    return folder


@pytest.fixture
def client(dark_model: Path) -> Iterator[TestClient]:
    """Somebody on this machine who asks the model that knows dark images."""
    with asking_all(dark_model) as asker:
        yield asker


@contextmanager
def asking_all(dark_model: Path, admitted: Admitted | None = None) -> Iterator[TestClient]:
    """Somebody who asks a server that is there for all tests, since to make its interface takes as
    long as ten answers."""
    app, home = _kept(dark_model, admitted)
    yield TestClient(app, base_url=HERE, raise_server_exceptions=False)
    assert list(home.iterdir()) == []  # whatever was asked, nothing is left of it


@functools.cache
def _kept(dark_model: Path, admitted: Admitted | None) -> tuple[Any, Path]:
    home = dark_model.parent / "uploads"
    home.mkdir(exist_ok=True)
    loaded = load_model(dark_model)
    deep = replace(loaded, card={**loaded.card, "full_range": None})
    return application(deep, home, SMALL, admitted), home


def application(
    loaded: Model, home: Path, limits: Limits = SMALL, admitted: Admitted | None = None
) -> Any:
    answering = Answering(loaded, limits, name="study/best")
    pool = Pool([Here(answering)], limits, home)
    return make_app(pool, answering.about(), admitted or Admitted())


def asking(
    loaded: Model, home: Path, limits: Limits = SMALL, admitted: Admitted | None = None
) -> TestClient:
    app = application(loaded, home, limits, admitted)
    return TestClient(app, base_url=HERE, raise_server_exceptions=False)


def post(client: TestClient, path: str, data: bytes, **headers: str) -> Any:
    return client.post(path, content=data, headers={**RAW, **headers})


def png(pixels: np.ndarray = PIXELS[0]) -> bytes:
    return _saved(pixels, "png")


def jpeg(pixels: np.ndarray = PIXELS[0]) -> bytes:
    return _saved(pixels, "jpeg")


def gif(frames: int) -> bytes:
    file = io.BytesIO()
    first, *others = (Image.fromarray(PIXELS[n]) for n in range(frames))
    first.save(file, format="gif", save_all=True, append_images=others)
    return file.getvalue()


def _saved(pixels: np.ndarray, kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format=kind)
    return file.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header tells a size, with hardly anything behind it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
