"""Progress on a terminal; plain lines where there is none."""

import signal
import threading
import time
from collections.abc import Mapping
from types import FrameType, TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from pleura.interrupt import stop

REFRESH_SECONDS = 0.1
SILENT_SECONDS = 25.0  # the longest pause between plain lines; they are looked at every second
LOOK_SECONDS = 1.0


class Terminal:
    """Shows a bar for the current step, with its loss, what validation shows, and the time left.

    Where there is no terminal, as in a log file, a line says the same whenever nothing was said for
    half a minute. `stderr` is for commands whose output other programs read. A user who interrupts
    is told how to go on; the exit code is 130.
    """

    def __init__(self, silent: float = SILENT_SECONDS, *, stderr: bool = False) -> None:
        self.console = Console(highlight=False, soft_wrap=True, stderr=stderr)
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total}  {task.fields[figures]}"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.work = Work("loading packages")
        self.task = self.bar.add_task(self.work.what, total=1, figures="")
        self.shown = 0.0
        self.silent, self.said = silent, time.monotonic()
        self.over = threading.Event()

    def __enter__(self) -> "Terminal":
        self.before = signal.signal(signal.SIGINT, self._interrupted)
        self.bar.start()
        if not self.console.is_terminal:
            threading.Thread(target=self._break_silence, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.over.set()
        self.bar.stop()
        signal.signal(signal.SIGINT, self.before)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        # Nothing is owed to a study that is stopped but the cursor that the bar has hidden.
        if self.console.is_terminal:
            self.console.show_cursor(True)
        stop(number, frame)

    def _break_silence(self) -> None:
        """Say where the work stands whenever nothing was said for `silent` seconds."""
        while not self.over.wait(min(LOOK_SECONDS, self.silent)):
            if time.monotonic() - self.said >= self.silent:
                self.say(str(self.work))

    def progress(self, what: str, done: int, total: int, figures: Mapping[str, float]) -> None:
        """Show how far a piece of work is; whole numbers among the figures are counts.

        Where `what` has several lines, the first names the work, and the others tell of its parts.
        """
        name, *parts = what.split("\n")
        if name != self.work.what:
            self.work = Work(name)
            self.bar.reset(self.task, total=total, description=what, figures="")
        self.work.parts = parts
        self.work.see(done, total, figures)
        if done == total or time.monotonic() - self.shown > REFRESH_SECONDS:
            self.shown = time.monotonic()
            self.bar.update(
                self.task,
                description=what,
                completed=done,
                total=total,
                figures=self.work.figures,
            )

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self.said = time.monotonic()
        self.console.print(line, markup=False)


class Work:
    """How far a piece of work is, in one line, and a line for each of its `parts`."""

    def __init__(self, what: str) -> None:
        self.what, self.began, self.is_paused = what, time.monotonic(), False
        self.first: int | None = None  # done when it was first seen: a training may be resumed
        self.done, self.total, self.figures = 0, 0, ""
        self.parts: list[str] = []

    def pause(self) -> None:
        """Nobody is at the work until it is next seen: the pace is that from then on."""
        self.first, self.is_paused = None, True

    def see(self, done: int, total: int, figures: Mapping[str, float]) -> None:
        """Take note of how far the work is."""
        if self.first is None:
            self.first = done
        if self.is_paused:
            self.began, self.is_paused = time.monotonic(), False
        self.done, self.total = done, total
        self.figures = "  ".join(
            f"{name.replace('_', ' ')} {value if isinstance(value, int) else f'{value:.3f}'}"
            for name, value in figures.items()
        )

    @property
    def seconds_left(self) -> float | None:
        """The time that is left at the pace so far; None where nothing tells the pace."""
        done = 0 if self.first is None else self.done - self.first
        if done < 1 or self.done >= self.total:
            return None
        return (time.monotonic() - self.began) * (self.total - self.done) / done

    def __str__(self) -> str:
        """`fine-tuning, seed 0: 40/120  epoch 3  loss 0.412  about 2 min left`."""
        parts = [f"{self.what}: {self.done}/{self.total}" if self.total > 1 else self.what]
        parts += [self.figures] if self.figures else []
        left = self.seconds_left
        spent = time.monotonic() - self.began
        parts.append(
            f"at it for {in_words(spent)}" if left is None else f"about {in_words(left)} left"
        )
        return "\n  ".join(["  ".join(parts), *self.parts])


def in_words(seconds: float) -> str:
    """`40 s`, `12 min`, `3.4 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
