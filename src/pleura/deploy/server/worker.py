"""The process that decodes uploads and asks the model: whatever a file does to it, the server goes
on."""

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from pleura.data.readers.decoded import Range
from pleura.deploy.server.jobs import Done, Job, job_of, packed, result_of
from pleura.deploy.server.limits import Limits, RefusedError
from pleura.deploy.server.schemas import About
from pleura.errors import PleuraError
from pleura.files import digest_file, digest_of

if TYPE_CHECKING:
    from pleura.deploy.server.answering import Answering

STARTS_WITHIN = 300.0  # seconds: a model is loaded from a slow disk
AGAIN_WITHIN = 10  # seconds that an asker waits for a model that is loaded again
READY, TAKEN = b"ready", b"taken"


@dataclass(frozen=True)
class Setup:
    """What a worker serves: the folders of a model and of a masker, and `full_range` of images that
    do not say it themselves. `title`: what the model is called; None: see `title_of`."""

    model: Path
    limits: Limits
    masker: Path | None = None
    full_range: Range | None = None
    threads: int = 1
    title: str | None = None

    def contents(self) -> str:
        """A digest of the files in the folders of the model and of the masker that make them; the
        masker by which a model sees images lies in the model's."""
        places = [place for place in (self.model, self.masker) if place is not None]
        return digest_of(
            [
                (file.name, digest_file(file))
                for place in places
                for file in sorted(place.rglob("*"))
                if file.suffix in (".json", ".safetensors") and file.is_file()
            ]
        )

    def load(self) -> "Answering":
        """The model that answers. Raises InputError as `load_model` and `load_outlines` do."""
        import torch

        from pleura.deploy.package import load_model
        from pleura.deploy.server.answering import Answering
        from pleura.deploy.server.lungs import load_outlines
        from pleura.deploy.title import title_of

        torch.set_num_threads(self.threads)
        model = load_model(self.model)
        outlines = None if self.masker is None else load_outlines(self.masker, model)
        title = self.title or title_of(self.model, model.card)
        return Answering(model, self.limits, outlines, self.full_range, title)


def work(connection: Connection, setup: Setup, contents: str) -> None:
    """Answer jobs until the connection is closed; what a worker process does. `contents`: those of
    the folders when the server was started, so that no other model answers under the same name."""
    # A terminal sends signals to all its processes; the server ends workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        import resource

        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold an image
    try:
        answering = setup.load()
        if setup.contents() != contents:
            raise PleuraError(f"{setup.model}: has changed since the server was started")
    except (PleuraError, OSError) as error:
        connection.send_bytes(str(error).encode())
        return
    _be_silent()
    connection.send_bytes(READY + answering.about().model_dump_json().encode())
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            job = job_of(connection.recv_bytes())
            connection.send_bytes(TAKEN)  # what ends the process from here on is the file's doing
            connection.send_bytes(packed(result(answering.answer, job)))


def result(answer: Callable[[Job], Done], job: Job) -> Done | RefusedError:
    """The answer to a job, or why there is none, whatever goes wrong."""
    try:
        return answer(job)
    except RefusedError as refused:
        return refused
    except MemoryError:
        return RefusedError(413, "The file needs more memory than there is.", "Give a smaller one.")
    except Exception as error:
        return failure(error)


def failure(error: Exception) -> RefusedError:
    """What is told of a fault of pleura."""
    what = f"pleura failed ({place_of(error)})."
    return RefusedError(500, what, "Tell those who make pleura, with what you asked.")


