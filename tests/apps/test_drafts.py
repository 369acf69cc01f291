"""Files that are being written, and those who read along."""

from __future__ import annotations

import asyncio

from jupyter_townie.apps.drafts import Drafts


async def test_readers_get_all_of_it_whenever_they_come() -> None:
    drafts = Drafts()
    draft = drafts.open("apps/one/index.html")
    draft.write("ab")

    async def read(start: int = 0) -> str:
        return "".join([piece async for piece in draft.chunks(start)])

    first, second = asyncio.ensure_future(read()), asyncio.ensure_future(read(1))
    await asyncio.sleep(0)
    draft.write("cd")
    await asyncio.sleep(0.01)
    draft.write("e")
    draft.end()
    assert (await first, await second, await read()) == ("abcde", "bcde", "abcde")


def test_ended_draft_is_no_longer_found() -> None:
    drafts = Drafts()
    draft = drafts.open("apps/one/index.html")
    assert drafts.get("/apps/one/index.html") is draft
    assert drafts.below("apps/one") == [draft]
    draft.end()
    assert (drafts.get("apps/one/index.html"), drafts.below("apps/one")) == (None, [])


def test_second_draft_of_a_file_ends_the_first() -> None:
    drafts = Drafts()
    first = drafts.open("a/b")
    second = drafts.open("a/b")
    assert (first.ended, drafts.get("a/b")) == (True, second)
