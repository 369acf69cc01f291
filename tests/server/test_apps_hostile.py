"""Backends and pages that send what nobody should, to the real proxy over raw sockets."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from jupyter_townie.apps.connection import Pool

from .visiting import make, visit

__all__ = ["make", "visit"]

OK = b"HTTP/1.1 200 OK\r\n"
BODY = b"Content-Length: 2\r\n\r\nhi"


@pytest.fixture
def behind(make: Any, visit: Any, tmp_path_factory: Any) -> Any:
    """A backend that answers each connection with these bytes; all bytes that come out of the proxy for a request."""

    echoes = False

    async def ask(said: bytes, *more: str) -> bytes:
        place = str(tmp_path_factory.mktemp("s") / "s")

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(said + (b"\r\n" + head if echoes else b""))
            with contextlib.suppress(OSError):
                await writer.drain()
            writer.close()

        server = await asyncio.start_unix_server(serve, place)
        pool = Pool(place)

        async def endpoint(app: str) -> Any:
            return SimpleNamespace(pool=pool)

        app.runtime.apps.endpoint = endpoint
        host, _, port = app.server.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        lines = [f"GET {app.prefix}x HTTP/1.1", f"Host: {host}:{port}", "Connection: close", *more]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        try:
            return await asyncio.wait_for(reader.read(), 5)
        finally:
            writer.close()
            pool.close()
            server.close()

    app: Any = None

    async def begin(*, echo: bool = False) -> Any:
        nonlocal app, echoes
        echoes = echo
        make("fullstack", app_py="")
        app = await visit()
        return ask

    return begin


MALFORMED = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nhi",
    b"HTTP/1.1 200 OK\r\nX-A: b\rSet-Cookie: a=b\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nX-A: b\0c\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nSet-Cookie : a=b\r\n" + BODY,
    b"HTTP/1.1 000 no\r\n" + BODY,
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + BODY,
    b"hi",
]
ALMOST = [
    b"HTTP/1.1 200 OK\r\nX-A: b\nSet-Cookie: a=b\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nX-A: b\r\n Set-Cookie: a=b\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nX-Next: 1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nHTTP/1.1 200",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nSet-Cookie: a=b\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </lab>; rel=preload\r\nSet-Cookie: a=b\r\n\r\nHTTP/1.1 200 OK\r\n" + BODY,
    b"HTTP/1.1 200 OK\r\nConnection: content-security-policy\r\nCONTENT-SECURITY-POLICY: default-src *\r\n" + BODY,
]
OF_THE_ORIGIN = [
    "sEt-CoOkIe",
    "Set-Cookie2",
    "Clear-Site-Data",
    "Set-Login",
    "Activate-Storage-Access",
    "Integrity-Policy",
    "Link",
    "Refresh",
    "Alt-Svc",
    "NEL",
    "Document-Isolation-Policy",
    "Attribution-Reporting-Register-Source",
    "Permissions-Policy-Report-Only",
    "Expect-CT",
    "Sec-Session-Registration",
    "Cross-Origin-Opener-Policy",
    "Speculation-Rules",
    "Service-Worker-Allowed",
    "Access-Control-Allow-Origin",
    "Public-Key-Pins-Report-Only",
    "Reporting-Endpoints",
    "X-Accel-Redirect",
]


@pytest.mark.parametrize("said", MALFORMED, ids=range(len(MALFORMED)))
async def test_malformed_answer_is_an_error(behind: Any, said: bytes) -> None:
    head, _, _ = (await (await behind())(said)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 502 ")
    assert b"cookie" not in head.lower()
    assert head.count(b"Content-Security-Policy: sandbox ") == 1


@pytest.mark.parametrize("said", ALMOST, ids=range(len(ALMOST)))
async def test_answer_that_means_another_thing_to_others_is_one_answer(behind: Any, said: bytes) -> None:
    head, _, body = (await (await behind())(said)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nset-cookie:" not in head.lower()
    assert b"HTTP/1.1" not in body
    assert head.count(b"Content-Security-Policy: ") == head.count(b"Content-Security-Policy: sandbox ") == 1


async def test_nothing_that_speaks_for_the_origin_passes(behind: Any) -> None:
    lines = "".join(f"{name}: x\r\n" for name in OF_THE_ORIGIN)
    got = await (await behind())(OK + lines.encode() + b"X-Mine: kept\r\n" + BODY)
    passed = {line.partition(b":")[0].lower().decode() for line in got.split(b"\r\n") if line.endswith(b": x")}
    assert passed & {name.lower() for name in OF_THE_ORIGIN} == set()
    assert b"x-mine: kept" in got.lower()


async def test_answer_has_one_type(behind: Any) -> None:
    ask = await behind()
    got = await ask(OK + b"Content-Type: text/html\r\nContent-Type: application/json\r\n" + BODY)
    assert [line for line in got.split(b"\r\n") if line.startswith(b"Content-Type")] == [
        b"Content-Type: application/json"
    ]
    assert b"\r\nContent-Type" not in await ask(OK + BODY)


@pytest.mark.parametrize(("status", "passes"), [(b"200 OK", True), (b"401 x", False), (b"500 x", False)])
async def test_download_that_is_an_error_opens_no_tab(behind: Any, status: bytes, passes: bool) -> None:
    # Firefox has one of its own for that.
    ask = await behind()
    said = await ask(b"HTTP/1.1 " + status + b"\r\nContent-Disposition: attachment\r\n" + BODY)
    assert (b"content-disposition" in said.lower()) == passes


async def test_document_in_parts_is_refused_in_a_list_of_types(behind: Any) -> None:
    kind = b"Content-Type: text/html, multipart/x-mixed-replace; boundary=x\r\n"
    ask = await behind()
    assert (await ask(OK + kind + BODY, "Sec-Fetch-Dest: iframe")).startswith(b"HTTP/1.1 502")


async def test_document_in_parts_is_refused(behind: Any) -> None:
    parts = OK + b"Content-Type: Multipart/x-mixed-replace; boundary=x\r\n" + BODY
    ask = await behind()
    assert (await ask(parts, "Sec-Fetch-Dest: iframe")).startswith(b"HTTP/1.1 502")
    assert (await ask(parts, "Sec-Fetch-Dest: image")).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("ends", ["X-Auth-Request-Access-Token: t", "Cf-Access-Jwt-Assertion: t", "Remote-User: ann"])
async def test_backend_does_not_see_what_a_proxy_tells_jupyter(behind: Any, ends: str) -> None:
    ask = await behind(echo=True)
    seen = await ask(OK, ends, "X-Auth-Mine: kept")
    assert ends.encode() not in seen
    assert b"X-Auth-Mine: kept" in seen


async def test_control_characters_of_a_path_get_into_no_log(
    make: Any, visit: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    make(index_html="x")
    app = await visit()
    for path in ("a%1b[2Jb.js", "a%0a[I%20ServerApp]%20forged", "a%c2%9b2Jb.js", "_townie/vendor/%1b[2J"):
        assert (await app.get(path)).code == 404
    said = "".join(record.getMessage() for record in caplog.records)
    assert not any(letter in said for letter in "\x1b\x9b")
    assert "\n[I ServerApp] forged" not in said


async def test_body_that_is_nested_too_deeply_is_no_json(make: Any, visit: Any) -> None:
    make(index_html="x")
    app = await visit()
    host, _, port = app.server.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = b"[" * 200_000
    writer.write(f"POST {app.prefix}_townie/sql HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n".encode())
    writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    writer.close()


async def test_app_gets_nothing_of_townies_own_interface_whatever_jupyter_allows(
    make: Any, visit: Any, jp_fetch: Any, jp_serverapp: Any
) -> None:
    make(index_html="x")
    app = await visit()
    jp_serverapp.web_app.settings["allow_origin"] = "*"
    answer = await jp_fetch("townie", "api", "apps", headers={"Origin": "null"}, raise_error=False)
    assert answer.code == 404
    url = f"{app.server.replace('http', 'ws')}{jp_serverapp.base_url}townie/api/apps/{app.app}/channel"
    token = jp_serverapp.identity_provider.token
    request = HTTPRequest(url, headers={"Origin": "null", "Authorization": f"token {token}"})
    with pytest.raises(HTTPClientError, match="403"):
        await websocket_connect(request)
