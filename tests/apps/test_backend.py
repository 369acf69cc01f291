"""Backends: served, renewed, restarted, stopped, and what is told of their mistakes."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from jupyter_townie import protocol as p
from jupyter_townie.apps import AppRefused
from jupyter_townie.apps.backend import Backend
from jupyter_townie.apps.connection import BackendGone

from .working import HOST, Workspace, answering

HELLO = answering("def answer(path): return 'hello'")


# ------------------------------------------------------------------------------------------------------- what is served

ENTRIES = {
    "asgi": (HELLO, "app:app"),
    "starlette": (
        """
        from starlette.applications import Starlette
        from starlette.responses import PlainTextResponse
        from starlette.routing import Route

        async def hello(request):
            return PlainTextResponse("hello")

        app = Starlette(routes=[Route("/", hello)])
        """,
        "app:app",
    ),
    "fastapi": (
        """
        from fastapi import FastAPI
        from fastapi.responses import PlainTextResponse
        app = FastAPI()

        @app.get("/", response_class=PlainTextResponse)
        def hello(): return "hello"
        """,
        "app:app",
    ),
    "wsgi": (
        """
        def application(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"hello"]
        """,
        "app:application",
    ),
    "factory": (
        """
        def create_app():
            async def app(scope, receive, send):
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b"hello"})
            return app
        """,
        "app:create_app()",
    ),
    "file": (HELLO, "app.py"),
    "own_server": (HELLO + "\nimport uvicorn\nuvicorn.run(app, port=8000)\n", "app:app"),
}


@pytest.mark.parametrize("kind", ENTRIES)
async def test_whatever_the_entry_is_it_is_served(workspace: Workspace, kind: str) -> None:
    source, entry = ENTRIES[kind]
    app = workspace.allowed(textwrap.dedent(source), manifest=f'kind = "fullstack"\nentry = "{entry}"')
    assert await workspace.get(app) == (200, "hello")


async def test_flask_app_is_served(workspace: Workspace) -> None:
    pytest.importorskip("flask")
    source = "from flask import Flask\napp = Flask('x')\napp.route('/')(lambda: 'hello')\napp.run()\n"
    assert await workspace.get(workspace.allowed(source)) == (200, "hello")


async def test_page_is_named_to_an_app_that_builds_addresses(workspace: Workspace) -> None:
    source = """
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def place(request):
        return PlainTextResponse(str(request.url_for("place")))

    app = Starlette(routes=[Route("/place", place, name="place")])
    """
    app = workspace.allowed(textwrap.dedent(source))
    forwarded = [
        (b"x-forwarded-prefix", b"/base/townie/apps/one/cap"),
        (b"x-forwarded-host", b"example.org"),
        (b"x-forwarded-proto", b"https"),
    ]
    pool = (await workspace.apps.endpoint(app.id)).pool
    response = await pool.request("GET", "/place", [*HOST, *forwarded])
    text = b"".join([piece async for piece in response.body()])
    assert text == b"https://example.org/base/townie/apps/one/cap/place"


async def test_answer_that_is_not_ready_streams(workspace: Workspace) -> None:
    source = """
    import asyncio

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await asyncio.sleep(60)
    """
    app = workspace.allowed(textwrap.dedent(source))
    response = await (await workspace.apps.endpoint(app.id)).pool.request("GET", "/", HOST)
    first = await asyncio.wait_for(response.body().__anext__(), 3)
    response.close()
    assert first == b"one"


async def test_modules_of_the_app_are_found(workspace: Workspace) -> None:
    app = workspace.allowed("from lib.words import app\n", **{"lib/words.py": HELLO})
    assert await workspace.get(app) == (200, "hello")


async def test_where_nothing_confines_it_the_app_runs_with_the_persons_rights(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_townie.apps.backend.available", lambda: False)
    monkeypatch.setattr("jupyter_townie.apps.confinement.available", lambda: False)
    app = workspace.allowed(answering("import os\ndef answer(path): return 'passwd' in os.listdir('/etc')"))
    assert await workspace.get(app) == (200, "True")
    assert workspace.apps.info(app.id).rights == "user"


# ------------------------------------------------------------------------------------------------------------- changes


async def test_changed_code_runs_within_a_moment_and_the_database_is_kept(workspace: Workspace) -> None:
    source = """
    import townie
    db = townie.db()
    db.execute("CREATE TABLE IF NOT EXISTS visits (time REAL)")

    def answer(path):
        db.execute("INSERT INTO visits VALUES (1)")
        return "first %d" % db.one("SELECT count(*) AS n FROM visits").n
    """
    source = answering(textwrap.dedent(source))
    app = workspace.allowed(source)
    assert await workspace.get(app) == (200, "first 1")
    workspace.write(app, "app.py", source.replace("first", "second"))
    began = time.monotonic()
    await workspace.apps.changed(app.id, ["apps/one/app.py"])
    assert await workspace.get(app) == (200, "second 2")
    assert time.monotonic() - began < 2


async def test_persons_own_edit_of_the_code_is_picked_up(workspace: Workspace) -> None:
    app = workspace.allowed(HELLO)
    workspace.watch(app)
    await workspace.get(app)
    workspace.write(app, "app.py", HELLO.replace("hello", "changed"))
    await workspace.until(
        lambda: any(isinstance(frame, p.AppReloadFrame) and frame.reason == "backend" for frame in workspace.frames)
    )
    assert await workspace.get(app) == (200, "changed")


async def test_what_townie_wrote_runs_even_if_nobody_asked_for_it_yet(workspace: Workspace) -> None:
    app = workspace.allowed("1 / 0")
    await workspace.apps.changed(app.id, ["apps/one/app.py"])
    assert [one.failure.ename for one in workspace.apps.failures(app.id)] == ["ZeroDivisionError"]


async def test_app_starts_although_who_asked_has_left(workspace: Workspace) -> None:
    app = workspace.allowed(HELLO)
    asking = asyncio.create_task(workspace.apps.start(app.id))
    await asyncio.sleep(0.05)
    asking.cancel()
    await workspace.until(lambda: workspace.apps.info(app.id).phase == "running")


async def test_kernel_that_is_not_there_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = p.Problem(code="no_kernelspec", message="There is no kernel 'x'.")

    async def python(_: str | None) -> str:
        raise AppRefused(problem)

    object.__setattr__(workspace.apps._running._context, "python", python)
    app = workspace.allowed(HELLO)
    with pytest.raises(AppRefused, match="no kernel"):
        await workspace.apps.start(app.id)
    assert workspace.apps.info(app.id).phase == "failed"


async def test_change_of_the_page_leaves_the_backend_running(workspace: Workspace) -> None:
    app = workspace.allowed(HELLO, **{"static/index.html": "one"})
    await workspace.get(app)
    before = workspace.pid(app)
    workspace.write(app, "static/index.html", "two")
    await workspace.apps.changed(app.id, ["apps/one/static/index.html"])
    assert workspace.pid(app) == before


async def test_no_request_fails_while_the_code_changes(workspace: Workspace) -> None:
    app = workspace.allowed(HELLO)
    await workspace.get(app)
    done = asyncio.Event()

    async def ask() -> set[int]:
        found = set()
        while not done.is_set():
            found.add((await workspace.get(app))[0])
        return found

    asking = [asyncio.create_task(ask()) for _ in range(3)]
    for number in range(3):
        workspace.write(app, "app.py", f"{HELLO}\n# {number}\n")
        await workspace.apps.changed(app.id, ["apps/one/app.py"])
    done.set()
    assert set().union(*await asyncio.gather(*asking)) == {200}


async def test_code_that_can_not_be_imported_is_told_and_runs_again_once_it_is_mended(workspace: Workspace) -> None:
    app = workspace.allowed(HELLO)
    await workspace.get(app)
    workspace.write(app, "app.py", "def broken(:\n")
    await workspace.apps.changed(app.id, ["apps/one/app.py"])
    failure = (await workspace.failure(app)).failure
    assert (workspace.apps.info(app.id).phase, failure.ename, failure.source) == ("failed", "SyntaxError", "backend")
    with pytest.raises(AppRefused, match="SyntaxError"):
        await workspace.apps.endpoint(app.id)
    workspace.write(app, "app.py", HELLO)
    await workspace.apps.changed(app.id, ["apps/one/app.py"])
    assert await workspace.get(app) == (200, "hello")
    assert list(workspace.apps.failures(app.id)) == []


async def test_asking_for_more_stops_what_runs(workspace: Workspace) -> None:
    app = workspace.allowed(HELLO)
    await workspace.get(app)
    workspace.write(app, "townie.toml", 'kind = "fullstack"\n[permissions]\nnetwork = true')
    await workspace.apps.changed(app.id, ["apps/one/townie.toml"])
    assert workspace.apps.info(app.id).phase == "stopped"
    with pytest.raises(AppRefused, match="network"):
        await workspace.apps.endpoint(app.id)


# ------------------------------------------------------------------------------------------------------------ mistakes


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


# -------------------------------------------------------------------------------------------------- crashes and endings


async def test_crash_is_told_and_the_next_request_is_answered(workspace: Workspace) -> None:
    app = workspace.allowed(HELLO)
    await workspace.get(app)
    os.kill(workspace.pid(app), signal.SIGKILL)
    assert "signal 9" in (await workspace.failure(app)).failure.evalue
    assert await workspace.get(app) == (200, "hello")


async def test_app_that_crashes_again_and_again_is_left_alone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_townie.apps.backend.FIRST_PAUSE", 0.01)
    source = "import os, threading\nthreading.Timer(0.2, os._exit, [7]).start()\nanswer = str\n"
    app = workspace.allowed(answering(source))
    await workspace.apps.start(app.id)
    await workspace.until(lambda: workspace.apps.info(app.id).phase == "failed", 15)
    assert "5 times" in workspace.apps.info(app.id).message


async def test_stopped_app_starts_again_with_the_next_request(workspace: Workspace) -> None:
    app = workspace.allowed(HELLO)
    await workspace.get(app)
    await workspace.apps.stop(app.id)
    assert workspace.apps.info(app.id).phase == "stopped"
    assert await workspace.get(app) == (200, "hello")


async def test_app_that_its_person_has_stopped_is_shown_nowhere_and_no_request_starts_it(workspace: Workspace) -> None:
    app = workspace.allowed(HELLO)
    await workspace.get(app)
    workspace.watch(app)
    await workspace.apps.halt(app.id)
    told = workspace.frames[-1]
    assert isinstance(told, p.AppStateFrame)
    assert (told.app.phase, told.app.halted) == ("stopped", True)
    with pytest.raises(AppRefused, match="stopped"):
        await workspace.get(app)
    await workspace.apps.start(app.id)
    assert not workspace.apps.info(app.id).halted
    assert await workspace.get(app) == (200, "hello")


async def test_idle_app_is_stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_townie.apps.backends.IDLE", 0.2)
    monkeypatch.setattr("jupyter_townie.apps.backends.MEASURE_EVERY", 0.1)
    app = workspace.allowed(HELLO)
    await workspace.get(app)
    await workspace.until(lambda: workspace.apps.info(app.id).phase == "stopped")


async def test_app_is_stopped_a_while_after_its_last_panel_was_closed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_townie.apps.lifecycle.AFTER_CLOSING", 0.3)
    monkeypatch.setattr("jupyter_townie.apps.backends.LOOK_EVERY", 0.1)
    app = workspace.allowed(HELLO)
    close, close_other = workspace.watch(app), workspace.watch(app)
    await workspace.get(app)
    close()
    await asyncio.sleep(0.6)
    assert workspace.apps.info(app.id).phase == "running"
    close_other()
    await workspace.until(lambda: workspace.apps.info(app.id).phase == "stopped")
    assert "starts again when it is used" in workspace.apps.info(app.id).message
    assert await workspace.get(app) == (200, "hello")


async def test_app_that_is_used_without_a_panel_goes_on(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_townie.apps.lifecycle.AFTER_CLOSING", 0.1)
    monkeypatch.setattr("jupyter_townie.apps.lifecycle.SAYING_GOODBYE", 0.0)
    monkeypatch.setattr("jupyter_townie.apps.backends.LOOK_EVERY", 0.2)
    app = workspace.allowed(HELLO)
    close = workspace.watch(app)
    await workspace.get(app)
    close()
    await workspace.get(app)
    await asyncio.sleep(0.6)
    assert workspace.apps.info(app.id).phase == "running"


KEEPS = """
kept = []
def answer(path):
    file = open("data/x", "w")
    if path == "/unnamed":
        import os
        os.unlink("data/x")
        kept.append(file)
    file.write("x" * 2_000)
    file.flush()
