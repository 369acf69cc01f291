"""The REST edge: threads, models, keys, status, and what is refused."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from tests.wire import Reply

from .conftest import Connect


@pytest.fixture
def api(jp_fetch: Any, wire: Any) -> Any:
    async def call(method: str, *path: str, body: Any = None, **options: Any) -> Any:
        sent = json.dumps(body) if body is not None else ("{}" if method in ("POST", "PUT", "PATCH") else None)
        response = await jp_fetch("townie", "api", *path, method=method, body=sent, **options)
        return json.loads(response.body) if response.body else None

    return call


async def status_of(work: Any) -> tuple[int, str]:
    with pytest.raises(HTTPClientError) as caught:
        await work
    assert caught.value.response is not None
    return caught.value.code, json.loads(caught.value.response.body)["message"]


async def test_thread_is_made_renamed_listed_and_deleted(api: Any) -> None:
    made = await api("POST", "threads", body={"title": "First"})
    await api("PATCH", "threads", made["id"], body={"title": "  Penguins   and more "})
    (listed,) = await api("GET", "threads")
    assert (listed["id"], listed["title"]) == (made["id"], "Penguins and more")
    await api("DELETE", "threads", made["id"])
    assert await api("GET", "threads") == []
    assert (await status_of(api("GET", "threads", made["id"], "events")))[0] == 404


async def test_list_is_told_as_it_is_and_whenever_it_is_another(api: Any, jp_ws_fetch: Any) -> None:
    socket = await jp_ws_fetch("townie", "api", "threads", "channel")

    async def told() -> Any:
        return json.loads(await asyncio.wait_for(socket.read_message(), 5))

    assert await told() == []
    made = await api("POST", "threads", body={"title": "one"})
    assert [(one["id"], one["title"]) for one in await told()] == [(made["id"], "one")]
    await api("DELETE", "threads", made["id"])
    assert await told() == []
    socket.close()


async def test_first_message_names_the_thread_and_counts(api: Any, connect: Connect, wire: Any) -> None:
    wire.script = [Reply.text("hello")]
    page = await connect()
    await page.ended(await page.submit("How   do penguins\nsleep?"))
    (listed,) = await api("GET", "threads")
    assert (listed["title"], listed["turns"], listed["running"]) == ("How do penguins sleep?", 1, False)
    assert listed["cost"] > 0


async def test_threads_are_found_by_what_was_said_in_them(api: Any, connect: Connect, wire: Any) -> None:
    wire.script = [Reply.text("Adelie penguins are the 100% lightest.")]
    page = await connect()
    await page.ended(await page.submit("Which birds weigh least?"))
    (said,) = await api("GET", "threads")
    other = await api("POST", "threads", body={"title": "About PENGUINS"})

    async def found(words: str) -> set[str]:
        return {thread["id"] for thread in await api("GET", "threads", params={"search": words})}

    assert await found("penguins") == {said["id"], other["id"]}
    assert await found("adelie  BIRDS") == {said["id"]}
    assert await found("100%") == {said["id"]}
    assert await found("1%0") == await found("turn_started") == set()


async def test_deleting_a_thread_stops_its_turn(api: Any, connect: Connect, wire: Any) -> None:
    wire.script = [Reply.endless()]
    page = await connect()
    await page.submit()
    await page.until_event("text")
    await api("DELETE", "threads", page.thread)
    assert wire.requests[0].gone.wait(2)
    assert await api("GET", "threads") == []


@pytest.mark.parametrize("body", ['{"title": 3}', "[]", "{"])
async def test_bad_body_is_refused(jp_fetch: Any, wire: Any, body: str) -> None:
    code, message = await status_of(jp_fetch("townie", "api", "threads", method="POST", body=body))
    assert code == 400
    assert message


async def test_nothing_is_told_without_a_token(http_server_client: Any, jp_base_url: str, wire: Any) -> None:
    for path in ("threads", "models", "status", "threads/abc/channel", "threads/channel"):
        response = await http_server_client.fetch(
            f"{jp_base_url}townie/api/{path}", raise_error=False, follow_redirects=False
        )
        assert response.code in (302, 403)


async def test_key_is_saved_shown_as_saved_and_never_told(
    api: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from jupyter_townie.models import keys

    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    keys._keyring_failed.set()
    try:
        saved = await api("PUT", "keys", "anthropic", body={"key": "sk-ant-secret-9876543210"})
        state = next(key for key in saved["keys"] if key["provider"] == "anthropic")
        assert state["state"] == "saved"
        assert "secret" not in json.dumps(saved)
        assert keys.keys_file().stat().st_mode & 0o077 == 0
        keyring = next(line for line in (await api("GET", "status"))["lines"] if line["name"] == "Keyring")
        assert keyring["level"] == "warning"
        assert "does not answer" in keyring["text"]
        gone = await api("DELETE", "keys", "anthropic")
        assert next(key for key in gone["keys"] if key["provider"] == "anthropic")["state"] == "missing"
    finally:
        keys._keyring_failed.clear()


async def test_connection_test_shows_the_providers_own_error(api: Any, wire: Any) -> None:
    wire.script = [Reply.text("ready"), Reply.error(401, "invalid x-api-key")]
    assert (await api("POST", "models", "test", body={}))["ok"] is True
    failed = await api("POST", "models", "test", body={})
    assert failed["ok"] is False
    assert "invalid x-api-key" in failed["problem"]["detail"]


async def test_status_names_what_is_missing_with_its_remedy(api: Any) -> None:
    status = await api("GET", "status")
    lines = {line["name"]: line for line in status["lines"]}
    assert lines["Model"]["level"] == "ok"
    assert all(line["remedy"] for line in status["lines"] if line["level"] != "ok")


async def test_pending_change_is_found_by_its_notebook(api: Any, connect: Connect, wire: Any, notebook: Any) -> None:
    (cell,) = notebook("a = 1")
    wire.script = [Reply.text(f"```python cell={cell}\na = 2\n```\n")]
    page = await connect()
    await page.ended(await page.submit("change", binding={"path": "work.ipynb"}))
    (pending,) = await api("GET", "actions", params={"path": "work.ipynb"})
    assert (pending["thread"], pending["body"]["after"]) == (page.thread, "a = 2")
    assert await api("GET", "actions", params={"path": "other.ipynb"}) == []


async def test_a_failure_that_is_shown_has_the_rules_loaded_but_no_client_of_a_model(
    api: Any, jp_serverapp: Any
) -> None:
    await api("POST", "ready")
    await api("POST", "ready")
    runtime = jp_serverapp.extension_manager.extension_apps["jupyter_townie"].copy().pop().runtime
    await asyncio.wait_for(runtime.ready_to_repair(), 20)
    code = (
        "import sys\nfrom jupyter_townie.threads.warming import warm\nwarm()\n"
        "print([name for name in ('anthropic', 'openai', 'pandas', 'numpy') if name in sys.modules])\n"
        "print('jupyter_townie.failures.rules' in sys.modules)"
    )
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split("\n")[:2] == ["[]", "True"], done.stderr
