"""Ctrl-C, or the interrupt of a kernel, stops Townie and keeps what has arrived."""

from __future__ import annotations

import textwrap
import time
from typing import Any

from tests.magic.conftest import Session
from tests.wire import Reply, WireServer


def interrupt_when(kernel: Session, text: str) -> Any:
    """Interrupts once ``text`` is on display."""
    done = []

    def seen(message: dict[str, Any]) -> None:
        data = message["content"].get("data", {})
        if not done and text in data.get("text/markdown", "") + message["content"].get("text", ""):
            done.append(time.monotonic())
            kernel.manager.interrupt_kernel()

    return seen


def test_an_interrupt_ends_the_answer_and_keeps_what_arrived(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.endless("and so on ")]
    result = kernel.collect(kernel.start("%townie for ever"), seen=interrupt_when(kernel, "and so on"))
    assert "and so on" in result.shown
    assert "Stopped. What had arrived is kept." in result.shown
    assert result.errors == []
    assert result.reply["content"]["status"] == "ok"
    assert wire.requests[-1].gone.wait(5)


def test_an_interrupt_before_the_first_word_ends_the_wait(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.hang()]
    began = time.monotonic()
    result = kernel.collect(kernel.start("%townie hello"), seen=interrupt_when(kernel, "thinking"))
    assert time.monotonic() - began < 5
    assert "Stopped" in result.shown


def test_code_of_a_stopped_answer_is_not_run(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\nhalf_done = 1\n" + "# more\n" * 400, chunk=7, delay=0.05)]
    kernel.collect(kernel.start("%townie --run go"), seen=interrupt_when(kernel, "half_done"))
    assert kernel.run("'half_done' in globals()").results == ["False"]


def test_an_interrupt_while_the_code_runs_stops_both(kernel: Session, wire: WireServer) -> None:
    code = "import time\nprint('started', flush=True)\ntime.sleep(60)"
    wire.script = [Reply.text(f"```python cell=new\n{code}\n```\n")]
    began = time.monotonic()
    result = kernel.collect(kernel.start("%townie --run sleep"), seen=interrupt_when(kernel, "started"))
    assert time.monotonic() - began < 10
    assert len(wire.requests) == 1
    assert result.errors == ["KeyboardInterrupt"]
    assert "*The code was interrupted.*" in result.shown
    assert "not interrupted" not in result.shown


def test_a_stop_after_the_code_has_run_still_tells_what_it_did(kernel: Session, wire: WireServer) -> None:
    slow = """
        import asyncio
        from jupyter_townie.magic.surface import IPythonSurface
        quick = IPythonSurface.read
        async def read(self, *, outputs=True):
            if "ran" in globals():
                print("reading", flush=True)
                await asyncio.sleep(5)
            return await quick(self, outputs=outputs)
        IPythonSurface.read = read
    """
    kernel.run(textwrap.dedent(slow))
    wire.script = [Reply.text("```python cell=new\nran = True\nno_such_name\n```\n")]
    result = kernel.collect(kernel.start("%townie --run go"), seen=interrupt_when(kernel, "reading"))
    kernel.run("IPythonSurface.read = quick")
    assert "NameError: name 'no_such_name' is not defined" in result.shown
    assert "Stopped" in result.shown


def test_a_stopped_answer_can_be_continued(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.endless("and so on "), Reply.text("to the end")]
    kernel.collect(kernel.start("%townie for ever"), seen=interrupt_when(kernel, "and so on"))
    assert "to the end" in kernel.run("%townie continue").shown
    # Several models refuse a request that ends with their own words.
    assert wire.requests[-1].body["messages"][-1]["role"] == "user"


def test_the_next_question_works_after_a_stop(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.endless("and so on "), Reply.text("Here again.")]
    kernel.collect(kernel.start("%townie for ever"), seen=interrupt_when(kernel, "and so on"))
    assert "Here again." in kernel.run("%townie and now?").shown


def test_the_cells_below_still_run_after_a_stop(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.endless("and so on ")]
    stopped = kernel.start("%townie for ever")
    below = kernel.start("1 + 1")
    kernel.collect(stopped, seen=interrupt_when(kernel, "and so on"))
    assert kernel.collect(below).results == ["2"]
