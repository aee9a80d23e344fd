"""Who holds a lease: which process of which machine, since when, and what it is doing."""

import json
import os
import platform
import socket
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import psutil


@dataclass(frozen=True)
class Holder:
    """What a lease says of the process that holds it.

    `token` is its alone; `machine` tells machines apart, also two of one name; `began` is when the
    process did, by a clock that nobody sets where there is one; `beat` counts its signs of life;
    `doing` is what it tells of its work; `free` tells that it holds no more, where the system did
    not let it take its file away.
    """

    token: str = ""
    host: str = ""
    machine: str = ""
    pid: int = 0
    began: float = 0.0
    beat: int = 0
    doing: Mapping[str, Any] = field(default_factory=dict)
    free: bool = False

    @property
    def is_here(self) -> bool:
        """Whether it is a process of this machine."""
        return self.machine == this_machine()

    @property
    def has_ended(self) -> bool:
        """Whether it was a process of this machine and is no more, or has given the name free."""
        if self.free or not self.is_here:
            return self.free
        try:
            process = psutil.Process(self.pid)
            is_another = abs(began_at(self.pid) - self.began) > 1  # of the same number
            return is_another or process.status() == psutil.STATUS_ZOMBIE
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            return True
        except (psutil.Error, OSError):
            return False

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}" if self.host else "a process that just began"


@cache
def this_machine() -> str:
    """What tells this machine from others: its name, and what it alone has since it was started."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{socket.gethostname()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    return f"{socket.gethostname()} {uuid.getnode():x} {platform.system()}"


def this_process() -> Holder:
    here = socket.gethostname(), this_machine()
    return Holder(uuid.uuid4().hex, *here, os.getpid(), began_at(os.getpid()))


def began_at(pid: int) -> float:
    """When a process of this machine began: on Linux in ticks since the machine did, which no
    change of its clock moves. Raises OSError or psutil.Error where there is none."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        # The name of the program, in brackets, may have spaces in it.
        return float(
            stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
        )
    return psutil.Process(pid).create_time()


def with_beat(holder: Holder, beat: int, doing: Mapping[str, Any] | None = None) -> Holder:
    """The holder with another count and other work."""
    return replace(holder, beat=beat, doing=dict(doing or {}))


def parsed(text: str) -> Holder:
    """What the text of a lease says; a holder of whom nothing is known where it is not whole."""
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):
        return Holder()
