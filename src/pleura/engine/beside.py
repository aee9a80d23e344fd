"""What the run's own process does while workers do the steps."""

import threading
from collections.abc import Callable


class Beside:
    """Something that is done in a thread of its own, begun at once."""

    def __init__(self, do: Callable[[], None]) -> None:
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._try, args=(do,), daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end."""
        return not self._thread.is_alive()

    def look(self) -> None:
        """Raise what it has raised, if it has."""
        if self._error is not None:
            raise self._error

    def wait(self) -> None:
        """Wait for its end; raises what it has raised."""
        self._thread.join()
        self.look()

    def _try(self, do: Callable[[], None]) -> None:
        try:
            do()
        except BaseException as error:
            self._error = error
