"""Where an answer is shown: one output that is updated in place, or the terminal."""

from __future__ import annotations

import asyncio
import html
import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Protocol

from .answer import DIVIDER, Answer
from .page import in_vs_code
from .untrusted import WORD_JOINER, plain

INTERVAL = 0.1
"""Seconds between two updates at least: each carries the whole answer, and the page renders all of it."""
HELD = 1.0
"""Seconds for which VS Code is shown nothing.  When a cell runs again it forgets the id of the output that the cell has
when the news of the cleared outputs comes back from its window, and every later update of that output is lost."""
LONG = 50_000
"""Characters above which updates become rarer in proportion."""


class Display(Protocol):
    """Shows one answer while it grows."""

    def show(self, answer: Answer, *, final: bool = False) -> None:
        """Show the answer as it is now; a moment later when it was shown just before, unless it is ``final``.

        Called in the loop in which the answer grows, unless it is ``final``.
        """
        ...

    def appear(self) -> None:
        """Something else is about to be shown: take the place above it.  Called in the user's thread."""
        ...


class OutputDisplay:
    """A Markdown output under the cell, updated in place.  Made in the user's thread, then usable from any.

    :param held: seconds to wait before anything is shown.
    :param appeared: called once, in any thread, when it is there, for what belongs below it.
    """

    def __init__(self, shell: Any, held: float, appeared: Callable[[], None]) -> None:
        self._publisher = shell.display_pub
        self._appeared = appeared
        self._there = False
        self._from = time.monotonic() + held
        self._id = uuid.uuid4().hex
        self._last = time.monotonic()
        self._lock = threading.Lock()
        self._shown = ""
        self._late = False
        """Whether something that was seen is still to be shown."""
        if not held:
            self.appear()

    def appear(self) -> None:
        time.sleep(max(0.0, self._from - time.monotonic()))
        with self._lock:
            if not self._there:
                self._publish("*Townie is thinking...*")

    def show(self, answer: Answer, *, final: bool = False) -> None:
        with self._lock:
            wait = INTERVAL * max(1.0, len(self._shown) / LONG)
            left = max(self._last + wait, self._from) - time.monotonic()
            if not final and left > 0:
                # Nothing may come after this for long: while code runs, what was written last has to be there.
                if not self._late:
                    self._late = True
                    asyncio.get_running_loop().call_later(left, self._catch_up, answer)
                return
            self._late = False
            text = answer.markdown()
            if not text and not final:
                return
            if text != self._shown:
                self._publish(text)
                self._shown = text
            self._last = time.monotonic()

    def _catch_up(self, answer: Answer) -> None:
        if self._late:
            self.show(answer)

    def _publish(self, text: str) -> None:
        first, self._there = not self._there, True
        self._publisher.publish(
            {"text/markdown": text, "text/plain": text}, {}, transient={"display_id": self._id}, update=not first
        )
        if first:
            self._appeared()


class TerminalDisplay:
    """Plain text that is written as it arrives and never rewritten."""

    def __init__(self) -> None:
        self._written: dict[int, int] = {}
        self._open: int | None = None
        self._attempt = 0
        self._waited: object = None
        self._told = False

    def show(self, answer: Answer, *, final: bool = False) -> None:
        if not self._told and answer.sent:
            self._told = True
            if receipt := answer.receipt():
                self._write(_without_markup(receipt) + "\n\n")
        if answer.waiting is not None and answer.waiting is not self._waited:
            self._waited = answer.waiting
            seconds = f", waiting {answer.waiting.seconds:.0f} s" if answer.waiting.seconds else ""
            self._write(f"\n[{plain(answer.waiting.reason)}{seconds}]\n")
        self._show_parts(answer)
        while self._attempt < len(answer.attempts) - 1:
            before = "\n\n" if self._open is not None else ""
            self._write(before + _without_markup(answer.outcome(self._attempt)) + DIVIDER)
            self._attempt, self._open = self._attempt + 1, None
            self._show_parts(answer)
        if final:
            rest = "\n\n".join(block for block in (answer.outcome(self._attempt), answer.end()) if block)
            self._write(("\n\n" if self._open is not None else "") + _without_markup(rest) + "\n" if rest else "\n")

    def _show_parts(self, answer: Answer) -> None:
        for number in answer.attempts[self._attempt].parts:
            part = answer.parts[number]
            if answer.hidden(number):
                continue
            done = self._written.get(number, 0)
            if number != self._open and done == 0 and part.text:
                self._write("\n\n" if self._open is not None else "")
                self._open = number
            # A carriage return or an escape sequence may still be incomplete, so control characters go one by one.
            self._write(plain(part.text[done:]))
            self._written[number] = len(part.text)

    def appear(self) -> None:
        """What is written here is in its place."""

    def _write(self, text: str) -> None:
        if text:
            sys.stdout.write(text)
            sys.stdout.flush()


def _without_markup(markdown: str) -> str:
    return plain(html.unescape(markdown).replace(WORD_JOINER, ""))


def display_for(shell: Any, *, again: bool, appeared: Callable[[], None]) -> Display:
    """A display that fits the front end of this shell.

    :param again: whether it belongs to an input that has ended already.
    :param appeared: called once when an output is there.
    """
    if getattr(shell, "kernel", None) is None:
        return TerminalDisplay()
    return OutputDisplay(shell, HELD if in_vs_code(shell) and not again else 0.0, appeared)


def say(shell: Any, markdown: str) -> None:
    """Show a whole text at once."""
    if getattr(shell, "kernel", None) is not None:
        shell.display_pub.publish({"text/markdown": markdown, "text/plain": markdown}, {})
    else:
        sys.stdout.write(plain(markdown).rstrip("\n") + "\n")
