"""What `pleura worker` does: it keeps workers of this machine running, for run after run."""

import os
import socket
import time
from collections.abc import Callable

import torch

from pleura.engine.children import Child
from pleura.engine.meeting import find_meeting
from pleura.engine.worker import NO_RUN, REFUSED
from pleura.errors import InputError, PleuraError
from pleura.study.context import Progress
from pleura.wording import count

ASK_SECONDS = 2.0  # between two looks for a run
FAILURES = 10  # in a row, of one worker


def serve(
    where: str,
    *,
    threads: int | None,
    gpus: int = 0,
    per_gpu: int = 1,
    once: bool = False,
    progress: Progress,
    say: Callable[[str], None],
) -> None:
    """Work for the run that a file or an address names, and for the next there, until interrupted.

    With `gpus` there are `per_gpu` workers on each of them, else there is one. `threads` are those
    of each training; None divides those of this machine. With `once` it ends when the run has come
    to its end. Raises InputError for more GPUs than there are, PleuraError for a run of another
    version of pleura.
    """
    if gpus > torch.cuda.device_count():
        raise InputError(f"--gpus {gpus}: there are {torch.cuda.device_count()} here")
    number = max(1, gpus * per_gpu)
    each = threads or max(1, torch.get_num_threads() // number)
    base = f"{socket.gethostname()}-{os.getpid()}"
    children = [
        Child(
            where,
            f"{base}-{at + 1}" if number > 1 else base,
            each,
            gpus=int(gpus > 0),
            gpu=str(at // per_gpu) if gpus else None,
        )
        for at in range(number)
    ]
    say(f"{count(number, 'worker')} with {count(each, 'thread')} each for {where}")
    while True:
        progress(f"waiting for a run at {where}", 0, 1, {})
        while find_meeting(where) is None:
            time.sleep(ASK_SECONDS)
        progress(f"working for the run at {where}", 0, 1, {})
        worked = _work(children)
        if worked:
            # A run that was killed leaves its file, and will go on.
            ended = "://" in where or find_meeting(where) is None
            say("the run has ended" if ended else "the run is gone; waiting for it to go on")
            if once and ended:
                return
        time.sleep(ASK_SECONDS)


def _work(children: list[Child]) -> bool:
    """Keep workers running until their run has ended; whether any of them has met one."""
    failed = 0
    try:
        for child in children:
            child.start()
        while True:
            time.sleep(0.2)
            codes = [child.code for child in children]
            if REFUSED in codes:
                raise PleuraError("a worker was refused; what it says above tells why")
            if all(code in (0, NO_RUN) for code in codes):
                return 0 in codes
            for child in children:
                if child.code not in (None, 0, NO_RUN):
                    failed += 1
                    if failed > FAILURES * len(children):
                        raise PleuraError("workers end one after another; see what they say above")
                    child.start()
    finally:
        for child in children:
            child.end()
