"""What one turn may spend, and how it goes on afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.wire import Reply
from tests.wire.reply import Tokens

from .conftest import Connect

DEAR = Tokens(input=1_000_000, output=100_000)


def call(again: int = 1) -> list[Reply]:
    return [Reply.tool("list_files", {"path": ""}, usage=DEAR) for _ in range(again)]


async def test_turn_ends_at_its_limit_and_continue_gives_it_as_much_again(connect: Connect, wire: Any) -> None:
    wire.script = [*call(3), Reply.text("done")]
    page = await connect()
    turn = await page.submit("go", options={"max_cost": 0.01})
    ended = await page.ended(turn)
    assert (ended["reason"], ended["problem"]["code"], len(wire.requests)) == ("limit", "cost", 1)
    await page.send("continue", turn=turn)
    await page.ended(turn)
    assert len(wire.requests) == 2


async def test_cost_of_a_stopped_answer_is_counted(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.endless(usage=DEAR)]
    page = await connect()
    turn = await page.submit("go")
    await page.until_event("text")
    await page.send("stop", turn=turn)
    await page.ended(turn)
    assert page.of("usage")[0]["usage"]["input"] == DEAR.input


class TestServersLimit:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["TownieApp"]["max_cost"] = 0.01
        return jp_server_config

    async def test_continue_does_not_lift_it(self, connect: Connect, wire: Any) -> None:
        wire.script = [*call(3)]
        page = await connect()
        turn = await page.submit("go", options={"max_cost": 100})
        await page.ended(turn)
        await page.send("continue", turn=turn)
        ended = await page.ended(turn)
        assert (ended["problem"]["code"], len(wire.requests)) == ("cost", 1)
        assert "new message" in ended["problem"]["remedy"]


async def test_limit_that_can_not_be_kept_is_told_once_in_a_thread(connect: Connect, wire: Any) -> None:
    page = await connect()
    for _ in range(2):
        turn = await page.submit("go", options={"max_cost": 1, "model": "anthropic/unheard-of"})
        await page.ended(turn)
    told = [event for event in page.of("notice") if event["problem"]["code"] == "price_unknown"]
    assert len(told) == 1
