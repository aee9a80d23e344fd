"""Several machines that run one study: the first does it, the others help where they are asked."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from torch.distributed import DistError, TCPStore  # type: ignore[attr-defined]

from pleura.errors import InputError, PleuraError

ARRIVAL = timedelta(minutes=10)
FAREWELL = timedelta(seconds=10)
PATIENCE = timedelta(days=30)


@dataclass
class Nodes:
    """The machines of one run, which share a disk; `rank` 0 is the first. `address` is its."""

    number: int
    rank: int
    address: str
    store: TCPStore
    announced: int = 0

    def announce(self, work: Mapping[str, Any]) -> None:
        """Tell the other machines of a piece of work."""
        self.store.set(f"work/{self.announced}", json.dumps(work))
        self.announced += 1

    def next_work(self) -> dict[str, Any]:
        """Wait for what the first machine announces. Raises PleuraError where it has ended."""
        try:
            told = self.store.get(f"work/{self.announced}")
        except DistError as error:
            raise PleuraError(f"the first machine ({self.address}) has ended: {error}") from error
        self.announced += 1
        return dict(json.loads(told))


@contextmanager
def meet(number: int, environment: Mapping[str, str] = os.environ) -> Iterator[Nodes]:
    """Wait for all `number` machines; inside, the first one may announce work to the others.

    As with torchrun, each has NODE_RANK (from 0), MASTER_ADDR and MASTER_PORT in its environment.
    When the first one leaves, the others are told so, and why. Raises InputError where a variable
    is missing or wrong, PleuraError where the machines do not find each other in ten minutes.
    """
    rank, address, port = _place(number, environment)
    try:
        store = TCPStore(address, port, number, rank == 0, ARRIVAL)
    except DistError as error:
        raise PleuraError(
            f"machine {rank} of {number} did not meet the others at {address}:{port}: {error}\n"
            "  - start the same command on each, with its NODE_RANK and one MASTER_ADDR and "
            "MASTER_PORT"
        ) from error
    store.set_timeout(PATIENCE)
    nodes = Nodes(number, rank, address, store)
    try:
        yield nodes
    except BaseException as error:
        _leave(nodes, str(error) or type(error).__name__)
        raise
    _leave(nodes, "")


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as found:
        found.bind(("", 0))
        return int(found.getsockname()[1])


def _leave(nodes: Nodes, error: str) -> None:
    with suppress(DistError):  # of those who are gone already
        if nodes.rank > 0:
            nodes.store.set(f"left/{nodes.rank}", "")
            return
        nodes.announce({"ended": error})
        # The store is gone with this process, so the others are let read first.
        nodes.store.wait([f"left/{rank}" for rank in range(1, nodes.number)], FAREWELL)


def _place(number: int, environment: Mapping[str, str]) -> tuple[int, str, int]:
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
    return int(rank), address, int(port)
