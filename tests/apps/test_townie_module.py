"""``import townie``: what apps use, inside of Townie and without it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.apps import AppRefused
from jupyter_townie.apps.confinement import RUNNER
from jupyter_townie.apps.llm import LlmRefused
from tests.wire import Reply, WireServer

from .working import Workspace, answering


@pytest.fixture
def townie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module as an app has it that runs without Townie."""
    monkeypatch.setenv("TOWNIE_DATA", str(tmp_path / "data"))
    monkeypatch.syspath_prepend(str(RUNNER))
    import townie

    yield townie
    for name in [name for name in sys.modules if name.split(".")[0] == "townie"]:
        del sys.modules[name]


@pytest.fixture
def db(townie: Any) -> Any:
    found = townie.db()
    found.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
    return found


# ------------------------------------------------------------------------------------------------------------ database


@pytest.mark.parametrize(
    "arguments",
    [
        ("INSERT INTO notes (text) VALUES (?)", ("a",)),
        ("INSERT INTO notes (text) VALUES (?)", ["a"]),
        ("INSERT INTO notes (text) VALUES (?)", "a"),
        ("INSERT INTO notes (text) VALUES (:text)", {"text": "a"}),
    ],
)
def test_parameters_come_in_every_usual_form(db: Any, arguments: tuple[Any, ...]) -> None:
    db.execute(*arguments)
    assert db.one("SELECT text FROM notes").text == "a"


def test_named_parameters_can_be_arguments(db: Any) -> None:
    assert db.one("SELECT :a + :b AS sum", a=1, b=2).sum == 3


def test_row_is_a_dictionary_and_a_tuple_at_once(db: Any) -> None:
    row = db.one("SELECT 1 AS a, 2 AS b")
    first, second = row
    assert (row["a"], row[1], row.b, first, second, dict(row), json.dumps(row), {**row}) == (
        1,
        2,
        2,
        1,
        2,
        {"a": 1, "b": 2},
        '{"a": 1, "b": 2}',
        {"a": 1, "b": 2},
    )


def test_row_without_a_column_says_which_there_are(db: Any) -> None:
    with pytest.raises(AttributeError, match="only a, b"):
        _ = db.one("SELECT 1 AS a, 2 AS b").c


def test_statement_is_kept_without_commit(db: Any, tmp_path: Path) -> None:
    db.execute("INSERT INTO notes (text) VALUES ('a')")
    with closing(sqlite3.connect(tmp_path / "data" / "app.sqlite")) as other:
        assert other.execute("SELECT text FROM notes").fetchall() == [("a",)]


def test_failed_block_takes_all_of_it_back(db: Any) -> None:
    with pytest.raises(ZeroDivisionError), db:
        db.execute("INSERT INTO notes (text) VALUES ('a')")
        _ = 1 / 0
    assert db.query("SELECT * FROM notes") == []


def test_many_rows_are_written_all_or_none(db: Any) -> None:
    with pytest.raises(Exception, match="UNIQUE"):
        db.executemany("INSERT INTO notes (id, text) VALUES (?, ?)", [(1, "a"), (1, "b")])
    assert db.query("SELECT * FROM notes") == []


def test_threads_write_at_the_same_time(db: Any) -> None:
    def write() -> None:
        for _ in range(20):
            with db:
                count = db.one("SELECT count(*) AS n FROM notes").n
                db.execute("INSERT INTO notes (id, text) VALUES (?, 'x')", count + 1)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.one("SELECT max(id) AS n FROM notes").n == 80


def test_second_database_is_another_file(townie: Any, db: Any) -> None:
    other = townie.db("log")
    assert other.query("SELECT name FROM sqlite_master") == []


@pytest.mark.parametrize("name", ["../x", "a/b", "a b"])
def test_name_of_a_database_is_no_path(townie: Any, name: str) -> None:
    with pytest.raises(ValueError, match="letters"):
        townie.db(name)


# ---------------------------------------------------------------------------------------------------------------- keys


def test_keys_act_like_a_dictionary(townie: Any) -> None:
    kv = townie.kv
    kv["a"] = {"list": [1, None, "ä"]}
    kv.set("b", 2)
    kv.delete("gone")
    assert (dict(kv), kv.get("c", 3), "a" in kv, len(kv), kv.list("b")) == (
        {"a": {"list": [1, None, "ä"]}, "b": 2},
        3,
        True,
        2,
        ["b"],
    )


