"""Asks the interface of `pleura serve` what its own description allows, and what it does not.

    python -m benchmarks.page_cases MODEL [--cases 2000] [--seed 0]

Schemathesis draws requests from the OpenAPI document, right and wrong ones. Bodies are files of all
kinds that are taken, whole and damaged, and bytes at random. Every answer must fit the document:
its status, its kind and its fields; none may be a fault of the server. All runs in this process,
and stops by itself.
"""

import argparse
import math
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import schemathesis
from benchmarks.damaged_dicom import encode
from benchmarks.damaged_files import FLIPPED, damage, sound_files
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp

from pleura.deploy.package import load_model
from pleura.deploy.server.answering import Answering
from pleura.deploy.server.app import make_app
from pleura.deploy.server.guard import Admitted
from pleura.deploy.server.limits import Limits
from pleura.deploy.server.pool import Pool
from pleura.deploy.server.worker import Here

TAKEN = ("PNG", "JPEG", "DICOM")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def bodies(size: int = 64) -> list[bytes]:
    """Whole and damaged files of the kinds that are taken, and DICOM that says whose it is."""
    rng = np.random.default_rng(0)
    sound = sound_files(size, 0)
    whole = [each for form in TAKEN for each in sound[form]]
    spoilt = [
        damage(kind, form, each, rng)
        for form in TAKEN
        for each in sound[form]
        for kind in ("cut", *FLIPPED)
    ]
    gray = rng.integers(0, 255, (size, size), dtype=np.uint8)
    uids: dict[str, Any] = dict.fromkeys(
        ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"), "1.2.3"
    )
    known = [encode(gray, PatientID="7", **uids), encode(gray, PatientName="A^B", **uids)]
    return whole + spoilt + 5 * known


def app_of(model: Path, home: Path, limits: Limits) -> ASGIApp:
    """The application with its worker in this process."""
    answering = Answering(load_model(model), limits, name="model")
    names = ("localhost", "testserver")
    return make_app(Pool([Here(answering)], limits, home), answering.about(), Admitted(names))


def ask(
    app: ASGIApp, cases: int, files: Sequence[bytes], first: int = 0
) -> Counter[tuple[str, int]]:
    """Ask at least so many `cases`, drawn from the seed `first`, and count the statuses of each
    address. Raises what a check raises."""
    schemathesis.openapi.media_type(
        "application/octet-stream", st.one_of(st.sampled_from(files), st.binary(max_size=4096))
    )
    document = schemathesis.openapi.from_asgi("/openapi.json", app)
    operations = [each.ok() for each in document.get_all_operations() if isinstance(each, Ok)]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    asking = [each for each in operations if each.method.upper() == "POST"]
    few = [each for each in operations if each not in asking]
    of_each = math.ceil((cases - len(few)) / (len(asking) * len(modes)))
    counted: Counter[tuple[str, int]] = Counter()

    def run(operation: Any, mode: GenerationMode, most: int) -> None:
        @seed(first)
        @settings(
            max_examples=most,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode))
        def check(case: Any) -> None:
            response = case.call()
            counted[operation.path, response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        check()

    for operation in few:
        run(operation, GenerationMode.POSITIVE, 1)
    for operation in asking:
        for mode in modes:
            run(operation, mode, of_each)
    return counted


def main() -> None:
    """Print how often each address gave each status, as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    given_ = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        app = app_of(given_.model, Path(home), Limits(seconds=30))
        counted = ask(app, given_.cases, bodies(), given_.seed)
        left = len(list(Path(home).iterdir()))
    print("| address | status | cases |\n|---|---|---|")
    for (path, status), number in sorted(counted.items()):
        print(f"| {path} | {status} | {number} |")
    faults = sum(number for (_, status), number in counted.items() if status >= 500)
    print(
        f"\n{counted.total()} cases, {faults} faults of the server, {left} files left, "
        f"{time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
