"""The server as it is started: a real one, on this machine."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pleura.cli import app
from pleura.deploy.server.serving import Listening, _told
from pleura.errors import InputError
from tests.deploy.predicting import PIXELS
from tests.deploy.server.serving import deep, home, model, png

__all__ = ["deep", "home", "model"]  # fixtures

PATIENCE = 240.0  # seconds: a busy machine loads torch slowly


def test_which_hosts_are_this_machine_alone() -> None:
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.9"):
        assert Listening(host).alone
    for host in ("0.0.0.0", "::", "192.0.2.1", "ward-7"):
        assert not Listening(host).alone


@contextmanager
def served(*command: str, temporary: Path, ends: signal.Signals) -> Iterator[int]:
    """The port of a real server, which is ended by a signal while an upload has only begun, and
    must leave nothing."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    temporary.mkdir()
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which tests under `nohup` ignore
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(temporary)},
        cwd=Path(__file__).parents[3],
    )
    signal.signal(signal.SIGHUP, before)
    begun = socket.socket()
    try:
        until_it_listens(process, port)
        yield port
        begun = begin(port)
        until(lambda: uploads(temporary))
    finally:
        process.send_signal(ends)
        begun.close()
        told, _ = process.communicate(timeout=PATIENCE)
    assert f"http://127.0.0.1:{port}/" in told.decode()
    assert "upload" not in told.decode()
    assert "stopped" not in told.decode()  # as studies say, which go on
    assert process.returncode == 0
    assert list(temporary.glob("pleura-*")) == []


def test_a_real_server_answers_and_leaves_nothing(deep: Path, tmp_path: Path) -> None:
    command = ("pleura", "serve", str(deep), "--max-megabytes", "1", "--title", "Dark or  not")
    with served(*command, temporary=tmp_path / "temporary", ends=signal.SIGTERM) as port:
        status, told = ask(port, png(PIXELS[1]))
        assert status == 200
        assert set(json.loads(told)["probabilities"]) == {"no", "yes"}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", "/api/model")
        about = json.loads(connection.getresponse().read())
        assert about["name"] == "Dark or not"
        assert "not known here" in about["cautions"][-1]
        # A refusal is heard although the upload is not taken.
        status, told = ask(port, b"\0" * 30_000_000)
        assert status == 413
        assert "larger than 1 MB" in json.loads(told)["what"]
        status, told = ask(port, b"\0" * 30_000_000, Host="evil.example")
        assert status == 403


@pytest.mark.parametrize("ends", [signal.SIGHUP, signal.SIGINT])
def test_it_leaves_nothing_whatever_ends_it(
    ends: signal.Signals, deep: Path, tmp_path: Path
) -> None:
    command = ("tests.deploy.server.quick", "serve", str(deep))
    with served(*command, temporary=tmp_path / "temporary", ends=ends):
        pass


def begin(port: int) -> socket.socket:
    """An upload of which the rest does not come."""
    begun = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    begun.sendall(
        b"POST /api/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\nJane"
    )
    return begun


def uploads(temporary: Path) -> list[Path]:
    return [*temporary.glob("pleura-*/*/upload")]


def until(there: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end
        time.sleep(0.05)


def ask(port: int, data: bytes, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    its = {"Content-Type": "application/octet-stream", **headers}
    connection.request("POST", "/api/predict", data, its)
    answer = connection.getresponse()
    return answer.status, answer.read()


def until_it_listens(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            connection.request("GET", "/api/model")
            assert connection.getresponse().status == 200
            return
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.3)


def test_the_address_holds_a_token_of_any_signs() -> None:
    first = _told(Listening(), "50%-of-#all&more?", 8000)[0]
    assert first == "open http://127.0.0.1:8000/#token=50%25-of-%23all%26more%3F"


def test_what_cannot_be_started_is_told(deep: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for arguments, told in (
            (["--port", str(port)], f"cannot listen on 127.0.0.1, port {port}"),
            (["--title", " "], "--title: give 1 to 64 letters"),
            (["--title", "x" * 65], "--title: give 1 to 64 letters"),
            (["--token", "short"], "give at least 16 letters"),
            (["--token", "geheimes-Wörtchen-1"], "signs of ASCII alone"),
            (["--token", "ends with a line\n"], "signs of ASCII alone"),
        ):
            result = CliRunner().invoke(app, ["serve", str(deep), *arguments])
            assert isinstance(result.exception, InputError)
            assert told in str(result.exception)
