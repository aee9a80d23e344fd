"""One process that does steps: `python -m pleura.engine.worker FILE_OR_ADDRESS NAME GPUS`.

It ends with the run, or when whoever started it does.
"""

import asyncio
import io
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NoReturn

import dask
import torch
from distributed import Worker, get_worker

from pleura.engine.meeting import Meeting, find_meeting, is_loopback
from pleura.engine.settings import GPU, LOOPBACK, NO_RUN, REFUSED, SETTINGS
from pleura.engine.task import answer
from pleura.errors import PleuraError
from pleura.study.steps.listed import KINDS, load_kind

TOPIC = "pleura"
VISIBLE = "CUDA_VISIBLE_DEVICES"
SAY_SECONDS = 0.5  # between two words on how far a step is
GONE_SECONDS = "30s"  # in which a scheduler must answer


def do(message: str) -> dict[str, Any]:
    """What the run asks a worker for: see `pleura.engine.task.answer`."""
    worker, said, step = get_worker(), 0.0, json.loads(message)

    def progress(what: str, done: int, total: int, figures: Mapping[str, float]) -> None:
        nonlocal said
        if time.monotonic() - said > SAY_SECONDS:
            said = time.monotonic()
            of = {"what": what, "done": done, "total": total, "figures": dict(figures)}
            worker.log_event(TOPIC, {**of, "step": step["key"]})

    with suppress(OSError):  # a full disk under the log
        print(step["steps"][-1]["title"], flush=True)
    # OpenMP counts threads for each thread that asks.
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))
    return answer(message, progress)


def main() -> None:
    """Work for the run that is there, until it ends."""
    threading.Thread(target=_end_with_the_starter, daemon=True).start()
    for stream in (sys.stdout, sys.stderr):  # a log may not have every letter of a title
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # it tells of each connection
    where, name, gpus = sys.argv[1], sys.argv[2], int(sys.argv[3])
    try:
        meeting = find_meeting(where)
        if meeting is None:
            _end(NO_RUN)
        _load_packages()
        with dask.config.set(SETTINGS):
            asyncio.run(_work(meeting, name, gpus))
    except PleuraError as error:
        print(error, file=sys.stderr)
        _end(REFUSED)
    except (OSError, TimeoutError):
        _end(NO_RUN)
    _end(0)


async def _work(meeting: Meeting, name: str, gpus: int) -> None:
    """Work until the scheduler is gone. Raises OSError where none was found."""
    worker = Worker(
        meeting.address,
        security=meeting.security,
        nthreads=1,
        name=name,
        host=LOOPBACK if is_loopback(meeting.address) else None,
        # Which one is told, too: others may be on it.
        resources={GPU: gpus, f"{GPU} {os.environ.get(VISIBLE, '')}": gpus} if gpus else {},
        death_timeout=GONE_SECONDS,
        memory_limit=0,  # the system ends what is too large, and the step is tried elsewhere
    )
    async with worker:
        print(f"works for the run at {meeting.address}", flush=True)
        await worker.finished()


def _load_packages() -> None:
    """Load what steps need, so that the first ones do not wait for it."""
    import pleura._fabric  # noqa: F401

    for kind in KINDS:
        load_kind(kind)


def _end(code: int) -> NoReturn:
    """End at once: what a step was at is gone on from by whoever takes it over."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _end_with_the_starter() -> None:
    """End when whoever holds the other end of the standard input has, however that ended."""
    while sys.stdin.buffer.read(1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
