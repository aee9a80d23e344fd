"""Workers that are processes of this machine, started and ended with the run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch
from distributed import Client

from pleura.engine.children import Child, gpu_of
from pleura.engine.scheduler import scheduler
from pleura.engine.settings import LOOPBACK
from pleura.engine.task import FOLDER
from pleura.errors import InputError, PleuraError

AUTO = "auto"
MEMORY = 1.5e9  # bytes that a worker may take
FAILURES = 5  # of each worker while no step is done, before the run is given up


@dataclass(frozen=True)
class Share:
    """How many processes, and what each has: `threads`, and of `gpus` one."""

    workers: int
    threads: int
    gpus: int

    def __str__(self) -> str:
        each = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{self.workers} workers of {each} each" + (
            f", {min(self.gpus, self.workers)} of them with a GPU" if self.gpus else ""
        )


def share(asked: str) -> Share:
    """How this machine is divided: a number of workers, or `auto`.

    Threads are divided evenly. `auto` takes as many workers as there are GPUs, and without one a
    worker for each thread, as small networks train faster side by side, as far as there are 1.5 GB
    of memory for each. Raises InputError for anything else.
    """
    threads, gpus = torch.get_num_threads(), torch.cuda.device_count()
    if asked == AUTO:
        room = int(psutil.virtual_memory().available // MEMORY)
        number = gpus or max(1, min(threads, room))
    elif asked.isdecimal() and int(asked) > 0:
        number = int(asked)
    else:
        raise InputError(f"--workers {asked}: give a number of processes, or {AUTO}")
    return Share(number, max(1, threads // number), gpus)


class Processes:
    """Workers of this machine; one that ends before the run does is started again."""

    def __init__(self, folder: Path, divided: Share) -> None:
        self.file = folder / FOLDER / "workers.json"
        self.log = folder / FOLDER / "workers.log"
        self.done, self.failed = 0, 0
        self.children = [
            Child(
                str(self.file),
                f"worker {number + 1}",
                divided.threads,
                gpus=int(number < divided.gpus),
                gpu=gpu_of(number) if divided.gpus else None,
                log=self.log,
            )
            for number in range(divided.workers)
        ]

    @contextmanager
    def started(self) -> Iterator[Client]:
        """A connection to their scheduler, while they run."""
        with scheduler(self.file, LOOPBACK) as client:
            self.log.unlink(missing_ok=True)
            try:
                for child in self.children:
                    child.start()
                yield client
            finally:
                for child in self.children:
                    child.end()

    def look(self, done: int) -> None:
        """Start the workers again that have ended. Raises PleuraError where that goes on and no
        step is `done`."""
        if done != self.done:
            self.done, self.failed = done, 0
        for child in self.children:
            if child.code is not None:
                self.failed += 1
                if self.failed > FAILURES * len(self.children):
                    raise PleuraError(f"workers end one after another; {self.log} tells why")
                child.start()
