"""The pool of connections to a backend: used again, never buffered, and firm with answers that are wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from jupyter_townie.apps import connection
from jupyter_townie.apps.connection import BackendGone, Pool, TooMany

from .working import HOST

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(folder: Path, serve: Serve) -> AsyncIterator[Pool]:
    """A pool for a server of bare sockets, which answers with whatever bytes a test says."""
    place = str(folder / "s")
    server = await asyncio.start_unix_server(serve, place)
    pool = Pool(place)
    try:
        yield pool
    finally:
        pool.close()
        server.close()


async def head_of(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def saying(*answers: bytes) -> Serve:
    """Each request of a connection gets the next of *answers*; then the connection is closed."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await head_of(reader)
            writer.write(answer)
            await writer.drain()
        writer.close()

    return serve


async def text_of(pool: Pool, method: str = "GET", target: str = "/") -> bytes:
    response = await pool.request(method, target, HOST)
    return b"".join([piece async for piece in response.body()])


HELLO = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"


async def test_connection_is_used_again(tmp_path: Path) -> None:
    met: list[object] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(writer)
        while True:
            await head_of(reader)
            writer.write(HELLO)

    async with serving(tmp_path, serve) as pool:
        assert [await text_of(pool) for _ in range(5)] == [b"hello"] * 5
        assert len(met) == 1


async def test_connection_that_was_closed_meanwhile_is_replaced(tmp_path: Path) -> None:
    async with serving(tmp_path, saying(HELLO)) as pool:
        assert [await text_of(pool) for _ in range(3)] == [b"hello"] * 3


@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("POST", 1), ("PUT", 1), ("DELETE", 1)])
async def test_what_changes_something_is_not_sent_again_to_a_backend_that_crashes_over_it(
    tmp_path: Path, method: str, times: int
) -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            asked.append((await head_of(reader)).split()[0])
            if len(asked) > 1:
                writer.close()
                return
            writer.write(HELLO)

    async with serving(tmp_path, serve) as pool:
        await text_of(pool)
        with pytest.raises(BackendGone):
            await text_of(pool, method)
        assert asked[1:] == [method.encode()] * times


async def test_connections_of_the_process_before_are_not_used(tmp_path: Path) -> None:
    met: list[object] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(writer)
        while True:
            await head_of(reader)
            writer.write(HELLO)

    async with serving(tmp_path, serve) as pool:
        await text_of(pool)
        pool.renew()
        await text_of(pool)
        assert len(met) == 2


async def test_pieces_come_as_they_are_sent(tmp_path: Path) -> None:
    going_on = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n")
        await going_on.wait()
        writer.write(b"3\r\ntwo\r\n0\r\n\r\n")

    async with serving(tmp_path, serve) as pool:
        body = (await pool.request("GET", "/", HOST)).body()
        assert await asyncio.wait_for(body.__anext__(), 2) == b"one"
        going_on.set()
        assert await asyncio.wait_for(body.__anext__(), 2) == b"two"


async def test_body_that_is_a_stream_is_sent_in_chunks(tmp_path: Path) -> None:
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await head_of(reader))
        got.append(await reader.readuntil(b"0\r\n\r\n"))
        writer.write(HELLO)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    async with serving(tmp_path, serve) as pool:
        (await pool.request("POST", "/", HOST, pieces())).close()
    assert got[1] == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"


async def test_answer_without_a_body_is_read(tmp_path: Path) -> None:
    async with serving(tmp_path, saying(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n")) as pool:
        assert await text_of(pool, "HEAD") == b""


async def test_answer_that_ends_with_the_connection_is_read(tmp_path: Path) -> None:
    async with serving(tmp_path, saying(b"HTTP/1.1 200 OK\r\n\r\nold style")) as pool:
        assert await text_of(pool) == b"old style"


BROKEN = {
    "no_http": b"hello there\r\n\r\n",
    "silence": b"",
    "two_lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
    "endless_head": b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 200_000,
    "bad_header": b"HTTP/1.1 200 OK\r\nset\x00cookie: a\r\n\r\n",
    "uninvited_upgrade": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    "short_body": b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello",
    "bad_chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n",
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_malformed_answer_is_an_error(tmp_path: Path, kind: str) -> None:
    async with serving(tmp_path, saying(BROKEN[kind])) as pool:
        with pytest.raises(BackendGone):
            await text_of(pool)
        assert pool.in_use == 0


async def test_answer_that_does_not_come_is_given_up(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async with serving(tmp_path, serve) as pool:
        with pytest.raises(BackendGone, match="did not answer"):
            await pool.request("GET", "/", HOST, timeout=0.1)
        assert pool.in_use == 0


async def test_socket_that_nobody_serves_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BackendGone, match="can not be reached"):
        await Pool(str(tmp_path / "none")).request("GET", "/", HOST)


async def test_requests_beyond_the_limit_wait_and_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_OPEN", 1)
    async with serving(tmp_path, saying(HELLO)) as pool:
        response = await pool.request("GET", "/", HOST)
        with pytest.raises(TooMany):
            await pool.request("GET", "/", HOST, timeout=0.05)
        response.close()
        assert await text_of(pool) == b"hello"


@pytest.mark.parametrize("rounds", range(4))
async def test_a_stop_that_comes_when_a_request_is_let_in_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    monkeypatch.setattr(connection, "MOST_OPEN", 1)

    async def nobody_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with serving(tmp_path, nobody_answers) as pool:
        first = asyncio.create_task(pool.request("GET", "/", HOST))
        while not pool.in_use:
            await asyncio.sleep(0)
        second = asyncio.create_task(pool.request("GET", "/", HOST))
        await asyncio.sleep(0.01)
        first.cancel()
        while pool.in_use:
            await asyncio.sleep(0)
        for _ in range(rounds):
            await asyncio.sleep(0)
        second.cancel()
        done, _ = await asyncio.wait([first, second], timeout=2)
        assert len(done) == 2, "it works on"
        assert second.cancelled()
        assert pool.in_use == 0


UPGRADE = [*HOST, (b"connection", b"Upgrade"), (b"upgrade", b"websocket"), (b"sec-websocket-key", b"x")]
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n"


async def test_upgraded_connection_is_raw_in_both_directions(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(SWITCHED + b"first")
        writer.write(await reader.readexactly(4))

    async with serving(tmp_path, serve) as pool:
        tunnel = await pool.upgrade("/ws", UPGRADE)
        tunnel.writer.write(b"ping")
        got = tunnel.first + await tunnel.reader.readexactly(9 - len(tunnel.first))
        tunnel.close()
        assert (tunnel.status, got, pool.in_use) == (101, b"firstping", 0)


async def test_refused_upgrade_has_the_status_of_the_refusal(tmp_path: Path) -> None:
    async with serving(tmp_path, saying(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")) as pool:
        tunnel = await pool.upgrade("/ws", UPGRADE)
        tunnel.close()
        assert (tunnel.status, pool.in_use) == (403, 0)


async def test_closing_ends_tunnels(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(SWITCHED)
        await reader.read()
        ended.set()
        writer.close()

    async with serving(tmp_path, serve) as pool:
        await pool.upgrade("/ws", UPGRADE)
        pool.close()
        await asyncio.wait_for(ended.wait(), 2)
