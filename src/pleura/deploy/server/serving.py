"""Starts the server of `pleura serve`."""

import asyncio
import contextlib
import ipaddress
import logging
import re
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pleura.deploy.server.warned import warned
from pleura.deploy.server.worker import Setup, Worker, place_of
from pleura.errors import InputError

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

NEEDS = "pip install 'pleura[serve]'"
CONNECTIONS = 256  # beside those that wait
SHORTEST = 16  # letters of a token
ENDS_WITHIN = 10  # seconds that answers under way have left when the server is ended
IN_HEADER = re.compile(r"[!-~](?:[ -~]*[!-~])?")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Listening:
    """Where the server listens: `host` and `port`, and further `names` by which it is reached.
    `token`: asked of everybody; where it is None and the host is not this machine alone, one is
    drawn."""

    host: str = "127.0.0.1"
    port: int = 8000
    names: Sequence[str] = ()
    token: str | None = None

    @property
    def alone(self) -> bool:
        """Whether only this machine reaches it."""
        if self.host == "localhost":
            return True
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return False


@dataclass(frozen=True)
class Server:
    """A server whose model is loaded. `told`: what whoever started it must know."""

    told: Sequence[str]
    listener: socket.socket
    config: "uvicorn.Config"

    def run(self) -> None:
        """Answer until it is interrupted."""
        import uvicorn

        server = uvicorn.Server(self.config)
        # The server gives a signal back when it has ended: then what is left is cleared away.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        # Not that of other commands, which ends at once and says how a study goes on.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        # A terminal that is closed must leave no upload behind either, unless by `nohup`.
        if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            signal.signal(signal.SIGHUP, server.handle_exit)
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[self.listener])


@contextlib.contextmanager
def started(setup: Setup, listening: Listening, *, workers: int = 1) -> Iterator[Server]:
    """A server of a model; its processes and its folder are gone afterwards.

    Raises InputError for a missing package, a token that is too short, and a port that is taken;
    PleuraError as `Setup.load` does.
    """
    needed()

    from pleura.deploy.server.app import make_app
    from pleura.deploy.server.guard import Admitted
    from pleura.deploy.server.pool import Pool

    if listening.token is not None and len(listening.token) < SHORTEST:
        raise InputError(f"--token: give at least {SHORTEST} letters, or none to have one drawn")
    if listening.token is not None and not IN_HEADER.fullmatch(listening.token):
        raise InputError(
            "--token: give signs of ASCII alone, no space at its ends; no header holds others"
        )
    token = listening.token or (None if listening.alone else secrets.token_urlsafe(24))
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listener(listening))
        contents = setup.contents()  # once, so that all workers have the same model
        answering = [Worker(setup, contents) for _ in range(workers)]
        for each in answering:
            stack.callback(each.close)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
            cautions = apart.submit(warned, setup.model)
            about, *_ = [each.wait() for each in answering]
            told = [*about.cautions, *cautions.result()]
        about = about.model_copy(update={"cautions": told})
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="pleura-"))
        names = [*LOOPBACK, listening.host, *listening.names]
        if not listening.alone:
            names += [socket.gethostname(), socket.getfqdn()]
        app = make_app(
            Pool(answering, setup.limits, Path(home)),
            about,
            Admitted(names, any_number=not listening.alone, token=token),
        )
        logging.getLogger("uvicorn.error").addFilter(_without_contents)
        config = configured(app, setup.limits.waiting + workers + CONNECTIONS)
        yield Server(_told(listening, token, listener.getsockname()[1]), listener, config)


def configured(app: "ASGIApp", connections: int) -> "uvicorn.Config":
    """How the server of an application treats so many `connections` at once."""
    import uvicorn

    from pleura.deploy.server.patience import Impatient

    return uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="off",
        http=Impatient,
        ws="none",
        limit_concurrency=connections,
        timeout_graceful_shutdown=ENDS_WITHIN,
    )


def needed() -> None:
    """Raise InputError where a package is missing."""
    try:
        import fastapi  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise InputError(f"the page needs {error.name}, which is not installed: {NEEDS}") from error


def _listener(listening: Listening) -> socket.socket:
    """A socket that listens. Raises InputError where that is not possible."""
    try:
        family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
        return socket.create_server((listening.host, listening.port), family=family, backlog=256)
    except OSError as error:
        raise InputError(
            f"cannot listen on {listening.host}, port {listening.port} "
            f"({error.strerror or error}); give another --port or --host"
        ) from error


def _told(listening: Listening, token: str | None, port: int) -> list[str]:
    host = f"[{listening.host}]" if ":" in listening.host else listening.host
    address = f"http://{host}:{port}/"
    if token is None:
        return [f"open {address} in a browser on this machine; Ctrl-C ends it"]
    lines = [
        f"open {address}#token={quote(token, safe='')}",
        f"programs send: Authorization: Bearer {token}",
    ]
    if listening.host in ("0.0.0.0", "::"):
        lines.append("in the place of that address, give the name or number of this machine")
    return [
        *lines,
        "what is sent is not encrypted: put a proxy with TLS before it (see docs/how-to/serve.md)",
    ]


def _without_contents(record: logging.LogRecord) -> bool:
    """Whether a line of the log is written. Of errors only their place is: their text and their
    traceback may quote what was sent."""
    if record.exc_info:
        error = record.exc_info[1]
        if isinstance(error, asyncio.CancelledError):  # the server is ended
            return False
        where = place_of(error) if error is not None else "unknown"
        print(f"pleura: a request failed: {where}", file=sys.stderr)
        return False
    return record.levelno >= logging.ERROR
