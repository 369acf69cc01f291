"""How an app looks: what pages answer is taken for forged."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as Pillow

from jupyter_townie import protocol as p
from jupyter_townie.apps.apps import Apps
from jupyter_townie.apps.looking import Look, structure


def picture(size: tuple[int, int] = (40, 30), form: str = "PNG", colour: str = "red") -> str:
    target = io.BytesIO()
    Pillow.new("RGB", size, colour).save(target, form)
    return base64.b64encode(target.getvalue()).decode()


Answer = Callable[[str], p.AppReply]


async def look(tmp_path: Path, *pages: Answer | None) -> Look:
    """What is seen of an app that *pages* watch, each with its answer or silent."""
    folder = tmp_path / "apps" / "page"
    folder.mkdir(parents=True)
    (folder / "townie.toml").write_text('name = "page"\ntitle = "Page"\nkind = "web"\n')

    async def python(kernel: str | None) -> str:
        raise AssertionError

    apps = Apps(tmp_path, tmp_path / "data", python)
    (info,) = apps.list()
    loop = asyncio.get_running_loop()
    for page in pages:

        def heard(frame: p.AppFrame, page: Answer | None = page) -> None:
            if isinstance(frame, p.AppRequestFrame) and page is not None:
                loop.call_soon(lambda: apps.replied(info.id, page(frame.request)))

        apps.subscribe(info.id, heard)
    seen = await apps.look(info.id)
    await apps.close()
    return seen


def says(mime: str = "image/png", data: str | None = None, tree: str = "- button", problem: str = "") -> Answer:
    image = p.Image(mime=mime, data=data) if data is not None else None
    return lambda request: p.AppReply(request=request, image=image, tree=tree, problem=problem)


def test_picture_is_made_anew_and_smaller(tmp_path: Path) -> None:
    raw = io.BytesIO()
    made = Pillow.new("RGB", (2000, 1000), "blue")
    made.save(raw, "JPEG", comment=b"secret")
    seen = asyncio.run(look(tmp_path, says("image/png", base64.b64encode(raw.getvalue()).decode())))
    assert seen.image is not None
    # What it says of its own format counts for nothing.
    assert seen.image.mime == "image/jpeg"
    there = base64.b64decode(seen.image.data)
    assert b"secret" not in there
    with Pillow.open(io.BytesIO(there)) as opened:
        assert opened.size == (1280, 640)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "not base64!",
        base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode(),
        base64.b64encode(base64.b64decode(picture())[:60]).decode(),
        picture(form="GIF"),
        picture((5000, 4000)),
        "A" * 2_100_000,
    ],
)
def test_what_is_no_picture_is_not_used_and_the_text_is(tmp_path: Path, data: str) -> None:
    seen = asyncio.run(look(tmp_path, says(data=data)))
    assert seen.image is None
    assert seen.tree == "- button"
    assert "is not used" in seen.problem


def test_page_that_sees_it_counts_more_than_one_that_does_not(tmp_path: Path) -> None:
    hidden = says(tree="- main", problem="The page is not in sight.")
    seen = asyncio.run(look(tmp_path, hidden, says(data=picture(), tree="- button")))
    assert (seen.image is not None, seen.tree, seen.problem) == (True, "- button", "")


def test_nobody_has_it_open(tmp_path: Path) -> None:
    assert asyncio.run(look(tmp_path)).problem == "No page has the app open."


def test_addresses_that_open_the_app_and_invisible_text_are_taken_out(tmp_path: Path) -> None:
    tree = "- link: http://h/townie/apps/page-1/" + "s" * 43 + "/x.html\u202e\u200b"
    seen = asyncio.run(look(tmp_path, says(tree=tree)))
    assert seen.tree == "- link: x.html"


def test_structure_says_nothing_of_the_data() -> None:
    tree = '- document "Mine" [600x400 px in sight]:\n  - heading "Ann\'s book" [level=1]\n'
    tree += '  - textbox "Name": Ann\n  - text: Ann\n'
    tree += '  - table:\n    - cell "42"\n  - button "Save" [disabled]'
    assert structure(tree).splitlines() == [
        "- document [600x400 px in sight]:",
        "  - heading [level=1]",
        '  - textbox "Name"',
        "  - text",
        "  - table:",
        "    - cell",
        '  - button "Save" [disabled]',
    ]
