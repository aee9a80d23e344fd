"""Several machines that run one study: the first does it, the others help where they are asked."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from torch.distributed import DistError, TCPStore  # type: ignore[attr-defined]

from pleura.errors import InputError, PleuraError

ARRIVAL = timedelta(minutes=10)
FAREWELL = timedelta(seconds=10)
PATIENCE = timedelta(days=30)


@dataclass
class Nodes:
    """The machines of one run, which share a disk; `rank` 0 is the first, at `address` and `port`.

    `heard` counts the announcements that were read. A copy in another process of the same machine,
    made by pickle, connects to the first machine by itself.
    """

    number: int
    rank: int
    address: str
    port: int
    heard: int = 0

    @cached_property
    def store(self) -> TCPStore:
        """The connection to what the first machine holds for all."""
        store = TCPStore(self.address, self.port, None, False, ARRIVAL, wait_for_workers=False)
        store.set_timeout(PATIENCE)
        return store

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "store"}

    def announce(self, work: Mapping[str, Any]) -> None:
        """Tell the other machines of a piece of work."""
        # Counted by the store, so that a copy in another process goes on from what was told.
        number = self.store.add("announced", 1)
        self.store.set(f"work/{number}", json.dumps(work))

    def next_work(self) -> dict[str, Any]:
        """Wait for what the first machine announces. Raises PleuraError where it has ended."""
        try:
            work = self.store.get(f"work/{self.heard + 1}")
        except DistError as error:
            raise PleuraError(f"the first machine ({self.address}) has ended: {error}") from error
        self.heard += 1
        return dict(json.loads(work))


@contextmanager
def meet(number: int, environment: Mapping[str, str] = os.environ) -> Iterator[Nodes]:
    """Wait for all `number` machines; inside, the first one may announce work to the others.

    As with torchrun, each has NODE_RANK (from 0), MASTER_ADDR and MASTER_PORT in its environment.
    When the first one leaves, the others are told so, and why. Raises InputError where a variable
    is missing or wrong, PleuraError where the machines do not find each other in ten minutes.
    """
    nodes = _place(number, environment)
    rank, address, port = nodes.rank, nodes.address, nodes.port
    try:
        nodes.store = TCPStore(address, port, number, rank == 0, ARRIVAL)
    except DistError as error:
        raise PleuraError(
            f"machine {rank} of {number} did not meet the others at {address}:{port}: {error}\n"
            "  - start the same command on each, with its NODE_RANK and one MASTER_ADDR and "
            "MASTER_PORT"
        ) from error
    nodes.store.set_timeout(PATIENCE)
    try:
        yield nodes
    except BaseException as error:
        _leave(nodes, str(error) or type(error).__name__)
        raise
    _leave(nodes, "")


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("", 0))
        return int(listener.getsockname()[1])


def _leave(nodes: Nodes, error: str) -> None:
    with suppress(DistError):  # of those who are gone already
        if nodes.rank > 0:
            nodes.store.set(f"left/{nodes.rank}", "")
            return
        nodes.announce({"ended": error})
        # The store is gone with this process, so the others are let read first.
        nodes.store.wait([f"left/{rank}" for rank in range(1, nodes.number)], FAREWELL)


def _place(number: int, environment: Mapping[str, str]) -> Nodes:
    """The machines as the environment of this one names them, not yet connected."""
    names = ("NODE_RANK", "MASTER_ADDR", "MASTER_PORT")
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise InputError(
            f"--nodes {number}: {', '.join(missing)} not set",
            [
                "run the same command on each machine, with NODE_RANK 0 to "
                f"{number - 1}, and MASTER_ADDR and MASTER_PORT of the first one"
            ],
        )
    rank, address, port = (environment[name] for name in names)
    if not (rank.isdecimal() and port.isdecimal() and int(rank) < number):
        raise InputError(f"--nodes {number}: NODE_RANK {rank} or MASTER_PORT {port} is wrong")
    return Nodes(number, int(rank), address, int(port))
