"""What a model may see of a notebook: asked before the first request, kept for the notebook, and held to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tornado.httpclient import HTTPClientError

from .conftest import Connect


@pytest.fixture
def choose(jp_fetch: Any) -> Any:
    async def put(level: str, path: str = "work.ipynb") -> Any:
        body = json.dumps({"path": path, "level": level})
        return json.loads((await jp_fetch("townie", "api", "privacy", method="PUT", body=body)).body)

    return put


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
NOTEBOOK = {"kind": "notebook", "ref": "work.ipynb", "label": "work.ipynb"}


async def test_nothing_is_sent_before_the_user_has_chosen(connect: Connect, wire: Any, notebook: Any) -> None:
    notebook("x = 1")
    page = await connect()
    turn = await page.submit(binding={"path": "work.ipynb"}, options={"ask_privacy": True})
    ended = await page.ended(turn)
    assert (ended["reason"], ended["problem"]["code"]) == ("limit", "privacy")
    assert "work.ipynb" in ended["problem"]["message"]
    assert wire.requests == []


async def test_turn_goes_on_with_what_was_chosen(connect: Connect, wire: Any, notebook: Any, choose: Any) -> None:
    notebook("x = 1")
    page = await connect()
    turn = await page.submit(
        binding={"path": "work.ipynb"}, attachments=[NOTEBOOK], options={"ask_privacy": True, "privacy": "outputs"}
    )
    await page.ended(turn)
    await choose("code")
    await page.send("continue", turn=turn)
    assert (await page.ended(turn))["reason"] == "done"
    assert "x = 1" in json.dumps(wire.requests[0].body)


async def test_chosen_level_holds_whatever_the_page_asks_for(
    connect: Connect, wire: Any, notebook: Any, choose: Any, jp_root_dir: Any
) -> None:
    import nbformat

    notebook("print('seen only with outputs')")
    book = nbformat.read(jp_root_dir / "work.ipynb", as_version=4)
    book.cells[0]["outputs"] = [nbformat.v4.new_output("stream", text="the private output\n")]
    nbformat.write(book, jp_root_dir / "work.ipynb")
    await choose("types")
    page = await connect()
    turn = await page.submit(
        binding={"path": "work.ipynb"}, attachments=[NOTEBOOK], options={"privacy": "outputs", "ask_privacy": True}
    )
    assert (await page.ended(turn))["reason"] == "done"
    assert "the private output" not in json.dumps(wire.requests[0].body)


async def test_choice_is_told_and_can_be_taken_back(jp_fetch: Any, choose: Any) -> None:
    await choose("values")
    told = await jp_fetch("townie", "api", "privacy", params={"path": "work.ipynb"})
    assert json.loads(told.body) == {"path": "work.ipynb", "level": "values"}
    assert (await choose(""))["level"] is None


async def test_level_that_does_not_exist_is_refused(choose: Any) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await choose("everything")
    assert refused.value.code == 400


async def test_choice_follows_a_rename_but_not_a_copy_or_a_new_notebook(
    jp_fetch: Any, notebook: Any, choose: Any, jp_root_dir: Any
) -> None:
    async def level(path: str) -> Any:
        told = await jp_fetch("townie", "api", "privacy", params={"path": path})
        return json.loads(told.body)["level"]

    notebook("x = 1")
    await choose("outputs")
    body = json.dumps({"copy_from": "work.ipynb"})
    copy = json.loads((await jp_fetch("api", "contents", "", method="POST", body=body)).body)["path"]
    assert await level(copy) is None
    for old, new in (("work.ipynb", "report.ipynb"), ("report.ipynb", "year/report.ipynb"), ("year", "2025")):
        (jp_root_dir / "year").mkdir(exist_ok=True)
        await jp_fetch("api", "contents", *old.split("/"), method="PATCH", body=json.dumps({"path": new}))
        assert await level(new) == ("outputs" if new.endswith("ipynb") else None)
    assert await level("2025/report.ipynb") == "outputs"
    assert await level("work.ipynb") is None
    await jp_fetch("api", "contents", "2025", "report.ipynb", method="DELETE")
    assert await level("2025/report.ipynb") is None


async def test_images_take_no_room_of_a_model_that_reads_text_only(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOWNIE_BASE_URL", wire.openai_url)
    notebook("plot()")
    book = nbformat.read(jp_root_dir / "work.ipynb", 4)
    book.cells[0]["outputs"] = [nbformat.v4.new_output("display_data", {"image/png": PIXEL, "text/plain": "a plot"})]
    nbformat.write(book, jp_root_dir / "work.ipynb")
    page = await connect()
    options = {"privacy": "outputs", "model": "custom/reader"}
    await page.ended(await page.submit(binding={"path": "work.ipynb"}, attachments=[NOTEBOOK], options=options))
    (image,) = [part for part in page.of("request_sent")[0]["parts"] if part["kind"] == "image"]
    assert (image["label"], image["tokens"]) == ("1 image", 0)
    assert "text only" in image["note"]
    assert "image 1" not in wire.requests[0].last_user_text
