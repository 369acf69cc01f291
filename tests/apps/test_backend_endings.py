"""Backends that crash, are stopped, renamed or left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from jupyter_townie import protocol as p
from jupyter_townie.apps import AppRefused
from jupyter_townie.apps.backend import Backend
from jupyter_townie.apps.connection import BackendGone

from .working import HELLO, HOST, Workspace, answering


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
    app = workspace.allowed(HELLO)

    def crashed_for_good() -> bool:
        """Each time that it runs again it ends at once."""
        if workspace.apps.info(app.id).phase == "running":
            with contextlib.suppress(ProcessLookupError):
                os.kill(workspace.pid(app), signal.SIGKILL)
        return workspace.apps.info(app.id).phase == "failed"

    await workspace.apps.start(app.id)
    await workspace.until(crashed_for_good, 60)
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
    monkeypatch.setattr("jupyter_townie.apps.backends.IDLE", 1.0)
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