"""


@pytest.mark.parametrize("how", ["/", "/unnamed"])
async def test_app_that_keeps_too_much_is_stopped(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("jupyter_townie.apps.backends.LARGEST_DATA", 1_000)
    monkeypatch.setattr("jupyter_townie.apps.backends.MEASURE_EVERY", 0.1)
    monkeypatch.setattr(Backend, "busy", True)  # a page that keeps a connection open is no reason to look away
    app = workspace.allowed(answering(KEEPS))
    with contextlib.suppress(BackendGone):  # it may be ended before it has answered
        await workspace.get(app, how)
    await workspace.until(lambda: workspace.apps.info(app.id).phase == "failed")
    with pytest.raises(AppRefused, match="data folder and its caches"):
        await workspace.apps.endpoint(app.id)


async def test_one_app_too_many_stops_the_one_that_was_used_longest_ago(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_townie.apps.backends.MOST", 1)
    apps = [workspace.make({"app.py": HELLO}, path=f"apps/{name}") for name in ("one", "two")]
    for app in apps:
        workspace.apps.allow(app.id)
        await workspace.get(app)
    assert [workspace.apps.info(app.id).phase for app in apps] == ["stopped", "running"]


async def test_hanging_app_is_told_with_the_place_where_it_hangs(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_townie.apps.backend.HANGS_AFTER", 2)
    app = workspace.allowed(answering("def answer(path):\n    while True: pass\n"))
    pool = (await workspace.apps.endpoint(app.id)).pool
    with pytest.raises(BackendGone):
        await pool.request("GET", "/", HOST, timeout=0.5)
    failure = (await workspace.failure(app, 15)).failure
    assert (failure.ename, failure.frames[-1].function) == ("BackendHangs", "answer")


async def test_renamed_folder_stops_its_backend(workspace: Workspace) -> None:
    app = workspace.allowed(HELLO)
    await workspace.get(app)
    process = psutil.Process(workspace.pid(app))
    app.folder.rename(workspace.root / "elsewhere")
    await workspace.until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)


async def test_closing_leaves_no_process_and_no_folder(workspace: Workspace) -> None:
    app = workspace.allowed(HELLO)
    endpoint = await workspace.apps.endpoint(app.id)
    nursery = psutil.Process(workspace.pid(app)).parent()
    processes = [nursery, *nursery.children(recursive=True)] if nursery else []
    await workspace.apps.stop(app.id)
    gone, alive = psutil.wait_procs(processes, timeout=3)
    assert len(gone) == 2
    assert (alive, Path(endpoint.socket).parent.exists()) == ([], False)


SERVER = """
import asyncio, json, sys
from pathlib import Path
from jupyter_townie.apps import Apps

