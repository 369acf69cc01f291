"""What is told of the mistakes of a backend."""

from __future__ import annotations

import asyncio
import importlib.util

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.apps import AppRefused

from .working import HOST, Workspace, answering


async def test_exception_is_told_at_once_with_the_apps_own_file(workspace: Workspace) -> None:
    app = workspace.allowed(answering("def answer(path):\n    return 1 / 0\n"))
    assert (await workspace.get(app))[0] == 500
    failure = (await workspace.failure(app)).failure
    assert failure.ename == "ZeroDivisionError"
    assert [(frame.file, frame.function) for frame in failure.frames if frame.user] == [
        ("apps/one/app.py", "app"),
        ("apps/one/app.py", "answer"),
    ]


async def test_failed_request_of_the_page_is_the_backends_failure(workspace: Workspace) -> None:
    app = workspace.allowed(answering("def answer(path):\n    return 1 / 0\n"))
    response = await (await workspace.apps.endpoint(app.id)).pool.request("GET", "/", HOST)
    response.close()
    error = dict(response.headers)[b"x-townie-error"].decode()
    await workspace.failure(app)
    workspace.apps.report(app.id, p.AppReport(kind="network", message="GET /", status=500, backend_error=error))
    assert [one.failure.ename for one in workspace.apps.failures(app.id)] == ["ZeroDivisionError"]


ANSWERS_FIRST = """
import asyncio

async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 500, "headers": []})
    await send({"type": "http.response.body", "body": b"Internal Server Error"})
    await asyncio.sleep(0.5)
    raise LookupError("no entries")
"""


async def test_page_that_tells_of_an_answer_before_its_backend_does_tells_of_the_same_failure(
    workspace: Workspace,
) -> None:
    app = workspace.allowed(ANSWERS_FIRST)
    response = await (await workspace.apps.endpoint(app.id)).pool.request("GET", "/", HOST)
    response.close()
    error = dict(response.headers)[b"x-townie-error"].decode()
    for report in (
        p.AppReport(kind="network", message="GET /", status=500, backend_error=error),
        p.AppReport(kind="error", message="Script error.", backend_error=error),
    ):
        workspace.apps.report(app.id, report)
    assert len(workspace.apps.failures(app.id)) == 2

    async def told() -> None:
        while [one.failure.ename for one in workspace.apps.failures(app.id)] != ["LookupError"]:
            await asyncio.sleep(0.02)

    await asyncio.wait_for(told(), 10)


NOISES = {
    "thread": "threading.Thread(target=lambda: 1 / 0).start()",
    "logged": "log()",
    "task": "asyncio.get_running_loop().call_soon(lambda: 1 / 0)",
    "printed": "show()",
}
NOISY = """
import asyncio, logging, threading, traceback

def log():
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger("x").exception("that did not work")

def show():
    try:
        1 / 0
    except ZeroDivisionError:
        traceback.print_exc()

def answer(path):
"""


@pytest.mark.parametrize("kind", NOISES)
async def test_exception_that_reaches_no_request_is_told_too(workspace: Workspace, kind: str) -> None:
    app = workspace.allowed(answering(f"{NOISY}    {NOISES[kind]}\n"))
    assert (await workspace.get(app))[0] == 200
    assert (await workspace.failure(app)).failure.ename == "ZeroDivisionError"


async def test_missing_package_is_told_with_the_command_that_installs_it(workspace: Workspace) -> None:
    app = workspace.allowed("import no_such_package_here\n")
    with pytest.raises(AppRefused):
        await workspace.apps.start(app.id)
    assert "-m pip install no_such_package_here" in (await workspace.failure(app)).hint


@pytest.mark.skipif(importlib.util.find_spec("gradio") is not None, reason="Gradio is installed")
async def test_framework_that_is_not_installed_is_told_with_the_command_that_installs_it(workspace: Workspace) -> None:
    app = workspace.allowed("", manifest='kind = "gradio"')
    with pytest.raises(AppRefused) as refused:
        await workspace.apps.start(app.id)
    assert "pip install gradio" in refused.value.problem.remedy


async def test_entry_that_is_not_there_is_named(workspace: Workspace) -> None:
    with pytest.raises(AppRefused, match="has no app"):
        await workspace.apps.start(workspace.allowed("x = 1").id)


async def test_app_that_ends_itself_is_told(workspace: Workspace) -> None:
    with pytest.raises(AppRefused, match="ended itself"):
        await workspace.apps.start(workspace.allowed("raise SystemExit(3)").id)


async def test_app_that_never_starts_is_given_up_and_told_where_it_waits(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("jupyter_townie.apps.backend", fromlist=["x"]).START_DEADLINE, "fullstack", 2.0)
    app = workspace.allowed("import time\n\n\ndef wait():\n    time.sleep(60)\n\n\nwait()\n")
    with pytest.raises(AppRefused, match="did not begin to serve"):
        await workspace.apps.start(app.id)
    last = workspace.apps.failures(app.id)[0].failure.frames[-1]
    assert (last.file, last.line, last.function) == ("apps/one/app.py", 5, "wait")


async def test_what_is_printed_is_in_the_log(workspace: Workspace) -> None:
    app = workspace.allowed(answering("def answer(path): print('seen', path)"))
    await workspace.get(app, "/x")
    await workspace.until(lambda: any(line.text == "seen /x" for line in workspace.apps.log(app.id)))


async def test_flood_of_prints_is_bounded(workspace: Workspace) -> None:
    source = "import threading\ndef flood():\n    while True: print('x' * 10_000)\n"
    app = workspace.allowed(answering(source + "threading.Thread(target=flood, daemon=True).start()\nanswer = str\n"))
    assert await workspace.get(app, "/still-there") == (200, "/still-there")
    await asyncio.sleep(0.5)
    lines = workspace.apps.log(app.id)
    assert 0 < sum(len(line.text) for line in lines) <= 2_000 * 2_000
