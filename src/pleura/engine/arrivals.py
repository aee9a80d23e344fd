"""Whether workers are still to come, which keep their machine busy until they are there."""

import time
from collections.abc import Collection

ALONE_SECONDS = 10.0  # without a change of the workers, after which none counts as on its way
LOADING_SECONDS = 60.0  # the same where it is known that some are


class Arrivals:
    """Which workers are there, and since when the same ones.

    A worker loads its packages before it comes, and one that was started again does, too. `own` are
    those that the run itself keeps running on its machine, 0 where it does not know of any.
    """

    def __init__(self, own: int) -> None:
        self.own = own
        self._there: frozenset[str] = frozenset()
        self._since = time.monotonic()

    def see(self, workers: Collection[str]) -> None:
        """Take note of who is there now."""
        there = frozenset(workers)
        if there != self._there:
            self._there, self._since = there, time.monotonic()

    @property
    def are_over(self) -> bool:
        """Whether no worker is on its way, as far as that can be told."""
        if self.own and len(self._there) >= self.own:
            return True
        wait = LOADING_SECONDS if self.own else ALONE_SECONDS
        return time.monotonic() - self._since >= wait
