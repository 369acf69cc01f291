"""Apps: requests through Townie against the bare backend and jupyter-server-proxy, starts, and chunk to paint.

``python benchmarks/apps.py [--seconds 1.5] [--rounds 3]``.  One real Jupyter server, one Starlette app with SQLite,
reached on three ways that take turns in one run.  jupyter-server-proxy is measured when it can be imported
(``pip install --target DIR jupyter-server-proxy`` and ``PYTHONPATH=DIR`` keep it out of the environment).
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from jupyter_townie.apps import Apps
from jupyter_townie.apps.preview import SELF_TEST

TOKEN = "benchmark"
SOURCE = """\
import sqlite3

import townie
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

VERSION = "one"
db = townie.db()
db.execute("CREATE TABLE IF NOT EXISTS visits (time REAL)")


async def ping(request):
    return PlainTextResponse(VERSION)


async def database(request):
    db.execute("INSERT INTO visits VALUES (1)")
    return JSONResponse(db.one("SELECT count(*) AS visits FROM visits"))


async def large(request):
    return Response(b"x" * 100_000, media_type="text/plain")


app = Starlette(routes=[Route("/ping", ping), Route("/db", database), Route("/large", large)])
"""
UNLIMITED = """
from jupyter_server.serverapp import main
from jupyter_townie.apps import traffic

traffic.REQUESTS_A_SECOND = 1e9
main()
"""
"""The server, but for the limit of requests that one page may send, which would be all that is measured."""
WAYS = ("direct", "townie", "jupyter-server-proxy")
LOADS = (("ping", 1), ("ping", 16), ("db", 8), ("large", 4))


class Client:
    """One kept connection; reads answers that say their length."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: str) -> None:
        self._reader, self._writer, self._headers = reader, writer, headers

    @classmethod
    async def connect(cls, port: int, headers: str) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port), headers)

    async def get(self, path: str) -> bytes:
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self._headers}\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200"), head
        if b"transfer-encoding: chunked" not in head:
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            return await self._reader.readexactly(length)
        body = b""
        while size := int(await self._reader.readline(), 16):
            body += await self._reader.readexactly(size)
            await self._reader.readline()
        await self._reader.readline()
        return body

    def close(self) -> None:
        self._writer.close()


