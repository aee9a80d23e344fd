"""Who may ask: hosts, origins and tokens are looked at before anything else is done."""

import hmac
import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pleura.deploy.server.body import Body
from pleura.deploy.server.limits import RefusedError
from pleura.deploy.server.problems import problem

API = "/api/"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
HTTP_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Admitted:
    """Who may ask.

    `names` of this machine that an address may hold. `any_number`: whether it may also be any IP
    address: a page of somebody else reaches this server by a name of its own, never by a number.
    `token`, where one is asked for.
    """

    names: Collection[str] = ("localhost", "127.0.0.1", "::1")
    any_number: bool = False
    token: str | None = None

    def refuse(self, path: str, headers: Headers) -> None:
        """Raise RefusedError for a request that does not come from who may ask: 403 for another
        host or another page, 401 without the token."""
        host = headers.get("host", "")
        if not self._is_here(host):
            raise RefusedError(
                403,
                "The address in the request is not that of this server.",
                "Open it by the address that it printed, or start it with --name and that name.",
            )
        origin = headers.get("origin")
        if not _is_same(origin, host) or headers.get("sec-fetch-site", "none") not in _sites(path):
            raise RefusedError(
                403,
                "The request comes from another page.",
                "Use the page of this server, or a program.",
            )
        if self.token is not None and path.startswith(API):
            kind, _, given = headers.get("authorization", "").partition(" ")
            same = hmac.compare_digest(given.strip().encode(), self.token.encode())
            if kind.lower() != "bearer" or not same:
                raise RefusedError(
                    401,
                    "This server asks for a token.",
                    "Send the header Authorization: Bearer TOKEN, with the token that it printed "
                    "at its start.",
                )

    def _is_here(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
            if name in {each.lower() for each in self.names}:
                return True
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return self.any_number


class Guard:
    """Lets through what is admitted, and puts the headers on every answer that browsers obey."""

    def __init__(self, app: ASGIApp, admitted: Admitted) -> None:
        self._app, self._admitted = app, admitted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        body = Body(receive)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
                if message["status"] >= 400:
                    await body.drain()
            await send(message)

        try:
            self._admitted.refuse(scope["path"], Headers(scope=scope))
        except RefusedError as refused:
            await problem(refused)(scope, body.receive, send_guarded)
            return
        await self._app(scope, body.receive, send_guarded)


def _is_same(origin: str | None, host: str) -> bool:
    """Whether a page of `origin`, which programs do not tell, is one of the server at `host`."""
    if origin is None:
        return True
    try:
        page, here = urlsplit(origin), urlsplit(f"//{host}")
        usual = HTTP_PORTS[page.scheme]
        return (page.hostname, page.port or usual) == (here.hostname, here.port or usual)
    except (ValueError, KeyError):
        return False


def _sites(path: str) -> tuple[str, ...]:
    """Where a browser may say that a request comes from: the page may be reached by a link."""
    own = ("same-origin", "none")
    return own if path.startswith(API) else (*own, "same-site", "cross-site")
