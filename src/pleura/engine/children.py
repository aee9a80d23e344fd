"""Worker processes, which end with the process that has started them and are started again."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import torch

from pleura.wording import count

WORKER = "pleura.engine.worker"
LAST_SECONDS = 10.0


def workers_of(number: int, threads: int) -> str:
    """`1 worker of 2 threads`, `4 workers of 1 thread each`."""
    return f"{count(number, 'worker')} of {count(threads, 'thread')}{' each' * (number > 1)}"


def gpu_of(number: int | None) -> str:
    """What CUDA_VISIBLE_DEVICES must say of a process that may use one of the GPUs that this one
    may, counted from 0; "" for None, and where there are fewer."""
    if number is None:
        return ""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    mine = given.split(",") if given else [str(at) for at in range(torch.cuda.device_count())]
    return mine[number].strip() if number < len(mine) else ""


@dataclass
class Child:
    """One worker process for the run that `where` names, a file or an address.

    `threads` are those of each training; `gpu` is the number of the one that it may use, None for
    all, "" for none; `log` is where its output goes, None for that of this process.
    """

    where: str
    name: str
    threads: int
    gpus: int = 0
    gpu: str | None = None
    log: Path | None = None
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> None:
        """Start it."""
        environment = {**os.environ, "OMP_NUM_THREADS": str(self.threads)}
        if self.gpu is not None:
            environment["CUDA_VISIBLE_DEVICES"] = self.gpu
        output: IO[bytes] | None = None if self.log is None else self.log.open("ab")
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", WORKER, self.where, self.name, str(self.gpus)],
                stdin=subprocess.PIPE,  # it ends when this does
                stdout=output,
                stderr=output,
                env=environment,
            )
        finally:
            if output is not None:
                output.close()

    @property
    def code(self) -> int | None:
        """How it has ended; None while it runs."""
        assert self.process
        return self.process.poll()

    def end(self) -> None:
        """End it; what it was at is gone on from."""
        if self.process is None:
            return
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(LAST_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
