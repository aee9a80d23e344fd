"""What `pleura worker` does: it keeps workers of this machine running, for run after run."""

import os
import socket
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from pleura.engine.children import Child, gpu_of, workers_of
from pleura.engine.meeting import Meeting, answers, find_meeting
from pleura.engine.settings import NO_RUN, REFUSED
from pleura.errors import InputError, PleuraError
from pleura.progress import in_words

if TYPE_CHECKING:
    from pleura.study.context import Progress

ASK_SECONDS = 2.0  # between two looks for a run
CHECK_SECONDS = 0.5  # between two looks at the workers
FAILURES = 10  # of each worker in one run
WAIT = 30.0  # minutes for which workers of one run wait for it


def serve(
    where: str,
    *,
    threads: int | None,
    gpus: int = 0,
    per_gpu: int = 1,
    once: bool = False,
    wait: float | None = None,
    progress: "Progress",
    say: Callable[[str], None],
) -> None:
    """Work for the run that a file or an address names, and for the next there, until interrupted.

    With `gpus` there are `per_gpu` workers on each of them, else there is one. `threads` are those
    of each training; None divides those of this machine. With `once` it ends when the run has come
    to its end. `wait` are the minutes for which a run is waited for that is not there, be it that
    it has not begun or that it was killed; None for `WAIT` with `once`, else for ever.

    Raises InputError for more GPUs than there are, PleuraError for a run of another version of
    pleura and for one that does not come.
    """
    if wait is None:
        wait = WAIT if once else float("inf")
    if gpus > torch.cuda.device_count():
        raise InputError(f"--gpus {gpus}: there are {torch.cuda.device_count()} here")
    number = max(1, gpus * per_gpu)
    each = threads or max(1, torch.get_num_threads() // number)
    base = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    children = [
        Child(
            where,
            f"{base}-{at + 1}",
            each,
            gpus=int(gpus > 0),
            # In turn, so that all GPUs are at work where few steps are left.
            gpu=gpu_of(at % gpus) if gpus else None,
        )
        for at in range(number)
    ]
    say(f"{workers_of(number, each)} for {where}")
    while True:
        progress(f"waiting for a run at {where}", 0, 1, {})
        meeting = _wait_for_a_run(where, wait, say)
        progress(f"working for the run at {where}", 0, 1, {})
        _work(children, where, meeting.address)
        now = _meeting(where)
        if now is not None and now.address != meeting.address:
            say("the run has ended, and another one is there")
            continue
        # A run that was killed leaves its file, and will go on.
        ended = "://" in where or not Path(where).exists()
        say("the run has ended" if ended else "the run is gone; waiting for it to go on")
        if once and ended:
            return
        time.sleep(ASK_SECONDS)


def _wait_for_a_run(where: str, minutes: float, say: Callable[[str], None]) -> Meeting:
    """The meeting of a run that answers, once it does. Raises PleuraError where none does for so
    many minutes."""
    told, began = "", time.monotonic()
    while True:
        meeting = _meeting(where)
        if meeting is not None and answers(meeting.address):
            return meeting
        if meeting is not None and told != meeting.address:
            told = meeting.address
            say(f"nothing answers at {told}, of which {where} tells; waiting")
        if time.monotonic() - began > 60 * minutes:
            gone = f"nothing has answered at {told} for" if told else "no run has come in"
            raise PleuraError(
                f"{where}: {gone} {in_words(60 * minutes)}, so this worker ends; the same command "
                "of the run goes on, with workers that are started again (--wait MINUTES)"
            )
        time.sleep(ASK_SECONDS)


def _meeting(where: str) -> Meeting | None:
    """What a file or an address names; None where it is not there, or cannot be read just then."""
    try:
        return find_meeting(where)
    except OSError:
        return None


def _work(children: list[Child], where: str, address: str) -> None:
    """Keep workers running while the run is there."""
    failed = 0
    try:
        for child in children:
            child.start()
        while True:
            time.sleep(CHECK_SECONDS)
            ended = [(child, code) for child in children if (code := child.code) is not None]
            if not ended:
                continue
            meeting = _meeting(where)
            if meeting is None or meeting.address != address or not answers(address):
                return
            for child, code in ended:
                if code == REFUSED:
                    raise PleuraError("a worker was refused; what it says above tells why")
                failed += code not in (0, NO_RUN)
                if failed > FAILURES * len(children):
                    raise PleuraError("workers end one after another; see what they say above")
                child.start()
    finally:
        for child in children:
            child.end()
