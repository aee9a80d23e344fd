"""Chromium without a window, driven over a pipe in the protocol of its developer tools."""

import base64
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
PATIENCE = 60.0  # seconds: a busy machine starts a browser slowly


@contextlib.contextmanager
def at_address(app: ASGIApp) -> Iterator[str]:
    """The address of an application on this machine, while it runs."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


class Browser:
    """A browser with one page. `errors` are what it wrote to its console as errors."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        read, theirs_out = os.pipe()
        theirs_in, write = os.pipe()
        nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

        def place() -> None:  # the browser reads from 3 and writes to 4
            high = [fcntl.fcntl(each, fcntl.F_DUPFD, 100) for each in (theirs_in, theirs_out)]
            for its, wanted in zip(high, (3, 4), strict=True):
                os.dup2(its, wanted)

        self._process = subprocess.Popen(
            [CHROMIUM, *OPTIONS, nowhere, f"--user-data-dir={profile}"],
            preexec_fn=place,
            pass_fds=(3, 4),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._read, self._write = os.fdopen(read, "rb"), os.fdopen(write, "wb")
        self._number, self._rest, self._session = 0, b"", ""
        self.errors: list[str] = []
        target = self.do("Target.createTarget", url="about:blank")["targetId"]
        attached = self.do("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for part in ("Page", "Runtime", "Log", "DOM", "Accessibility"):
            self.do(f"{part}.enable")

    def do(self, method: str, **settings: Any) -> Any:
        """The answer of the browser to one command. Raises RuntimeError for an error."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": settings}
        if self._session:
            asked["sessionId"] = self._session
        self._write.write(json.dumps(asked).encode() + b"\0")
        self._write.flush()
        while True:
            told = self._next()
            if told.get("id") == self._number:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']['message']}")
                return told["result"]
            self._hear(told)

    def _next(self) -> Any:
        while b"\0" not in self._rest:
            part = self._read.read1(2**20)
            if not part:
                raise RuntimeError("the browser has ended")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def _hear(self, told: Any) -> None:
        its = told.get("params", {})
        if told.get("method") == "Log.entryAdded" and its["entry"]["level"] == "error":
            self.errors.append(its["entry"]["text"])
        if told.get("method") == "Runtime.exceptionThrown":
            self.errors.append(str(its["exceptionDetails"]))

    def open(self, address: str) -> None:
        """Open a page and wait until it is loaded."""
        self.do("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def value(self, script: str) -> Any:
        """What a line of JavaScript gives in the page."""
        given = self.do("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in given:
            raise RuntimeError(str(given["exceptionDetails"]))
        return given["result"].get("value")

    def wait(self, script: str) -> None:
        """Wait until a line of JavaScript gives something true. Raises TimeoutError."""
        end = time.monotonic() + PATIENCE
        while not self.value(script):
            if time.monotonic() > end:
                raise TimeoutError(script)
            time.sleep(0.05)

    def give(self, path: Path) -> None:
        """Choose a file on the page, and wait for what comes of it."""
        root = self.do("DOM.getDocument")["root"]["nodeId"]
        node = self.do("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
        self.do("DOM.setFileInputFiles", files=[str(path)], nodeId=node)
        self.wait("document.getElementById('given').textContent !== ''")
        self.wait("!document.getElementById('status').classList.contains('busy')")

    def size(self, width: int, height: int, zoom: float = 1) -> None:
        """Show the page at so many pixels of CSS, as a zoom makes of them."""
        self.do(
            "Emulation.setDeviceMetricsOverride",
            width=round(width / zoom),
            height=round(height / zoom),
            deviceScaleFactor=zoom,
            mobile=False,
        )

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """Write a picture of the page, of all of it or of what is in view."""
        given = self.do("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(given["data"]))

    def press(self, key: str) -> None:
        """Press a key, such as Tab or Enter."""
        code = {"Tab": 9, "Enter": 13, "ArrowRight": 39}[key]
        settings = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        if key == "Enter":
            settings["text"] = "\r"
        self.do("Input.dispatchKeyEvent", type="keyDown", **settings)
        self.do("Input.dispatchKeyEvent", type="keyUp", **settings)

    def names(self) -> dict[str, list[str]]:
        """What a screen reader is told: the names of what is on the page, by role."""
        found: dict[str, list[str]] = {}
        for node in self.do("Accessibility.getFullAXTree")["nodes"]:
            role = node.get("role", {}).get("value", "")
            found.setdefault(role, []).append(str(node.get("name", {}).get("value", "")))
        return found

    def close(self) -> None:
        """End the browser."""
        with contextlib.suppress(RuntimeError, OSError):
            self._session = ""
            self.do("Browser.close")
        self._process.wait()