async def main():
    async def python(name):
        return sys.executable
    apps = Apps(Path(sys.argv[1]), Path(sys.argv[2]), python)
    app = apps.of("apps/one")
    apps.allow(app.id)
    endpoint = await apps.endpoint(app.id)
    backend = apps._running._backends.of(app.id)
    print(json.dumps([endpoint.socket, backend.pid, backend._nursery.pid]), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_server_killed_outright_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "root" / "apps" / "one"
    folder.mkdir(parents=True)
    (folder / "townie.toml").write_text('kind = "fullstack"')
    (folder / "app.py").write_text(
        answering("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nanswer = str")
    )
    arguments = [sys.executable, "-c", SERVER, str(tmp_path / "root"), str(tmp_path / "data")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        place, *pids = json.loads(server.stdout.readline())
        processes = [psutil.Process(pid) for pid in pids]
        server.kill()
    _, alive = psutil.wait_procs(processes, timeout=5)
    assert alive == []
    deadline = time.monotonic() + 3
    while Path(place).parent.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(place).parent.exists()


def other_pythons() -> list[str]:
    """Pythons of this machine, which have nothing installed that an app needs."""
    found = [shutil.which(f"python3.{minor}") for minor in (10, 12, 13, 14)]
    return [path for path in found if path and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0]


@pytest.mark.parametrize("python", other_pythons() or [pytest.param("", marks=pytest.mark.skip("no other Python"))])
async def test_environment_without_a_server_is_lent_one(workspace: Workspace, python: str, tmp_path: Path) -> None:
    subprocess.run([python, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)

    async def bare(_: str | None) -> str:
        return str(tmp_path / "venv" / "bin" / "python")

    object.__setattr__(workspace.apps._running._context, "python", bare)
    app = workspace.allowed(answering("import sys, townie\ndef answer(path): return sys.prefix"))
    assert await workspace.get(app) == (200, str(tmp_path / "venv"))
