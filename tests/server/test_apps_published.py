"""Published apps over a real server: who gets in, what they see, and that it ends."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import HTTPStreamClosedError

from jupyter_townie import protocol as p
from jupyter_townie.apps.copying import stage
from jupyter_townie.server.apps import logins

from .visiting import Visit, make

__all__ = ["make"]

ORIGIN = "https://hub.example"
COUNTER = """
import sqlite3

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    with sqlite3.connect("data/app.sqlite") as database:
        database.execute("CREATE TABLE IF NOT EXISTS seen (who TEXT)")
        if scope["method"] == "POST":
            database.execute("INSERT INTO seen VALUES ('x')")
        count = database.execute("SELECT count(*) FROM seen").fetchone()[0]
    body = f"first {count}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})
"""

ENDLESS = """
import asyncio

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    while True:
        await send({"type": "http.response.body", "body": b"data: x\\n\\n", "more_body": True})
        await asyncio.sleep(0.05)
"""


class Published:
    """What a person does with the one app of the server, and what its visitors do."""

    def __init__(self, fetch: Any, port: int, base: str, runtime: Any) -> None:
        self.fetch, self.base, self.runtime = fetch, base, runtime
        self.server = f"http://127.0.0.1:{port}"
        self.app = ""

    async def api(self, verb: str, method: str = "GET", body: Any = None, **params: str) -> Any:
        sent = {} if body is None and method in ("GET", "DELETE") else {"body": json.dumps(body or {})}
        answer = await self.fetch(
            *f"townie/api/apps/{self.app}/{verb}".split("/"),
            method=method,
            params=params,
            raise_error=False,
            request_timeout=60,
            **sent,
        )
        self.status = answer.code
        return json.loads(answer.body)

    async def publish(self, **asked: Any) -> Any:
        apps = json.loads((await self.fetch("townie", "api", "apps")).body)
        self.app = apps[0]["id"]
        if apps[0]["backend"] and not apps[0]["consented"]:
            await self.api("allow", "POST")
        return await self.api("publication", "POST", asked)

    async def visit(self, publication: str, headers: Any = None, *, token: bool = True) -> Any:
        """Somebody's visit; the answer of the server when they are not let in."""
        body, path = json.dumps({"origin": ORIGIN}), f"townie/api/publications/{publication}/visit"
        if token:
            made = await self.fetch(
                *path.split("/"), method="POST", body=body, headers=headers or {}, raise_error=False
            )
        else:
            made = await self.ask(self.base + path, "POST", body, headers)
        if made.code != 200:
            return made
        prefix = json.loads(made.body)["self_test"].partition("_townie/")[0]
        return Visit(self.server, publication, prefix, self.runtime)

    async def ask(self, path: str, method: str = "GET", body: str | None = None, headers: Any = None) -> HTTPResponse:
        """As somebody who is not signed in."""
        request = HTTPRequest(
            self.server + path, method=method, headers=headers or {}, body=body, follow_redirects=False
        )
        return await AsyncHTTPClient().fetch(request, raise_error=False)


@pytest.fixture
def published(jp_fetch: Any, jp_serverapp: Any, jp_base_url: str) -> Published:
    runtime = jp_serverapp.extension_manager.extension_points["jupyter_townie"].app.runtime
    return Published(jp_fetch, jp_serverapp.port, jp_base_url, runtime)


async def test_visitor_sees_the_copy_and_not_what_is_written_later(
    make: Callable[..., str], published: Published, jp_root_dir: Path
) -> None:
    make(index_html="<p>first")
    state = await published.publish()
    made = state["publication"]
    assert made["view"] == f"{published.base}townie/view/{made['id']}"
    assert (made["audience"], made["changed"]) == ("signed_in", [])
    (jp_root_dir / "apps/one/index.html").write_text("<p>second")
    visit = await published.visit(made["id"])
    assert "<p>first" in await visit.page()
    assert (await published.api("publication"))["publication"]["changed"] == ["index.html"]
    assert (await published.publish())["publication"]["id"] == made["id"]
    assert "<p>second" in await visit.page()
    assert (
        json.loads((await published.fetch("townie", "api", "apps")).body)[0]["published"] == f"townie/view/{made['id']}"
    )


