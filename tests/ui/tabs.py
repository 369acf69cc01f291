"""A tab of Chromium, Firefox or WebKit, as far as the attacks of an app need one.

Playwright cannot drive the Firefox and WebKit that a system installs. Both speak the commands of WebDriver: Firefox
over its Marionette socket, WebKitGTK over the HTTP of ``WebKitWebDriver``.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

from playwright.sync_api import Error, Page

FIREFOX = ("firefox-esr", "firefox")
FRAMES = ("iframe[srcdoc]", "iframe[src]")
"""Within the wrapper page, one in the other."""
PATIENCE = 20.0
T = TypeVar("T")


class Tab(Protocol):
    """A signed-in person's tab.  Scripts are expressions, and what they give is JSON; a promise is waited for."""

    name: str

    @property
    def url(self) -> str: ...

    @property
    def count(self) -> int:
        """How many tabs and windows there are."""
        ...

    def goto(self, url: str) -> None: ...

    def cookies(self) -> dict[str, str]: ...

    def outside(self, script: str) -> Any:
        """In the page itself."""
        ...

    def inside(self, script: str) -> Any:
        """In the frame of its app, once there is one."""
        ...

    def click(self) -> None:
        """A person's click somewhere in that frame."""
        ...

    def kill(self) -> None:
        """End the browser at once, as somebody does who can do nothing else in it."""
        ...


def until(what: Callable[[], T], patience: float = PATIENCE) -> T:
    """What *what* gives once it is true; an error of a frame that is just being replaced counts as not yet."""
    deadline = time.monotonic() + patience
    while True:
        last: object = None
        try:
            found = what()
            if found:
                return found
        except (Error, DriverError) as error:
            last = error
        assert time.monotonic() < deadline, f"it did not come to that: {last}"
        time.sleep(0.05)


class Chromium:
    name = "chromium"

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def url(self) -> str:
        return self.page.url

    @property
    def count(self) -> int:
        return len(self.page.context.pages)

    def goto(self, url: str) -> None:
        self.page.goto(url, wait_until="commit")

    def cookies(self) -> dict[str, str]:
        return {str(one["name"]): str(one["value"]) for one in self.page.context.cookies()}

    def outside(self, script: str) -> Any:
        return self.page.evaluate(script)

    def inside(self, script: str) -> Any:
        frame = self.page.main_frame
        for selector in FRAMES:
            element = frame.wait_for_selector(selector)
            inner = element.content_frame() if element else None
            if inner is None:
                raise Error("the frame is not there yet")
            frame = inner
        return frame.evaluate(script)

    def click(self) -> None:
        self.page.mouse.click(700, 500)

    def kill(self) -> None:
        assert self.page.context.browser is not None
        self.page.context.browser.close()


# ------------------------------------------------------------------------------------------------------------ WebDriver


class DriverError(Exception):
    """A command was not carried out."""


