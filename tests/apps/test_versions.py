"""Versions of apps: files and databases, back and forth."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_townie.apps import versions
from jupyter_townie.apps.app import App
from jupyter_townie.apps.versions import VersionRefused, Versions


class Kept:
    """An app in a workspace, and its versions."""

    def __init__(self, root: Path) -> None:
        folder = root / "work" / "apps" / "book"
        folder.mkdir(parents=True)
        (folder / "townie.toml").write_text('kind = "web"\n')
        found = App.at(root / "work", "apps/book")
        assert found is not None
        self.app = found
        self.versions = Versions(root / "data")

    def write(self, path: str, text: str) -> None:
        file = self.app.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def take(self, title: str) -> str:
        version = self.versions.take(self.app, title)
        assert version is not None
        return version

    def files(self) -> dict[str, bytes]:
        return {path: file.read_bytes() for path, file in versions.parts(self.app.folder)}

    def sign(self, name: str) -> None:
        self.app.data.mkdir(exist_ok=True)
        with closing(sqlite3.connect(self.app.data / "app.sqlite")) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE IF NOT EXISTS names (name TEXT)")
            database.execute("INSERT INTO names VALUES (?)", (name,))
            database.commit()

    def names(self) -> list[str]:
        with closing(sqlite3.connect(self.app.data / "app.sqlite")) as database:
            return [name for (name,) in database.execute("SELECT name FROM names")]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_files_of_a_version_come_back_to_the_byte(kept: Kept) -> None:
    kept.write("index.html", "one\r\n")
    kept.write("js/app.js", "1")
    before = kept.files()
    first = kept.take("first")
    kept.write("index.html", "two")
    kept.write("new.css", "x")
    (kept.app.folder / "js" / "app.js").unlink()
    changed = kept.versions.go_back(kept.app, first)
    assert kept.files() == before
    assert changed == ["index.html", "js/app.js", "new.css"]


def test_going_back_can_be_taken_back(kept: Kept) -> None:
    kept.write("index.html", "one")
    first = kept.take("first")
    kept.write("index.html", "two, which no turn has kept")
    kept.versions.go_back(kept.app, first)
    last = kept.versions.known(kept.app)[0]
    kept.versions.go_back(kept.app, last.id)
    assert kept.files()["index.html"] == b"two, which no turn has kept"


def test_database_comes_back_with_its_version(kept: Kept) -> None:
    kept.write("index.html", "one")
    kept.sign("Ada")
    first = kept.take("first")
    kept.sign("Grace")
    kept.versions.go_back(kept.app, first)
    assert kept.names() == ["Ada"]


def test_database_that_is_open_elsewhere_sees_the_version(kept: Kept) -> None:
    kept.sign("Ada")
    first = kept.take("first")
    kept.sign("Grace")
    with closing(sqlite3.connect(kept.app.data / "app.sqlite")) as reader:
        assert reader.execute("SELECT count(*) FROM names").fetchone() == (2,)
        reader.commit()
        kept.versions.go_back(kept.app, first)
        assert reader.execute("SELECT count(*) FROM names").fetchone() == (1,)


def test_database_that_is_locked_is_said_to_be(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "LONGEST_WAIT", 0.05)
    kept.sign("Ada")
    first = kept.take("first")
    kept.sign("Grace")
    with closing(sqlite3.connect(kept.app.data / "app.sqlite")) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(VersionRefused, match=r"app\.sqlite could not be put back"):
            kept.versions.go_back(kept.app, first)


def test_damaged_database_does_not_keep_the_files_from_being_kept(kept: Kept) -> None:
    kept.app.data.mkdir()
    (kept.app.data / "app.sqlite").write_bytes(b"SQLite format 3\0" + b"rubbish" * 500)
    kept.take("first")
    assert kept.versions.known(kept.app)[0].databases == 0


def test_same_files_are_no_new_version(kept: Kept) -> None:
    kept.take("first")
    assert kept.versions.take(kept.app, "second") is None


def test_list_says_what_changed_and_which_one_is_current(kept: Kept) -> None:
    kept.write("index.html", "one")
    kept.take("first")
    kept.write("index.html", "two")
    kept.take("second")
    newest, oldest = kept.versions.known(kept.app)
    assert (newest.title, newest.changed, newest.current) == ("second", ["index.html"], True)
    assert (oldest.title, oldest.current) == ("first", False)


def test_what_the_app_has_made_itself_is_not_part_of_a_version(kept: Kept) -> None:
    kept.write("data/upload.txt", "mine")
    kept.write("__pycache__/app.pyc", "x")
    kept.write(".env", "SECRET=1")
    first = kept.take("first")
    kept.write("data/upload.txt", "mine, newer")
    kept.versions.go_back(kept.app, first)
    assert (kept.app.data / "upload.txt").read_text() == "mine, newer"
    assert kept.versions.known(kept.app)[0].files == 1


def test_only_the_newest_are_kept_and_nothing_else_stays_behind(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "MOST_VERSIONS", 3)
    for number in range(6):
        kept.write("index.html", f"version {number}")
        last = kept.take(str(number))
    assert [version.title for version in kept.versions.known(kept.app)] == ["5", "4", "3"]
    objects = [path for path in kept.versions._object(kept.app, "00").parent.rglob("*") if path.is_file()]
    assert len(objects) == 4
    assert kept.versions.file(kept.app, last, "index.html") == b"version 5"


def test_apps_of_two_workspaces_have_versions_of_their_own(tmp_path: Path) -> None:
    one, two = Kept(tmp_path / "one"), Kept(tmp_path / "two")
    two.versions = one.versions
    one.take("mine")
    assert two.versions.known(two.app) == []


def test_folder_that_became_a_link_is_not_written_through(kept: Kept, tmp_path: Path) -> None:
    kept.write("js/app.js", "old")
    first = kept.take("first")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (kept.app.folder / "js" / "app.js").unlink()
    (kept.app.folder / "js").rmdir()
    (kept.app.folder / "js").symlink_to(elsewhere)
    kept.versions.go_back(kept.app, first)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("place", ["data", "data/book.sqlite"])
def test_database_that_became_a_link_is_not_written_through(kept: Kept, tmp_path: Path, place: str) -> None:
    data = kept.app.data
    data.mkdir()
    with closing(sqlite3.connect(data / "book.sqlite")) as database, database:
        database.execute("CREATE TABLE mine (x)")
    kept.write("index.html", "1")
    first = kept.take("First")
    kept.write("index.html", "2")
    other = tmp_path / "other"
    other.mkdir()
    with closing(sqlite3.connect(other / "book.sqlite")) as database, database:
        database.execute("CREATE TABLE somebodys (x)")
    before = (other / "book.sqlite").read_bytes()
    (data / "book.sqlite").unlink()
    if place == "data":
        data.rmdir()
        data.symlink_to(other)
    else:
        (data / "book.sqlite").symlink_to(other / "book.sqlite")
    kept.versions.go_back(kept.app, first)
    assert (other / "book.sqlite").read_bytes() == before
    assert kept.files()["index.html"] == b"1"


def test_unknown_version_is_refused_with_a_remedy(kept: Kept) -> None:
    with pytest.raises(VersionRefused) as refused:
        kept.versions.go_back(kept.app, "no such")
    assert refused.value.problem.remedy
