"""Connections on which nothing is asked."""

import asyncio
import socket

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from pleura.deploy.server.patience import Impatient
from pleura.deploy.server.serving import configured

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


async def give_much(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(100):
        await send({"type": "http.response.body", "body": bytes(1_000_000), "more_body": True})


async def end_while_nobody_reads() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(configured(give_much, 10))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        with socket.create_connection(listener.getsockname()) as line:
            line.sendall(REQUEST)
            await asyncio.sleep(0.5)
            server.should_exit = True
            async with asyncio.timeout(20):
                await serving


def test_who_takes_no_answer_does_not_hold_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pleura.deploy.server.serving.ENDS_WITHIN", 0.3)
    asyncio.run(end_while_nobody_reads())


def test_an_answer_may_take_longer() -> None:
    told = asyncio.run(told_by([REQUEST]))
    assert told.startswith(b"HTTP/1.1 200")
    assert told.endswith(b"ok")