def test_key_that_is_missing_is_a_key_error(townie: Any) -> None:
    with pytest.raises(KeyError):
        _ = townie.kv["missing"]


async def test_keys_are_those_of_the_page(workspace: Workspace) -> None:
    app = workspace.allowed(answering("import townie\ndef answer(path): townie.kv['from'] = 'backend'\n"))
    await workspace.get(app)
    assert await workspace.apps.storage(app.id).get("from") == {"found": True, "value": "backend"}


async def test_tables_are_those_of_the_panel(workspace: Workspace) -> None:
    source = "import townie\ntownie.db().execute('CREATE TABLE notes (x)')\nanswer = str\n"
    app = workspace.allowed(answering(source))
    await workspace.get(app)
    found = await workspace.apps.storage(app.id).sql("SELECT name FROM sqlite_master")
    assert found["rows"] == [{"name": "notes"}]


# --------------------------------------------------------------------------------------------------- model and secrets

LLM = 'kind = "fullstack"\n[permissions]\nllm = true'
ASKING = "import townie\ndef answer(path):\n"


async def test_model_answers_through_the_server(workspace: Workspace) -> None:
    app = workspace.allowed(answering(ASKING + "    return townie.llm('hello', system='Be brief.')\n"), manifest=LLM)
    assert await workspace.get(app) == (200, "You said hello")
    assert workspace.model.asked == [[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}]]


async def test_model_answers_in_the_shapes_of_openai(workspace: Workspace) -> None:
    source = """
    import townie

    def answer(path):
        create = townie.llm.chat.completions.create
        messages = [{"role": "user", "content": "x"}]
        whole = create(model="gpt-4o", messages=messages, temperature=0)
        pieces = [chunk.choices[0].delta.content or "" for chunk in create(messages=messages, stream=True)]
        return [whole.choices[0].message.content, whole.usage.total_tokens, whole["model"], "|".join(pieces)]
    """
    app = workspace.allowed(answering(textwrap.dedent(source)), manifest=LLM)
    assert (await workspace.get(app))[1] == "['You said x', 15, 'test/model', 'You| said |x|']"


async def test_waiting_for_the_model_keeps_nobody_waiting(workspace: Workspace) -> None:
    waiting = asyncio.Event()
    scripted = workspace.model.stream

    async def slow(*arguments: Any, **options: Any) -> Any:
        await waiting.wait()
        async for event in scripted(*arguments, **options):
            yield event

    workspace.model.stream = slow  # type: ignore[method-assign]
    source = """
    import townie
    async def app(scope, receive, send):
        if scope["type"] == "http":
            text = await townie.llm.acomplete("x") if scope["path"] == "/ask" else "quick"
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": text.encode()})
    """
    app = workspace.allowed(textwrap.dedent(source), manifest=LLM)
    await workspace.apps.start(app.id)
    asking = asyncio.create_task(workspace.get(app, "/ask"))
    assert await workspace.get(app) == (200, "quick")
    waiting.set()
    assert await asking == (200, "You said x")


async def test_model_that_was_not_asked_for_is_refused_in_words(workspace: Workspace) -> None:
    app = workspace.allowed(answering(ASKING + "    return townie.llm('hello')\n"))
    await workspace.get(app)
    assert "llm = true" in (await workspace.failure(app)).failure.evalue


