"""Try fixing over a real server with a real kernel: offered, applied, run again, and told what happened."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_townie.kernels.client import KernelClient
from tests.wire import Reply

from .conftest import Connect, Page

SETUP = "import math\nrows = [3, 1, 2]"
BROKEN = "total = sum(rows) / len(row_weights)\ntotal"


class Failing:
    """A notebook with a running kernel whose second cell has failed."""

    def __init__(self, cell: str, error: dict[str, Any], path: Path) -> None:
        self.cell, self.error, self.path = cell, error, path

    @property
    def source(self) -> str:
        book = nbformat.read(self.path, as_version=4)
        return next(cell.source for cell in book.cells if cell["id"] == self.cell)

    async def fix(self, page: Page, **options: Any) -> str:
        binding = {"path": self.path.name, "cell_id": self.cell}
        return await page.submit("", purpose="fix", binding=binding, error=self.error, options=options)


@pytest.fixture
def failing(jp_fetch: Any, jp_serverapp: Any, notebook: Any, jp_root_dir: Path) -> Any:
    async def make(broken: str = BROKEN) -> Failing:
        cells = notebook(SETUP, broken)
        body = {"path": "work.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
        response = await jp_fetch("api", "sessions", method="POST", body=json.dumps(body))
        kernel_id = json.loads(response.body)["kernel"]["id"]
        async with KernelClient(jp_serverapp.kernel_manager.get_kernel(kernel_id).client()) as kernel:
            await kernel.execute(SETUP)
            done = await kernel.execute(broken)
        assert done.error is not None
        return Failing(cells[1], done.error.model_dump(), jp_root_dir / "work.ipynb")

    return make


ASIDE = "open('aside.txt', 'w').close()\n"
"""What a copy of the kernel may not do: a candidate that begins with it is offered untried."""


def edit(cell: str, source: str) -> Reply:
    return Reply.text(f"That name does not exist.\n\n```python cell={cell}\n{source}\n```\n")


async def test_fix_of_the_model_is_applied_and_runs(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing()
    wire.script = [edit(case.cell, "total = sum(rows) / len(rows)\ntotal")]
    page = await connect()
    turn = await case.fix(page)
    await page.ended(turn)
    (action,) = page.of("action_started")
    assert action["state"] == "waiting"
    assert case.source == BROKEN
    sent = json.dumps(wire.requests[0].body)
    assert "NameError" in sent
    assert "rows = [3, 1, 2]" in sent
    await page.send("decide", action=action["action"], decision="accept_and_run")
    ran = await page.until_event("cells_ran")
    assert (ran["runs"][0]["status"], ran["failure"]) == ("ok", None)
    assert "2.0" in ran["runs"][0]["output"]
    assert case.source == "total = sum(rows) / len(rows)\ntotal"


async def test_without_a_model_an_error_that_no_rule_repairs_is_explained_and_nothing_is_proposed(
    connect: Connect, failing: Any
) -> None:
    case = await failing("# The mean of all\nmath.fsum(rows) / math.nothing")
    page = await connect()
    ended = await page.ended(await case.fix(page, model="offline/tour"))
    assert (ended["reason"], page.of("action_started")) == ("done", [])


async def test_another_error_is_told_and_the_next_try_knows_it(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing()
    wire.script = [
        edit(case.cell, ASIDE + "total = sum(rows) / math.nothing"),
        edit(case.cell, "total = sum(rows) / len(rows)"),
    ]
    page = await connect()
    turn = await case.fix(page, keep_trying=True)
    await page.ended(turn)
    await page.send("decide", action=page.of("action_started")[0]["action"], decision="accept_and_run")
    ran = await page.until_event("cells_ran")
    assert ran["failure"]["ename"] == "AttributeError"
    await page.until_event("turn_resumed")
    await page.ended(turn)
    assert "math.nothing" in json.dumps(wire.requests[1].body["messages"][-1])
    second = page.of("action_started")[-1]
    assert second["body"]["before"] == ASIDE + "total = sum(rows) / math.nothing"
    await page.send("decide", action=second["action"], decision="accept_and_run")
    ran = await page.until_event("cells_ran")
    assert ran["runs"][0]["status"] == "ok"


async def test_same_failure_twice_ends_it(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing()
    wire.script = [edit(case.cell, ASIDE + BROKEN)]
    page = await connect()
    turn = await case.fix(page, keep_trying=True)
    await page.ended(turn)
    await page.send("decide", action=page.of("action_started")[0]["action"], decision="accept_and_run")
    ended = await page.ended(turn)
    assert (ended["reason"], ended["problem"]["code"]) == ("limit", "same_failure")
    assert len(wire.requests) == 1


async def test_without_keep_trying_the_next_try_waits_for_continue(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing()
    wire.script = [edit(case.cell, ASIDE + "1 / 0"), edit(case.cell, "total = 1")]
    page = await connect()
    turn = await case.fix(page)
    await page.ended(turn)
    await page.send("decide", action=page.of("action_started")[0]["action"], decision="accept_and_run")
    await page.until_event("cells_ran")
    await page.until_event("action_changed")
    assert len(wire.requests) == 1
    await page.send("continue", turn=turn)
    await page.ended(turn)
    assert "ZeroDivisionError" in wire.requests[1].last_user_text


async def test_auto_mode_applies_runs_and_repairs_by_itself(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing()
    wire.script = [
        edit(case.cell, ASIDE + "total = sum(rows) / math.nothing"),
        edit(case.cell, "total = sum(rows) / len(rows)"),
        Reply.text("must not be asked"),
    ]
    page = await connect()
    turn = await case.fix(page, mode="auto")
    ended = await page.ended(turn)
    assert ended["reason"] == "done"
    assert [event["runs"][0]["status"] for event in page.of("cells_ran")] == ["error", "ok"]
    assert case.source == "total = sum(rows) / len(rows)"
    assert len(wire.requests) == 2


async def test_rejection_with_a_hint_asks_again(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing()
    wire.script = [edit(case.cell, "total = 0"), edit(case.cell, "total = sum(rows) / 3")]
    page = await connect()
    turn = await case.fix(page)
    await page.ended(turn)
    action = page.of("action_started")[0]["action"]
    await page.send("decide", action=action, decision="reject", hint="divide by three")
    await page.ended(turn)
    assert "divide by three" in wire.requests[1].last_user_text
    assert page.of("action_started")[-1]["body"]["after"] == "total = sum(rows) / 3"


async def test_limit_of_tries_ends_it(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing()
    wire.script = [edit(case.cell, ASIDE + "[][0]"), edit(case.cell, ASIDE + "int('x')"), edit(case.cell, "{}['k']")]
    page = await connect()
    turn = await case.fix(page, mode="auto", max_tries=2)
    ended = await page.ended(turn)
    assert (ended["reason"], ended["problem"]["code"]) == ("limit", "tries")
    assert len(wire.requests) == 2


async def test_refused_edit_goes_back_to_the_model_once(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing()
    block = "<<<<<<< SEARCH\n{}\n=======\ntotal = 6 / 3\n>>>>>>> REPLACE"
    wrong = block.format("total = sum(rows) / len(other_weights)")
    right = block.format("total = sum(rows) / len(row_weights)")
    wire.script = [
        Reply.text(f"```search_replace cell={case.cell}\n{wrong}\n```\n"),
        Reply.text(f"```search_replace cell={case.cell}\n{right}\n```\n"),
    ]
    page = await connect()
    turn = await case.fix(page)
    await page.ended(turn)
    assert "len(row_weights)" in page.of("observed")[0]["text"]
    assert page.of("action_started")[0]["body"]["after"] == "total = 6 / 3\ntotal"


async def test_candidate_that_fails_when_tried_goes_back_to_the_model_before_it_is_offered(
    connect: Connect, wire: Any, failing: Any
) -> None:
    case = await failing()
    runs = "import time\ntime.sleep(1)\ntotal = sum(rows) / len(rows)\ntotal"
    wire.script = [edit(case.cell, "total = math.nothing"), edit(case.cell, runs)]
    page = await connect()
    await page.ended(await case.fix(page))
    assert page.of("waiting")[-1]["reason"] == "Trying it in a copy of the kernel"
    assert "math" in page.of("observed")[0]["text"]
    first, second = page.of("action_started")
    assert first["proof"]["status"] == "failed"
    assert page.of("action_changed")[0]["state"] == "failed"
    assert (second["state"], second["proof"]["status"]) == ("waiting", "ran")
    assert case.source == BROKEN


async def test_second_candidate_that_fails_when_tried_is_offered_with_what_happened(
    connect: Connect, wire: Any, failing: Any
) -> None:
    case = await failing()
    wire.script = [edit(case.cell, "total = math.nothing"), edit(case.cell, "total = math.nowhere")]
    page = await connect()
    ended = await page.ended(await case.fix(page, mode="auto"))
    second = page.of("action_started")[-1]
    assert ended["reason"] == "done"
    assert (second["state"], second["proof"]["status"]) == ("waiting", "failed")
    assert "nowhere" in second["proof"]["detail"]
    assert case.source == BROKEN
    assert len(wire.requests) == 2


async def test_change_of_the_cell_with_the_cause_is_tried_together_with_the_failed_one(
    connect: Connect, wire: Any, failing: Any
) -> None:
    case = await failing()
    first = nbformat.read(case.path, as_version=4).cells[0]["id"]
    wire.script = [edit(first, SETUP + "\nrow_weights = [1, 1, 1]")]
    page = await connect()
    await page.ended(await case.fix(page))
    assert page.of("action_started")[0]["proof"]["status"] == "ran"


async def test_single_try_is_offered_even_when_it_fails(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing()
    wire.script = [edit(case.cell, "total = math.nothing")]
    page = await connect()
    await page.ended(await case.fix(page, max_tries=1))
    (action,) = page.of("action_started")
    assert (action["state"], action["proof"]["status"]) == ("waiting", "failed")
    assert len(wire.requests) == 1


async def test_what_the_user_typed_while_the_answer_was_written_is_kept_in_auto_mode(
    connect: Connect, wire: Any, failing: Any
) -> None:
    case = await failing()
    fixed = "total = sum(rows) / len(rows)\ntotal"
    wire.script = [Reply.text(f"```python cell={case.cell}\n{fixed}\n```\n", first_delay=1.0)]
    page = await connect()
    turn = await case.fix(page, mode="auto")
    await page.until_event("request_sent")
    book = nbformat.read(case.path, as_version=4)
    typed = BROKEN + "\n# mine"
    book.cells[1].source = typed
    nbformat.write(book, case.path)
    await page.ended(turn)
    assert case.source == typed, "it waits for a decision"
    (action,) = page.of("action_started")
    assert (action["state"], action["body"]["after"]) == ("waiting", fixed + "\n# mine")


SECRET = "sk-ant-" + "api03-Zx81kQvB72nPq4"
KEYED = f'client = dict(api_key="{SECRET}")\nclient.total'


async def test_secret_of_the_source_stays_here_and_comes_back_with_the_answer(
    connect: Connect, wire: Any, failing: Any
) -> None:
    case = await failing(KEYED)

    def mended(request: Any) -> Reply:
        placeholder = re.search(r"TOWNIE_SECRET_[0-9a-f]{12}", json.dumps(request.body))
        assert placeholder is not None
        return edit(case.cell, f'client = dict(api_key="{placeholder[0]}")\nlen(client)')

    wire.script = mended
    page = await connect()
    turn = await case.fix(page)
    await page.ended(turn)
    assert SECRET not in json.dumps(wire.requests[0].body)
    (action,) = page.of("action_started")
    assert action["proof"]["status"] == "ran"
    await page.send("decide", action=action["action"], decision="accept")
    await page.until_event("action_changed", action=action["action"], state="done")
    assert case.source == f'client = dict(api_key="{SECRET}")\nlen(client)'


async def test_secret_in_a_later_error_is_not_sent_either(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing()
    wire.script = [edit(case.cell, f"raise ValueError('{SECRET}')"), edit(case.cell, "total = 1")]
    page = await connect()
    await page.ended(await case.fix(page))
    told = json.dumps([message for message in wire.requests[1].body["messages"] if message["role"] == "user"])
    assert "TOWNIE_SECRET_" in told
    assert SECRET not in told


def alternatives(cell: str, *sources: str) -> Reply:
    blocks = "\n".join(f"```python cell={cell}\n{source}\n```" for source in sources)
    return Reply.text(f"That name does not exist.\n\n{blocks}\n")


def edited(cell: str, before: str, after: str) -> str:
    return f"```search_replace cell={cell}\n<<<<<<< SEARCH\n{before}\n=======\n{after}\n>>>>>>> REPLACE\n```\n\n"


async def test_of_several_candidates_the_one_that_runs_and_changes_least_is_offered(
    connect: Connect, wire: Any, failing: Any
) -> None:
    case = await failing()
    least = "total = sum(rows) / len(rows)\ntotal"
    wire.script = [
        alternatives(case.cell, "total = sum(rows) / len(rows_weights)\ntotal", "import statistics\nprint(2.0)", least)
    ]
    page = await connect()
    await page.ended(await case.fix(page))
    offered = [action["body"]["after"] for action in page.of("action_started") if action["state"] == "waiting"]
    assert offered == [least]
    assert [action["proof"]["status"] for action in page.of("action_started")] == ["failed", "ran", "ran"]
    assert len(wire.requests) == 1


async def test_changes_that_only_run_together_are_offered_as_one(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing("share = sum(rows) / zero\nbest = shares['a']\nshare")
    changes = [("share = sum(rows) / zero", "share = sum(rows) / 2"), ("best = shares['a']", "best = max(rows)")]
    wire.script = [Reply.text("".join(edited(case.cell, *change) for change in changes))]
    page = await connect()
    await page.ended(await case.fix(page))
    assert [action["proof"]["status"] for action in page.of("action_started")] == ["failed", "failed", "ran"]
    offered = page.of("action_started")[-1]
    assert (offered["state"], offered["body"]["after"]) == ("waiting", "share = sum(rows) / 2\nbest = max(rows)\nshare")
    assert len(wire.requests) == 1


async def test_when_no_candidate_runs_the_model_hears_of_all_at_once(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing()
    wire.script = [alternatives(case.cell, "total = 1 / 0", "total = {}['mean']"), edit(case.cell, "total = 2.0")]
    page = await connect()
    await page.ended(await case.fix(page))
    told = json.dumps(wire.requests[1].body["messages"][-1])
    assert "ZeroDivisionError" in told
    assert "KeyError" in told
    assert page.of("action_started")[-1]["proof"]["status"] == "ran"
    assert len(wire.requests) == 2


PRICED = "def price(order):\n    parts = [4, 5, 6]\n    return order['total'] * 0.5\n\nprice({'sum': 12345})"


async def test_model_is_told_the_locals_versions_and_origins(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing(PRICED + "\nrows")
    wire.script = [Reply.text("I do not know.")]
    page = await connect()
    await page.ended(await case.fix(page, privacy="types"))
    sent = wire.requests[0].last_user_text
    assert "parts: list, length 3" in sent
    assert "locals of price, line 3" in sent
    assert re.search(r"Python 3\.\d+\.\d+", sent)
    assert re.search(r"rows: cell \w+", sent)
    assert "12345]" not in sent


async def test_locals_stay_here_when_the_code_alone_may_be_seen(connect: Connect, wire: Any, failing: Any) -> None:
    case = await failing(PRICED)
    wire.script = [Reply.text("I do not know.")]
    page = await connect()
    await page.ended(await case.fix(page, privacy="code"))
    assert "locals of price" not in wire.requests[0].last_user_text


async def test_stored_error_without_a_kernel_is_fixed_untried(connect: Connect, wire: Any, notebook: Any) -> None:
    (cell,) = notebook("total = {}['sum']")
    wire.script = [edit(cell, "total = 0")]
    page = await connect()
    error = {"ename": "KeyError", "evalue": "'sum'", "traceback": ["KeyError: 'sum'"]}
    binding = {"path": "work.ipynb", "cell_id": cell}
    await page.ended(await page.submit("", purpose="fix", binding=binding, error=error))
    (action,) = page.of("action_started")
    assert action["state"] == "waiting"
    assert action["proof"]["detail"] == "could not be tried: no kernel is running"