def place_of(error: BaseException) -> str:
    """What kind of error arose where. Its text is left out, since it may quote a file."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return type(error).__name__
    file = Path(traceback.tb_frame.f_code.co_filename).name
    return f"{type(error).__name__} in {file}, line {traceback.tb_lineno}"


class Worker:
    """A worker process, started at once, that answers as long as the folders of the model hold
    the `contents` that they have now, or had. One thread at a time may ask it."""

    again_within: float = AGAIN_WITHIN

    def __init__(self, setup: Setup, contents: str | None = None) -> None:
        self._setup = setup
        self._contents = setup.contents() if contents is None else contents
        self._closed = False
        self._changes, self._asked = threading.Lock(), threading.Lock()
        self._start()

    def _start(self) -> None:
        """Start a process, unless there is to be none any more."""
        with self._changes:
            if self._closed:
                return
            context = get_context("spawn")
            self._connection, other = context.Pipe()
            self._process = context.Process(
                target=work, args=(other, self._setup, self._contents), daemon=True
            )
            self._process.start()
            other.close()
            self._about: About | None = None
            self._began = time.monotonic()

    def wait(self) -> About:
        """Wait until the model is loaded, and say what it is. Raises PleuraError where it cannot
        be loaded."""
        while (about := self._loaded(STARTS_WITHIN)) is None:
            pass
        return about

    def _loaded(self, within: float) -> About | None:
        """What the model is; None where it is not loaded within so many seconds, but may still be.
        Raises PleuraError where it cannot be loaded."""
        if self._about is not None:
            return self._about
        try:
            if self._connection.poll(within):
                told = self._connection.recv_bytes()
            elif time.monotonic() - self._began < STARTS_WITHIN:
                return None
            else:
                told = b""
        except EOFError:
            told = b""
        if not told.startswith(READY):
            self._end()
            raise PleuraError(told.decode() or "the model could not be loaded")
        self._about = About.model_validate_json(told.removeprefix(READY))
        return self._about

    def ask(self, job: Job) -> Done | RefusedError:
        """The answer to a job. Where it takes too long or the process dies, another one is
        started; whoever asks while that one loads the model is told so after a moment. A process
        that had died before it took the job says nothing of the file: another one is asked."""
        with self._asked:
            try:
                given = self._answer(job) or self._answer(job) or _loading()
            except PleuraError:
                self._start()  # what is asked next hears of the model, too, unless it is back
                given = RefusedError(
                    503,
                    "The model cannot be loaded again, or its folder holds another one by now.",
                    "Have whoever runs the server start it again.",
                    retry=60,
                )
        if self._closed and isinstance(given, RefusedError):
            return RefusedError(503, "The server is being ended.", "Ask again later.", retry=60)
        return given

    def _answer(self, job: Job) -> Done | RefusedError | None:
        """The answer to a job; None where the process had ended before it took it, so that another
        one is started. Raises PleuraError where the model cannot be loaded."""
        if self._closed or self._loaded(self.again_within) is None:
            return _loading()
        taken, until = False, time.monotonic() + self._setup.limits.seconds
        refused = None
        try:
            self._connection.send_bytes(job.packed())
            while self._connection.poll(max(0.0, until - time.monotonic())):
                told = self._connection.recv_bytes()
                if taken:
                    return result_of(told)
                taken = told == TAKEN
            refused = RefusedError(
                504,
                f"The file was not read and judged within {self._setup.limits.seconds:g} seconds.",
                "Give a smaller or shorter one, or have whoever runs the server raise --seconds.",
            )
        except (EOFError, OSError):
            if taken:
                refused = RefusedError(
                    422,
                    "Reading the file ended the process that read it.",
                    "The file is damaged, made to do harm, or needs more memory than there is; do "
                    "not send it again.",
                )
        self._end()
        self._start()
        return refused

    def close(self) -> None:
        """End the process at once, whatever it does. None is started again; whoever asks is told
        so."""
        with self._changes:
            self._closed = True
            self._process.kill()
        with self._asked:  # the one who asks hears of it now, and lets the connection go
            self._end()

    def _end(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()


def _loading() -> RefusedError:
    return RefusedError(
        503,
        "The model is being loaded again.",
        f"Ask again in {AGAIN_WITHIN} seconds.",
        retry=AGAIN_WITHIN,
    )


class Here:
    """Answers in this process, without a limit of time: for tests, and for measuring."""

    def __init__(self, answering: "Answering") -> None:
        self._answering, self._lock = answering, threading.Lock()

    def wait(self) -> About:
        """See `Worker.wait`."""
        return self._answering.about()

    def ask(self, job: Job) -> Done | RefusedError:
        """See `Worker.ask`."""
        with self._lock:
            return result(self._answering.answer, job)

    def close(self) -> None:
        """See `Worker.close`."""


def _be_silent() -> None:
    """Send what decoders print to nowhere: they quote what stands in files."""
    sys.stdout.flush()
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
