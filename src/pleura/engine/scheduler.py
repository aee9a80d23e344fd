"""The scheduler of a run, which its workers connect to."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import dask
from distributed import Client, LocalCluster
from distributed.security import Security

from pleura.engine.meeting import (
    answers,
    find_meeting,
    is_loopback,
    open_meeting,
    refuse_other_files,
)
from pleura.engine.settings import LOOPBACK, SETTINGS
from pleura.errors import PleuraError
from pleura.files import drop, read_mapping
from pleura.interrupt import leaving_nothing

FIND_SECONDS = "10s"
LOOPBACKS = (LOOPBACK, "localhost", "::1")


@contextmanager
def scheduler(file: Path, host: str) -> Iterator[Client]:
    """Start a scheduler in this process at an address of this machine, tell workers of it by
    `file`, and connect to it. Raises PleuraError where it cannot listen there."""
    security = Security.temporary()
    with dask.config.set(SETTINGS):
        try:
            cluster = LocalCluster(
                n_workers=0,
                host=host,
                protocol="tls://",
                security=security,
                dashboard_address=f"{LOOPBACK}:0",  # it has no keys
                silence_logs=50,
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise PleuraError(f"--host {host}: no scheduler can listen there: {error}") from error
        with cluster, ExitStack() as stack:
            address = cluster.scheduler_address
            if is_loopback(address) and host not in LOOPBACKS:
                raise PleuraError(
                    f"--host {host}: is {address} here, which other machines cannot reach; give an "
                    "address of this machine"
                )
            client = stack.enter_context(Client(cluster, set_as_default=False))
            # It goes before workers see that the scheduler does: this run has come to its end.
            stack.enter_context(leaving_nothing(partial(_close_meeting, file, address)))
            open_meeting(file, address, security)
            yield client


def _close_meeting(file: Path, address: str) -> None:
    """Take the file away, unless it is that of another run by now."""
    if read_mapping(file).get("address") == address:
        drop(file)


def connect(where: str) -> Client:
    """A connection to the scheduler at an address. Raises PleuraError where none answers."""
    meeting = find_meeting(where)
    assert meeting is not None  # an address is no file that may be missing
    try:
        return Client(
            meeting.address, security=meeting.security, timeout=FIND_SECONDS, set_as_default=False
        )
    except OSError as error:
        raise PleuraError(f"{where}: no scheduler answers there") from error


@contextmanager
def meet(where: str, host: str, announce: Callable[[str], None]) -> Iterator[Client]:
    """Connect to the scheduler at an address; or start one, and write the file that tells of it.

    Raises PleuraError where an address does not answer, or the file is that of a run at work, and
    InputError for a file that says something else, which would be lost.
    """
    if "://" in where:
        with dask.config.set(SETTINGS), connect(where) as client:
            yield client
        return
    file = Path(where).resolve()
    said = read_mapping(file)
    refuse_other_files(file, said)
    if (address := str(said.get("address", ""))) and answers(address):
        raise PleuraError(f"{file}: a run is at work there ({address}); give another file")
    with scheduler(file, host or LOOPBACK) as client:
        announce(f"{file}: pleura worker --cluster {file} joins this run")
        yield client