async def test_limit_of_requests_holds(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_townie.apps.llm.REQUESTS_A_DAY", 2)
    source = """
    import townie
    def answer(path):
        try:
            return townie.llm("x")
        except townie.LlmError as error:
            return error.code
    """
    app = workspace.allowed(answering(textwrap.dedent(source)), manifest=LLM)
    assert [(await workspace.get(app))[1] for _ in range(3)] == ["You said x", "You said x", "llm_budget"]


async def test_asking_at_once_is_no_way_around_the_limit(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_townie.apps.llm.TOKENS_A_DAY", 5_000)
    app = workspace.allowed("", manifest=LLM)
    answers = [workspace.apps.llm(app.id).stream("x" * 8_000) for _ in range(8)]
    begun = await asyncio.gather(*(anext(answer) for answer in answers), return_exceptions=True)
    assert [one.problem.code for one in begun if isinstance(one, LlmRefused)] == ["llm_budget"] * 7
    for answer in answers:
        await answer.aclose()
    assert "You" in [event.text async for event in workspace.apps.llm(app.id).stream("x") if hasattr(event, "text")]


async def test_limit_holds_over_a_new_start(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_townie.apps.llm.TOKENS_A_DAY", 10)
    source = "import townie\ndef answer(path):\n    return townie.llm('x')\n"
    app = workspace.allowed(answering(source), manifest=LLM)
    await workspace.get(app)
    await workspace.apps.stop(app.id)
    assert (await workspace.get(app))[0] == 500


ASKS = "import townie\ndef answer(path): return townie.secrets['KEY']\n"


async def test_secret_that_is_missing_is_asked_for_and_the_app_goes_on_with_it(workspace: Workspace) -> None:
    app = workspace.allowed(answering(ASKS), manifest='kind = "fullstack"\nsecrets.KEY = "the weather"')
    assert (await workspace.get(app))[0] == 500
    assert workspace.apps.info(app.id).secrets == [p.AppSecret(name="KEY", purpose="the weather")]
    assert workspace.apps.failures(app.id) == []
    await workspace.apps.keep_secrets(app.id, {"KEY": "hunter2"})
    assert await workspace.get(app) == (200, "hunter2")


async def test_app_that_needs_a_secret_to_start_starts_when_it_is_given(workspace: Workspace) -> None:
    app = workspace.allowed(answering("import townie\nKEY = townie.secrets['KEY']\ndef answer(path): return KEY\n"))
    with pytest.raises(AppRefused) as refused:
        await workspace.apps.start(app.id)
    info = workspace.apps.info(app.id)
    assert (refused.value.problem.code, info.phase, info.secrets) == ("secret", "failed", [p.AppSecret(name="KEY")])
    await workspace.apps.keep_secrets(app.id, {"KEY": "hunter2"})
    assert (workspace.apps.info(app.id).phase, await workspace.get(app)) == ("running", (200, "hunter2"))


async def test_secret_that_was_taken_away_is_gone_from_the_running_app(workspace: Workspace) -> None:
    app = workspace.allowed(answering(ASKS))
    await workspace.apps.keep_secrets(app.id, {"KEY": "hunter2"})
    await workspace.get(app)
    await workspace.apps.keep_secrets(app.id, {"KEY": ""})
    assert (await workspace.get(app))[0] == 500


async def test_secret_that_an_app_prints_or_fails_with_is_not_repeated(workspace: Workspace) -> None:
    source = (
        "import townie\ndef answer(path):\n    key = townie.secrets['KEY']\n    print(key)\n    raise ValueError(key)"
    )
    app = workspace.allowed(answering(source))
    await workspace.apps.keep_secrets(app.id, {"KEY": "hunter2"})
    await workspace.get(app)
    failure = await workspace.failure(app)
    await workspace.until(lambda: "[KEY]" in "".join(line.text for line in workspace.apps.log(app.id)))
    told = failure.model_dump_json() + "".join(line.text for line in workspace.apps.log(app.id))
    assert (failure.failure.evalue, "hunter2" in told) == ("[KEY]", False)


def test_without_townie_secrets_are_the_environments(townie: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "from outside")
    assert (townie.secrets["KEY"], "OTHER" in townie.secrets) == ("from outside", False)


def test_without_townie_the_model_is_the_one_of_the_environment(
    townie: Any, wire: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", wire.openai_url)
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    wire.script = [Reply.text("Hello yourself")]
    assert townie.llm("hello") == "Hello yourself"


def test_without_townie_and_key_the_remedy_is_named(townie: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(townie.LlmError, match="OPENAI_API_KEY"):
        townie.llm("hello")


def test_module_alone_is_enough_without_townie(tmp_path: Path) -> None:
    code = "import townie; townie.kv['a'] = 1; townie.db().execute('CREATE TABLE t (x)'); print(dict(townie.kv))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(RUNNER)},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("{'a': 1}\n", "")
    assert sorted(file.name for file in (tmp_path / "data").glob("*.sqlite")) == ["app.sqlite", "keys.sqlite"]
