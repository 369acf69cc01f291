"""A reverse proxy, as administrators put one before Jupyter."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path


class Front:
    """Passes requests on by the beginning of their path, each over a connection of its own.

    :param servers: ports on this machine by the beginnings of paths.
    :param host: rewrites ``Host`` to that of the server, as many proxies do when nothing else is said.
    :param tls: a folder for a certificate; the browser speaks TLS, and Jupyter does not know.
    :param strip: headers of answers that get lost here.
    :param rewrite: headers of answers that are others behind it.
    :param within: they are, where the path begins with this.
    :param withhold: headers of requests that the server never sees.
    :param decode: percent-encoded slashes of paths are decoded, as some proxies do.
    """

    def __init__(
        self,
        servers: Mapping[str, int],
        *,
        host: bool = False,
        tls: Path | None = None,
        strip: tuple[str, ...] = (),
        rewrite: Mapping[str, str] | None = None,
        within: str = "/",
        withhold: tuple[str, ...] = (),
        decode: bool = False,
    ) -> None:
        self._servers, self._host, self._decode = servers, host, decode
        self._strip = tuple(name.lower().encode() for name in strip)
        self._rewrite = {name.lower().encode(): value.encode() for name, value in (rewrite or {}).items()}
        self._within = within.encode()
        self._withhold = tuple(name.lower().encode() for name in withhold)
        context = None
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(_certificate(tls))
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        serving = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)
        port = self._server.sockets[0].getsockname()[1]
        self.origin = f"http{'s' if context else ''}://127.0.0.1:{port}"

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0.1)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError), closing(writer):
            head = (await reader.readuntil(b"\r\n\r\n"))[:-4]
            line, _, rest = head.partition(b"\r\n")
            method, target, version = line.split(b" ")
            if self._decode:
                target = re.sub(rb"(?i)%2f", b"/", target)
            port = next((port for path, port in self._servers.items() if target.startswith(path.encode())), None)
            if port is None:
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return

            def changed(name: bytes, value: bytes) -> bytes | None:
                if name == b"host" and self._host:
                    return b"127.0.0.1:%d" % port
                if name.startswith(self._withhold or (b"\n",)):
                    return None
                return None if name == b"connection" and b"upgrade" not in value.lower() else value

            back, forth = await asyncio.open_connection("127.0.0.1", port)
            with closing(forth):
                once = b"" if re.search(rb"(?i)\r\nupgrade:", head) else b"\r\nConnection: close"
                forth.write(b" ".join((method, target, version)) + _headers(rest, changed) + once + b"\r\n\r\n")
                upwards = asyncio.create_task(_pumped(reader, forth))
                answer = (await back.readuntil(b"\r\n\r\n"))[:-4]
                line, _, rest = answer.partition(b"\r\n")

                def kept(name: bytes, value: bytes) -> bytes | None:
                    lost = name in self._strip or (name == b"connection" and b"upgrade" not in value.lower())
                    if lost or not target.startswith(self._within):
                        return None if lost else value
                    return self._rewrite.get(name, value)

                closes = b"" if line.split(b" ")[1] == b"101" else b"\r\nConnection: close"
                writer.write(line + _headers(rest, kept) + closes + b"\r\n\r\n")
                await _pumped(back, writer)
                upwards.cancel()


class closing(contextlib.AbstractContextManager[None]):
    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def _headers(text: bytes, change: Callable[[bytes, bytes], bytes | None]) -> bytes:
    lines = b""
    for one in text.split(b"\r\n"):
        name, _, value = one.partition(b":")
        changed = change(name.lower(), value.strip())
        if changed is not None:
            lines += b"\r\n" + name + b": " + changed
    return lines


async def _pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()


def _certificate(folder: Path) -> Path:
    file = folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file), "-out", str(folder / "only.pem")]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(file.read_text() + (folder / "only.pem").read_text())
    return file
