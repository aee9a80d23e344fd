"""Connections on which nothing is asked."""

import asyncio
import socket

import uvicorn

from pleura.deploy.server.patience import Impatient

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


class Soon(Impatient):
    within = 0.3


async def answer(scope: object, receive: object, send: uvicorn._types.ASGISendCallable) -> None:
    await asyncio.sleep(1)  # longer than a connection may wait
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"ok"})


async def told_by(parts: list[bytes], pause: float = 0.0) -> bytes:
    """What a server says before it closes the connection to somebody who sends parts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(answer, http=Soon, lifespan="off", log_level="critical")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        async with asyncio.timeout(20):
            for part in parts:
                if not reader.at_eof():
                    writer.write(part)
                    await asyncio.sleep(pause)
            told = await reader.read()
        writer.close()
        server.should_exit = True
        await serving
    return told


def test_who_says_nothing_is_not_waited_for() -> None:
    assert asyncio.run(told_by([])) == b""


def test_who_never_ends_a_head_is_not_waited_for() -> None:
    slow = [b"GET / HTTP/1.1\r\n", *[b"A: b\r\n"] * 20]
    assert asyncio.run(told_by(slow, 0.1)) == b""


def test_an_answer_may_take_longer() -> None:
    told = asyncio.run(told_by([REQUEST]))
    assert told.startswith(b"HTTP/1.1 200")
    assert told.endswith(b"ok")
