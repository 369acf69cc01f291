"""A turn over the WebSocket of a real server, with a notebook that nobody has open."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_townie.models.served import forget
from tests.wire import Reply

from .conftest import Connect

NEW_CELLS = "Two cells:\n\n```python cell=new\nx = 20\ny = 22\n```\n\n```python cell=new\nx + y\n```\n\nDone."


def cells(root: Path, path: str = "work.ipynb") -> list[tuple[str, str]]:
    return [(cell["id"], cell.source) for cell in nbformat.read(root / path, as_version=4).cells]


async def test_answer_streams_and_is_complete(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.text("Hello *world*, this is a streamed answer.", chunk=4, delay=0.002)]
    page = await connect()
    turn = await page.submit("hi")
    ended = await page.ended(turn)
    assert ended["reason"] == "done"
    assert page.text(turn) == "Hello *world*, this is a streamed answer."
    assert len(page.of("text")) > 3


async def test_page_that_was_away_gets_everything_after_what_it_had(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.text("word " * 200, chunk=10, delay=0.003)]
    page = await connect()
    turn = await page.submit()
    await page.until_event("text")
    await page.until_event("text")
    seen, had = page.events[-1]["seq"], page.events
    page.close()
    again = await connect(page.thread, after=seen)
    if not again.of("turn_ended"):
        await again.ended(turn)
    parts: dict[int, str] = {}
    for event in had + again.events:
        if event["type"] == "text":
            parts[event["part"]] = parts.get(event["part"], "")[: event["offset"]] + event["text"]
    assert parts == {0: "word " * 200}


async def test_new_cells_go_below_the_bound_cell(connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path) -> None:
    first, _last = notebook("a = 1", "b = 2")
    wire.script = [Reply.text(NEW_CELLS, chunk=7)]
    page = await connect()
    turn = await page.submit("add", binding={"path": "work.ipynb", "cell_id": first, "after": first})
    assert (await page.ended(turn))["reason"] == "done"
    assert [source for _, source in cells(jp_root_dir)] == ["a = 1", "x = 20\ny = 22", "x + y", "b = 2"]
    states = [event["state"] for event in page.of("action_changed")]
    assert states == ["done", "done"]


async def test_undo_removes_the_cells_of_the_turn_in_one_step(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path
) -> None:
    (first,) = notebook("a = 1")
    before = (jp_root_dir / "work.ipynb").read_bytes()
    wire.script = [Reply.text(NEW_CELLS)]
    page = await connect()
    turn = await page.submit("add", binding={"path": "work.ipynb", "after": first})
    await page.ended(turn)
    await page.send("undo", turn=turn)
    undone = await page.until_event("undone")
    assert len(undone["actions"]) == 2
    assert undone["left"] == []
    assert (jp_root_dir / "work.ipynb").read_bytes() == before


async def test_undo_leaves_a_cell_that_the_user_has_changed(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path
) -> None:
    notebook("a = 1")
    wire.script = [Reply.text(NEW_CELLS)]
    page = await connect()
    turn = await page.submit("add", binding={"path": "work.ipynb"})
    await page.ended(turn)
    book = nbformat.read(jp_root_dir / "work.ipynb", as_version=4)
    book.cells[1].source += "\nmine = True"
    nbformat.write(book, jp_root_dir / "work.ipynb")
    await page.send("undo", turn=turn)
    undone = await page.until_event("undone")
    assert len(undone["left"]) == 1
    assert [source for _, source in cells(jp_root_dir)] == ["a = 1", "x = 20\ny = 22\nmine = True"]


# The first text of an empty cell has no line end behind it, either.
@pytest.mark.parametrize("before", ["total = 1 + 1", ""])
async def test_change_of_a_cell_waits_in_ask_mode_and_is_applied_on_accept(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path, before: str
) -> None:
    (first,) = notebook(before)
    wire.script = [Reply.text(f"Better:\n\n```python cell={first}\ntotal = 2\n```\n")]
    page = await connect()
    turn = await page.submit("simplify", binding={"path": "work.ipynb", "cell_id": first})
    await page.ended(turn)
    (started,) = page.of("action_started")
    assert (started["state"], started["body"]["before"], started["body"]["after"]) == (
        "waiting",
        before,
        "total = 2",
    )
    assert cells(jp_root_dir) == [(first, before)]
    await page.send("decide", action=started["action"], decision="accept")
    await page.until_event("action_changed", state="done")
    assert cells(jp_root_dir) == [(first, "total = 2")]


DIFF = "```diff\n@@\n-total = 1 + 1\n+total = 2\n```\n"


@pytest.mark.parametrize(
    ("sources", "fence", "proposed"),
    [
        (["total = 1 + 1", "print(total)"], DIFF, [0]),
        (["x = 0", "total = 1 + 1"], DIFF, [1]),
        # Nor does one that names the cell by something else than its id.
        (["x = 0", "total = 1 + 1"], DIFF.replace("diff", "diff cell=this", 1), [1]),
        # In doubt it is shown, and goes nowhere.
        (["total = 1 + 1", "x = 0\ntotal = 1 + 1"], DIFF, []),
        (["total = 5", "x = 0"], DIFF, []),
        (["total = 1 + 1", "print(total)"], "```python\ntotal = 2\n```\n", []),
    ],
)
async def test_change_without_an_address_goes_to_the_one_cell_that_it_fits(
    connect: Connect, wire: Any, notebook: Any, sources: list[str], fence: str, proposed: list[int]
) -> None:
    ids = notebook(*sources)
    wire.script = [Reply.text(f"Simpler:\n\n{fence}")]
    page = await connect()
    turn = await page.submit("simplify", binding={"path": "work.ipynb", "cell_id": ids[0]})
    assert (await page.ended(turn))["reason"] == "done"
    assert [event["body"]["cell_id"] for event in page.of("action_started")] == [ids[n] for n in proposed]
    assert all(event["state"] == "waiting" for event in page.of("action_started"))
    assert len(wire.requests) == 1


OF_A_FILE = "--- a/lib.py\n+++ b/lib.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"
OF_ANOTHER = "--- a/more.py\n+++ b/more.py\n@@ -1 +1 @@\n-y = 1\n+y = 2\n"


async def test_diff_that_names_its_file_in_its_own_header_is_proposed_for_it(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path
) -> None:
    notebook("total = 1 + 1")
    (jp_root_dir / "lib.py").write_text("x = 1\n")
    patch = "*** Begin Patch\n*** Update File: lib.py\n@@\n-x = 1\n+x = 3\n*** End Patch\n"
    wire.script = [
        Reply.text(f"Two:\n\n```diff\n{OF_A_FILE}{OF_ANOTHER}```\n"),
        Reply.text(f"One:\n\n```diff\n{OF_A_FILE}```\n\n```diff\n{OF_ANOTHER}```\n\n```\n{patch}```\n"),
    ]
    page = await connect()
    turn = await page.submit("change it", binding={"path": "work.ipynb"})
    assert (await page.ended(turn))["reason"] == "done"
    # The first answer is for two files at once; of the second one, more.py is nobody's.
    assert "one of yours is a diff of lib.py, more.py" in wire.requests[1].last_user_text
    proposed = [(event["body"]["path"], event["body"]["after"]) for event in page.of("action_started")]
    assert proposed == [("lib.py", "x = 2\n"), ("lib.py", "x = 3\n")]
    assert (jp_root_dir / "lib.py").read_text() == "x = 1\n"


@pytest.mark.parametrize(
    ("purpose", "block", "proposed"),
    [
        ("edit", "```python\ntotal = 2\nprint(total)\n```\n", 0),
        ("fix", "```\ntotal = 2\nprint(total)\n```\n", 0),
        ("fix", "```python cell=[1]\ntotal = 2\nprint(total)\n```\n", 0),
        ("fix", "```python cell=new\ntotal = 2\nprint(total)\n```\n", 0),
        # The cause is in another cell.
        ("fix", "```python\nrows = [3, 5]\nweights = [1, 2, 3]\n```\n", 1),
        ("fix", "```bash\npip install total\n```\n", None),
        ("fix", "```python\nimport sys\nsys.path\n```\n", None),
        ("fix", "```python\ntotal = 2\n```\nor\n```python\ntotal = 3\n```\n", None),
        ("chat", "```python\ntotal = 2\nprint(total)\n```\n", None),
    ],
)
async def test_only_block_of_an_answer_is_the_new_text_of_what_was_asked_about(
    connect: Connect, wire: Any, notebook: Any, purpose: str, block: str, proposed: int | None
) -> None:
    ids = notebook("total = 1 + 1\nprint(total)", "rows = [3, 5]\nweights = [1, 2]")
    wire.script = [Reply.text(f"Like this:\n\n{block}")]
    page = await connect()
    turn = await page.submit("do it", purpose=purpose, binding={"path": "work.ipynb", "cell_id": ids[0]})
    assert (await page.ended(turn))["reason"] == "done"
    found = [event["body"]["cell_id"] for event in page.of("action_started")]
    assert found == ([] if proposed is None else [ids[proposed]])
    assert len(wire.requests) == 1


async def test_new_cell_of_a_fix_is_inserted_when_it_is_no_new_version(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path
) -> None:
    (first,) = notebook("total = weights.mean()\nprint(total)")
    wire.script = [Reply.text("```python cell=new\n%pip install something\n```\n")]
    page = await connect()
    turn = await page.submit("", purpose="fix", binding={"path": "work.ipynb", "cell_id": first, "after": first})
    assert (await page.ended(turn))["reason"] == "done"
    assert [source for _, source in cells(jp_root_dir)][1:] == ["%pip install something"]


async def test_plan_mode_changes_nothing(connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path) -> None:
    (first,) = notebook("a = 1")
    wire.script = [Reply.text(NEW_CELLS + f"\n```python cell={first}\na = 2\n```\n")]
    page = await connect()
    turn = await page.submit("add", binding={"path": "work.ipynb"}, options={"mode": "plan"})
    await page.ended(turn)
    assert page.of("action_started") == []
    assert cells(jp_root_dir) == [(first, "a = 1")]


async def test_stop_keeps_what_has_arrived_and_closes_the_connection(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.endless("and so on, ")]
    page = await connect()
    turn = await page.submit()
    await page.until_event("text")
    await page.until_event("text")
    began = time.monotonic()
    await page.send("stop", turn=turn)
    ended = await page.ended(turn)
    assert ended["reason"] == "stopped"
    assert time.monotonic() - began < 2, "it waited for the model, which speaks for ever"
    assert page.text(turn).startswith("and so on, ")
    assert page.of("replied")[0]["content"][0]["text"] == page.text(turn)
    assert wire.requests[0].gone.wait(2)


async def test_request_is_kept_as_it_was_sent_without_the_key(
    connect: Connect, wire: Any, jp_fetch: Any, notebook: Any
) -> None:
    notebook("secret_value = 1")
    page = await connect()
    turn = await page.submit(
        "what is here?",
        binding={"path": "work.ipynb"},
        attachments=[{"kind": "notebook", "ref": "work.ipynb", "label": "work.ipynb"}],
    )
    await page.ended(turn)
    (sent,) = page.of("request_sent")
    response = await jp_fetch("townie", "api", "threads", page.thread, "requests", sent["request"])
    receipt = json.loads(response.body)
    assert receipt["body"]["messages"] == wire.requests[0].body["messages"]
    assert receipt["body"]["system"] == wire.requests[0].body["system"]
    assert "secret_value = 1" in json.dumps(receipt["body"])
    assert "sk-ant-test" not in response.body.decode()
    assert receipt["usage"]["output"] > 0


async def test_wait_before_a_retry_is_told(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.error(429, retry_after=0.2), Reply.text("after all")]
    page = await connect()
    turn = await page.submit()
    assert (await page.ended(turn))["reason"] == "done"
    (waiting,) = page.of("waiting")
    assert waiting["seconds"] >= 0.2
    assert page.text(turn) == "after all"


def change(cell: str, before: str, after: str) -> str:
    return f"```search_replace cell={cell}\n<<<<<<< SEARCH\n{before}\n=======\n{after}\n>>>>>>> REPLACE\n```\n\n"


@pytest.mark.parametrize("second", [("f = 6", "f = a"), ("a = 10", "a = 11"), ("a = 1", "a = 12")])
async def test_second_change_of_a_cell_goes_on_from_the_first(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path, second: tuple[str, str]
) -> None:
    (first,) = notebook("a = 1\nb = 2\nc = 3\nd = 4\nf = 6")
    wire.script = [Reply.text(change(first, "a = 1", "a = 10") + "and\n\n" + change(first, *second))]
    page = await connect()
    turn = await page.submit("change it", binding={"path": "work.ipynb", "cell_id": first})
    await page.ended(turn)
    one, other = page.of("action_started")
    together = {"f = a": "a = 10\nb = 2\nc = 3\nd = 4\nf = a", "a = 11": "a = 11\nb = 2\nc = 3\nd = 4\nf = 6"}
    if second[1] in together:
        assert [(event["action"], event["state"]) for event in page.of("action_changed")] == [(one["action"], "joined")]
    else:
        # Two changes of the same line are alternatives.
        assert page.of("action_changed") == []
    await page.send("decide", action=other["action"], decision="accept")
    await page.until_event("action_changed", action=other["action"], state="done")
    expected = together.get(second[1], "a = 12\nb = 2\nc = 3\nd = 4\nf = 6")
    assert cells(jp_root_dir) == [(first, expected)]
    await page.send("undo", turn=turn)
    await page.until_event("undone")
    assert cells(jp_root_dir) == [(first, "a = 1\nb = 2\nc = 3\nd = 4\nf = 6")]


async def test_wrong_key_says_what_to_do(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.error(401)]
    page = await connect()
    turn = await page.submit()
    ended = await page.ended(turn)
    assert ended["reason"] == "failed"
    assert ended["problem"]["code"] == "wrong_key"
    assert ended["problem"]["remedy"]


async def test_answer_without_a_word_is_told(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.text(" \n")]
    page = await connect()
    ended = await page.ended(await page.submit("hi"))
    assert ended["reason"] == "failed"
    assert "without a word" in ended["problem"]["message"]
    assert "another model" in ended["problem"]["remedy"]


async def test_same_submit_twice_is_one_turn(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.text("once"), Reply.text("twice")]
    page = await connect()
    await page.send("submit", turn="abc", text="hi")
    await page.send("submit", turn="abc", text="hi")
    await page.ended("abc")
    await asyncio.sleep(0.2)
    assert len(wire.requests) == 1


async def test_second_message_while_one_is_answered_is_refused(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.endless()]
    page = await connect()
    first = await page.submit()
    await page.until_event("text")
    second = await page.submit()
    error = await page.until(lambda frame: frame["frame"] == "error")
    assert (error["problem"]["code"], error["turn"]) == ("turn_running", second)
    await page.send("stop", turn=first)
    await page.ended(first)


async def test_nonsense_on_the_socket_is_answered_and_harmless(connect: Connect, wire: Any) -> None:
    page = await connect()
    for nonsense in ("{", '{"command": "explode"}', '{"command": "stop"}', "[]"):
        await page.socket.write_message(nonsense)
        error = await page.until(lambda frame: frame["frame"] == "error")
        assert error["problem"]["code"] == "bad_command"
    turn = await page.submit()
    assert (await page.ended(turn))["reason"] == "done"


async def test_history_goes_with_the_next_message_and_rejected_work_is_told(
    connect: Connect, wire: Any, notebook: Any
) -> None:
    (first,) = notebook("a = 1")
    wire.script = [Reply.text(f"Change:\n\n```python cell={first}\na = 2\n```\n"), Reply.text("ok")]
    page = await connect()
    turn = await page.submit("change it", binding={"path": "work.ipynb"})
    await page.ended(turn)
    await page.send("decide", action=page.of("action_started")[0]["action"], decision="reject")
    await page.until_event("action_changed", state="rejected")
    await page.ended(await page.submit("and now?", binding={"path": "work.ipynb"}))
    messages = json.dumps(wire.requests[1].body["messages"])
    assert "change it" in messages
    assert "rejected by the user" in messages


async def test_accept_and_run_in_the_chat_runs_only_the_changed_cell(
    connect: Connect, wire: Any, notebook: Any
) -> None:
    bound, changed = notebook("a = 1", "b = 2")
    wire.script = [Reply.text(f"```python cell={changed}\nb = 3\n```\n")]
    page = await connect()
    turn = await page.submit("change b", binding={"path": "work.ipynb", "cell_id": bound})
    await page.ended(turn)
    await page.send("decide", action=page.of("action_started")[0]["action"], decision="accept_and_run")
    ran = await page.until_event("cells_ran")
    assert [run["cell_id"] for run in ran["runs"]] == [changed]


async def test_less_is_sent_when_the_model_takes_less_than_was_thought(connect: Connect, wire: Any) -> None:
    too_long = (
        b'{"error":{"code":400,"message":"request (30000 tokens) exceeds the available context size (8192 tokens), '
    )
    too_long += b'try increasing it","type":"exceed_context_size_error","n_prompt_tokens":30000,"n_ctx":8192}}'
    wire.script = [Reply.text("noted"), Reply.text("noted"), Reply(status=400, raw=too_long), Reply.text("It is 42.")]
    forget()
    page = await connect()
    for text in ("old " * 9000, "K is 42. " * 200, "What is K?"):
        ended = await page.ended(await page.submit(text))
    forget()
    assert ended["reason"] == "done"
    (notice,) = [event["problem"] for event in page.of("notice")]
    assert (notice["code"], "8,192 tokens" in notice["message"]) == ("smaller_window", True)
    left = [task for task in asyncio.all_tasks() if "Blocks" in repr(task.get_coro())]
    assert left == [], "what waited for the rest of the refused answer waits still"
    third, fourth = (str(request.body["messages"]) for request in wire.requests[2:])
    assert "old old" in third and "old old" not in fourth
    assert "K is 42." in fourth
    (left_out,) = [part["label"] for part in page.of("request_sent")[-1]["parts"] if part["kind"] == "history"]
    assert left_out == "2 earlier messages; 1 older question did not fit"


async def test_answer_that_only_repeats_itself_is_stopped_and_kept(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.endless("I am sure. ", delay=0.001)]
    page = await connect()
    turn = await page.submit("are you?", options={"model": "anthropic/without-a-price"})
    ended = await page.ended(turn)
    assert (ended["reason"], ended["problem"]["code"]) == ("limit", "repeats")
    assert page.text(turn).startswith("I am sure. I am sure.")
    assert wire.requests[0].gone.wait(5)
