"""What is still sent of a request that is refused."""

import asyncio
import contextlib

from starlette.types import Message, Receive

MOST, WITHIN = 400_000_000, 10.0  # bytes, seconds


class Body:
    """The body of a request, which knows whether all of it has come."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._whole = receive, False

    async def receive(self) -> Message:
        """The next message, as ASGI has it."""
        message = await self._receive()
        self._whole = self._whole or not message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Take what has not come yet, within bounds, before a refusal is sent: most programs do not
        listen before they have sent everything, and would hear of a broken line instead."""
        taken = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WITHIN):
                while not self._whole and taken < MOST:
                    taken += len((await self.receive()).get("body", b""))
