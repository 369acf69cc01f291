"""Connections of backends to other hosts: only those that were allowed, and never into this machine or its network."""

from __future__ import annotations

import asyncio
import socket
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from jupyter_townie.apps import outgoing
from jupyter_townie.apps.confinement import available
from jupyter_townie.apps.outgoing import Reach, Refused, connect, public

from .working import Workspace, answering

MANIFEST = 'kind = "fullstack"\n[permissions]\nhosts = ["api.example.org"]'


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.5.5",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "ff02::1",
        "not an address",
    ],
)
def test_address_of_this_machine_or_its_network_is_not_public(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_address_of_the_internet_is_public(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize(
    ("reach", "host", "port", "allowed"),
    [
        (Reach(("api.example.org",)), "api.example.org", 443, True),
        (Reach(("api.example.org",)), "api.example.org", 22, False),
        (Reach(("api.example.org",)), "example.org", 443, False),
        (Reach(("api.example.org",)), "api.example.org.evil.net", 443, False),
        (Reach(("*.example.org",)), "a.b.example.org", 443, True),
        (Reach(("*.example.org",)), "example.org", 443, False),
        (Reach(("*.example.org",)), "evilexample.org", 443, False),
        (Reach(everything=True), "anything.net", 8080, True),
        (Reach(everything=True), "anything.net", 25, False),
        (Reach(), "example.org", 443, False),
    ],
)
def test_name_is_allowed_or_not(reach: Reach, host: str, port: int, allowed: bool) -> None:
    assert reach.allows(host, port) is allowed


async def test_public_name_of_a_private_address_is_refused() -> None:
    with pytest.raises(Refused, match="not a public host"):
        await connect(Reach(everything=True), "localhost", 8888)


async def test_private_address_is_refused() -> None:
    with pytest.raises(Refused, match="not a public host"):
        await connect(Reach(everything=True), "169.254.169.254", 80)


# --------------------------------------------------------------------------------------------------------- in a backend


@asynccontextmanager
async def internet(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """``api.example.org`` is a server of this test, which says what it was asked."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        body = " | ".join([lines[0], *(line for line in lines if line.startswith("host:"))]).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def resolve(host: str, _: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        return [(socket.AF_INET, ("127.0.0.1", port))] if host == "api.example.org" else []

    monkeypatch.setattr(outgoing, "resolve", resolve)
    try:
        yield
    finally:
        server.close()


needs_confinement = pytest.mark.skipif(not available(), reason="needs a confined backend")

WAYS = {
    "urllib": """
        import urllib.request
        def answer(path):
            with urllib.request.urlopen("http://api.example.org/x") as found:
                return found.read().decode()
    """,
    "httpx": """
        import httpx
        def answer(path):
            return httpx.get("http://api.example.org/x").text
    """,
    "requests": """
        import requests
        def answer(path):
            return requests.get("http://api.example.org/x", timeout=5).text
    """,
    "asyncio": """
        import asyncio, threading
        async def ask():
            reader, writer = await asyncio.open_connection("api.example.org", 80)
            writer.write(b"GET /x HTTP/1.1\\r\\nHost: api.example.org\\r\\n\\r\\n")
            return (await reader.read()).decode().split("\\r\\n\\r\\n")[1]
        def answer(path):
            found = []
            thread = threading.Thread(target=lambda: found.append(asyncio.run(ask())))
            thread.start()
            thread.join()
            return found[0]
    """,
}


@needs_confinement
@pytest.mark.parametrize("way", WAYS)
async def test_allowed_host_is_reached(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    if way in ("httpx", "requests"):
        pytest.importorskip(way)
    async with internet(monkeypatch):
        app = workspace.allowed(answering(textwrap.dedent(WAYS[way])), manifest=MANIFEST)
        assert await workspace.get(app) == (200, "get /x http/1.1 | host: api.example.org")


@needs_confinement
async def test_host_that_was_not_listed_is_refused_in_words(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "import urllib.request\ndef answer(path): urllib.request.urlopen('http://other.example.org/')\n"
    async with internet(monkeypatch):
        app = workspace.allowed(answering(source), manifest=MANIFEST)
        await workspace.get(app)
        assert "may not reach other.example.org" in (await workspace.failure(app)).failure.evalue


@needs_confinement
async def test_socket_that_was_connected_can_not_be_connected_elsewhere(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as private:
        private.bind(("127.0.0.1", 0))
        private.listen()
        source = f"""
        import os, socket
        from socket import socket as Managed
        REAL = Managed.__mro__[1]
        PRIVATE = ("127.0.0.1", {private.getsockname()[1]})

        def attempt(code):
            one = socket.create_connection(("api.example.org", 80))
            one.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
            while one.recv(1000):
                pass
            one.shutdown(socket.SHUT_RDWR)
            try:
                code(one)
            except OSError as error:
                return type(error).__name__
            return "open"

        def answer(path):
            return [
                attempt(lambda one: REAL.connect(one, PRIVATE)),
                attempt(lambda one: one.sendto(b"x", 0x20000000, PRIVATE)),
                attempt(lambda one: one.sendmsg([b"x"], [], 0x20000000, PRIVATE)),
                attempt(lambda one: REAL.bind(one, ("127.0.0.1", 0))),
                attempt(lambda one: REAL(socket.AF_INET, socket.SOCK_STREAM)),
            ]
        """
        async with internet(monkeypatch):
            app = workspace.allowed(answering(textwrap.dedent(source)), manifest=MANIFEST)
            assert (await workspace.get(app))[1] == str(["PermissionError"] * 5)
