"""The scheduler of a run, which its workers connect to."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dask
from distributed import Client, LocalCluster
from distributed.security import Security

from pleura.engine.meeting import Meeting, find_meeting, open_meeting
from pleura.engine.settings import LOOPBACK, SETTINGS
from pleura.errors import PleuraError

FIND_SECONDS = "10s"


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
            open_meeting(file, cluster.scheduler_address, security)
            client = stack.enter_context(Client(cluster, set_as_default=False))
            # Before workers see that the scheduler goes: this run has come to its end.
            stack.callback(file.unlink, missing_ok=True)
            yield client


@contextmanager
def connected(where: str) -> Iterator[Client]:
    """Connect to a scheduler that runs somewhere. Raises PleuraError where it does not answer."""
    meeting = find_meeting(where)
    if meeting is None:
        raise PleuraError(f"{where}: there is no such file")
    with dask.config.set(SETTINGS):
        try:
            client = connect(meeting)
        except OSError as error:
            raise PleuraError(f"{where}: no scheduler answers at {meeting.address}") from error
        with client:
            yield client


def connect(meeting: Meeting) -> Client:
    """A connection to the scheduler of a meeting. Raises OSError where nothing answers."""
    return Client(
        meeting.address, security=meeting.security, timeout=FIND_SECONDS, set_as_default=False
    )


@contextmanager
def meet(where: str, host: str, announce: Callable[[str], None]) -> Iterator[Client]:
    """Connect to the scheduler that a file or an address names. Where a file is not there, or is
    that of a scheduler that is gone, one is started, and the file written.

    Raises PleuraError where an address does not answer.
    """
    file = Path(where)
    if "://" in where or _answers(file):
        with connected(where) as client:
            yield client
        return
    with scheduler(file.resolve(), host or LOOPBACK) as client:
        announce(f"{file}: pleura worker --cluster {file} joins this run")
        yield client


def _answers(file: Path) -> bool:
    meeting = find_meeting(str(file))
    if meeting is None:
        return False
    try:
        with dask.config.set(SETTINGS):
            connect(meeting).close()
    except OSError:
        return False
    return True
