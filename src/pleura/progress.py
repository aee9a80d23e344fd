"""Progress on a terminal; plain lines where there is none."""

import signal
import time
from collections.abc import Mapping
from types import FrameType, TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from pleura.interrupt import stop

REFRESH_SECONDS = 0.1


class Terminal:
    """A bar for the step at work, with its loss, what validation shows, and the time left.

    A user who interrupts is told how to go on; the exit code is 130.
    """

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed}/{task.total}  {task.fields[figures]}"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.task = self.bar.add_task("", total=1, figures="")
        self.what = ""
        self.shown = 0.0

    def __enter__(self) -> "Terminal":
        self.before = signal.signal(signal.SIGINT, self._interrupted)
        self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.bar.stop()
        signal.signal(signal.SIGINT, self.before)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        # Nothing is owed to a study that is stopped but the cursor that the bar has hidden.
        if self.console.is_terminal:
            self.console.show_cursor(True)
        stop(number, frame)

    def progress(self, what: str, done: int, total: int, figures: Mapping[str, float]) -> None:
        """Show how far a piece of work is."""
        if what != self.what:
            self.what = what
            self.bar.reset(self.task, total=total, description=what, figures="")
        if done == total or time.monotonic() - self.shown > REFRESH_SECONDS:
            self.shown = time.monotonic()
            told = {name.replace("_", " "): value for name, value in figures.items()}
            text = "  ".join(f"{name} {value:.3f}" for name, value in told.items())
            self.bar.update(self.task, completed=done, total=total, figures=text)

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self.console.print(line, markup=False)
