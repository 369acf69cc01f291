"""Requests and WebSockets of apps that have a backend: real processes behind the real proxy."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.iostream import StreamClosedError
from tornado.websocket import websocket_connect

from .visiting import NAVIGATION, make, visit

__all__ = ["make", "visit"]

APP = """
import asyncio, json

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    path = scope["path"]
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            await send({"type": "websocket.send", "text": headers.get("cookie", "") + message["text"]})
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    status, said, answer = 200, [(b"content-type", b"application/json")], json.dumps(
        {"headers": headers, "path": path, "query": scope["query_string"].decode(), "body": body.decode(),
         "method": scope["method"]}).encode()
    if path == "/set":
        said += [(b"set-cookie", b"_xsrf=stolen; Path=/"), (b"clear-site-data", b'"*"'), (b"refresh", b"0;url=/lab"),
                 (b"content-security-policy", b"default-src *"), (b"access-control-allow-origin", b"*"),
                 (b"link", b"</lab>; rel=preload"), (b"x-mine", b"kept")]
    elif path == "/page":
        said, answer = [(b"content-type", b"text/html; charset=latin-1")], "<h1>caf\\u00e9</h1>".encode("latin-1")
    elif path == "/fails":
        raise ValueError("planted")
    elif path.startswith("/to"):
        status, said = 302, [(b"location", scope["query_string"])]
    elif path.startswith("/late"):
        await asyncio.sleep(float(scope["query_string"]))
        raise ValueError("planted late")
    elif path == "/endless":
        await send({"type": "http.response.start", "status": 200, "headers": said})
        while True:
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
            await asyncio.sleep(0.001)
    elif path == "/slowly":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        for number in range(3):
            await send({"type": "http.response.body", "body": b"data: %d\\n\\n" % number, "more_body": True})
            await asyncio.sleep(0.3)
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": answer})
"""


@pytest.fixture
def allowed(make: Any, visit: Any, jp_fetch: Any) -> Any:
    """The app, allowed to run and started."""

    async def begin() -> Any:
        make("fullstack", app_py=APP)
        app = await visit()
        await jp_fetch("townie", "api", "apps", app.app, "allow", method="POST", body="{}", request_timeout=60)
        return app

    return begin


async def test_app_that_nobody_has_allowed_does_not_run(make: Any, visit: Any, jp_fetch: Any) -> None:
    make("fullstack", app_py=APP)
    app = await visit()
    answer = await app.get()
    assert answer.code == 503
    assert b"allow" in answer.body.lower()
    started = await jp_fetch("townie", "api", "apps", app.app, "start", method="POST", body="{}", raise_error=False)
    assert (started.code, json.loads(started.body)["problem"]["code"]) == (409, "consent")


async def test_app_elsewhere_in_the_workspace_is_known_once_it_was_asked_for(jp_fetch: Any, jp_root_dir: Any) -> None:
    folder = jp_root_dir / "examples" / "timer"
    folder.mkdir(parents=True)
    (folder / "townie.toml").write_text('kind = "web"')
    assert json.loads((await jp_fetch("townie", "api", "apps")).body) == []
    asked = await jp_fetch("townie", "api", "apps", params={"path": "examples/timer/townie.toml"})
    assert [app["path"] for app in json.loads(asked.body)] == ["examples/timer"]


async def test_page_of_an_app_that_may_not_run_yet_has_its_looks_but_no_scripts(make: Any, visit: Any) -> None:
    make("fullstack", app_py=APP, static__style_css="h1 { color: teal }", static__app_js="fetch('api')")
    app = await visit()
    style = await app.get("style.css")
    assert (style.code, style.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert (await app.get("app.js")).code == (await app.get("app.py")).code == 503


async def test_what_a_slow_request_comes_to_is_waited_for(allowed: Any) -> None:
    app = await allowed()
    since = time.time()
    request = asyncio.ensure_future(app.get("late?2.5"))
    # Without it the app would have been quiet for long enough after a second and a half.
    settled = await app.runtime.apps.settle(app.app, since)
    assert [one.failure.ename for one in settled.failures] == ["ValueError"]
    assert settled.running == 0
    assert (await request).code == 500


async def test_request_that_takes_longer_than_a_check_is_told(allowed: Any) -> None:
    app = await allowed()
    since = time.time()
    request = asyncio.ensure_future(app.get("late?4"))
    settled = await app.runtime.apps.settle(app.app, since, 2.5)
    assert (settled.failures, settled.running) == ([], 1)
    # One of the page before says nothing of the page that is there now.
    settled = await app.runtime.apps.settle(app.app, time.time(), 2.5)
    assert settled.running == 0
    await request


async def test_backend_sees_nothing_of_jupyters_credentials(allowed: Any) -> None:
    app = await allowed()
    sent = {
        "Cookie": "username-x=1; _xsrf=2",
        "Authorization": "token t",
        "X-XSRFToken": "2",
        "Referer": "http://lab/x",
    }
    sent |= {"Origin": "null", "X-Mine": "kept", "X-Townie-Visitor": "forged", "X-Forwarded-For": "10.0.0.1"}
    answer = await app.ask(app.prefix + "a%20b/c?x=%2F&y=1", "POST", {"n": 1}, sent)
    seen = json.loads(answer.body)
    headers = seen["headers"]
    assert not {"cookie", "authorization", "x-xsrftoken", "referer", "x-forwarded-for"} & set(headers)
    assert (headers["host"], headers["x-mine"]) == ("lab.example:8888", "kept")
    assert headers["origin"] != "null"
    assert headers["x-townie-visitor"] not in ("forged", "")
    assert (seen["method"], seen["path"], seen["query"], seen["body"]) == ("POST", "/a b/c", "x=%2F&y=1", '{"n": 1}')


async def test_backend_cannot_speak_for_jupyters_origin(allowed: Any) -> None:
    app = await allowed()
    answer = await app.get("set", Origin="null")
    kept = {name.lower() for name in answer.headers}
    assert not {"set-cookie", "clear-site-data", "refresh", "link"} & kept
    assert answer.headers["Content-Security-Policy"].startswith("sandbox ")
    assert answer.headers["Access-Control-Allow-Origin"] == "null"
    assert answer.headers["X-Mine"] == "kept"


async def test_cookies_of_a_backend_are_kept_for_its_visitor_outside_of_the_browser(allowed: Any) -> None:
    app = await allowed()
    await app.get("set")
    seen = json.loads((await app.get("")).body)
    assert seen["headers"]["cookie"] == "_xsrf=stolen"


async def test_redirect_stays_within_the_app(allowed: Any) -> None:
    app = await allowed()
    inside = {"/lab": "lab", "sub/page": "sub/page", "http://localhost/x": "x"}
    for location, target in inside.items():
        answer = await app.get(f"to?{location}")
        assert (answer.code, answer.headers["Location"]) == (302, app.prefix + target)
    out = ["http://evil.example/", "//evil.example/", "../../../../lab", "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/lab"]
    for location in [*out, "javascript:alert(1)", "\\\\evil.example"]:
        answer = await app.get(f"to?{location}")
        assert (answer.code, "Location" in answer.headers) == (502, False), location


async def test_page_of_a_backend_is_rewritten_from_its_own_charset(allowed: Any) -> None:
    app = await allowed()
    answer = await app.ask(app.prefix + "page", headers=NAVIGATION)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<h1>café</h1>" in answer.body.decode()
    assert answer.body.startswith(b"<script src=")


async def test_stream_arrives_as_it_is_written(allowed: Any) -> None:
    app = await allowed()
    times: list[float] = []
    loop = asyncio.get_running_loop()
    request = HTTPRequest(app.server + app.prefix + "slowly", streaming_callback=lambda _: times.append(loop.time()))
    await AsyncHTTPClient().fetch(request)
    assert len(times) == 3
    assert times[2] - times[0] > 0.4


async def test_answer_without_end_is_cut_off_and_the_app_goes_on(allowed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_townie.apps.traffic.LARGEST_RESPONSE", 3_000_000)
    app = await allowed()
    received: list[bytes] = []
    request = HTTPRequest(app.server + app.prefix + "endless", streaming_callback=received.append, request_timeout=20)
    with pytest.raises((HTTPClientError, StreamClosedError)):
        await AsyncHTTPClient().fetch(request)
    assert sum(map(len, received)) <= 3_100_000
    (told,) = app.runtime.apps.failures(app.app)
    assert told.failure.evalue == "The answer to GET /endless was cut off after 2 MB."
    assert "Send less at a time" in told.hint
    assert (await app.get("page")).code == 200


async def test_exception_is_named_to_the_page_and_known_to_the_app(allowed: Any) -> None:
    app = await allowed()
    answer = await app.get("fails", Origin="null")
    assert (answer.code, bool(answer.headers["X-Townie-Error"])) == (500, True)
    failures = app.runtime.apps.failures(app.app)
    assert [one.failure.evalue for one in failures] == ["planted"]


async def test_websocket_goes_through_both_ways(allowed: Any) -> None:
    app = await allowed()
    request = HTTPRequest(
        (app.server + app.prefix + "socket").replace("http", "ws", 1), headers={"Origin": "null", "Cookie": "a=b"}
    )
    socket = await websocket_connect(request)
    for text in ("hello", "x" * 200_000):
        await socket.write_message(text)
        assert await asyncio.wait_for(socket.read_message(), 10) == text
    socket.close()


async def test_websocket_is_open_to_the_apps_own_pages_alone(allowed: Any) -> None:
    app = await allowed()
    address = (app.server + app.prefix + "socket").replace("http", "ws", 1)
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "http://localhost"}, {}):
        with pytest.raises(Exception, match="403"):
            await websocket_connect(HTTPRequest(address, headers=headers))


async def test_too_large_a_request_is_refused_before_it_is_read(allowed: Any) -> None:
    app = await allowed()
    request = HTTPRequest(app.server + app.prefix, method="POST", body=b"x" * (26 * 1024 * 1024))
    answer = await AsyncHTTPClient().fetch(request, raise_error=False)
    assert answer.code in (413, 599)


async def test_growing_page_of_a_backend_is_shown_before_it_may_run(make: Any, visit: Any) -> None:
    make("fullstack", app_py=APP)
    app = await visit()
    draft = app.runtime.apps.drafts.open("apps/one/static/index.html")
    draft.write("<h1>Growing</h1>")
    asyncio.get_running_loop().call_later(0.2, draft.end)
    answer = await app.ask(app.prefix, headers=NAVIGATION)
    assert b"<h1>Growing</h1>" in answer.body
