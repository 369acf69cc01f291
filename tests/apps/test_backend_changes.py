"""Backends whose code, page or kernel changes while they run."""

from __future__ import annotations

import asyncio
import textwrap
import time

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.apps import AppRefused

from .working import HELLO, Workspace, answering


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
