"""Pages of apps that stop the JupyterLab that they are shown in."""

from __future__ import annotations

import os
import sys
import time

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.apps import App, Apps
from jupyter_townie.apps.freezes import UNHEARD, Pulse

from .working import Workspace

HANGS = p.AppReport(kind="hang", message="The page does not react any more.")


def page(workspace: Workspace, path: str = "apps/one") -> App:
    return workspace.make({"index.html": "<p>Hello"}, manifest='title = "Hello"\nkind = "web"', path=path)


def shown(workspace: Workspace, app: App, session: str = "s") -> Pulse:
    """The app's page is loaded in a JupyterLab."""
    pulse = workspace.apps.freezes.pulse(app.id)
    pulse.heard(p.AppPulse(session=session, loaded=True, url="app.js", line=3))
    return pulse


def stop(*pulses: Pulse) -> None:
    """JupyterLab stops; the browser goes on."""
    for _ in range(UNHEARD):
        for pulse in pulses:
            pulse.pong()


def restart(workspace: Workspace) -> None:
    async def python(kernelspec: str | None) -> str:
        return sys.executable

    workspace.apps = Apps(workspace.root, workspace.data, python)


def freeze(workspace: Workspace, app: App) -> p.AppFreeze | None:
    return workspace.apps.info(app.id).freeze


def failures(workspace: Workspace, app: App) -> list[tuple[str, int]]:
    return [(one.failure.ename, one.count) for one in workspace.apps.failures(app.id)]


async def test_page_with_which_jupyterlab_ended_is_one_failure_and_is_held_back(workspace: Workspace) -> None:
    app = page(workspace)
    pulse = shown(workspace, app)
    stop(pulse)
    # Another tab does not load it either.
    assert freeze(workspace, app) is not None
    assert failures(workspace, app) == []
    pulse.close()
    assert failures(workspace, app) == [("PageHangs", 1)]
    (told,) = workspace.apps.failures(app.id)
    assert [(frame.file, frame.line) for frame in told.failure.frames] == [("apps/one/app.js", 3)]
    held = freeze(workspace, app)
    assert held is not None and held.others == []


async def test_jupyterlab_that_was_only_busy_leaves_no_trace(workspace: Workspace) -> None:
    app = page(workspace)
    pulse = shown(workspace, app)
    stop(pulse)
    pulse.heard(p.AppPulse(session="s", loaded=True, answered=True))
    pulse.close()
    assert (freeze(workspace, app), failures(workspace, app)) == (None, [])


async def test_jupyterlab_that_is_back_without_an_answer_of_the_page_is_not_enough(workspace: Workspace) -> None:
    app = page(workspace)
    pulse = shown(workspace, app)
    stop(pulse)
    pulse.heard(p.AppPulse(session="s", loaded=True))
    pulse.heard(p.AppPulse(session="s", loaded=False))
    pulse.close()
    assert freeze(workspace, app) is not None
    assert failures(workspace, app) == [("PageHangs", 1)]


async def test_busy_for_a_moment_or_out_of_sight_is_no_freeze(workspace: Workspace) -> None:
    app = page(workspace)
    pulse = shown(workspace, app)
    for _ in range(3):
        for _ in range(UNHEARD - 1):
            pulse.pong()
        pulse.heard(p.AppPulse(session="s", loaded=True))
    pulse.heard(p.AppPulse(session="s", loaded=False))
    stop(pulse)
    assert freeze(workspace, app) is None


async def test_after_a_restart_of_the_server_it_is_known_and_told(workspace: Workspace) -> None:
    app = page(workspace)
    stop(shown(workspace, app))
    await workspace.apps.close()
    restart(workspace)
    assert freeze(workspace, app) is not None
    assert failures(workspace, app) == [("PageHangs", 1)]


async def test_of_several_pages_none_is_called_the_cause(workspace: Workspace) -> None:
    one, two, elsewhere = (page(workspace, f"apps/{name}") for name in ("one", "two", "elsewhere"))
    first, second = shown(workspace, one), shown(workspace, two)
    shown(workspace, elsewhere, session="another browser")
    stop(first, second)
    first.close()
    second.close()
    for app in (one, two):
        held = freeze(workspace, app)
        assert held is not None and held.others == ["Hello"]
        assert failures(workspace, app) == []
    assert freeze(workspace, elsewhere) is None


