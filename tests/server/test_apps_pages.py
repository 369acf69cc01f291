"""The pages of apps over a real server: who gets them, and with which headers."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from jupyter_townie.apps import traffic

from .visiting import NAVIGATION, ORIGIN, make, visit

__all__ = ["make", "visit"]


async def test_policy_names_the_origin_of_the_browser_and_the_path_of_the_app(make: Any, visit: Any) -> None:
    make(index_html="<p>hi")
    app = await visit("https://hub.example")
    policy = (await app.get()).headers["Content-Security-Policy"]
    own = f"https://hub.example{app.prefix}"
    assert policy.startswith("sandbox allow-scripts allow-forms allow-modals allow-downloads; default-src 'none'")
    assert f"connect-src data: blob: {own} wss://hub.example{app.prefix}" in policy
    assert f"form-action {own};" in policy
    assert "'self'" not in policy


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 200),
        ("app.js", 200),
        ("missing.js", 404),
        ("_townie/shim.js", 200),
        ("_townie/nothing", 404),
        ("..%2f..%2fone%2ftownie.toml", 404),
        ("data/app.sqlite", 404),
        ("townie.toml", 404),
        (".git/config", 404),
    ],
)
async def test_every_answer_has_the_policy_whatever_its_status(make: Any, visit: Any, path: str, status: int) -> None:
    make(index_html="<p>hi", app_js="1", data__app_sqlite="secret")
    answer = await (await visit()).get(path, Origin="null")
    assert answer.code == status
    assert answer.headers["Content-Security-Policy"].startswith("sandbox allow-scripts")
    assert answer.headers["Access-Control-Allow-Origin"] == "null"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers.get_list("Set-Cookie") == []


async def test_path_without_its_secret_shows_nothing_and_runs_nothing(make: Any, visit: Any) -> None:
    make(index_html="<p>hi")
    app = await visit()
    for path in (app.prefix[:-4] + "AAA/", app.prefix.replace(app.app, "other-000000"), f"/townie/apps/{app.app}/"):
        answer = await app.ask(path)
        assert answer.code == 404
    answer = await app.ask(app.prefix[:-4] + "AAA/")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


async def test_page_in_a_tab_is_sent_to_its_wrapper(make: Any, visit: Any, jp_base_url: str) -> None:
    make(index_html="<p>hi")
    app = await visit()
    answer = await app.get(Sec_Fetch_Dest="document")
    assert (answer.code, answer.headers["Location"]) == (302, f"{jp_base_url}townie/view/{app.app}")


@pytest.mark.parametrize("origin", ["http://evil.example", ORIGIN])
async def test_no_other_origin_may_ask_not_even_jupyters(make: Any, visit: Any, origin: str) -> None:
    make(index_html="<p>hi")
    answer = await (await visit()).get(Origin=origin)
    assert answer.code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_page_may_ask_where_a_proxy_takes_its_origin_out(make: Any, visit: Any) -> None:
    make(index_html="<p>hi")
    answer = await (await visit()).get()
    assert (answer.code, answer.headers["Access-Control-Allow-Origin"]) == (200, "null")


async def test_service_worker_is_refused(make: Any, visit: Any) -> None:
    make(index_html="<p>hi", sw_js="1")
    assert (await (await visit()).get("sw.js", Service_Worker="script")).code == 403


async def test_preflight_allows_what_the_page_asks_for(make: Any, visit: Any) -> None:
    make(index_html="<p>hi")
    answer = await (await visit()).get(
        "_townie/kv/x", method="OPTIONS", Origin="null", Access_Control_Request_Headers="x-one, content-type"
    )
    assert (answer.code, answer.headers["Access-Control-Allow-Headers"]) == (204, "x-one, content-type")
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]


async def test_link_out_of_the_folder_is_not_followed(make: Any, visit: Any, jp_root_dir: Path) -> None:
    make(index_html="<p>hi")
    (jp_root_dir / "secret.js").write_text("secret")
    (jp_root_dir / "apps" / "one" / "in.js").symlink_to(jp_root_dir / "secret.js")
    assert (await (await visit()).get("in.js")).code == 404


async def test_page_gets_the_shim_first_and_what_scripts_fetch_stays_as_it_is(make: Any, visit: Any) -> None:
    make(index_html="<!doctype html><html><head><title>x</title></head><body>", part_html="<b>part</b>")
    app = await visit()
    page = await app.page()
    assert page.startswith(f'<!doctype html><html><head><script src="{app.prefix}_townie/shim.js"')
    part = await app.get("part.html", Sec_Fetch_Dest="empty")
    assert part.body == b"<b>part</b>"


async def test_draft_is_sent_while_it_is_written(make: Any, visit: Any) -> None:
    make()
    app = await visit()
    draft = app.runtime.apps.drafts.open("apps/one/index.html")
    draft.write("<!doctype html><h1>Fir")
    pieces: asyncio.Queue[bytes] = asyncio.Queue()
    request = HTTPRequest(
        app.server + app.prefix, headers=NAVIGATION, streaming_callback=pieces.put_nowait, request_timeout=20
    )
    fetched = asyncio.ensure_future(AsyncHTTPClient().fetch(request))

    async def until(text: bytes) -> None:
        got = b""
        while text not in got:
            got += await asyncio.wait_for(pieces.get(), 5)

    await until(b"Fir")
    assert not fetched.done()
    draft.write("st</h1>")
    await until(b"st</h1>")
    draft.end()
    assert (await fetched).code == 200


async def test_part_of_a_file_can_be_asked_for(make: Any, visit: Any) -> None:
    make(index_html="x", film_mp4="0123456789")
    answer = await (await visit()).get("film.mp4", Range="bytes=2-5")
    assert (answer.code, answer.body, answer.headers["Content-Range"]) == (206, b"2345", "bytes 2-5/10")


async def test_too_many_requests_at_once_are_refused(make: Any, visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # However slow this machine is, they come at once.
    monkeypatch.setattr(traffic, "REQUESTS_A_SECOND", 0)
    make(index_html="x")
    app = await visit()
    codes = [(await app.get("_townie/self-test/..%2Fintact")).code for _ in range(260)]
    assert codes[0] == 200
    assert 429 in codes


async def test_secret_gets_into_no_log(make: Any, visit: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    make(index_html="x")
    app = await visit()
    secret = app.prefix.rstrip("/").rsplit("/", 1)[-1]
    await app.get()
    await app.get("missing.js")
    await app.get("_townie/sql", method="POST", body=3)
    said = [record.getMessage() for record in caplog.records]
    assert any("[secret]" in line for line in said)
    assert not any(secret in line for line in said)


async def test_self_test_fails_when_a_proxy_takes_the_path_apart(make: Any, visit: Any) -> None:
    make(index_html="x")
    app = await visit()
    assert (await app.get("_townie/self-test/..%2Fintact")).code == 200
    assert (await app.get("_townie/self-test/intact")).code == 409


async def test_pages_count_as_no_activity(make: Any, visit: Any, jp_serverapp: Any) -> None:
    make(index_html="x")
    app = await visit()
    before = jp_serverapp.web_app.last_activity()
    await app.page()
    assert jp_serverapp.web_app.last_activity() == before


async def test_wrapper_frames_only_the_app_and_is_for_signed_in_people(
    make: Any, visit: Any, jp_fetch: Any, jp_base_url: str
) -> None:
    make(index_html="x")
    app = await visit()
    answer = await jp_fetch("townie", "view", app.app, params={"x": "<forwarded>"})
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'nonce-" in policy
    assert "frame-ancestors 'self'" in policy
    assert "One &amp; &lt;two&gt;" in answer.body.decode()
    assert "forwarded" not in answer.body.decode()
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert (await app.ask(f"{jp_base_url}townie/view/{app.app}")).code == 302


async def test_capability_is_made_for_the_origin_of_the_request_alone(make: Any, visit: Any, jp_fetch: Any) -> None:
    make(index_html="x")
    app = await visit()
    body = json.dumps({"origin": "http://127.0.0.1"})
    for headers, sent in (({"Origin": "http://evil.example"}, body), ({}, '{"origin": "null"}'), ({}, "{}")):
        answer = await jp_fetch(
            "townie", "api", "apps", app.app, "preview", method="POST", body=sent, headers=headers, raise_error=False
        )
        assert answer.code in (400, 404), answer.body


async def test_capability_ends_when_its_user_signs_out(make: Any, visit: Any, jp_fetch: Any) -> None:
    make(index_html="x")
    signed_in = (await jp_fetch("api", "me")).headers.get_list("Set-Cookie")
    cookie = {"Cookie": "; ".join(one.partition(";")[0] for one in signed_in)}
    app = await visit(headers=cookie)
    assert (await app.get()).code == 200
    await jp_fetch("logout", headers=cookie)
    assert (await app.get()).code == 404
