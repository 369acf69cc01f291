"""The buttons under an answer, pressed as a notebook page presses them, in a real kernel."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.magic.conftest import Result, Session
from tests.wire import Reply, WireServer

PAGE = {"cellId": "cell-page"}


class Page:
    """Follows the widgets of a kernel as a page does, and presses buttons.

    :param inserts: whether it says that it can insert cells, from a subshell as JupyterLab does.
    """

    def __init__(self, kernel: Session, *, inserts: bool = False) -> None:
        self.kernel = kernel
        self.subshells: list[str] = []
        self.inserts = self.subshell() if inserts else None
        """The subshell for what it says, when it can."""
        self.inserted: list[list[str]] = []
        self.widgets: dict[str, dict[str, Any]] = {}
        self.shown: str | None = None
        self.below = ""
        """What the output above the buttons said when they came."""
        self.answer = ""
        self.asking: dict[str, Any] = {}
        """The cell that asks, by comm."""

    def see(self, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        if content.get("target_name") == "jupyter_townie" or message["content"].get("comm_id") in self.asking:
            self.answer_insertion(kind, content)
        elif kind == "comm_open":
            self.widgets[content["comm_id"]] = dict(content["data"]["state"])
        elif kind == "comm_msg" and content["data"].get("method") == "update":
            self.widgets[content["comm_id"]].update(content["data"]["state"])
        elif kind in ("display_data", "update_display_data"):
            view = content["data"].get("application/vnd.jupyter.widget-view+json")
            if view:
                self.shown, self.below = view["model_id"], self.answer
            self.answer = content["data"].get("text/markdown", self.answer)

    def leave(self) -> None:
        """Give back the subshells that were asked for."""
        client = self.kernel.client
        for subshell in self.subshells:
            client.control_channel.send(client.session.msg("delete_subshell_request", {"subshell_id": subshell}))
            assert client.get_control_msg(timeout=10)["content"]["status"] == "ok"

    @property
    def buttons(self) -> dict[str, str]:
        """The comm of each button that is shown, by its label."""
        if self.shown is None:
            return {}
        children = [child.removeprefix("IPY_MODEL_") for child in self.widgets[self.shown]["children"]]
        buttons = (child for child in children if self.widgets[child]["_model_name"] == "ButtonModel")
        return {self.widgets[child]["description"]: child for child in buttons}

    def press(self, label: str, subshell: str | None = None) -> None:
        """Press a button that is shown, or one of an earlier answer by its comm."""
        session = self.kernel.client.session
        data = {"method": "custom", "content": {"event": "click"}}
        message = session.msg("comm_msg", {"comm_id": self.buttons.get(label, label), "data": data})
        if subshell:
            message["header"]["subshell_id"] = subshell
        self.kernel.client.shell_channel.send(message)

    def answer_insertion(self, kind: str, content: dict[str, Any]) -> None:
        comm = content["comm_id"]
        if kind == "comm_open":
            self.asking[comm] = content["data"]["cell"]
            if self.inserts:
                self.say(comm, {"ready": "page-1"})
        elif kind == "comm_msg" and content["data"].get("page") == "page-1":
            if "insert" in content["data"]:
                self.inserted.append(content["data"]["insert"])
                self.say(comm, {"inserted": f"below {self.asking[comm]}"})
            elif content["data"].get("undo"):
                self.inserted.pop()
                self.say(comm, {"undone": True})

    def say(self, comm: str, data: dict[str, Any]) -> None:
        message = self.kernel.client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        message["header"]["subshell_id"] = self.inserts
        self.kernel.client.shell_channel.send(message)

    def subshell(self) -> str:
        """A second thread of the kernel for the messages of widgets, as JupyterLab asks for it."""
        client = self.kernel.client
        client.control_channel.send(client.session.msg("create_subshell_request"))
        reply = client.get_control_msg(timeout=10)
        assert reply["content"]["status"] == "ok"
        self.subshells.append(reply["content"]["subshell_id"])
        return self.subshells[-1]

    def run(self, code: str, cell: str = PAGE["cellId"]) -> Result:
        return self.kernel.collect(self.kernel.start(code, {"cellId": cell}), seen=self.see)

    def until(self, wanted: Any, seconds: float = 30) -> list[dict[str, Any]]:
        """Follow the kernel until ``wanted()``; returns the messages."""
        messages = []
        deadline = time.monotonic() + seconds
        while not wanted():
            message = self.kernel.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            self.see(message)
            messages.append(message)
        return messages


@pytest.fixture
def page(kernel: Session, wire: WireServer) -> Iterator[Page]:
    pytest.importorskip("ipywidgets")
    page = Page(kernel)
    yield page
    page.leave()


def test_a_page_gets_buttons_and_a_program_does_not(page: Page, kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\nx = 1\n```\n")] * 2
    page.run("%townie go")
    assert "Run" in page.buttons
    without = kernel.run("%townie go")
    assert [m for m in without.messages if m["msg_type"].startswith("comm")] == []


def test_an_answer_without_code_leaves_no_button(page: Page, wire: WireServer) -> None:
    wire.script = [Reply.text("Just words.")]
    page.run("%townie hello")
    assert page.buttons == {}


def test_stop_works_while_the_cell_is_running(page: Page, wire: WireServer) -> None:
    subshell = page.subshell()
    wire.script = [Reply.endless("and so on ")]
    pressed: list[float] = []

    def stop_when_it_speaks(message: dict[str, Any]) -> None:
        page.see(message)
        if not pressed and "and so on" in page.answer:
            pressed.append(time.monotonic())
            page.press("Stop", subshell)

    page.kernel.collect(page.kernel.start("%townie for ever", PAGE), seen=stop_when_it_speaks)
    assert time.monotonic() - pressed[0] < 2
    assert "Stopped. What had arrived is kept." in page.answer


def test_stop_is_not_offered_where_the_press_would_wait_for_the_end(page: Page, wire: WireServer) -> None:
    wire.script = [Reply.text("One two three four.", chunk=3, delay=0.1)]
    offered: list[str] = []

    def look(message: dict[str, Any]) -> None:
        page.see(message)
        offered.extend(page.buttons)

    page.kernel.collect(page.kernel.start("%townie count", PAGE), seen=look)
    assert page.shown is not None
    assert offered == []


def test_run_runs_the_offered_code_and_shows_its_output_under_the_answer(page: Page, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\nprinted_by_button = 7\nprint('hello from the button')\n```\n")]
    asked = page.kernel.start("%townie go", PAGE)
    page.kernel.collect(asked, seen=page.see)
    page.press("Run")
    messages = page.until(lambda: "Ran" in page.answer)
    printed = [m for m in messages if m["msg_type"] == "stream" and "hello from the button" in m["content"]["text"]]
    assert [m["parent_header"]["msg_id"] for m in printed] == [asked]
    assert page.run("printed_by_button").results == ["7"]


def test_undo_gives_variables_back_what_they_were(page: Page, wire: WireServer) -> None:
    page.run("kept_value = 'before'")
    wire.script = [Reply.text("```python cell=new\nkept_value = 'after'\nmade_value = 1\n```\n")]
    page.run("%townie --run go")
    assert "Undo" in page.buttons
    page.press("Undo")
    page.until(lambda: "Undone" in page.answer)
    assert "`kept_value`" in page.answer
    assert "was left" not in page.answer
    page.until(lambda: "Undo" not in page.buttons)
    assert page.run("(kept_value, 'made_value' in globals())").results == ["('before', False)"]


def test_undo_says_that_the_offered_cell_stays(page: Page, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\none_more = 1\n```\n```python cell=new\none_more += 1\n```\n")]
    page.run("%townie go")
    page.press("Run")
    page.until(lambda: "Ran 2 cells" in page.answer and "Undo" in page.buttons)
    page.press("Undo")
    page.until(lambda: "*Undone. The next cell was left as it is.*" in page.answer)


def test_try_fixing_repairs_code_that_failed(page: Page, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\nfractions.Fraction(1, 2) + 1\n```\n"), Reply.text("I give up.")]
    page.run("%townie --run go")
    page.press("Try fixing")
    page.until(lambda: "+import fractions" in page.answer)
    # A press has no reply that could carry the code into a cell.
    page.until(lambda: "Run" in page.buttons and "copy it into a cell" in page.answer)
    page.press("Run")
    page.until(lambda: "Ran" in page.answer and "copy it into a cell" not in page.answer)
    assert page.run("fractions.Fraction(1, 2)").results == ["Fraction(1, 2)"]


def test_a_repair_has_its_buttons_below_it(page: Page, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\n1 / 0\n```\n"), Reply.endless("I look ")]
    page.run("%townie go")
    page.press("Run")
    page.until(lambda: "Try fixing" in page.buttons)
    earlier = page.shown
    page.press("Try fixing")
    # The kernel is idle while it is written, so that a press is heard.
    page.until(lambda: "Stop" in page.buttons and "I look" in page.answer)
    assert page.shown != earlier
    assert "thinking" in page.below
    page.press("Stop")
    page.until(lambda: "Stopped" in page.answer and page.buttons == {})


def test_what_was_taken_back_is_not_offered_to_run(page: Page, wire: WireServer) -> None:
    page.run("values = [1]\nsum(valeus)")
    page.run("%townie fix")
    page.press("Run")
    page.until(lambda: "Undo" in page.buttons)
    page.press("Undo")
    page.until(lambda: "Undone" in page.answer and "Undo" not in page.buttons)
    assert page.buttons == {}


def test_what_failed_and_was_taken_back_is_not_offered_to_be_repaired(page: Page, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\n1 / 0\n```\n")]
    page.run("%townie go")
    page.press("Run")
    page.until(lambda: "Undo" in page.buttons)
    page.press("Undo")
    page.until(lambda: "Undone" in page.answer and "Undo" not in page.buttons)
    assert page.buttons == {}


def test_in_vs_code_the_buttons_take_the_theme(page: Page, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\nx = 1\n```\n")] * 2
    page.run("%townie go", "vscode-notebook-cell:/home/ada/a.ipynb#W1")
    assert list(page.buttons) == ["Run"]
    row = page.widgets[page.shown or ""]
    styles = [child for child in row["children"] if page.widgets[child[10:]]["_model_name"] == "HTMLModel"]
    assert row["_dom_classes"] == ["jp-TownieButtons"]
    assert len(styles) == 1
    page.run("%townie go")
    assert len(page.widgets[page.shown or ""]["children"]) == 1


def test_in_vs_code_an_output_comes_when_it_will_not_be_forgotten(page: Page, wire: WireServer) -> None:
    cell = "vscode-notebook-cell:/home/ada/a.ipynb#W1"
    code = "```python cell=new\nprint('ran')\n```\n"
    wire.script = [Reply.text("Quick."), Reply.text("It comes slowly.", chunk=2, delay=0.25), Reply.text(code)]
    quick = page.run("%townie hello", cell)
    assert [len(states) for states in quick.displays.values()] == [1]
    assert "Quick." in quick.shown
    slow = page.run("%townie hello", cell)
    assert [len(states) > 2 and "It" in states[0] for states in slow.displays.values()] == [True]
    began = time.monotonic()
    ran = page.run("%townie --run go", cell)
    kinds = [m["msg_type"] for m in ran.messages if m["msg_type"] in ("display_data", "stream")]
    assert kinds[:3] == ["display_data", "display_data", "stream"]
    assert time.monotonic() - began > 1
    assert "Ran" in ran.shown


@pytest.fixture
def inserting(kernel: Session, wire: WireServer) -> Iterator[Page]:
    pytest.importorskip("ipywidgets")
    page = Page(kernel, inserts=True)
    yield page
    page.leave()


def test_insert_hands_the_code_to_the_page_below_the_cell_that_asked(inserting: Page, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\ninserted_value = 1\n```\n")]
    inserting.run("%townie go")
    inserting.press("Insert")
    inserting.until(lambda: "Inserted below" in inserting.answer)
    assert inserting.inserted == [["inserted_value = 1"]]
    assert "*Inserted below cell-page.*" in inserting.answer
    assert inserting.run("'inserted_value' in globals()").results == ["False"]


def test_a_page_that_inserts_gets_no_next_input_and_another_one_does(
    page: Page, inserting: Page, wire: WireServer
) -> None:
    wire.script = [Reply.text("```python cell=new\nx = 1\n```\n")] * 2
    assert inserting.run("%townie go").next_input is None
    assert page.run("%townie go").next_input == "x = 1"
    assert "Insert" not in page.buttons
    assert "The code is in the next cell" in page.answer


def test_undo_has_the_page_take_the_code_back(inserting: Page, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\nx = 1\n```\n")]
    inserting.run("%townie go")
    inserting.press("Insert")
    inserting.until(lambda: "Undo" in inserting.buttons)
    assert "Insert" not in inserting.buttons
    inserting.press("Undo")
    inserting.until(lambda: "Insert" in inserting.buttons)
    assert (inserting.inserted, "Inserted" in inserting.answer) == ([], False)


def test_an_answer_inserts_its_own_code_after_another_one(inserting: Page, wire: WireServer) -> None:
    wire.script = [Reply.text(f"```python cell=new\n{code}\n```\n") for code in ("first = 1", "second = 2")]
    inserting.run("%townie go")
    earlier = inserting.buttons["Insert"]
    inserting.run("%townie go")
    inserting.press(earlier)
    inserting.until(lambda: bool(inserting.inserted))
    assert inserting.inserted == [["first = 1"]]
