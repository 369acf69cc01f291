"""What waits for the person before an app runs."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.apps.grants import Grants

from .apps import HOME, PAGE, Work, block, manifest


async def started(work: Work, more: str, mode: p.Mode = "auto") -> Any:
    """What is asked of the person when an app that asks for ``more`` has been written."""
    work.says(manifest(more=more) + block(f"{HOME}/index.html", PAGE, "html"))
    turn = await work.turn(mode=mode)
    return next((record for record in turn.actions.values() if isinstance(record.body, p.StartAppAction)), None)


async def test_app_without_a_backend_and_without_wishes_needs_no_decision(work: Work) -> None:
    assert await started(work, "", "ask") is None


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ('hosts = ["api.example.org"]', "reach api.example.org"),
        ("network = true", "reach the whole internet"),
        ("llm = true", "use your language model"),
    ],
)
async def test_what_an_app_asks_for_beyond_its_own_code_waits_even_in_auto_mode(
    work: Work, wish: str, told: str
) -> None:
    start = await started(work, f"[permissions]\n{wish}")
    assert start.state == "waiting"
    assert told in start.body.note
    assert not work.apps.consented(start.body.app)
    await work.decide(start.id)
    assert work.apps.consented(start.body.app)


async def test_rejected_app_does_not_start(work: Work) -> None:
    start = await started(work, "[permissions]\nllm = true")
    await work.decide(start.id, "reject")
    assert (start.state, work.apps.consented(start.body.app)) == ("rejected", False)


async def test_app_that_asks_for_more_later_is_asked_about_again(work: Work) -> None:
    start = await started(work, '[permissions]\nhosts = ["a.example.org"]')
    await work.decide(start.id)
    wider = manifest(more='[permissions]\nhosts = ["a.example.org", "b.example.org"]')
    work.says(wider)
    turn = await work.turn("also b")
    assert [record.state for record in turn.actions.values()] == ["done", "waiting"]


BACKEND = manifest("fullstack", 'entry = "app:app"') + block(
    f"{HOME}/app.py", "async def app(scope, receive, send):\n    pass", "python"
)


async def test_code_that_nothing_confines_always_asks(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Grants, "rights", "user")
    work.says(BACKEND)
    turn = await work.turn(mode="auto")
    start = list(turn.actions.values())[-1]
    assert (start.body.rights, start.state) == ("user", "waiting")
    assert "all of your rights" in start.body.note


async def test_files_of_code_that_nothing_confines_wait_once_it_may_run(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Grants, "rights", "user")
    work.says(BACKEND, block(f"{HOME}/app.py", "import os\nos.remove('x')", "python"))
    await work.turn()
    work.apps.allow(work.apps.of(HOME).id)
    turn = await work.turn("change it")
    assert [(record.gate, record.state) for record in turn.actions.values()] == [("edit", "waiting")]
