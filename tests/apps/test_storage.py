"""What an app keeps: real SQLite, bounded, and closed to everything but the app's own tables."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import pytest

from jupyter_townie.apps import storage as rooms
from jupyter_townie.apps.storage import Storage, StorageError


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "data")


async def test_keys_keep_json_values(storage: Storage) -> None:
    assert await storage.get("a") == {"found": False, "value": None}
    await storage.set("a", {"x": [1, None, "é"]})
    await storage.set("b/1", None)
    assert await storage.get("a") == {"found": True, "value": {"x": [1, None, "é"]}}
    assert await storage.get("b/1") == {"found": True, "value": None}
    assert await storage.items("b/") == {"keys": ["b/1"]}
    assert await storage.items("", values=True) == {"items": {"a": {"x": [1, None, "é"]}, "b/1": None}}
    await storage.delete("a")
    assert (await storage.get("a"))["found"] is False


async def test_looking_makes_no_files(storage: Storage) -> None:
    await storage.get("a")
    await storage.local("ann")
    await storage.overview()
    assert not storage.folder.exists()


async def test_each_visitor_has_a_local_storage_of_their_own(storage: Storage) -> None:
    await storage.set_local("ann", {"a": "1", "b": "2"})
    await storage.set_local("ann", {"a": None})
    await storage.set_local("bob", {"a": "3"})
    assert (await storage.local("ann"), await storage.local("bob")) == ({"b": "2"}, {"a": "3"})


async def test_full_local_storage_says_so_and_keeps_what_it_had(storage: Storage) -> None:
    await storage.set_local("ann", {"a": "1"})
    with pytest.raises(StorageError, match="localStorage is full"):
        await storage.set_local("ann", {"b": "x" * rooms.LARGEST_LOCAL})
    assert await storage.local("ann") == {"a": "1"}


async def test_keys_are_bounded(storage: Storage) -> None:
    with pytest.raises(StorageError, match="characters as JSON"):
        await storage.set("a", "x" * (rooms.LARGEST_VALUE + 1))
    with pytest.raises(StorageError, match="full"):
        for number in range(8):
            await storage.set(str(number), "x" * 1_000_000)


async def test_sql_answers_rows_as_objects(storage: Storage) -> None:
    await storage.sql("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); CREATE INDEX i ON notes (text)")
    added = await storage.sql("INSERT INTO notes (text) VALUES (?), ('semi;colon')", ["it's"])
    assert (added["changes"], added["lastId"], added["rows"]) == (2, 2, [])
    found = await storage.sql("SELECT * FROM notes WHERE text = :text", {"text": "it's"})
    assert (found["columns"], found["rows"]) == (["id", "text"], [{"id": 1, "text": "it's"}])


async def test_script_is_carried_out_wholly_or_not_at_all(storage: Storage) -> None:
    with pytest.raises(StorageError, match="no such table"):
        await storage.sql("CREATE TABLE a (x); INSERT INTO missing VALUES (1)")
    assert (await storage.overview())["tables"] == []


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH DATABASE '/tmp/other.db' AS other",
        "VACUUM INTO '/tmp/other.db'",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA max_page_count = 1000000000",
        "BEGIN",
        "COMMIT",
        "SELECT load_extension('/tmp/x.so')",
        "PRAGMA writable_schema = ON",
    ],
)
async def test_statement_beyond_the_apps_own_tables_is_refused(storage: Storage, statement: str) -> None:
    await storage.sql("CREATE TABLE a (x)")
    with pytest.raises(StorageError):
        await storage.sql(statement)
    assert not Path("/tmp/other.db").exists()


async def test_endless_query_is_stopped(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "LONGEST_QUERY", 0.2)
    with pytest.raises(StorageError, match="stopped") as caught:
        await storage.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
    # Firefox would send the query again, ten times, where the answer is one of these.
    assert caught.value.status not in (408, 425)


async def test_too_large_a_result_asks_for_a_limit(storage: Storage) -> None:
    query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT i FROM n"
    with pytest.raises(StorageError, match="LIMIT"):
        await storage.sql(query)


async def test_link_to_another_database_is_not_followed(storage: Storage, tmp_path: Path) -> None:
    other = tmp_path / "private.sqlite"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE secret (x)")
    storage.folder.mkdir()
    (storage.folder / rooms.DATABASE).symlink_to(other)
    with pytest.raises(StorageError, match="symbolic link"):
        await storage.sql("SELECT * FROM secret")
    with pytest.raises(StorageError, match="symbolic link"):
        await storage.overview()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="SQLite's limits cannot be set")
@pytest.mark.parametrize("value", ["zeroblob(900000000)", "hex(zeroblob(15000000))"])
async def test_one_value_takes_no_gigabyte_of_the_servers_memory(storage: Storage, value: str) -> None:
    with pytest.raises(StorageError, match="too big"):
        await storage.sql(f"SELECT length({value})")


async def test_pipe_in_place_of_a_database_is_not_waited_for(storage: Storage) -> None:
    storage.folder.mkdir()
    os.mkfifo(storage.folder / "app.sqlite")
    with pytest.raises(StorageError, match="no ordinary file"):
        await storage.overview()


async def test_nothing_is_made_through_a_link(storage: Storage, tmp_path: Path) -> None:
    storage.folder.mkdir()
    (storage.folder / ".gitignore").symlink_to(tmp_path / "elsewhere")
    await storage.sql("CREATE TABLE a (x)")
    assert not (tmp_path / "elsewhere").exists()


async def test_damaged_database_is_an_error_in_words(storage: Storage) -> None:
    storage.folder.mkdir()
    (storage.folder / rooms.DATABASE).write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError, match="not a database"):
        await storage.sql("SELECT 1")


async def test_tables_are_looked_at_page_by_page(storage: Storage) -> None:
    await storage.sql('CREATE TABLE "odd ""name" (x)')
    for number in range(0, 250, 50):
        await storage.sql('INSERT INTO "odd ""name" VALUES ' + ",".join(f"({number + i})" for i in range(50)))
    (table,) = (await storage.overview())["tables"]
    assert table == {"name": 'odd "name', "columns": ["x"], "rows": 250}
    page = await storage.rows('odd "name', 200)
    assert (page["total"], len(page["rows"]), page["rows"][0]) == (250, 50, [200])
    with pytest.raises(StorageError, match="no such table"):
        await storage.rows("missing")


async def test_data_are_not_committed_with_the_app(storage: Storage) -> None:
    await storage.set("a", 1)
    assert (storage.folder / ".gitignore").read_text() == "*\n"
