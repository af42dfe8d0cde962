"""Headless Chromium over a pipe, by the Chrome DevTools Protocol: pages, pictures, and every request."""

import base64
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

PROGRAM = "chromium"
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--no-first-run"),
)
_READS, _WRITES = 3, 4
"""The descriptors that Chromium reads commands from and writes answers to (`--remote-debugging-pipe`)."""


class BrowserError(Exception):
    """Chromium has ended, or cannot run a command; the text says which."""


@dataclass
class Browser:
    """One tab. What it asked for, wherever to, is in `asked`; what it refused to do, in `complaints`."""

    commands: IO[bytes]
    answers: IO[bytes]
    session: str = ""
    number: int = 0
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    loaded: int = 0

    def attach(self) -> None:
        """Open the tab."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **params: object) -> dict[str, Any]:
        """Send a command and wait for its answer, which has another shape for each command.

        Raises:
            BrowserError: Chromium refuses it.
        """
        self.number += 1
        message: dict[str, object] = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.commands.write(json.dumps(message).encode() + b"\0")
        self.commands.flush()
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, url: str) -> None:
        """Open an address and wait until the page and all of its parts are loaded.

        Raises:
            BrowserError: Nothing answers there.
        """
        before = self.loaded
        problem = self.send("Page.navigate", url=url).get("errorText")
        if problem is not None:
            raise BrowserError(f"{url}: {problem}")
        self.wait_for_load(before)

    def wait_for_load(self, before: int) -> None:
        """Wait until one more page is loaded than so many."""
        while self.loaded <= before:
            self._next()

    def of(self, expression: str) -> Any:
        """What an expression of JavaScript comes to; the debugger is not bound by the page's policy.

        Raises:
            BrowserError: It throws.
        """
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise BrowserError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def click(self, selector: str) -> None:
        """Click what a selector finds first, and wait for the page that it leads to."""
        before = self.loaded
        self.of(f"document.querySelector({json.dumps(selector)}).click()")
        self.wait_for_load(before)

    def text(self) -> str:
        """The text that a reader sees."""
        return " ".join(str(self.of("document.body.innerText")).split())

    def picture(self, width: int = 1280, *, dark: bool = False, scale: int = 1) -> bytes:
        """The whole page as a PNG with so many pixels for each of its own in both directions."""
        self.send(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )
        self.resize(width, 800, scale)
        height = int(self.of("Math.ceil(document.documentElement.scrollHeight)"))
        self.resize(width, height, scale)
        shot = self.send("Page.captureScreenshot", format="png")
        return base64.b64decode(shot["data"])

    def resize(self, width: int, height: int, scale: int = 1) -> None:
        """Give the tab a size in pixels."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )

    def _next(self) -> Mapping[str, Any]:
        message = bytearray()
        while (byte := self.answers.read(1)) != b"\0":
            if not byte:
                raise BrowserError("Chromium has ended")
            message += byte
        event: dict[str, Any] = json.loads(message)
        self._note(event.get("method", ""), event.get("params", {}))
        return event

    def _note(self, method: str, params: Mapping[str, Any]) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.asked.append(params["request"]["url"])
            case "Log.entryAdded":
                self.complaints.append(params["entry"]["text"])
            case "Page.loadEventFired":
                self.loaded += 1


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a past, for as long as the block lasts."""
    to_browser, commands = os.pipe()
    answers, from_browser = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        arguments = [PROGRAM, *QUIET, f"--user-data-dir={profile}", "--remote-debugging-pipe"]
        # The shell gives the two ends the numbers that Chromium expects.
        process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" {_READS}<&{to_browser} {_WRITES}>&{from_browser}', "bash", *arguments],
            pass_fds=(to_browser, from_browser),
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        with os.fdopen(commands, "wb") as out, os.fdopen(answers, "rb") as into:
            browser = Browser(commands=out, answers=into)
            try:
                browser.attach()
                yield browser
                browser.session = ""
                browser.send("Browser.close")
            finally:
                process.terminate()
                process.wait(timeout=10)
