"""How long the interface of `pleura serve` takes, against decoding and network alone.

    python -m benchmarks.page_latency MODEL [--image FILE] [--turns 40]

DICOM files of 2,000 x 2,000 pixels of 12 bits, uncompressed and as JPEG 2000, made of one image.
In each turn a file is decoded and judged in this process, and then sent to a server that the real
command has started, one request at a time. Then 200 requests are sent by 8 threads, of which none
may be lost. Everything goes to 127.0.0.1, is bounded in number and time, and stops by itself.
"""

import argparse
import http.client
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from benchmarks.dicom_files import write
from PIL import Image
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless

from pleura.data.readers import read_image
from pleura.deploy.decoding import decode_for
from pleura.deploy.package import load_model
from pleura.simulate.xray.folder import simulate

SIDE, BITS = 2000, 12
SYNTAXES: dict[str, UID] = {
    "uncompressed": ExplicitVRLittleEndian,
    "JPEG 2000": JPEG2000Lossless,
}
AT_ONCE, REQUESTS = 8, 200
PATIENCE = 120.0  # seconds for one answer, and for the start


def large(image: Path | None) -> np.ndarray:
    """An image of 2,000 x 2,000 pixels of 12 bits, with the noise that a detector has."""
    if image is None:
        gray = simulate(seed=0, patient=0, image=0, label="normal", size=512).image
    else:
        gray = read_image(str(image)).pixels.astype(np.uint8)
    side = min(gray.shape)
    square = Image.fromarray(gray[:side, :side].astype(np.float32))
    values = np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) * 16
    noise = np.random.default_rng(0).normal(0, 12, values.shape)
    return np.asarray(np.clip(values + noise, 0, 2**BITS - 1).astype(np.uint16))


@contextmanager
def server(model: Path) -> Iterator[int]:
    """The port of a server of a model on this machine, while it runs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "pleura", "serve", str(model), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                ask(port, "GET", "/api/model")
                break
            except OSError:
                if time.monotonic() > end or process.poll() is not None:
                    raise RuntimeError("the server did not start") from None
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait()


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """The status and the answer to one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        headers = {"Content-Type": "application/octet-stream"} if body else {}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def milliseconds(do: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    do()
    return 1000 * (time.perf_counter() - began)


def in_turns(model: Path, port: int, path: str, address: Path, turns: int) -> np.ndarray:
    """Milliseconds (turns, 2) of decoding and network alone, and of a request."""
    loaded, data = load_model(model), address.read_bytes()
    expected = loaded.predict([str(address)])

    def alone() -> None:
        loaded.judge([decode_for(loaded.card, str(address))[1]])

    def request() -> None:
        status, answer = ask(port, "POST", path, data)
        assert status == 200, answer
        told = json.loads(answer)
        found = [*told.get("record", told)["probabilities"].values()]
        np.testing.assert_allclose(found, expected[0], atol=1e-6)

    alone()
    request()
    return np.array([[milliseconds(alone), milliseconds(request)] for _ in range(turns)])


def at_once(port: int, data: bytes) -> tuple[Counter[int], float]:
    """The statuses of 200 requests by 8 threads, and how many seconds all took."""
    left, lock = list(range(REQUESTS)), threading.Lock()
    counted: Counter[int] = Counter()

    def go_on() -> None:
        while True:
            with lock:
                if not left:
                    return
                left.pop()
            try:
                status = ask(port, "POST", "/api/predict", data)[0]
            except OSError:
                status = 0  # lost
            with lock:
                counted[status] += 1

    threads = [threading.Thread(target=go_on) for _ in range(AT_ONCE)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counted, time.monotonic() - began


def main() -> None:
    """Print times as a table, and what became of requests at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--image", type=Path)
    parser.add_argument("--turns", type=int, default=40)
    given = parser.parse_args()
    torch.set_num_threads(1)
    pixels = large(given.image)
    with tempfile.TemporaryDirectory() as folder, server(given.model) as port:
        print(
            "| file | asked | alone, ms: median | p95 | request: median | p95 "
            "| p95 / median alone | p95 / p95 |"
        )
        print("|---|---|---|---|---|---|---|---|")
        for name, syntax in SYNTAXES.items():
            address = Path(folder) / f"{name}.dcm"
            write(address, pixels, syntax, BitsStored=BITS)
            for path in ("/api/predict", "/api/view"):
                times = in_turns(given.model, port, path, address, given.turns)
                (alone, request), (slow, slowest) = (
                    np.median(times, axis=0),
                    np.quantile(times, 0.95, axis=0),
                )
                print(
                    f"| {name} | {path} | {alone:.0f} | {slow:.0f} | {request:.0f} "
                    f"| {slowest:.0f} | {slowest / alone:.2f} | {slowest / slow:.2f} |",
                    flush=True,
                )
        counted, seconds = at_once(port, (Path(folder) / "uncompressed.dcm").read_bytes())
        statuses = ", ".join(f"{number} of status {key}" for key, number in sorted(counted.items()))
        print(f"\n{REQUESTS} requests, {AT_ONCE} at once: {statuses}; {seconds:.0f} s")


if __name__ == "__main__":
    main()
