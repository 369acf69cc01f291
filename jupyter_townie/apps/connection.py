"""HTTP/1.1 to a backend over its Unix socket: connections that are used again, and bodies that are never buffered.

What a backend answers is checked by h11: a malformed answer is an error, never passed on.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass

import anyio
import h11

Headers = Sequence[tuple[bytes, bytes]]

MOST_KEPT = 16
"""Connections that are kept open for the next request."""
MOST_OPEN = 64
"""Connections at a time, those of WebSockets among them; who comes after has to wait."""
KEPT_FOR = 30.0
"""Seconds; less than the 75 after which the backend closes an idle connection."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, section 9.2.1)."""
LARGEST_HEAD = 65_536
"""Bytes of an answer's head."""
PIECE = 65_536


class BackendGone(Exception):
    """The backend can not be reached, or broke off."""


class TooMany(BackendGone):
    """:data:`MOST_OPEN` connections are in use and none became free."""


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        self.idle_since = 0.0

    async def event(self) -> h11.Event:
        while True:
            event = self.http.next_event()
            if event is h11.NEED_DATA:
                data = await self.reader.read(PIECE)
                if not data and self.http.their_state is h11.SEND_RESPONSE:
                    raise BackendGone("The backend closed the connection before it answered.")
                self.http.receive_data(data)
                continue
            assert not isinstance(event, type)
            return event

    def send(self, event: h11.Event) -> None:
        data = self.http.send(event)
        if data:
            self.writer.write(data)

    def close(self) -> None:
        self.writer.close()