async def test_of_several_pages_the_one_is_the_cause_that_does_not_answer_when_jupyterlab_is_back(
    workspace: Workspace,
) -> None:
    one, two = page(workspace), page(workspace, "apps/two")
    first, second = shown(workspace, one), shown(workspace, two)
    stop(first, second)
    second.heard(p.AppPulse(session="s", loaded=True, answered=True))
    first.heard(p.AppPulse(session="s", loaded=True))
    # The browser has ended its script; JupyterLab tells of it as of any page that hangs.
    first.hung()
    workspace.apps.report(one.id, HANGS)
    first.close()
    held = freeze(workspace, one)
    assert held is not None and held.others == []
    assert failures(workspace, one) == [("PageHangs", 1)]
    assert (freeze(workspace, two), failures(workspace, two)) == (None, [])


async def test_page_that_hangs_alone_is_loaded_again_by_itself(workspace: Workspace) -> None:
    app = page(workspace)
    pulse = shown(workspace, app)
    pulse.hung()
    pulse.close()
    assert freeze(workspace, app) is None


async def test_it_is_held_back_until_somebody_wants_it_and_again_when_it_does_the_same(workspace: Workspace) -> None:
    app = page(workspace)
    pulse = shown(workspace, app)
    stop(pulse)
    workspace.apps.freezes.release(app.id)
    assert freeze(workspace, app) is None
    pulse.heard(p.AppPulse(session="s", loaded=True))
    stop(pulse)
    assert freeze(workspace, app) is not None


async def test_it_is_held_back_until_its_files_change(workspace: Workspace) -> None:
    app = page(workspace)
    pulse = shown(workspace, app)
    stop(pulse)
    pulse.close()
    workspace.watch(app)
    workspace.write(app, "index.html", "<p>Mended")
    await workspace.apps.changed(app.id, ["apps/one/index.html"])
    assert (freeze(workspace, app), failures(workspace, app)) == (None, [])
    kinds = [frame.frame for frame in workspace.frames]
    last = [frame for frame in workspace.frames if isinstance(frame, p.AppStateFrame)][-1]
    # Else the page would not be loaded.
    assert kinds[-1] == "reload" and last.app.freeze is None


async def test_a_change_that_nobody_has_watched_releases_it_too(workspace: Workspace) -> None:
    app = page(workspace)
    stop(shown(workspace, app))
    later = time.time() + 5
    os.utime(app.folder / "index.html", (later, later))
    assert freeze(workspace, app) is None


def cut_off(workspace: Workspace, session: str, *apps: App) -> None:
    """The browser's process ends, and what is in it."""
    for pulse in [shown(workspace, app, session) for app in apps]:
        pulse.close()


async def test_page_with_which_the_browser_ended_twice_is_held_back(workspace: Workspace) -> None:
    app = page(workspace)
    cut_off(workspace, "first", app)
    assert (freeze(workspace, app), failures(workspace, app)) == (None, [])
    cut_off(workspace, "second", app)
    held = freeze(workspace, app)
    assert held is not None and held.ended
    assert failures(workspace, app) == [("PageCrashes", 1)]


async def test_of_several_with_which_the_browser_ended_none_is_called_the_cause(workspace: Workspace) -> None:
    apps = [page(workspace), page(workspace, "apps/two")]
    for session in ("first", "second"):
        cut_off(workspace, session, *apps)
    for app in apps:
        held = freeze(workspace, app)
        assert held is not None and held.others == ["Hello"]
        assert failures(workspace, app) == []


async def test_lost_connections_and_farewells_hold_nothing_back(workspace: Workspace) -> None:
    app = page(workspace)
    # The network is gone, again and again, and the same JupyterLab is there afterwards.
    for _ in range(3):
        shown(workspace, app, "s").close()
    # One that was left says so, and what was before is no row any more.
    pulse = shown(workspace, app, "s")
    pulse.heard(p.AppPulse(session="s", loaded=False))
    pulse.close()
    cut_off(workspace, "other", app)
    assert (freeze(workspace, app), failures(workspace, app)) == (None, [])


async def test_end_of_a_page_that_was_open_for_long_says_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_townie.apps.freezes.SOON", 0.0)
    app = page(workspace)
    cut_off(workspace, "first", app)
    cut_off(workspace, "second", app)
    assert freeze(workspace, app) is None


async def test_end_of_the_server_is_no_end_of_the_browsers(workspace: Workspace) -> None:
    app = page(workspace)
    pulses = [shown(workspace, app, session) for session in ("first", "second")]
    await workspace.apps.close()
    for pulse in pulses:
        pulse.close()
    restart(workspace)
    assert freeze(workspace, app) is None
