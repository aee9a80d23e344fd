"""What the run's own process does while workers do the steps."""

import threading
from collections.abc import Callable

from pleura.errors import InputError


class Beside:
    """Something that is done in a thread of its own, begun at once."""

    def __init__(self, do: Callable[[], None]) -> None:
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._try, args=(do,), daemon=True)
        self._thread.start()

    def has_ended(self) -> bool:
        """Whether it has come to its end. Raises what it has raised, so that nothing that waits for
        it begins after that."""
        if self._thread.is_alive():
            return False
        if self._error is not None:
            raise self._error
        return True

    def wait(self, seconds: float) -> None:
        """Wait for its end, so long at most: a wait without an end lets no interrupt through on
        some systems. Raises nothing."""
        self._thread.join(seconds)

    def reason(self, error: BaseException, seconds: float) -> BaseException:
        """Why the run ends where something else, `error`, has ended it: its own InputError if it
        comes within so many seconds, since what is wrong with the data tells more."""
        self.wait(seconds)
        if isinstance(self._error, InputError) and isinstance(error, Exception):
            return self._error
        return error

    def _try(self, do: Callable[[], None]) -> None:
        try:
            do()
        except BaseException as error:
            self._error = error
