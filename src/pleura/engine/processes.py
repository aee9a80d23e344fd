"""Workers that are processes of this machine, started and ended with the run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch
from distributed import Client

from pleura.engine.children import Child, gpu_of, workers_of
from pleura.engine.scheduler import scheduler
from pleura.engine.settings import LOOPBACK
from pleura.engine.task import FOLDER
from pleura.errors import InputError, PleuraError
from pleura.files import drop

AUTO = "auto"
MEMORY = 1.5e9  # bytes that a worker may take
FAILURES = 5  # of each worker while no step is done, before the run is given up


@dataclass(frozen=True)
class Share:
    """How many processes, and what each has: `threads`, and the first of them a place on one of
    the `gpus`, each of which has `per_gpu`."""

    workers: int
    threads: int
    gpus: int
    per_gpu: int = 1

    @property
    def on_gpus(self) -> int:
        """How many processes have a GPU."""
        return min(self.gpus * self.per_gpu, self.workers)

    def __str__(self) -> str:
        have = workers_of(self.workers, self.threads)
        if not self.on_gpus:
            return have
        shared = f", shared by up to {self.per_gpu}" if self.per_gpu > 1 else ""
        own = "with a GPU" if self.workers == 1 else f"{self.on_gpus} of them with a GPU"
        return f"{have}, {own}{shared}"


def share(asked: str, per_gpu: int = 1) -> Share:
    """How this machine is divided: a number of workers, or `auto`; `per_gpu` of them on each GPU.

    Threads are divided evenly. `auto` takes `per_gpu` workers for each GPU, and without one a
    worker for each thread, as small networks train faster side by side, as far as there are 1.5 GB
    of memory for each. Raises InputError for anything else.
    """
    threads, gpus = torch.get_num_threads(), torch.cuda.device_count()
    if per_gpu > 1 and not gpus:
        raise InputError(f"--per-gpu {per_gpu}: there is no GPU here")
    if asked == AUTO:
        room = int(psutil.virtual_memory().available // MEMORY)
        number = gpus * per_gpu or max(1, min(threads, room))
    elif asked.isdecimal() and int(asked) > 0:
        number = int(asked)
    else:
        raise InputError(f"--workers {asked}: give a number of processes, or {AUTO}")
    return Share(number, max(1, threads // number), gpus, per_gpu)


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
                gpus=int(number < divided.on_gpus),
                # In turn, so that all GPUs are at work where few steps are left.
                gpu=gpu_of(number % divided.gpus if number < divided.on_gpus else None)
                if divided.gpus
                else None,
                log=self.log,
            )
            for number in range(divided.workers)
        ]

    @contextmanager
    def started(self) -> Iterator[Client]:
        """A connection to their scheduler, while they run."""
        with scheduler(self.file, LOOPBACK) as client:
            drop(self.log)
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