@dataclass
class Response:
    """A backend's answer; ``body`` may be iterated once.  Close it in any case."""

    status: int
    headers: Headers
    """As sent, names in lower case, hop-by-hop headers included."""
    _pool: Pool
    _connection: _Connection
    _era: int
    _done: bool = False

    async def body(self) -> AsyncIterator[bytes]:
        """Pieces as they arrive.  :raises BackendGone: it breaks off or is malformed."""
        try:
            while not self._done:
                event = await self._connection.event()
                if isinstance(event, h11.Data):
                    yield bytes(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    self._finish(reusable=True)
                else:
                    raise BackendGone("The backend closed the connection within its answer.")
        except (h11.RemoteProtocolError, OSError) as error:
            raise BackendGone(f"The backend's answer is broken off: {error}") from error
        finally:
            self._finish(reusable=False)

    def close(self) -> None:
        """Give the connection back; one whose body was not read to its end is closed."""
        self._finish(reusable=False)

    def _finish(self, *, reusable: bool) -> None:
        if not self._done:
            self._done = True
            self._pool._release(self._connection, self._era, reusable)


@dataclass
class Upgraded:
    """An answer to a request for another protocol; with status 101 both directions are raw from here on."""

    status: int
    headers: Headers
    first: bytes
    """What came after the head already."""
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _pool: Pool
    _closed: bool = False

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._pool._tunnel_closed(self.writer)


class Pool:
    """Connections to one Unix socket.  Belongs to the event loop."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._kept: list[_Connection] = []
        self._slots = asyncio.Semaphore(MOST_OPEN)
        self._tunnels: set[asyncio.StreamWriter] = set()
        self._era = 0
        self.in_use = 0

    async def request(
        self,
        method: str,
        target: str | bytes,
        headers: Headers,
        body: bytes | AsyncIterable[bytes] = b"",
        *,
        timeout: float = 60.0,
    ) -> Response:
        """Send a request, and return with the head of its answer.

        *target* is the path with its query, as sent.  *headers* hold ``host``, and neither ``content-length`` nor
        ``transfer-encoding``, which follow from *body*: a stream is sent in chunks as it comes.

        :raises BackendGone: there is no answer within *timeout* seconds, or a malformed one.
        """
        await self._slot(timeout)
        try:
            for last in (False, True):
                connection, used = await self._connect()
                try:
                    with anyio.fail_after(timeout):
                        return await self._exchange(connection, method, target, headers, body)
                except TimeoutError:
                    connection.close()
                    raise BackendGone(f"The backend did not answer within {timeout:.0f} seconds.") from None
                except (h11.RemoteProtocolError, BackendGone, OSError) as error:
                    connection.close()
                    # A kept connection may have been closed by the other end a moment ago, with nothing of the request
                    # looked at; or the backend has crashed over it, and what changes something is not done twice.
                    if last or not used or method not in _SAFE or not isinstance(body, bytes):
                        raise BackendGone(str(error)) from error
                except BaseException:
                    connection.close()
                    raise
            raise AssertionError("the second try returns or raises")
        except BaseException:
            self._free()
            raise

    async def upgrade(self, target: str | bytes, headers: Headers, *, timeout: float = 30.0) -> Upgraded:
        """Ask for another protocol; *headers* are the request's own, with ``connection`` and ``upgrade``.

        :raises BackendGone: as for :meth:`request`.
        """
        await self._slot(timeout)
        connection = None
        try:
            connection, _ = await self._connect(fresh=True)
            request = h11.Request(method="GET", target=target, headers=list(headers))
            connection.send(request)
            connection.send(h11.EndOfMessage())
            with anyio.fail_after(timeout):
                event = await self._head(connection)
        except BaseException as error:
            self._free()
            if connection is not None:
                connection.close()
            if isinstance(error, (h11.RemoteProtocolError, OSError)):
                raise BackendGone(f"The backend did not take the connection: {error}") from error
            raise
        self._tunnels.add(connection.writer)
        first = connection.http.trailing_data[0]
        return Upgraded(
            event.status_code, list(event.headers), bytes(first), connection.reader, connection.writer, self
        )

    def renew(self) -> None:
        """From now on another process answers: connections that are kept go to the one before."""
        self._era += 1
        kept, self._kept = self._kept, []
        for connection in kept:
            connection.close()

    def close(self) -> None:
        """Close everything; requests that are open break off."""
        self.renew()
        for writer in list(self._tunnels):
            writer.close()

    # ------------------------------------------------------------------------------------------------------ connections

    async def _slot(self, timeout: float) -> None:
        try:
            with anyio.fail_after(timeout):
                await self._slots.acquire()
        except TimeoutError:
            raise TooMany(f"{MOST_OPEN} requests to the app are open already.") from None
        self.in_use += 1

    def _free(self) -> None:
        self.in_use -= 1
        self._slots.release()

    async def _connect(self, *, fresh: bool = False) -> tuple[_Connection, bool]:
        while self._kept and not fresh:
            connection = self._kept.pop()
            if time.monotonic() - connection.idle_since < KEPT_FOR and not connection.reader.at_eof():
                return connection, True
            connection.close()
        try:
            return _Connection(*await asyncio.open_unix_connection(self._path, limit=PIECE)), False
        except OSError as error:
            raise BackendGone(f"The backend can not be reached: {error}") from error

    async def _exchange(
        self,
        connection: _Connection,
        method: str,
        target: str | bytes,
        headers: Headers,
        body: bytes | AsyncIterable[bytes],
    ) -> Response:
        era = self._era
        if isinstance(body, bytes):
            length = (
                [(b"content-length", str(len(body)).encode())] if body or method in ("POST", "PUT", "PATCH") else []
            )
        else:
            length = [(b"transfer-encoding", b"chunked")]
        connection.send(h11.Request(method=method, target=target, headers=[*headers, *length]))
        if isinstance(body, bytes):
            if body:
                connection.send(h11.Data(data=body))
        else:
            async for piece in body:
                if piece:
                    connection.send(h11.Data(data=piece))
                    await connection.writer.drain()
        connection.send(h11.EndOfMessage())
        await connection.writer.drain()
        head = await self._head(connection)
        if head.status_code == 101:
            raise BackendGone("The backend changed the protocol without being asked.")
        return Response(head.status_code, list(head.headers), self, connection, era)

    async def _head(self, connection: _Connection) -> h11.Response | h11.InformationalResponse:
        while True:
            event = await connection.event()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.InformationalResponse):
                if event.status_code == 101:
                    return event
                continue
            raise BackendGone("The backend closed the connection before it answered.")

    def _release(self, connection: _Connection, era: int, reusable: bool) -> None:
        self._free()
        http = connection.http
        if reusable and era == self._era and http.our_state is h11.DONE and http.their_state is h11.DONE:
            with contextlib.suppress(h11.LocalProtocolError):
                http.start_next_cycle()
                if len(self._kept) < MOST_KEPT:
                    connection.idle_since = time.monotonic()
                    self._kept.append(connection)
                    return
        connection.close()

    def _tunnel_closed(self, writer: asyncio.StreamWriter) -> None:
        if writer in self._tunnels:
            self._tunnels.discard(writer)
            self._free()
            writer.close()
