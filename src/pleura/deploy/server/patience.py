"""Connections on which nothing is asked do not keep the place of others for ever."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

WITHIN = 10.0  # seconds


class Impatient(H11Protocol):
    """A connection that is closed where no whole head of a request comes within `WITHIN` seconds,
    or twice that: after it was opened, and after an answer. Who asks is told of no limit here: its
    upload and its answer have limits of their own."""

    within = WITHIN

    # asyncio says any transport, and the protocol of uvicorn this one.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio."""
        super().connection_made(transport)
        self._look_again(self.cycle)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self._next_look.cancel()
        super().connection_lost(exc)

    def _look_again(self, last: Any) -> None:
        self._next_look = self.loop.call_later(self.within, self._look, last)

    def _look(self, last: Any) -> None:
        """Close the connection, or what is left of it, where it still waits after the request
        `last`."""
        waits = self.cycle is None or self.cycle.response_complete
        if not waits or self.cycle is not last:
            # Of a request that is worked on the next look knows nothing yet.
            self._look_again(self.cycle if waits else self)
        elif self.transport.is_closing():
            self.transport.abort()  # somebody does not read what was sent
        else:
            self.transport.close()
            self._look_again(last)
