"""Sends damaged files to the interface of `pleura serve`.

    python -m benchmarks.page_damaged MODEL [--files 500]

Files of five kinds of damage, of all formats that are taken: cut off, bits flipped, of another
kind, huge by their header, empty. They are decoded in a process of their own, as by the real
server. Each must be refused by a clear 4xx, or be answered where what was flipped is a pixel, which
nothing can tell without a checksum, or where frames of a clip overrule its header. Stops by itself.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from benchmarks.damaged_files import FLIPPED, damage, sound_files
from starlette.testclient import TestClient

from pleura.deploy.server.app import make_app
from pleura.deploy.server.guard import Admitted
from pleura.deploy.server.limits import Limits
from pleura.deploy.server.pool import Pool
from pleura.deploy.server.schemas import Problem
from pleura.deploy.server.worker import Setup, Worker

FORMS = ("PNG", "JPEG", "DICOM", "MP4", "GIF")
KINDS = ("cut", "bits flipped", "wrong type", "huge", "empty")
ANSWERED = "answered"
OVERRULED = "huge", "MP4"  # see docs/concepts/clips.md


def files(number: int, size: int = 96, seed: int = 0) -> Iterator[tuple[str, str, bytes]]:
    """So many damaged files, with the kind of their damage and their format."""
    sound = sound_files(size, seed)
    rng = np.random.default_rng(seed)
    for n in range(number):
        kind, form = KINDS[n % len(KINDS)], FORMS[n // len(KINDS) % len(FORMS)]
        whole = sound[form][n // (len(KINDS) * len(FORMS)) % len(sound[form])]
        exact = FLIPPED[int(rng.integers(2))] if kind == "bits flipped" else kind
        yield kind, form, damage(exact, form, whole, rng)


def send(client: TestClient, number: int) -> tuple[Counter[tuple[str, str]], float]:
    """How often each kind of damage had each outcome, and the longest time of an answer, in
    seconds. Raises AssertionError for an answer that is no clear one."""
    counted: Counter[tuple[str, str]] = Counter()
    slowest = 0.0
    kind_of = {"Content-Type": "application/octet-stream"}
    for kind, form, data in files(number):
        began = time.monotonic()
        answer = client.post("/api/predict", content=data, headers=kind_of)
        slowest = max(slowest, time.monotonic() - began)
        if answer.status_code == 200:
            # A GIF under another name is read as what it is, and so is an MP4 whose header tells
            # another size than its frames, which overrule it, by a model of clips.
            read = kind == "bits flipped" or data.startswith(b"GIF") or (kind, form) == OVERRULED
            assert read, (kind, form)
            counted[kind, ANSWERED] += 1
            continue
        assert 400 <= answer.status_code < 500, (kind, form, answer.text)
        problem = Problem.model_validate_json(answer.content)
        assert problem.what.endswith(".")
        assert problem.to_do.endswith(".")
        assert "/tmp" not in problem.what
        counted[kind, str(answer.status_code)] += 1
    return counted, slowest


def main() -> None:
    """Print the outcomes as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--files", type=int, default=500)
    given = parser.parse_args()
    setup = Setup(given.model, Limits(seconds=30))
    worker = Worker(setup)
    try:
        told = worker.wait()
        with tempfile.TemporaryDirectory() as home:
            pool = Pool([worker], setup.limits, Path(home))
            app = make_app(pool, told, Admitted())
            client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
            counted, slowest = send(client, given.files)
            assert list(Path(home).iterdir()) == []
    finally:
        worker.close()
    outcomes = sorted({outcome for _, outcome in counted})
    print("| | " + " | ".join(outcomes) + " |\n|" + "---|" * (len(outcomes) + 1))
    for kind in KINDS:
        print(f"| {kind} | " + " | ".join(str(counted[kind, each]) for each in outcomes) + " |")
    print(f"\n{counted.total()} files; the slowest answer took {slowest:.2f} s")


if __name__ == "__main__":
    main()