_ASYNC = """\
const done = arguments[arguments.length - 1];
Promise.resolve().then(() => (%s)).then(
    value => done(JSON.stringify({ value: value === undefined ? null : value })),
    error => done(JSON.stringify({ error: String(error) })));
"""
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Driven:
    """A tab that is driven by WebDriver's commands."""

    def __init__(self, name: str, command: Callable[[str, dict[str, Any]], Any], group: int) -> None:
        self.name = name
        self._command = command
        self._group = group

    @property
    def url(self) -> str:
        self._to(None)
        return str(self._command("GetCurrentURL", {}))

    @property
    def count(self) -> int:
        return len(self._command("GetWindowHandles", {}))

    def goto(self, url: str) -> None:
        self._to(None)
        self._command("Navigate", {"url": url})

    def cookies(self) -> dict[str, str]:
        self._to(None)
        return {one["name"]: one["value"] for one in self._command("GetCookies", {})}

    def outside(self, script: str) -> Any:
        self._to(None)
        return self._run(script)

    def inside(self, script: str) -> Any:
        self._enter()
        return self._run(script)

    def click(self) -> None:
        self._enter()
        at = {"type": "pointerMove", "x": 200, "y": 200, "origin": "viewport"}
        steps = [at, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        self._command("PerformActions", {"actions": [mouse]})

    def kill(self) -> None:
        os.killpg(self._group, 9)

    def _enter(self) -> None:
        """Go into the frame of the app."""
        self._to(None)
        # Firefox has one frame less where the base URL has encoded letters.
        between = self._run("document.querySelector('iframe[srcdoc]') !== null")
        for selector in FRAMES if between else FRAMES[1:]:
            found = self._command("FindElement", {"using": "css selector", "value": selector})
            self._to({_ELEMENT: found[_ELEMENT]})

    def _to(self, frame: dict[str, str] | None) -> None:
        self._command("SwitchToFrame", {"id": frame})

    def _run(self, script: str) -> Any:
        text = self._command("ExecuteAsyncScript", {"script": _ASYNC % script, "args": []})
        if not isinstance(text, str):
            raise DriverError("the document went away meanwhile")
        said = json.loads(text)
        if "error" in said:
            raise DriverError(said["error"])
        return said["value"]


_TIMEOUTS = {"script": 60_000, "pageLoad": 60_000, "implicit": 0}


class _Marionette:
    """Firefox's own protocol: WebDriver's commands over a socket."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._socket.settimeout(90)
        self._file = self._socket.makefile("rb")
        self._number = 0
        self._message()
        self("NewSession", {"acceptInsecureCerts": True})
        self("SetTimeouts", _TIMEOUTS)

    def _message(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            piece = self._file.read(1)
            if not piece:
                raise DriverError("Firefox has ended")
            length += piece
        return json.loads(self._file.read(int(length[:-1])))

    def __call__(self, command: str, values: dict[str, Any]) -> Any:
        self._number += 1
        if command == "SwitchToFrame" and isinstance(values["id"], dict):
            values = {"element": values["id"][_ELEMENT]}
        data = json.dumps([0, self._number, f"WebDriver:{command}", values]).encode()
        self._socket.sendall(b"%d:%s" % (len(data), data))
        _, number, error, result = self._message()
        assert number == self._number
        if error is not None:
            raise DriverError(f"{command}: {error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and set(result) == {"value"} else result


_WIRE = {
    "GetCurrentURL": ("GET", "url"),
    "GetWindowHandles": ("GET", "window/handles"),
    "Navigate": ("POST", "url"),
    "GetCookies": ("GET", "cookie"),
    "FindElement": ("POST", "element"),
    "SwitchToFrame": ("POST", "frame"),
    "ExecuteAsyncScript": ("POST", "execute/async"),
    "PerformActions": ("POST", "actions"),
    "SetTimeouts": ("POST", "timeouts"),
    "DeleteSession": ("DELETE", ""),
}


class _Http:
    """WebDriver over HTTP."""

    def __init__(self, port: int, capabilities: dict[str, Any]) -> None:
        self._root = f"http://127.0.0.1:{port}/session"
        made = self._ask("POST", self._root, {"capabilities": {"alwaysMatch": capabilities}})
        self._root += f"/{made['sessionId']}"
        self("SetTimeouts", _TIMEOUTS)

    def __call__(self, command: str, values: dict[str, Any]) -> Any:
        method, path = _WIRE[command]
        return self._ask(method, f"{self._root}/{path}".rstrip("/"), values if method == "POST" else None)

    def _ask(self, method: str, url: str, body: Any) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise DriverError(error.read().decode("utf-8", "replace")[:500]) from None
        except OSError as error:
            raise DriverError(str(error)) from None


# ----------------------------------------------------------------------------------------------------------- processes


def missing(kind: str) -> str:
    """Why this browser cannot be driven here; empty when it can."""
    if kind == "firefox" and not any(map(shutil.which, FIREFOX)):
        return "Firefox is not installed (Debian: firefox-esr)"
    if kind == "webkit" and not shutil.which("WebKitWebDriver"):
        return "WebKitGTK's driver is not installed (Debian: webkit2gtk-driver)"
    if kind == "webkit" and not os.environ.get("DISPLAY") and not shutil.which("Xvfb"):
        return "WebKitGTK needs a display or Xvfb (Debian: xvfb)"
    return ""


@contextlib.contextmanager
def _process(command: list[str], **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


@contextlib.contextmanager
def firefox() -> Iterator[Driven]:
    """A headless Firefox with a profile of its own."""
    binary = next(name for name in FIREFOX if shutil.which(name))
    with tempfile.TemporaryDirectory(prefix="townie-firefox-", ignore_cleanup_errors=True) as profile:
        settings = {
            "marionette.port": 0,
            "browser.shell.checkDefaultBrowser": False,
            "browser.startup.page": 0,
            "datareporting.policy.dataSubmissionEnabled": False,
            "app.update.enabled": False,
            "network.captive-portal-service.enabled": False,
            "network.connectivity-service.enabled": False,
            "services.settings.server": "data:,",
            "security.data_uri.block_toplevel_data_uri_navigations": True,
        }
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in settings.items()]
        Path(profile, "user.js").write_text("\n".join(lines))
        command = [binary, "--headless", "--no-remote", "--marionette", "--profile", profile]
        with _process(command, HOME=profile) as process:
            place = Path(profile, "MarionetteActivePort")
            port = until(lambda: place.exists() and int(place.read_text() or 0), 60)
            yield Driven("firefox", _Marionette(port), process.pid)


def _ended(connection: _Http) -> None:
    # One that was killed has no session any more.
    with contextlib.suppress(DriverError):
        connection("DeleteSession", {})


@contextlib.contextmanager
def webkit() -> Iterator[Driven]:
    """A WebKitGTK browser, on a display that nobody sees where there is none."""
    with contextlib.ExitStack() as stack:
        environment = {}
        if not os.environ.get("DISPLAY"):
            read, write = os.pipe()
            display = subprocess.Popen(
                ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
                pass_fds=[write],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(display.wait)
            stack.callback(display.terminate)
            os.close(write)
            with os.fdopen(read) as said:
                environment["DISPLAY"] = ":" + said.readline().strip()
        if os.geteuid() == 0:
            # bubblewrap gives root no namespaces in most containers; what is tested here is the web's own sandbox.
            environment["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment["LIBGL_ALWAYS_SOFTWARE"] = "1"
        process = stack.enter_context(_process(["WebKitWebDriver", f"--port={port}"], **environment))
        connection = until(lambda: _Http(port, {"acceptInsecureCerts": True}), 60)
        stack.callback(_ended, connection)
        yield Driven("webkit", connection, process.pid)
