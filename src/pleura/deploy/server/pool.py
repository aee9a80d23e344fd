"""Whose turn it is: uploads wait here for a worker."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol

from starlette.requests import ClientDisconnect, Request

from pleura.deploy.server.jobs import Done, Job
from pleura.deploy.server.kinds import TAKES, ending_for
from pleura.deploy.server.limits import MB, Limits, RefusedError
from pleura.deploy.server.schemas import About

AGAIN = 5  # seconds after which a full server is asked again
RAW = ("application/octet-stream", "application/dicom")


class Asks(Protocol):
    """What answers jobs, one at a time; see `pleura.deploy.server.worker.Worker`."""

    def wait(self) -> About: ...

    def ask(self, job: Job) -> Done | RefusedError: ...

    def close(self) -> None: ...


class Pool:
    """Workers, and the uploads that wait for one of them, each in a folder of its own in `home`."""

    def __init__(self, workers: Sequence[Asks], limits: Limits, home: Path) -> None:
        self._workers, self._limits, self._home = workers, limits, home
        self._idle: asyncio.Queue[Asks] | None = None
        self._inside = self._bytes = 0

    async def ask(self, job: Job, request: Request) -> Done:
        """The answer to a job, when it is its turn. Raises RefusedError; no worker is asked for
        somebody who has gone by then."""
        worker = await self._turn(request)
        asked = asyncio.get_running_loop().run_in_executor(None, worker.ask, job)
        asked.add_done_callback(lambda _: self._give_back(worker))
        try:
            given = await asyncio.shield(asked)
        except asyncio.CancelledError:  # the server is ended, and nobody waits for the answer
            worker.close()
            raise
        if isinstance(given, RefusedError):
            raise given
        return given

    async def _turn(self, request: Request) -> Asks:
        """A worker that is idle. Whoever asked has it until its thread has answered."""
        if self._idle is None:
            self._idle = asyncio.Queue()
            for each in self._workers:
                self._idle.put_nowait(each)
        gone = asyncio.create_task(_disconnected(request))
        turn = asyncio.create_task(self._idle.get())
        kept = False
        try:
            await asyncio.wait((gone, turn), return_when=asyncio.FIRST_COMPLETED)
            if gone.done():  # which nobody hears
                raise RefusedError(408, "Whoever asked has gone.", "Ask again.")
            kept = True
            return turn.result()
        finally:
            gone.cancel()
            if not kept and not turn.cancel():
                self._give_back(turn.result())

    def _give_back(self, worker: Asks) -> None:
        assert self._idle is not None
        self._idle.put_nowait(worker)

    @asynccontextmanager
    async def received(self, request: Request) -> AsyncIterator[Path]:
        """The upload of a request, as a file that ends as its kind wants; it is removed afterwards,
        whatever happens.

        Raises RefusedError: 408 where it takes too long, 413 where it is too large, 415 for its
        kind, 503 where too many wait.
        """
        _refuse_form(request)
        with self._place() as folder:
            path = folder / "upload"
            try:
                async with asyncio.timeout(self._limits.seconds):
                    size = await self._save(request, path)
            except TimeoutError:
                raise RefusedError(
                    408,
                    f"The upload did not arrive within {self._limits.seconds:g} seconds.",
                    "Send it again over a faster line, or a smaller file.",
                ) from None
            try:
                yield path.rename(path.with_suffix(ending_for(path)))
            finally:
                self._bytes -= size

    @contextmanager
    def _place(self) -> Iterator[Path]:
        """A place in the queue, and a folder that nobody else can read."""
        if self._inside >= self._limits.waiting + len(self._workers):
            raise _full(f"{self._inside} requests wait already.")
        self._inside += 1
        folder = Path(tempfile.mkdtemp(dir=self._home))
        try:
            yield folder
        finally:
            self._inside -= 1
            shutil.rmtree(folder, ignore_errors=True)

    async def _save(self, request: Request, path: Path) -> int:
        """Write the body of a request and return its length, in bytes."""
        said = request.headers.get("content-length", "")
        if said.isdecimal() and int(said) > self._limits.bytes:
            raise self._too_large()
        size = 0
        with path.open("wb") as file:
            try:
                async for part in _body(request):
                    if size + len(part) > self._limits.bytes:
                        raise self._too_large()
                    if self._bytes + len(part) > self._limits.room:
                        raise _full("The uploads that are here take all the room there is.")
                    size += len(part)
                    self._bytes += len(part)
                    file.write(part)
            except BaseException:
                self._bytes -= size
                raise
        return size

    def _too_large(self) -> RefusedError:
        return RefusedError(
            413,
            f"The upload is larger than {self._limits.bytes / MB:g} MB.",
            "Give a smaller file, or have whoever runs the server raise --max-megabytes.",
        )


async def _disconnected(request: Request) -> None:
    """Wait until whoever asked has gone; the whole request has come."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for part in request.stream():
            yield part
    except ClientDisconnect:
        raise RefusedError(408, "The upload broke off.", "Send it again.") from None


def _refuse_form(request: Request) -> None:
    """Raise RefusedError (415) for a body that a form of another page could have sent."""
    kind = request.headers.get("content-type", RAW[0]).partition(";")[0].strip().lower()
    if kind not in RAW and not kind.startswith(("image/", "video/")):
        raise RefusedError(
            415,
            "The body is not sent as a file.",
            f"Send the bytes of one file ({TAKES}) with the header Content-Type: {RAW[0]}.",
        )


def _full(why: str) -> RefusedError:
    return RefusedError(503, why, f"Ask again in {AGAIN} seconds.", retry=AGAIN)