async def test_answers_to_visitors_have_the_policy_and_open_nothing_of_jupyter(
    make: Callable[..., str], published: Published
) -> None:
    make(index_html="<p>first", data__app_sqlite="secret")
    made = (await published.publish())["publication"]
    visit = await published.visit(made["id"])
    for path, status in (("", 200), ("townie.toml", 404), ("data/app.sqlite", 404), ("..%2f..%2f..%2fsecret", 404)):
        answer = await visit.get(path, Origin="null")
        assert answer.code == status
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-scripts")
        assert f"connect-src data: blob: {ORIGIN}{visit.prefix} wss://hub.example{visit.prefix};" in policy
        assert "'self'" not in policy
    alone = await visit.get("", Sec_Fetch_Dest="document")
    assert (alone.code, alone.headers["Location"]) == (302, made["view"])
    wrapper = await published.fetch("townie", "view", made["id"])
    assert "frame-src 'none'" in wrapper.headers["Content-Security-Policy"]
    assert f"townie/api/publications/{made['id']}/visit" in wrapper.body.decode()


async def test_published_data_are_their_own_and_stay_through_an_update(
    make: Callable[..., str], published: Published, jp_root_dir: Path
) -> None:
    make("fullstack", app_py=COUNTER)
    made = (await published.publish())["publication"]
    visit = await published.visit(made["id"])
    await visit.get(method="POST", body=1)
    assert (await visit.get()).body == b"first 1"
    (jp_root_dir / "apps/one/app.py").write_text(COUNTER.replace("first", "second"))
    assert (await published.publish())["publication"]["phase"] == "running"
    assert (await visit.get()).body == b"second 1"
    # What the preview keeps is not touched by any of it.
    preview = json.loads((await published.fetch("townie", "api", "apps", published.app, "data")).body)
    assert sum(table["rows"] for table in preview["tables"]) == 0


async def test_update_that_does_not_start_leaves_what_was_there(
    make: Callable[..., str], published: Published, jp_root_dir: Path
) -> None:
    make("fullstack", app_py=COUNTER)
    made = (await published.publish())["publication"]
    visit = await published.visit(made["id"])
    (jp_root_dir / "apps/one/app.py").write_text("import no_such_package_anywhere\n" + COUNTER)
    refused = await published.publish()
    assert published.status == 409
    assert "no_such_package_anywhere" in refused["problem"]["message"]
    assert "What was published before still is." in refused["problem"]["remedy"]
    assert (await visit.get()).body == b"first 0"