async def load(port: int, path: str, headers: str, clients: int, seconds: float) -> tuple[float, float]:
    """Requests a second, and the median time of one in ms."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def ask() -> None:
        client = await Client.connect(port, headers)
        while (began := time.perf_counter()) < end:
            await client.get(path)
            times.append(time.perf_counter() - began)
        client.close()

    await asyncio.gather(*(ask() for _ in range(clients)))
    return len(times) / seconds, statistics.median(times) * 1000


def call(port: int, method: str, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        json.dumps(body).encode() if body is not None else None,
        {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def until_open(port: int) -> None:
    import socket

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def make_app(root: Path) -> Path:
    folder = root / "apps" / "bench"
    folder.mkdir(parents=True)
    (folder / "townie.toml").write_text('kind = "fullstack"')
    (folder / "app.py").write_text(SOURCE)
    return folder


@contextmanager
def jupyter(root: Path, rival: bool) -> Iterator[int]:
    port = free_port()
    command = [
        sys.executable,
        "-c",
        UNLIMITED,
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--port={port}",
        f"--ServerApp.root_dir={root}",
        f"--IdentityProvider.token={TOKEN}",
        "--ServerApp.jpserver_extensions=jupyter_townie=True",
    ]
    if rival:
        command.append("--ServerApp.jpserver_extensions=jupyter_server_proxy=True")
    environment = {**os.environ, "JUPYTER_DATA_DIR": str(root.parent / "data")}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            until_open(port)
            yield port
        finally:
            server.terminate()


@contextmanager
def direct(folder: Path, runner: Path) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--log-level", "warning"]
    environment = {**os.environ, "PYTHONPATH": str(runner), "TOWNIE_DATA": str(folder.parent / "direct")}
    with subprocess.Popen([*command, "--no-access-log"], cwd=folder, env=environment) as server:
        try:
            until_open(port)
            yield port
        finally:
            server.terminate()


def proxies(seconds: float, rounds: int) -> None:
    rival = importlib.util.find_spec("jupyter_server_proxy") is not None
    from jupyter_townie.apps.confinement import RUNNER

    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "root"
        folder = make_app(root)
        with jupyter(root, rival) as port, direct(folder, RUNNER) as bare:
            app = call(port, "GET", "/townie/api/apps")[0]["id"]
            call(port, "POST", f"/townie/api/apps/{app}/allow", {})
            origin = f"http://127.0.0.1:{port}"
            prefix = call(port, "POST", f"/townie/api/apps/{app}/preview", {"origin": origin})["self_test"]
            targets = {
                "direct": (bare, "/", ""),
                "townie": (port, prefix.removesuffix(SELF_TEST), ""),
                "jupyter-server-proxy": (port, f"/proxy/{bare}/", f"Authorization: token {TOKEN}\r\n"),
            }
            print(f"{'requests/s (median ms)':24}" + "".join(f"{way:>26}" for way in WAYS))
            for name, clients in LOADS:
                found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
                for _ in range(rounds):
                    for way in WAYS:
                        if way != WAYS[2] or rival:
                            to, path, headers = targets[way]
                            found[way].append(asyncio.run(load(to, path + name, headers, clients, seconds)))
                cells = []
                for way in WAYS:
                    rates = [rate for rate, _ in found[way]]
                    middle = [ms for _, ms in found[way]]
                    text = (
                        f"{statistics.median(rates):.0f} ({statistics.median(middle):.2f})"
                        if rates
                        else "not installed"
                    )
                    cells.append(f"{text:>26}")
                print(f"{name + f', {clients} at a time':24}" + "".join(cells))


async def starts(times: int) -> None:
    cold, hot, own = [], [], []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as place:
            root = Path(place) / "root"
            folder = make_app(root)

            async def python(_: str | None) -> str:
                return sys.executable

            apps = Apps(root, Path(place) / "data", python)
            app = apps.list()[0].id
            apps.allow(app)

            async def answered(version: str, apps: Apps = apps, app: str = app) -> None:
                while True:
                    response = await (await apps.endpoint(app)).pool.request("GET", "/ping", [(b"host", b"x")])
                    text = b"".join([piece async for piece in response.body()])
                    if text == version.encode():
                        return
                    await asyncio.sleep(0.005)

            began = time.perf_counter()
            await answered("one")
            cold.append(time.perf_counter() - began)
            (folder / "app.py").write_text(SOURCE.replace('"one"', '"two"'))
            began = time.perf_counter()
            await apps.changed(app, ["apps/bench/app.py"])
            await answered("two")
            hot.append(time.perf_counter() - began)
            await asyncio.sleep(0.5)
            (folder / "app.py").write_text(SOURCE.replace('"one"', '"three"'))
            began = time.perf_counter()
            await answered("three")
            own.append(time.perf_counter() - began)
            await apps.close()
    for name, found, target in (
        ("cold start to the first answer", cold, 1.5),
        ("Townie's change to the new answer", hot, 0.7),
        ("a person's save to the new answer", own, 0.7),
    ):
        print(f"{name:36}{statistics.median(found):.2f} s, at most {max(found):.2f} s (target {target} s)")


def paint() -> None:
    """From a piece of a page being written to its paint, in a browser and a server of their own."""
    script = Path(__file__).with_name("app_paint.py")
    environment = {**os.environ, "PYTHONPATH": str(script.parents[1])}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True)
    if done.returncode:
        print("chunk to paint: not measured.", done.stderr.strip().splitlines()[-1])
        return
    print(done.stdout.strip())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    print("load of the machine: " + ", ".join(f"{one:.1f}" for one in os.getloadavg()))
    proxies(chosen.seconds, chosen.rounds)
    asyncio.run(starts(5))
    paint()


if __name__ == "__main__":
    main()
