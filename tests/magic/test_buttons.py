"""The buttons under an answer, pressed as a notebook page presses them, in a real kernel."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.magic.conftest import Result, Session
from tests.wire import Reply, WireServer

PAGE = {"cellId": "cell-page"}


class Page:
    """Follows the widgets of a kernel as a page does, and presses buttons."""

    def __init__(self, kernel: Session) -> None:
        self.kernel = kernel
        self.widgets: dict[str, dict[str, Any]] = {}
        self.shown: str | None = None
        self.answer = ""

    def see(self, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        if kind == "comm_open":
            self.widgets[content["comm_id"]] = dict(content["data"]["state"])
        elif kind == "comm_msg" and content["data"].get("method") == "update":
            self.widgets[content["comm_id"]].update(content["data"]["state"])
        elif kind in ("display_data", "update_display_data"):
            view = content["data"].get("application/vnd.jupyter.widget-view+json")
            self.shown = view["model_id"] if view else self.shown
            self.answer = content["data"].get("text/markdown", self.answer)

    @property
    def buttons(self) -> dict[str, str]:
        """The comm of each button that is shown, by its label."""
        if self.shown is None:
            return {}
        children = [child.removeprefix("IPY_MODEL_") for child in self.widgets[self.shown]["children"]]
        return {self.widgets[child]["description"]: child for child in children}

    def press(self, label: str, subshell: str | None = None) -> None:
        session = self.kernel.client.session
        data = {"method": "custom", "content": {"event": "click"}}
        message = session.msg("comm_msg", {"comm_id": self.buttons[label], "data": data})
        if subshell:
            message["header"]["subshell_id"] = subshell
        self.kernel.client.shell_channel.send(message)

    def subshell(self) -> str:
        """A second thread of the kernel for the messages of widgets, as JupyterLab asks for it."""
        client = self.kernel.client
        client.control_channel.send(client.session.msg("create_subshell_request"))
        reply = client.get_control_msg(timeout=10)
        assert reply["content"]["status"] == "ok"
        return str(reply["content"]["subshell_id"])

    def run(self, code: str) -> Result:
        return self.kernel.collect(self.kernel.start(code, PAGE), seen=self.see)

    def until(self, wanted: Any, seconds: float = 15) -> list[dict[str, Any]]:
        """Follow the kernel until ``wanted()``; returns the messages."""
        messages = []
        deadline = time.monotonic() + seconds
        while not wanted():
            message = self.kernel.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            self.see(message)
            messages.append(message)
        return messages


@pytest.fixture
def page(kernel: Session, wire: WireServer) -> Page:
    pytest.importorskip("ipywidgets")
    return Page(kernel)


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
    page.until(lambda: "Taken back" in page.answer)
    assert "`kept_value`" in page.answer
    assert page.run("(kept_value, 'made_value' in globals())").results == ["('before', False)"]


def test_try_fixing_repairs_code_that_failed(page: Page, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\nfractions.Fraction(1, 2) + 1\n```\n"), Reply.text("I give up.")]
    page.run("%townie --run go")
    page.press("Try fixing")
    page.until(lambda: "+import fractions" in page.answer)
    page.until(lambda: "Run" in page.buttons)
    page.press("Run")
    page.until(lambda: "Ran" in page.answer)
    assert page.run("fractions.Fraction(1, 2)").results == ["Fraction(1, 2)"]
