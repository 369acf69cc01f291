"""Apps as they are kept: compared, branched, renamed, deleted and had back, over a real server."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from jupyter_townie.apps.versions import Versions

from .visiting import make

__all__ = ["make"]

# One grey pixel.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCB0K6t6wAAAABJRU5ErkJggg==")


@pytest.fixture
def api(jp_fetch: Any) -> Callable[..., Any]:
    async def ask(place: str, method: str = "GET", body: Any = None, **params: str) -> Any:
        sent = {"body": json.dumps(body or {})} if method in ("POST", "PATCH") else {}
        answer = await jp_fetch(
            "townie", "api", *place.split("/"), method=method, params=params, raise_error=False, **sent
        )
        known = answer.headers.get("Content-Type", "").startswith("application/json")
        return answer.code, json.loads(answer.body) if known and answer.body else answer

    return ask


@pytest.fixture
def book(make: Callable[..., str], jp_serverapp: Any, jp_root_dir: Path) -> Any:
    """An app with two versions that differ in their files and in the rows of its database."""
    make(name="book", index_html="one\ntwo\n", old_css="x")
    extension = jp_serverapp.extension_manager.extension_points["jupyter_townie"].app
    apps = extension.runtime.apps
    app = apps.of("apps/book")
    versions = Versions(apps.data)

    def sign(name: str) -> None:
        app.data.mkdir(exist_ok=True)
        with closing(sqlite3.connect(app.data / "app.sqlite")) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS names (name TEXT)")
            database.execute("INSERT INTO names VALUES (?)", (name,))

    sign("Ada")
    first = versions.take(app, "first")
    (app.folder / "index.html").write_text("one\nthree\n")
    (app.folder / "old.css").unlink()
    (app.folder / "new.js").write_text("1")
    sign("Grace")
    second = versions.take(app, "second")
    return app.id, first, second, app


async def test_two_versions_are_compared_by_files_and_rows(api: Any, book: Any) -> None:
    app, first, second, found = book
    for other in (second, "now"):
        _, said = await api(f"apps/{app}/versions/{first}/compare", **{"with": other})
        assert {one["path"]: one["effect"] for one in said["files"]} == {
            "index.html": "changed",
            "new.js": "new",
            "old.css": "deleted",
        }
        assert said["tables"] == [{"database": "app.sqlite", "table": "names", "before": 1, "after": 2}]
    _, texts = await api(f"apps/{app}/versions/{first}/compare", **{"with": second, "path": "index.html"})
    assert texts == {"before": "one\ntwo\n", "after": "one\nthree\n"}
    (found.folder / "index.html").write_bytes(b"\0binary")
    code, said = await api(f"apps/{app}/versions/{first}/compare", path="index.html")
    assert (code, "is no text" in said["message"]) == (409, True)
    assert (await api(f"apps/{app}/versions/{first}/compare", **{"with": "0123"}))[0] == 409


async def test_branch_is_a_new_app_with_the_files_and_rows_of_then(api: Any, book: Any, jp_root_dir: Path) -> None:
    app, first, _, _ = book
    code, made = await api(f"apps/{app}/versions/{first}/branch", "POST", {"title": "Café “two”\\"})
    assert (code, made["path"], made["title"], made["name"]) == (201, "apps/cafe-two", "Café “two”\\", "cafe-two")
    folder = jp_root_dir / made["path"]
    assert (folder / "index.html").read_text() == "one\ntwo\n"
    with closing(sqlite3.connect(folder / "data" / "app.sqlite")) as database:
        assert database.execute("SELECT name FROM names").fetchall() == [("Ada",)]
    _, again = await api(f"apps/{app}/versions/{first}/branch", "POST", {"title": "Café “two”\\"})
    assert again["path"] == "apps/cafe-two-2"
    assert (await api(f"apps/{app}/versions/{first}/branch", "POST", {"title": " .. "}))[0] == 409
    _, outside = await api(f"apps/{app}/versions/{first}/branch", "POST", {"title": "../../x"})
    assert outside["path"] == "apps/x"


async def test_going_back_and_forward_again_leaves_no_copies_of_what_is_known(api: Any, book: Any) -> None:
    app, first, second, _ = book
    for version in (first, second, first, second):
        assert (await api(f"apps/{app}/versions/{version}/restore", "POST"))[0] == 200
    _, listed = await api(f"apps/{app}/versions")
    assert [one["id"] for one in listed] == [second, first]
    assert listed[0]["current"]


async def test_title_changes_and_the_rest_of_the_file_stays(api: Any, book: Any, jp_root_dir: Path) -> None:
    app, _, _, found = book
    manifest = found.folder / "townie.toml"
    manifest.write_text('# mine\nname = "book"\ntitle = "Old"  # this\nkind = "web"\n[permissions]\nhosts = []\n')
    code, said = await api(f"apps/{app}", "PATCH", {"title": '本 "new"'})
    assert (code, said["title"], said["id"]) == (200, '本 "new"', app)
    assert manifest.read_text().startswith('# mine\nname = "book"\ntitle = "本 \\"new\\""\nkind = "web"\n[perm')
    assert (await api(f"apps/{app}", "PATCH", {"title": " "}))[0] == 409


async def test_deleted_app_can_be_had_back_with_its_data(
    api: Any, book: Any, jp_root_dir: Path, make: Callable[..., str], jp_serverapp: Any
) -> None:
    app, _, _, found = book
    apps = jp_serverapp.extension_manager.extension_points["jupyter_townie"].app.runtime.apps
    apps.set_writing(app, True)
    assert (await api(f"apps/{app}", "DELETE"))[1]["problem"]["code"] == "writing"
    apps.set_writing(app, False)
    code, deleted = await api(f"apps/{app}", "DELETE")
    assert code == 200
    assert not found.folder.exists()
    assert (await api("apps"))[1] == []
    assert (await api(f"apps/{app}"))[0] == 404
    make(name="book", index_html="another")
    code, back = await api(f"deleted-apps/{deleted['undo']}", "POST")
    assert (code, back["path"]) == (201, "apps/book-2")
    assert (jp_root_dir / "apps/book-2/data/app.sqlite").is_file()
    assert (await api(f"deleted-apps/{deleted['undo']}", "POST"))[0] == 409


async def test_folder_that_is_a_link_or_holds_other_apps_is_not_deleted(
    api: Any, make: Callable[..., str], jp_root_dir: Path, jp_serverapp: Any
) -> None:
    make(name="outer", index_html="x")
    inner = jp_root_dir / "apps/outer/inner"
    inner.mkdir()
    (inner / "townie.toml").write_text('kind = "web"\n')
    (jp_root_dir / "apps/linked").symlink_to(inner)
    _, listed = await api("apps")
    ids = {one["path"]: one["id"] for one in listed}
    code, said = await api(f"apps/{ids['apps/linked']}", "DELETE")
    assert (code, said["problem"]["code"]) == (409, "link")
    jp_serverapp.extension_manager.extension_points["jupyter_townie"].app.runtime.apps.of("apps/outer/inner")
    code, said = await api(f"apps/{ids['apps/outer']}", "DELETE")
    assert (code, said["problem"]["code"]) == (409, "not_alone")
    assert inner.is_dir()


async def test_picture_goes_with_the_version_that_it_shows(api: Any, book: Any, jp_fetch: Any) -> None:
    app, *_ = book
    image = "data:image/png;base64," + base64.b64encode(PNG).decode()
    code, said = await api(f"apps/{app}/picture", "POST", {"image": image})
    assert code == 200
    _, listed = await api(f"apps/{app}/versions")
    assert [one["picture"] for one in listed] == [said["picture"], None]
    answer = await jp_fetch("townie", "api", "apps", app, "pictures", said["picture"])
    assert (answer.body, answer.headers["Content-Type"]) == (PNG, "image/png")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


@pytest.mark.parametrize(
    "image",
    [
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:image/png;base64," + base64.b64encode(b"<svg/>").decode(),
        "data:image/png;base64,%%",
        "data:image/png;base64," + base64.b64encode(PNG + b"x" * 300_000).decode(),
    ],
)
async def test_what_is_no_small_picture_is_not_kept(api: Any, book: Any, image: str) -> None:
    assert (await api(f"apps/{book[0]}/picture", "POST", {"image": image}))[0] in (400, 409)