FRAGILE = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        raise LookupError("for " + scope["path"])
"""


async def test_what_fails_for_a_visitor_is_told_beside_the_app_that_it_was_published_from(
    make: Callable[..., str], published: Published, jp_root_dir: Path
) -> None:
    make("fullstack", app_py=COUNTER)
    await published.publish()
    apps = published.runtime.apps
    frames: list[p.AppFrame] = []
    leave = apps.subscribe(published.app, frames.append)
    (jp_root_dir / "apps/one/app.py").write_text(FRAGILE)
    # A correction of the app takes what is told of its visitors away, too, as soon as it is noticed.
    while not any(isinstance(frame, p.AppReloadFrame) for frame in frames):
        await asyncio.sleep(0.02)
    leave()
    made = (await published.publish())["publication"]
    visit = await published.visit(made["id"])
    for _ in range(2):
        assert (await visit.get("page")).code == 500

    async def told_twice() -> None:
        while not apps.failures(published.app) or apps.failures(published.app)[0].count < 2:
            await asyncio.sleep(0.02)

    await asyncio.wait_for(told_twice(), 5)
    (told,) = apps.failures(published.app)
    assert (told.published, told.failure.ename, told.failure.evalue) == (True, "LookupError", "for /page")
    assert (told.failure.frames[-1].file, told.failure.frames[-1].line) == ("apps/one/app.py", 4)
    assert "Update" in told.hint
    # That the preview starts says nothing of it; what is published anew is another app.
    await apps.start(published.app)
    assert apps.failures(published.app) == [told]
    (jp_root_dir / "apps/one/app.py").write_text(COUNTER)
    await published.publish()
    assert apps.failures(published.app) == []


async def test_app_that_does_not_start_is_not_published_at_all(make: Callable[..., str], published: Published) -> None:
    make("fullstack", app_py="import no_such_package_anywhere\n")
    refused = await published.publish()
    assert published.status == 409
    assert "no_such_package_anywhere" in refused["problem"]["message"]
    state = await published.api("publication")
    assert (state["publication"], state["kept_data"]) == (None, False)


async def test_preview_s_data_go_along_only_when_that_is_chosen(make: Callable[..., str], published: Published) -> None:
    make(index_html="<p>first")
    for chosen, known in ((False, False), (True, True)):
        if not published.app:
            published.app = json.loads((await published.fetch("townie", "api", "apps")).body)[0]["id"]
            await published.runtime.apps.storage(published.app).set("greeting", "hello")
        made = (await published.publish(with_data=chosen))["publication"]
        visit = await published.visit(made["id"])
        assert json.loads((await visit.get("_townie/kv/greeting")).body)["found"] is known
        await published.api("publication", "DELETE", data="delete")


async def test_taking_it_back_ends_every_visit_and_says_so(make: Callable[..., str], published: Published) -> None:
    make(index_html="<p>first")
    made = (await published.publish())["publication"]
    visit = await published.visit(made["id"])
    await visit.get("_townie/kv/greeting", method="PUT", body="kept")
    assert (await visit.get()).code == 200
    state = await published.api("publication", "DELETE")
    assert (state["publication"], state["kept_data"]) == (None, True)
    assert (await visit.get()).code == 404
    page = await published.fetch("townie", "view", made["id"], raise_error=False)
    assert page.code == 410
    assert "not published any more" in page.body.decode()
    assert (await published.visit(made["id"])).code == 410
    again = (await published.publish())["publication"]
    assert again["id"] != made["id"]
    kept = await (await published.visit(again["id"])).get("_townie/kv/greeting")
    assert json.loads(kept.body)["value"] == "kept"
    assert (await published.fetch("townie", "view", made["id"], raise_error=False)).code == 410


async def test_publication_and_its_data_outlive_the_server(
    make: Callable[..., str], published: Published, jp_serverapp: Any
) -> None:
    make("fullstack", app_py=COUNTER)
    made = (await published.publish())["publication"]
    visit = await published.visit(made["id"])
    await visit.get(method="POST", body=1)
    extension = jp_serverapp.extension_manager.extension_points["jupyter_townie"].app
    await extension.stop_extension()
    assert (await visit.get()).code == 404
    visit = await published.visit(made["id"])
    assert (await visit.get()).body == b"first 1"


async def test_it_stays_published_when_its_folder_is_renamed_or_deleted(
    make: Callable[..., str], published: Published, jp_root_dir: Path, jp_fetch: Any
) -> None:
    make(index_html="<p>first")
    made = (await published.publish())["publication"]
    (jp_root_dir / "apps/one").rename(jp_root_dir / "apps/two")
    state = await published.publish()
    assert state["publication"]["id"] == made["id"]
    (jp_root_dir / "deep").mkdir()
    (jp_root_dir / "apps/two").rename(jp_root_dir / "deep/elsewhere")
    listed = json.loads((await jp_fetch("townie", "api", "publications")).body)
    assert [(one["id"], one["app"]) for one in listed] == [(made["id"], None)]
    assert "<p>first" in await (await published.visit(made["id"])).page()
    make(index_html="<p>another app of that name", name="two")
    state = await published.publish()
    assert state["publication"]["id"] != made["id"]
    ended = await jp_fetch("townie", "api", "publications", made["id"], method="DELETE")
    assert ended.code == 204
    assert (await jp_fetch("townie", "view", made["id"], raise_error=False)).code == 410


async def test_nobody_gets_in_without_signing_in(make: Callable[..., str], published: Published) -> None:
    make(index_html="<p>first")
    made = (await published.publish())["publication"]
    answer = await published.ask(made["view"])
    assert answer.code == 302
    assert "/login" in answer.headers["Location"]
    assert (await published.visit(made["id"], token=False)).code == 403
    refused = await published.publish(audience="anyone")
    assert published.status == 409
    assert "allow_anonymous_apps" in refused["problem"]["remedy"]


class Hub:
    """A JupyterHub as a server's identity provider asks it; its users' tokens are in a header of their requests."""

    access_scopes: ClassVar = {"access:servers!server=alice/"}

    def __init__(self) -> None:
        self.scopes: dict[str, set[str]] = {}
        self.answers = True

    def get_token(self, handler: Any) -> str | None:
        return handler.request.headers.get("Hub-Token")

    async def user_for_token(self, token: str, use_cache: bool = True, *, sync: bool = True) -> Any:
        assert (use_cache, sync) == (False, False)
        if not self.answers:
            raise web.HTTPError(500, "The Hub is restarted")
        return {"scopes": self.scopes[token]} if token in self.scopes else None

    def check_scopes(self, required: set[str], user: Any) -> set[str]:
        return required & user["scopes"]


@pytest.fixture
def hub(jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch) -> Hub:
    hub = jp_serverapp.identity_provider.hub_auth = Hub()
    monkeypatch.setattr(logins, "EVERY", 0.05)
    return hub


async def test_visits_end_with_what_the_hub_allows(make: Callable[..., str], published: Published, hub: Hub) -> None:
    make(index_html="<p>first")
    made = (await published.publish())["publication"]
    hub.scopes = {name: set(hub.access_scopes) for name in ("alice", "bob", "eve")}
    visits = {name: await published.visit(made["id"], {"Hub-Token": name}) for name in hub.scopes}
    assert len({visit.prefix for visit in visits.values()}) == 3
    hub.answers = False
    await asyncio.sleep(0.2)
    assert [(await visit.get()).code for visit in visits.values()] == [200, 200, 200]
    hub.answers = True
    del hub.scopes["bob"]
    hub.scopes["eve"].clear()
    await asyncio.sleep(0.2)
    assert [(await visit.get()).code for visit in visits.values()] == [200, 404, 404]


async def test_page_of_whoever_signs_out_is_told_so(
    make: Callable[..., str], published: Published, hub: Hub, jp_ws_fetch: Any
) -> None:
    make(index_html="<p>first")
    (app,) = json.loads((await published.fetch("townie", "api", "apps")).body)
    hub.scopes = {name: set(hub.access_scopes) for name in ("alice", "bob")}
    path = ("townie", "api", "apps", app["id"], "channel")
    alice, bob = [await jp_ws_fetch(*path, headers={"Hub-Token": name}) for name in ("alice", "bob")]
    for one in (alice, bob):
        assert json.loads(await one.read_message())["frame"] == "state"
    del hub.scopes["bob"]
    while await asyncio.wait_for(bob.read_message(), 5) is not None:
        pass
    assert bob.close_code == logins.SIGNED_OUT
    assert alice.close_code is None
    alice.close()


async def test_page_of_an_app_whose_folder_goes_is_told_so(
    make: Callable[..., str], published: Published, jp_ws_fetch: Any, jp_root_dir: Path
) -> None:
    make(index_html="<p>first")
    (app,) = json.loads((await published.fetch("townie", "api", "apps")).body)
    page = await jp_ws_fetch("townie", "api", "apps", app["id"], "channel")
    await page.read_message()
    (jp_root_dir / "apps/one").rename(jp_root_dir / "apps/two")
    while await asyncio.wait_for(page.read_message(), 5) is not None:
        pass
    assert page.close_code == 4410
    gone = await published.fetch("townie", "view", app["id"], raise_error=False)
    assert gone.code == 404
    assert b"renamed, moved or deleted" in gone.body


async def test_an_answer_without_end_ends_with_the_visit(
    make: Callable[..., str], published: Published, hub: Hub
) -> None:
    make("fullstack", app_py=ENDLESS)
    made = (await published.publish())["publication"]
    hub.scopes = {"bob": set(hub.access_scopes)}
    visit = await published.visit(made["id"], {"Hub-Token": "bob"})
    came = asyncio.Event()
    request = HTTPRequest(visit.server + visit.prefix, streaming_callback=lambda piece: came.set())
    stream = asyncio.ensure_future(AsyncHTTPClient().fetch(request, raise_error=False))
    await asyncio.wait_for(came.wait(), 10)
    await asyncio.sleep(0.2)
    assert not stream.done()
    hub.scopes.clear()
    with pytest.raises(HTTPStreamClosedError):
        await asyncio.wait_for(stream, 5)


@pytest.mark.parametrize(
    "jp_server_config",
    [{"ServerApp": {"jpserver_extensions": {"jupyter_townie": True}}, "TownieApp": {"allow_anonymous_apps": True}}],
)
async def test_anyone_gets_in_where_that_was_chosen_and_allowed(
    make: Callable[..., str], published: Published, tmp_path: Path, jp_serverapp: Any
) -> None:
    make(index_html="<p>first")
    made = (await published.publish())["publication"]
    assert (await published.ask(made["view"])).code == 302
    made = (await published.publish(audience="anyone"))["publication"]
    page = await published.ask(made["view"])
    assert page.code == 200
    cookies = "; ".join(one.partition(";")[0] for one in page.headers.get_list("Set-Cookie"))
    xsrf = cookies.partition("_xsrf=")[2].partition(";")[0]
    headers = {"Cookie": cookies, "X-XSRFToken": xsrf}
    assert (await published.visit(made["id"], {"Cookie": cookies}, token=False)).code == 403
    visit = await published.visit(made["id"], headers, token=False)
    assert "<p>first" in await visit.page()
    # The way in leads to this app alone.
    for path in ("api/contents", f"townie/view/{published.app}", f"townie/api/apps/{published.app}"):
        assert (await published.ask(published.base + path, headers=headers)).code in (302, 403)
    await published.api("publication", "PATCH", {"audience": "signed_in"})
    assert (await visit.get()).code == 404
    assert (await published.ask(made["view"])).code == 302


async def test_what_can_not_be_published_says_why(
    make: Callable[..., str], published: Published, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("fullstack", app_py=COUNTER)
    manifest = jp_root_dir / "apps/one/townie.toml"
    plain = manifest.read_text()
    manifest.write_text(plain + '[permissions]\nfiles = ["../../data/sales.csv"]\n')
    refused = await published.publish()
    assert (published.status, refused["problem"]["code"]) == (409, "reads_files")
    manifest.write_text("kind = ")
    assert (await published.publish())["problem"]["code"] == "bad_manifest"
    for free in (plain.replace("fullstack", "voila"), plain + 'notebook = "../../work.ipynb"\n'):
        manifest.write_text(free)
        refused = await published.api("publication", "POST")
        assert (refused["problem"]["code"], published.status) == ("unconfined", 409)
    manifest.write_text(plain)
    monkeypatch.setattr("jupyter_townie.apps.confinement.available", lambda: False)
    refused = await published.publish()
    assert (refused["problem"]["code"], published.status) == ("unconfined", 409)
    manifest.write_text(plain.replace("fullstack", "web"))
    assert (await published.publish())["problem"]["code"] == "no_page"


async def test_update_that_a_killed_server_had_begun_is_finished(
    make: Callable[..., str], published: Published, jp_root_dir: Path, jp_serverapp: Any
) -> None:
    make(index_html="<p>first", old_css="x")
    made = (await published.publish())["publication"]
    publishing = published.runtime.hosting.publishing
    one = publishing.find(made["id"])
    (jp_root_dir / "apps/one/index.html").write_text("<p>second")
    (jp_root_dir / "apps/one/old.css").unlink()
    staged = stage(jp_root_dir / "apps/one", publishing.root / ".staged")
    publishing._records.keep(replace(one, pending=staged.name))
    await jp_serverapp.extension_manager.extension_points["jupyter_townie"].app.stop_extension()
    visit = await published.visit(made["id"])
    assert "<p>second" in await visit.page()
    assert (await visit.get("old.css")).code == 404


async def test_copy_that_went_away_is_told_and_made_again(
    make: Callable[..., str], published: Published, jp_fetch: Any
) -> None:
    make(index_html="<p>first")
    made = (await published.publish())["publication"]
    shutil.rmtree(published.runtime.hosting.publishing.root / "apps")
    told = (await published.api("publication"))["publication"]
    assert (told["phase"], "Publish it again" in told["message"]) == ("failed", True)
    assert (await jp_fetch("townie", "view", made["id"], raise_error=False)).code == 404
    assert (await published.publish())["publication"]["id"] == made["id"]
    assert "<p>first" in await (await published.visit(made["id"])).page()
