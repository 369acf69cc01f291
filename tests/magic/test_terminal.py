"""``%townie`` in a real terminal IPython."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.magic.conftest import townie_environment
from tests.wire import Reply, WireServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pexpect needs a pseudo-terminal")

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


class Terminal:
    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        arguments = ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=nocolor"]
        self.process = pexpect.spawn(
            sys.executable,
            arguments,
            env={**environment, "TERM": "dumb"},
            cwd=str(folder),
            encoding="utf-8",
            timeout=30,
            dimensions=(50, 200),
        )
        self.process.expect(r"In \[1\]: ")

    def run(self, line: str) -> str:
        """Type a line; what is printed until the next prompt."""
        self.process.sendline(line)
        return self.until_prompt()

    def until_prompt(self) -> str:
        self.process.expect(r"In \[\d+\]: ")
        return _ESCAPE.sub("", self.process.before)


@pytest.fixture(scope="module")
def terminal(endpoint: WireServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("terminal")
    terminal = Terminal(townie_environment(folder, endpoint.url), folder)
    terminal.run("%load_ext jupyter_townie")
    yield terminal
    terminal.process.terminate(force=True)


def test_an_answer_is_printed_as_plain_text(terminal: Terminal, wire: WireServer) -> None:
    wire.script = [Reply.text("It is **forty-two**.", chunk=3)]
    printed = terminal.run("%townie What is it?")
    assert "It is **forty-two**." in printed
    assert "Traceback" not in printed


def test_code_is_typed_into_the_next_prompt(endpoint: WireServer, tmp_path: Path) -> None:
    endpoint.script = [Reply.text("Here.\n\n```python cell=new\nprint('seen', 6 * 7)\n```\n")]
    environment = townie_environment(tmp_path, endpoint.url) | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    process = pexpect.spawn(
        sys.executable,
        ["-m", "IPython", "--no-banner"],
        env=environment,
        cwd=str(tmp_path),
        encoding="utf-8",
        timeout=30,
    )
    try:
        for line in ("%load_ext jupyter_townie", "%townie go"):
            process.expect(r"In .*\[")
            process.send(line + "\r")
        process.expect("The code is in the next input")
        process.expect(r"In .*print")
        process.send("\r")
        process.expect("seen 42")
    finally:
        process.terminate(force=True)


def test_with_run_the_code_runs(terminal: Terminal, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\nprint('ran', 6 * 7)\n```\n")]
    assert "ran 42" in terminal.run("%townie --run go")


def test_the_failure_of_this_session_is_repaired(terminal: Terminal, wire: WireServer) -> None:
    terminal.run("math.floor(2.5)")
    printed = terminal.run("%townie --run fix")
    assert "+import math" in printed
    assert re.search(r"Out\[\d+\]: 2", printed)
    assert wire.requests == []


def test_control_c_stops_the_answer_and_keeps_the_session(terminal: Terminal, wire: WireServer) -> None:
    wire.script = [Reply.endless("and so on ")]
    terminal.process.sendline("%townie for ever")
    terminal.process.expect("and so on")
    time.sleep(0.2)
    terminal.process.sendintr()
    printed = terminal.until_prompt()
    assert "Stopped. What had arrived is kept." in printed
    assert "Traceback" not in printed
    assert "2" in terminal.run("1 + 1")


def test_escape_sequences_of_a_model_do_not_reach_the_terminal(terminal: Terminal, wire: WireServer) -> None:
    wire.script = [Reply.text("before \x1b]0;title\x07\x1b[2J after")]
    terminal.process.sendline("%townie hello")
    terminal.process.expect(r"In \[\d+\]: ")
    assert "\x1b]0;title" not in terminal.process.before
    assert "\x1b[2J" not in terminal.process.before


def test_a_session_ends_at_once(endpoint: WireServer, tmp_path: Path) -> None:
    terminal = Terminal(townie_environment(tmp_path, endpoint.url), tmp_path)
    endpoint.script = [Reply.text("ok")]
    terminal.run("%load_ext jupyter_townie")
    terminal.run("%townie hello")
    began = time.monotonic()
    terminal.process.sendline("exit")
    terminal.process.expect(pexpect.EOF)
    assert time.monotonic() - began < 5
